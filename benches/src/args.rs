//! The command line.

use crate::Failure;
use crate::bare::{Kind, Pace};
use std::path::PathBuf;
use std::time::Duration;

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Be the server that standin is compared with.
    Bare {
        kind: Kind,
        file: PathBuf,
    },
    /// Be such a server, at a pace.
    Paced {
        file: PathBuf,
        pace: Pace,
    },
    /// Be the provider that standin records from.
    Upstream,
    Bench(Args),
}

/// What to measure, and how to print it.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) json: bool,
    pub(crate) quick: bool,
    pub(crate) sections: Vec<Section>,
}

/// A part of the bench that can be run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Small answers and streams, and memory after them.
    Replay,
    Matching,
    /// Answers that somebody wrote: few and many.
    Mocks,
    /// Time to the first answer, and idle memory.
    Start,
    Parsing,
    /// Thousands of streams at once, each at its pace.
    Paced,
    /// What recording costs the one who waits for the answer.
    Recording,
    /// Calls that are answered in the background: how fast they are taken and run, and what they cost while they wait.
    Jobs,
}

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: u32,
    /// Seconds of load in a round.
    pub(crate) seconds: u32,
}

const USAGE: &str =
    "usage: standin-bench [--quick] [--json] [replay|mocks|matching|start|parsing|recording|paced|jobs ...]
       standin-bench bare whole|together|each FILE
       standin-bench bare paced FILE FIRST_MS BETWEEN_MS
       standin-bench bare upstream

  --quick   3 rounds of 1 second in place of 5 rounds of 3
  --json    print JSON";

// === impl Section ===

impl Section {
    const ALL: [Section; 8] = [
        Section::Start,
        Section::Parsing,
        Section::Replay,
        Section::Mocks,
        Section::Recording,
        Section::Matching,
        Section::Paced,
        Section::Jobs,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Section::Replay => "replay",
            Section::Matching => "matching",
            Section::Mocks => "mocks",
            Section::Start => "start",
            Section::Parsing => "parsing",
            Section::Recording => "recording",
            Section::Jobs => "jobs",
            Section::Paced => "paced",
        }
    }
}

// === impl Args ===

impl Args {
    pub(crate) fn effort(&self) -> Effort {
        if self.quick { Effort { rounds: 3, seconds: 1 } } else { Effort { rounds: 5, seconds: 3 } }
    }
}

/// Reads the arguments after the program's name.
pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Command, Failure> {
    let args: Vec<String> = args.collect();
    if args == ["bare", "upstream"] {
        return Ok(Command::Upstream);
    }
    if let [first, kind, file] = args.as_slice()
        && first == "bare"
    {
        let kind = Kind::named(kind).ok_or(USAGE)?;
        return Ok(Command::Bare { kind, file: file.into() });
    }
    if let [bare, paced, file, first, between] = args.as_slice()
        && bare == "bare"
        && paced == "paced"
    {
        let [first, between] = [first, between].map(|text| text.parse().map(Duration::from_millis));
        return Ok(Command::Paced { file: file.into(), pace: Pace { first: first?, between: between? } });
    }
    let mut bench = Args { json: false, quick: false, sections: Vec::new() };
    for arg in &args {
        match arg.as_str() {
            "--json" => bench.json = true,
            "--quick" => bench.quick = true,
            // Cargo passes it to every bench.
            "--bench" => {}
            name => {
                let section = Section::ALL.into_iter().find(|section| section.name() == name).ok_or(USAGE)?;
                bench.sections.push(section);
            }
        }
    }
    if bench.sections.is_empty() {
        bench.sections = Section::ALL.to_vec();
    }
    Ok(Command::Bench(bench))
}
