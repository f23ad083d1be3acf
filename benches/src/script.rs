//! wrk scripts.

use crate::exchange::Request;
use crate::wrk::REPORT;
use std::fmt::Write;

/// Whether a request's bytes come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bytes {
    Repeat,
    /// A counter, spelled in spaces and tabs behind the JSON, makes every body a new one of the same content
    /// and length.
    Fresh {
        /// Where the counter starts, in units of 2^24, so that runs do not meet.
        from: u32,
    },
}

/// The same request over and over.
pub(crate) fn one(request: &Request) -> String {
    let Request { path, body, .. } = request;
    format!(
        "wrk.method = 'POST'\nwrk.path = {}\nwrk.body = {}\n{}{REPORT}",
        lua(path),
        lua(body),
        headers(request)
    )
}

/// Requests in turn.
pub(crate) fn in_turn(requests: &[Request], bytes: Bytes) -> String {
    let mut script = requests.first().map(headers).unwrap_or_default();
    script.push_str("local paths, bodies = {}, {}\n");
    for Request { path, body, .. } in requests {
        let _ = writeln!(script, "paths[#paths + 1] = {}; bodies[#bodies + 1] = {}", lua(path), lua(body));
    }
    script.push_str("local at = 0\n");
    match bytes {
        Bytes::Repeat => script.push_str(REPEAT),
        Bytes::Fresh { from } => {
            let _ = writeln!(script, "local count = {from} * 16777216");
            script.push_str(FRESH);
        }
    }
    script.push_str(REPORT);
    script
}

/// Requests are put together once.
const REPEAT: &str = "
local ready = {}
function init()
  for i = 1, #bodies do ready[i] = wrk.format('POST', paths[i], nil, bodies[i]) end
end
function request()
  at = at % #ready + 1
  return ready[at]
end
";

/// Only the end of a request is put together each time: wrk shares the machine with the server, and what it
/// does not spend, the server can.
const FRESH: &str = "
local ready, spelled = {}, {}
for byte = 0, 255 do
  local text = ''
  for bit = 7, 0, -1 do
    text = text .. (math.floor(byte / 2 ^ bit) % 2 == 0 and ' ' or '\\t')
  end
  spelled[byte] = text
end
function init()
  for i = 1, #bodies do
    local whole = wrk.format('POST', paths[i], nil, bodies[i] .. string.rep(' ', 32))
    ready[i] = whole:sub(1, -33)
  end
end
function request()
  at = at % #ready + 1
  count = count + 1
  local a, b = math.floor(count / 16777216) % 256, math.floor(count / 65536) % 256
  local c, d = math.floor(count / 256) % 256, count % 256
  return ready[at] .. spelled[a] .. spelled[b] .. spelled[c] .. spelled[d]
end
";

fn headers(request: &Request) -> String {
    request
        .headers
        .iter()
        .map(|(name, value)| format!("wrk.headers[{}] = {}\n", lua(name), lua(value)))
        .collect()
}

/// A Lua string.
fn lua(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
