//! Raw sockets and cassettes for the tests of the server.

use standin::{Builder, Standin};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

/// One interaction as vcrpy would store it.
pub(crate) fn interaction(
    request: &Request<'_>,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let headers: String =
        headers.iter().map(|(name, value)| format!("      {name}: ['{value}']\n")).collect();
    let headers = if headers.is_empty() { " {}\n".to_owned() } else { format!("\n{headers}") };
    format!(
        "- request:\n    body: {}\n    headers: {{}}\n    method: {}\n    uri: {}\n  response:\n    body: {{string: {}}}\n    headers:{headers}    status: {{code: {status}, message: ''}}\n",
        scalar(request.body.as_bytes()),
        request.method,
        request.url,
        scalar(body),
    )
}

/// What was asked.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) body: &'a str,
}

pub(crate) const fn post<'a>(url: &'a str, body: &'a str) -> Request<'a> {
    Request { method: "POST", url, body }
}

/// A double-quoted YAML scalar, or `!!binary` where it is not text.
fn scalar(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::to_string(text).unwrap(),
        Err(_) => {
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
            let bits: String = hex.concat();
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let encoded: String = bits
                .as_bytes()
                .chunks(6)
                .map(|six| {
                    let mut six = String::from_utf8(six.to_vec()).unwrap();
                    while six.len() < 6 {
                        six.push('0');
                    }
                    char::from(alphabet[usize::from_str_radix(&six, 2).unwrap()])
                })
                .collect();
            format!("!!binary {encoded}")
        }
    }
}

pub(crate) fn write(dir: &Path, name: &str, interactions: &[String]) {
    let path = dir.join(format!("{name}.yaml"));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, format!("interactions:\n{}version: 1\n", interactions.concat())).unwrap();
    std::fs::rename(temporary, path).unwrap();
}

pub(crate) fn start(builder: Builder) -> Standin {
    // A key of the developer's must not make a test call a provider.
    builder.ignore_environment().start_blocking().unwrap()
}

/// An answer, as it came off the socket.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// The HTTP chunks, where it was chunked.
    pub(crate) chunks: Vec<Vec<u8>>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The message of an OpenAI-shaped error.
    pub(crate) fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn connect(server: &Standin) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "Host") {
        text.push_str("Host: localhost\r\n");
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut bytes = format!("{text}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// One call on a connection of its own.
pub(crate) fn call(
    server: &Standin,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut stream = connect(server);
    stream.write_all(&request(method, target, headers, body.as_bytes())).unwrap();
    read_answer(&mut stream)
}

/// The control API, which wants to be called by this machine's name.
pub(crate) fn control(server: &Standin, method: &str, path: &str, body: &str) -> Answer {
    let host = server.address().to_string();
    call(server, method, path, &[("Host", &host)], body)
}

pub(crate) fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, &mut bytes);
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut rest = bytes.split_off(head_end);
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer { status, head, body: Vec::new(), chunks: Vec::new() };
    if answer.header("transfer-encoding") == Some("chunked") {
        loop {
            let line_end = loop {
                if let Some(at) = rest.windows(2).position(|window| window == b"\r\n") {
                    break at;
                }
                more(stream, &mut rest);
            };
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..line_end]).unwrap(), 16).unwrap();
            while rest.len() < line_end + 2 + size + 2 {
                more(stream, &mut rest);
            }
            let chunk = rest[line_end + 2..line_end + 2 + size].to_vec();
            rest.drain(..line_end + 2 + size + 2);
            if size == 0 {
                break;
            }
            answer.body.extend_from_slice(&chunk);
            answer.chunks.push(chunk);
        }
    } else {
        let length: usize = answer.header("content-length").unwrap_or("0").parse().unwrap();
        while rest.len() < length {
            more(stream, &mut rest);
        }
        answer.body = rest;
    }
    answer
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) {
    let mut buffer = [0; 65536];
    let read = stream.read(&mut buffer).unwrap();
    assert!(read > 0, "the server closed after {:?}", String::from_utf8_lossy(bytes));
    bytes.extend_from_slice(&buffer[..read]);
}
