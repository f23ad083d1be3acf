//! Records the catalogue's cassettes anew. `scripts/record-catalogue` runs it.
//!
//! ```text
//! canonical request --> a standin that records --> a standin that makes answers up, or with --live the vendor
//! ```
//!
//! What the simulator answered is stored without what differs from run to run, so that equal answers make equal
//! files.

#![expect(clippy::print_stdout, reason = "a command says what it did")]

use standin::catalogue::{self, Request};
use standin::{RecordMode, Simulation, Standin, cassette};
use standin_core::Headers;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Simulator,
    Vendors,
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/catalogue");
/// How long what has arrived may take to be written.
const PATIENCE: Duration = Duration::from_secs(30);
/// Characters of an unexpected answer that are shown.
const SHOWN: usize = 200;
/// A simulated answer's cassette begins with this.
const ORIGIN: &str =
    "# Recorded against standin's simulator, not against the vendor. scripts/record-catalogue writes it.\n";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let from = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => From::Simulator,
        ["--live"] => From::Vendors,
        _ => return Err("usage: record_catalogue [--live]".into()),
    };
    let recordings = tempfile::tempdir()?;
    let upstream = Standin::builder().ignore_environment().simulate(Simulation::Always).start().await?;
    let recorder = Standin::builder().cassettes(recordings.path()).record(RecordMode::Once);
    let recorder = match from {
        From::Simulator => with_upstream(recorder, &upstream.url()).start().await?,
        From::Vendors => recorder.start().await?,
    };
    let mut unexpected = 0;
    for request in catalogue::all() {
        let answer = standin::send(request.build(&recorder.url())?).await?;
        if answer.status() != request.status {
            unexpected += 1;
            let body: String = String::from_utf8_lossy(answer.body()).chars().take(SHOWN).collect();
            println!("{}: {} where {} was expected: {body}", request.name, answer.status(), request.status);
        }
    }
    recorder.stop(PATIENCE);
    let mut written = 0;
    for request in catalogue::all() {
        written += usize::from(store(request, recordings.path(), from)?);
    }
    println!("{written} of {} cassettes written to fixtures/catalogue", catalogue::all().len());
    let whole = unexpected == 0 && written == catalogue::all().len();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A recorder whose every provider is at this address.
fn with_upstream(builder: standin::Builder, url: &str) -> standin::Builder {
    let key = "sk-of-the-catalogue";
    builder
        .ignore_environment()
        .variable("OPENAI_API_KEY", key)
        .variable("OPENAI_BASE_URL", format!("{url}/v1"))
        .variable("ANTHROPIC_API_KEY", key)
        .variable("ANTHROPIC_BASE_URL", url)
        .variable("AZURE_OPENAI_API_KEY", key)
        .variable("AZURE_OPENAI_ENDPOINT", url)
        .variable("AZURE_OPENAI_DEPLOYMENT", "gpt-5-nano")
        .variable("OPENAI_API_VERSION", "2024-12-01-preview")
}

/// Puts a recording in its place; whether there was one.
fn store(request: &Request, recordings: &Path, from: From) -> Result<bool, Box<dyn Error>> {
    let file = format!("{}.yaml", request.name);
    let Ok(bytes) = std::fs::read(recordings.join(&file)) else {
        println!("{}: nothing was recorded, and the file is left as it was", request.name);
        return Ok(false);
    };
    let text = match from {
        From::Vendors => String::from_utf8(bytes)?,
        From::Simulator => {
            let mut cassette = cassette::parse(&bytes).map_err(|error| error.reason)?;
            cassette.interactions.iter_mut().for_each(|one| settle(one, request));
            format!("{ORIGIN}{}", cassette.render(cassette.format))
        }
    };
    standin::replace(&Path::new(FOLDER).join(file), &text)?;
    Ok(true)
}

/// Takes out what differs from run to run, and gives the vendor's address.
fn settle(interaction: &mut cassette::Interaction, request: &Request) {
    interaction.recorded = None;
    interaction.chunks = None;
    let (asked, response) = (&mut interaction.request, &mut interaction.response);
    // The host with its port, and how long it took; both are written by what else is known.
    asked.go = None;
    response.go = None;
    for name in ["date", "x-standin-source"] {
        response.headers.remove(name);
    }
    let headers: Headers =
        request.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let host = match standin_providers::claiming(request.path, &headers).name() {
        "anthropic" => Some("api.anthropic.com"),
        "openai" => Some("api.openai.com"),
        // Azure's is taken out as it is stored.
        _ => None,
    };
    let url = &mut asked.url;
    if let (Some(host), Some(at)) = (host, url.find(request.path)) {
        *url = format!("https://{host}{}", &url[at..]);
    }
}
