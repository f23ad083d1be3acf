//! Measures standin side by side with a bare hyper server, in one run on one machine, and prints ratios.
//!
//! ```text
//! standin-bench [--quick] [--json] [SECTION...]     the benchmark; see `args` for the sections
//! standin-bench bare KIND FILE                      the server that standin is compared with
//! standin-bench bare paced FILE FIRST BETWEEN       the same, at a pace in milliseconds
//! standin-bench bare upstream                       the provider that standin records from
//!
//! replay, mocks, matching, start, parsing, paced, jobs
//!                                     what is measured, each a section that returns rows
//! overhead                            the same for the section `recording`
//! versus_bare                         a call to standin and to the bare server
//! rounds                              contestants by turns, medians and spreads
//! wrk, script                         the load: one tool for every server
//! process, standin, bare              the servers, each a child process
//! recording, folder, yaml             cassettes to replay
//! report                              rows as a table or as JSON
//! ```
//!
//! Times are not asserted: the machine is shared and noisy, and a ratio is read, not enforced.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

mod args;
mod bare;
mod exchange;
mod folder;
mod jobs;
mod matching;
mod mocks;
mod overhead;
mod paced;
mod parsing;
mod process;
mod recording;
mod replay;
mod report;
mod rounds;
mod script;
mod standin;
mod start;
mod versus_bare;
mod wrk;
mod yaml;

use args::{Args, Command, Section};
use report::Row;
use std::process::ExitCode;

/// What any step may fail with; a bench only prints it.
type Failure = Box<dyn std::error::Error>;

/// The allocator of the binary `standin`: a comparison is not to be one of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let result = match args::parse(std::env::args().skip(1)) {
        Ok(Command::Bare { kind, file }) => bare::run(kind, &file),
        Ok(Command::Paced { file, pace }) => bare::run_paced(&file, pace),
        Ok(Command::Upstream) => bare::run_upstream(),
        Ok(Command::Bench(args)) => bench(&args),
        Err(failure) => Err(failure),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("standin-bench: {failure}");
            ExitCode::from(2)
        }
    }
}

fn bench(args: &Args) -> Result<(), Failure> {
    wrk::require()?;
    let program = standin::build()?;
    let scratch = tempfile::tempdir()?;
    let bench = Bench { program, scratch: scratch.path().to_owned(), effort: args.effort() };
    let mut rows: Vec<Row> = Vec::new();
    for section in &args.sections {
        eprintln!("measuring {} ...", section.name());
        rows.extend(match section {
            Section::Replay => replay::measure(&bench)?,
            Section::Mocks => mocks::measure(&bench)?,
            Section::Matching => matching::measure(&bench)?,
            Section::Start => start::measure(&bench)?,
            Section::Parsing => parsing::measure(&bench)?,
            Section::Recording => overhead::measure(&bench)?,
            Section::Paced => paced::measure(&bench)?,
            Section::Jobs => jobs::measure(&bench)?,
        });
    }
    if args.json {
        println!("{}", report::json(&rows, bench.effort));
    } else {
        print!("{}", report::table(&rows, bench.effort));
    }
    Ok(())
}

/// What every section needs.
#[derive(Debug)]
struct Bench {
    /// The binary `standin`.
    program: std::path::PathBuf,
    /// A folder that goes when the bench ends.
    scratch: std::path::PathBuf,
    effort: args::Effort,
}
