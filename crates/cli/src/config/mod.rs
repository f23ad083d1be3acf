//! What `serve` can be told: by flag, by environment, by file, in that order of precedence. The names are
//! the same everywhere: `--max-body`, `STANDIN_MAX_BODY`, `max-body`.

mod cassettes;
mod file;
mod jobs;
mod recording;
mod rules;
mod scrub;
mod shape;

pub(crate) use cassettes::{Cassettes, shared};
pub(crate) use scrub::ConfigFile;

use crate::failure::Failure;
use clap::Args;
use jobs::JobArgs;
use recording::{Applied, RecordArgs};
use shape::ShapeArgs;
use standin::{Keep, Normaliser, Pace, Policy, Reading, RecordMode, Simulation, Strictness};
use standin_core::age;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

/// Flags and environment of `serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin serve --mocks mocks.yaml
  standin serve --cassettes tests/cassettes
  standin serve --cassettes tests/cassettes --port 0 --record none --pace recorded
  standin serve --cassettes redis://cache:6379/0
  standin serve --config standin.toml

Mocks answer first: docs/mocks.md. Cassettes are chosen by the header X-Cassette-Name, by the path
/c/NAME/..., by a session, or by the content of the call. Flags with a variable are also keys of the
configuration file, without the dashes in front; --fault, --limit and --upstream are lists there:
faults, limits, upstreams.")]
pub(crate) struct ServeArgs {
    /// The same as --cassettes DIR.
    #[arg(value_name = "DIR", conflicts_with = "cassettes")]
    dir: Option<PathBuf>,
    /// Stop when standard input ends, as it does when the program that started standin is gone.
    #[arg(long)]
    pub(crate) stop_with_stdin: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Flags and environment of everything that starts a server.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// A TOML file with these settings.
    #[arg(long, env = "STANDIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on [default: 127.0.0.1]. Beyond loopback the control API takes a token.
    #[arg(long, env = "STANDIN_HOST")]
    host: Option<String>,
    /// The port to listen on; 0 chooses a free one [default: 8080; for run a free one].
    #[arg(long, short, env = "STANDIN_PORT")]
    port: Option<u16>,
    /// The folder of cassettes, go-vcr's or vcrpy's, or the address of a Redis that keeps them: docs/shared-cache.md
    /// [default: for run `cassettes`].
    #[arg(long, env = "STANDIN_CASSETTES", hide_env_values = true, value_name = "DIR|redis://...")]
    cassettes: Option<PathBuf>,
    /// What the keys of cassettes in Redis begin with [default: standin:cassette:].
    #[arg(long, env = "STANDIN_CASSETTE_PREFIX", value_name = "PREFIX")]
    cassette_prefix: Option<String>,
    /// all (cassettes are read at the start and when they change) or named (each when a session or a call names
    /// it, for a folder that holds more than cassettes) [default: all; from Redis always named].
    #[arg(long, env = "STANDIN_LOAD", value_name = "WHICH")]
    load: Option<String>,
    /// A file of mocks, JSON or YAML; may be given more than once. They are asked before cassettes.
    #[arg(long, env = "STANDIN_MOCKS", value_name = "FILE", value_delimiter = ',')]
    mocks: Vec<PathBuf>,
    /// Make answers up where neither mocks nor cassettes have one [default: only where there are none].
    #[arg(long, env = "STANDIN_SIMULATE", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    simulate: Option<bool>,
    /// Make answers up for requests that the provider would refuse, too.
    #[arg(long, env = "STANDIN_LENIENT", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    lenient: Option<bool>,
    /// none, once, new_episodes or all [default: once; none where CI=true]. What is missing is recorded
    /// from the provider, where its key is set: OPENAI_API_KEY, ANTHROPIC_API_KEY and others.
    #[arg(long, env = "STANDIN_RECORD", value_name = "MODE")]
    record: Option<String>,
    /// fixture (files in git, mode once) or cache (mode new_episodes, 2xx only, 24h, at most 50 interactions,
    /// kept where the test passed) [default: fixture].
    #[arg(long, env = "STANDIN_POLICY")]
    policy: Option<String>,
    /// none, flush, fast (2 ms to the first event, 1 ms between), recorded, recorded*2, or
    /// ttft=200ms,itl=20ms [default: fast].
    #[arg(long, env = "STANDIN_PACE")]
    pace: Option<String>,
    /// What has to be equal: method, path, query, host, body, headers, header:NAME, key
    /// [default: method,path,query,host,body].
    #[arg(long, env = "STANDIN_MATCH_ON", value_delimiter = ',', value_name = "MATCHERS")]
    match_on: Option<Vec<String>>,
    /// Threads that serve connections [default: one for each core].
    #[arg(long, env = "STANDIN_WORKERS")]
    workers: Option<usize>,
    /// The largest request body, in bytes [default: 67108864].
    #[arg(long, env = "STANDIN_MAX_BODY", value_name = "BYTES")]
    max_body: Option<usize>,
    /// Connections open at once [default: 20000].
    #[arg(long, env = "STANDIN_MAX_CONNECTIONS", value_name = "N")]
    max_connections: Option<usize>,
    /// Entries that the journal keeps [default: 1000].
    #[arg(long, env = "STANDIN_JOURNAL", value_name = "N")]
    journal: Option<usize>,
    /// The token that the control API asks for.
    #[arg(long, env = "STANDIN_CONTROL_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// error, warn, info, debug or trace, or a filter such as standin=debug [default: warn].
    #[arg(long, env = "STANDIN_LOG", value_name = "LEVEL")]
    log: Option<String>,
    #[command(flatten)]
    shape: ShapeArgs,
    #[command(flatten)]
    recording: RecordArgs,
    #[command(flatten)]
    jobs: JobArgs,
}

/// Settings with every default filled in.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) builder: standin::Builder,
    pub(crate) cassettes: Option<Cassettes>,
    pub(crate) mocks: Vec<PathBuf>,
    pub(crate) mode: RecordMode,
    pub(crate) pace: Pace,
    pub(crate) keep: Keep,
    /// Variables whose values a command of standin's may not see.
    pub(crate) withheld: Vec<String>,
    pub(crate) log: String,
}

/// What differs between the commands where nothing is chosen.
#[derive(Debug)]
pub(crate) struct Defaults {
    pub(crate) port: u16,
    pub(crate) folder: Folder,
}

/// The folder of cassettes where none is chosen.
#[derive(Debug)]
pub(crate) enum Folder {
    None,
    /// This one, but not beside mocks: who answers from them does not ask for recordings.
    WithoutMocks(PathBuf),
    /// This one.
    Always(PathBuf),
}

// === impl Folder ===

impl Folder {
    /// The folder, beside these mocks.
    fn beside(self, mocks: &[PathBuf]) -> Option<PathBuf> {
        match self {
            Folder::WithoutMocks(folder) if mocks.is_empty() => Some(folder),
            Folder::Always(folder) => Some(folder),
            Folder::WithoutMocks(_) | Folder::None => None,
        }
    }
}

// === impl ServeArgs ===

impl ServeArgs {
    /// The settings that these arguments, their file and the environment make.
    pub(crate) fn resolve(mut self) -> Result<Settings, Failure> {
        self.server.cassettes = self.server.cassettes.or(self.dir);
        self.server.resolve(Defaults { port: 8080, folder: Folder::None })
    }
}

// === impl ServerArgs ===

impl ServerArgs {
    /// The settings that these arguments, their file and the environment make.
    pub(crate) fn resolve(self, defaults: Defaults) -> Result<Settings, Failure> {
        let file = self.config.as_deref().map(file::read).transpose()?.unwrap_or_default();
        let config = |error: &dyn std::fmt::Display| Failure::Config(error.to_string());

        // A path in the file is relative to the file, as its writer sees it.
        let beside = self.config.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        let written = || file.mocks.iter().map(|path| beside.join(path)).collect();
        let mocks: Vec<PathBuf> = if self.mocks.is_empty() { written() } else { self.mocks };
        let prefix = self.cassette_prefix.or(file.cassette_prefix.clone());
        let written = file.cassettes.as_ref().map(|named| Cassettes::beside(&beside, named));
        let cassettes = Cassettes::chosen(self.cassettes.or(written), prefix.as_deref())?
            .or_else(|| defaults.folder.beside(&mocks).map(Cassettes::Folder));
        let shared = cassettes.as_ref().is_some_and(Cassettes::is_shared);
        let policy = match self.policy.or(file.policy.clone()) {
            Some(name) => name.parse::<Policy>().map_err(|error| config(&error))?,
            None if shared => Policy::Cache,
            None => Policy::default(),
        };
        let mode = match self.record.or(file.record.clone()) {
            Some(name) => name.parse::<RecordMode>().map_err(|error| config(&error))?,
            // What is shared is filled by whoever comes first, and that is mostly there.
            None if is_ci() && !shared => RecordMode::None,
            None => policy.record_mode(),
        };
        let pace = match self.pace.or(file.pace.clone()) {
            Some(text) => text.parse::<Pace>().map_err(|error| Failure::Config(format!("pace: {error}")))?,
            None => Pace::Fast,
        };
        let normaliser = match (&file.normalise, policy) {
            (Some(normalise), _) => rules::normaliser(normalise)?,
            (None, Policy::Fixture) => Normaliser::default(),
            (None, Policy::Cache) => Normaliser::of_cache(),
        };
        let rules = rules::rules(self.match_on.or(file.match_on.clone()), normaliser.clone())?;

        let host = self.host.or(file.host.clone()).unwrap_or_else(|| "127.0.0.1".to_owned());
        let port = self.port.or(file.port).unwrap_or(defaults.port);
        let address = address(&host, port)?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut builder = standin::Standin::builder()
            .listen(address)
            .record(mode)
            .pace(pace.clone())
            .rules(rules)
            .workers(self.workers.or(file.workers).unwrap_or(cores));
        if let Some(cassettes) = &cassettes {
            builder = cassettes.apply(builder);
        }
        if let Some(which) = self.load.or(file.load.clone()) {
            let reading = which.parse::<Reading>().map_err(|error| config(&error))?;
            if shared && reading == Reading::Whole {
                return Err(Failure::Config(SHARED_IS_NAMED.to_owned()));
            }
            builder = builder.reading(reading);
        }
        for path in &mocks {
            builder = builder.mocks(path);
        }
        builder = match self.simulate.or(file.simulate) {
            Some(true) => builder.simulate(Simulation::Always),
            Some(false) => builder.simulate(Simulation::Never),
            None => builder,
        };
        if self.lenient.or(file.lenient) == Some(true) {
            builder = builder.strictness(Strictness::Lenient);
        }
        builder = self.shape.apply(&file, builder)?;
        builder = self.jobs.apply(&file, &beside, port, builder)?;
        if let Some(bytes) = self.max_body.or(file.max_body) {
            builder = builder.max_body(bytes);
        }
        if let Some(connections) = self.max_connections.or(file.max_connections) {
            builder = builder.max_connections(connections);
        }
        if let Some(entries) = self.journal.or(file.journal) {
            builder = builder.journal(entries);
        }
        if let Some(token) = self.control_token.or(file.control_token.clone()) {
            builder = builder.control_token(token);
        }
        builder = each_cassette(&file.cassette, &normaliser, builder)?;
        builder = builder.scrub(scrub::scrubber(&file.scrub)?);
        let Applied { builder, keep, withheld } = self.recording.apply(&file, policy, shared, builder)?;
        let log = self.log.or(file.log.clone()).unwrap_or_else(|| "warn".to_owned());
        Ok(Settings { builder, cassettes, mocks, mode, pace, keep, withheld, log })
    }
}

/// What the file says of cassettes by name.
fn each_cassette(
    named: &[rules::ForCassettes],
    normaliser: &Normaliser,
    mut builder: standin::Builder,
) -> Result<standin::Builder, Failure> {
    for cassette in named {
        let own = cassette.normalise.as_ref().map(rules::normaliser).transpose()?;
        let rules = rules::rules(cassette.match_on.clone(), own.unwrap_or_else(|| normaliser.clone()))?;
        builder = builder.rules_for(&cassette.name, rules);
        if let Some(text) = &cassette.expiry {
            let age = age(text).map_err(|error| Failure::Config(error.to_string()))?;
            builder = builder.expiry_for(&cassette.name, age);
        }
    }
    Ok(builder)
}

const SHARED_IS_NAMED: &str =
    "load: all cassettes at once are those of a folder; those in Redis are read when they are named";

fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| matches!(value.as_str(), "true" | "1"))
}

/// An address, or a name such as `localhost`.
fn address(host: &str, port: u16) -> Result<SocketAddr, Failure> {
    let found = (host, port).to_socket_addrs().map(|mut addresses| addresses.next());
    match found {
        Ok(Some(address)) => Ok(address),
        Ok(None) => Err(Failure::Config(format!("`{host}` has no address to listen on"))),
        Err(error) => {
            Err(Failure::Config(format!("`{host}` is no address to listen on: {error}; try 127.0.0.1")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("standin.toml");
        std::fs::write(&path, "record = 'all'\npace = 'none'\ncassettes = 'tapes'\n").unwrap();
        #[derive(clap::Parser)]
        struct Probe {
            #[command(flatten)]
            args: ServeArgs,
        }
        let config = path.to_str().unwrap();
        let probe = <Probe as clap::Parser>::parse_from(["serve", "--config", config, "--record", "none"]);
        let settings = probe.args.resolve().unwrap();
        assert_eq!(settings.mode, RecordMode::None);
        assert_eq!(settings.pace, Pace::None);
        let cassettes = settings.cassettes.map(|cassettes| cassettes.to_string());
        assert_eq!(cassettes, Some(dir.path().join("tapes").display().to_string()));
    }
}
