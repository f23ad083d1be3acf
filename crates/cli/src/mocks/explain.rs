//! `standin mocks explain`.

use super::request::RequestArgs;
use crate::failure::Failure;
use crate::terminal::{BAD, FAINT, GOOD, json, line, note, styled};
use clap::Args;
use standin_core::mock::{Explained, MockSet, Seen, Severity, Why};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin mocks explain mocks.yaml --request request.json
  standin mocks explain mocks.yaml -d '{\"model\": \"gpt-5\", \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}'

Mocks are listed in the order in which they are asked, as for the first call of a session: nothing
is counted and scenarios are in their first state. Ends with exit code 1 when none answers.")]
pub(super) struct ExplainArgs {
    /// Files of mocks.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    request: RequestArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let mut mocks = Vec::new();
    for path in &args.files {
        let file = super::read(path)?;
        for problem in file.problems.iter().filter(|problem| problem.severity == Severity::Error) {
            note(&problem.to_string());
        }
        mocks.extend(file.mocks);
    }
    let set = MockSet::new(mocks);
    let request = args.request.read()?;
    let asked = request.dialect.asked(request.endpoint, &request.call.path, &request.body);
    let seen = Seen { call: &request.call, provider: request.provider, asked: &asked };
    let explained = set.explain(&seen);
    let answers = explained.iter().any(|one| one.why == Why::Answers);
    if args.json {
        json(&explained)?;
    } else {
        line(&format!("POST {} is {}'s {}", request.call.path, request.provider, request.endpoint))?;
        for one in &explained {
            show(one)?;
        }
    }
    if !answers {
        note("no mock answers");
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

fn show(one: &Explained) -> Result<(), Failure> {
    let (style, words) = match one.why {
        Why::Answers => (GOOD, "answers"),
        Why::Later => (FAINT, "would answer, but an earlier one does"),
        Why::OtherState => (FAINT, "would answer in another state, or is used up"),
        Why::Unmet => (BAD, "does not hold"),
    };
    line(&format!("{}: {} {}", one.judged.place, one.judged.mock, styled(style, words)))?;
    for unmet in &one.judged.unmet {
        line(&format!("  {}\n    wanted  {}\n    called  {}", unmet.what, unmet.expected, unmet.actual))?;
    }
    Ok(())
}
