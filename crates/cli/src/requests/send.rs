//! `standin requests send`.

use super::{BASE_URL, find};
use crate::failure::Failure;
use crate::terminal::{BAD, FAINT, GOOD, json, line, styled};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Value, json};
use standin::catalogue::{self, CASSETTE_HEADER, Request};
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin requests send chat-basic
  standin requests send --all --base-url http://localhost:1975
  standin requests send messages-text --base-url https://api.anthropic.com --key \"$ANTHROPIC_API_KEY\" --no-cassette

Ends with exit code 1 when an answer has another status than it should.")]
pub(super) struct SendArgs {
    /// The requests' names.
    #[arg(required_unless_present = "all", value_name = "NAME")]
    names: Vec<String>,
    /// Send all of them, one after the other.
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// The server that they are sent to; an SDK's base URL does as well.
    #[arg(long, env = "STANDIN_URL", value_name = "URL", default_value = BASE_URL)]
    base_url: String,
    /// The key to send, in the header that each provider wants [default: none].
    #[arg(long)]
    key: Option<String>,
    /// Send no X-Cassette-Name.
    #[arg(long)]
    no_cassette: bool,
    /// Print JSON, with bodies that are not UTF-8 as base64.
    #[arg(long)]
    json: bool,
}

/// What came back.
struct Answered {
    request: &'static Request,
    status: u16,
    source: Option<String>,
    body: Vec<u8>,
}

pub(super) fn run(args: &SendArgs) -> Result<ExitCode, Failure> {
    let named: Result<Vec<&Request>, Failure> = args.names.iter().map(|name| find(name)).collect();
    let requests: Vec<&'static Request> = if args.all { catalogue::all().iter().collect() } else { named? };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Request(format!("cannot start to send: {error}")))?;
    let whole = !args.all && requests.len() == 1;
    let mut values = Vec::new();
    let mut unexpected = false;
    for request in requests {
        let answered = runtime.block_on(send(request, args))?;
        unexpected |= !answered.is_expected();
        match (args.json, whole) {
            (true, _) => values.push(answered.value()),
            (false, true) => answered.show()?,
            (false, false) => answered.sum_up()?,
        }
    }
    if args.json {
        json(&values)?;
    }
    Ok(if unexpected { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

async fn send(request: &'static Request, args: &SendArgs) -> Result<Answered, Failure> {
    let keyed = args.key.as_deref().map(|key| request.with_key(key));
    let built = keyed.as_ref().unwrap_or(request).build(&args.base_url);
    let mut built = built.map_err(|error| Failure::Request(format!("{}: {error}", args.base_url)))?;
    if args.no_cassette {
        built.headers_mut().remove(CASSETTE_HEADER);
    }
    let answer = standin::send(built).await.map_err(|error| {
        Failure::Request(format!("{error}; `standin serve` starts a server, --base-url names another one"))
    })?;
    let source = answer.headers().get("x-standin-source").and_then(|value| value.to_str().ok());
    Ok(Answered {
        request,
        status: answer.status().as_u16(),
        source: source.map(str::to_owned),
        body: answer.into_body().to_vec(),
    })
}

// === impl Answered ===

impl Answered {
    fn is_expected(&self) -> bool {
        self.status == self.request.status
    }

    /// The status and the body.
    fn show(&self) -> Result<(), Failure> {
        line(&self.status())?;
        line(&self.text())
    }

    /// A line, and the body where it was not expected.
    fn sum_up(&self) -> Result<(), Failure> {
        let size = styled(FAINT, &format!("{} bytes", self.body.len()));
        line(&format!("{}  {}  {size}", self.request.name, self.status()))?;
        if self.is_expected() { Ok(()) } else { line(&self.text()) }
    }

    fn status(&self) -> String {
        let expected = if self.is_expected() {
            styled(GOOD, &self.status.to_string())
        } else {
            styled(BAD, &format!("{} where {} was expected", self.status, self.request.status))
        };
        match &self.source {
            Some(source) => format!("{expected}  {}", styled(FAINT, &format!("from {source}"))),
            None => expected,
        }
    }

    fn text(&self) -> String {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text.trim_end().to_owned(),
            Err(_) => format!("<{} bytes that are not text>", self.body.len()),
        }
    }

    fn value(&self) -> Value {
        let body = match std::str::from_utf8(&self.body) {
            Ok(text) => json!({"text": text}),
            Err(_) => json!({"base64": STANDARD.encode(&self.body)}),
        };
        json!({
            "name": self.request.name,
            "status": self.status,
            "expected": self.request.status,
            "source": self.source,
            "body": body,
        })
    }
}
