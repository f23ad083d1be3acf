//! Variables that are meant for standin. One that it does not know is told: what it asks for would be left out
//! without a word.

use crate::failure::Failure;
use clap::{ArgMatches, Command};
use std::collections::BTreeSet;
use std::path::PathBuf;

const PREFIX: &str = "STANDIN_";
/// Those that others read: the pytest plugin, and what builds its wheel.
const ELSEWHERE: [&str; 3] = ["STANDIN_BIN", "STANDIN_DISABLE", "STANDIN_WHEEL_BIN"];
const PORT: &str = "STANDIN_PORT";
/// `HOST=VARIABLE`, several with commas between them.
const UPSTREAM: &str = "STANDIN_UPSTREAM";
/// The flag that names the configuration file.
const CONFIG: &str = "config";
/// The commands that listen.
const LISTENING: [&str; 2] = ["serve", "run"];
/// What the value of a port begins with where Kubernetes tells of a Service by this name.
const OF_SERVICES: [&str; 3] = ["tcp://", "udp://", "sctp://"];
/// More than this many changed letters are another name, and so are more than a third of all.
const FARTHEST: usize = 2;

/// The command line, without the variable for the port where it tells of a Service that is called `standin`.
pub(crate) fn fitted(command: Command) -> Command {
    match std::env::var(PORT) {
        Ok(value) if is_of_a_service(PORT, &value) => LISTENING.into_iter().fold(command, |command, name| {
            command.mut_subcommand(name, |listening| {
                listening.mut_arg("port", |port| port.env(None::<&'static str>))
            })
        }),
        _ => command,
    }
}

/// What is to be said of variables that mean nothing.
///
/// # Errors
/// Where one is likely to be a known one with a mistake in it.
pub(crate) fn check(command: &Command, matches: &ArgMatches) -> Result<Vec<String>, Failure> {
    let mut known: BTreeSet<String> = ELSEWHERE.into_iter().map(str::to_owned).collect();
    collect(command, &mut known);
    known.extend(named(matches));
    let given = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    unknown(given, &known)
}

/// Variables that the user names somewhere: one may hold a provider's key.
fn named(matches: &ArgMatches) -> Vec<String> {
    let mut told: Vec<String> =
        std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    told.extend(std::env::var(UPSTREAM));
    let config = matches.subcommand().and_then(|(_, own)| own.try_get_one::<PathBuf>(CONFIG).ok().flatten());
    // A pipe can be read once, and who reads a file in earnest says why it cannot be read.
    let config = config.filter(|path| path.is_file());
    told.extend(config.and_then(|path| std::fs::read_to_string(path).ok()));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = told.iter().flat_map(|text| text.split(move |c| !is_name(c)));
    words.filter(|word| word.starts_with(PREFIX)).map(str::to_owned).collect()
}

fn collect(command: &Command, known: &mut BTreeSet<String>) {
    let named = command.get_arguments().filter_map(clap::Arg::get_env);
    known.extend(named.filter_map(|name| name.to_str().map(str::to_owned)));
    for below in command.get_subcommands() {
        collect(below, known);
    }
}

fn unknown(
    given: impl Iterator<Item = (String, String)>,
    known: &BTreeSet<String>,
) -> Result<Vec<String>, Failure> {
    let mut strange: Vec<String> = given
        .filter(|(name, value)| {
            name.starts_with(PREFIX) && !known.contains(name) && !is_of_a_service(name, value)
        })
        .map(|(name, _)| name)
        .collect();
    strange.sort();
    for name in &strange {
        if let Some(meant) = meant(name, known) {
            return Err(Failure::Config(format!("unknown variable {name}: did you mean {meant}?")));
        }
    }
    Ok(strange.into_iter().map(|name| format!("the variable {name} means nothing to standin")).collect())
}

/// The known name that comes closest, where one is close.
fn meant<'k>(name: &str, known: &'k BTreeSet<String>) -> Option<&'k str> {
    let nearest = known.iter().map(|known| (strsim::damerau_levenshtein(known, name), known)).min()?;
    let (distance, known) = nearest;
    let own = name.len() - PREFIX.len();
    (distance <= FARTHEST.min(own / 3)).then_some(known)
}

/// Whether Kubernetes tells each pod this of a Service whose name begins with `standin`.
fn is_of_a_service(name: &str, value: &str) -> bool {
    let port =
        name.split_once("_PORT_").is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()));
    let address = name.ends_with("_PORT") && OF_SERVICES.into_iter().any(|begin| value.starts_with(begin));
    port || address || name.contains("_SERVICE_HOST") || name.contains("_SERVICE_PORT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(given: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let known = ["STANDIN_BIN", "STANDIN_HOST", "STANDIN_PACE", "STANDIN_PORT", "STANDIN_RECORD"];
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        unknown(given, &known.into_iter().map(str::to_owned).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mistake_is_told_with_what_was_meant() {
        for (wrong, right) in [
            ("STANDIN_RECROD", "STANDIN_RECORD"),
            ("STANDIN_PROT", "STANDIN_PORT"),
            ("STANDIN_PACES", "STANDIN_PACE"),
        ] {
            let error = told(&[("HOME", "/"), (wrong, "1")]).unwrap_err();
            assert_eq!(error, format!("unknown variable {wrong}: did you mean {right}?"));
        }
    }

    #[test]
    fn what_is_far_from_all_is_a_note() {
        for name in ["STANDIN_HOME", "STANDIN_VERSION", "STANDIN_RECORD_MODE", "STANDIN_"] {
            assert_eq!(
                told(&[(name, "1")]).unwrap(),
                [format!("the variable {name} means nothing to standin")]
            );
        }
        assert!(
            told(&[("STANDIN_PORT", "8080"), ("STANDING", "1"), ("PYTEST_STANDIN_X", "1")])
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn services_of_kubernetes_are_nothing_to_tell() {
        let service = [
            ("STANDIN_SERVICE_HOST", "10.0.0.1"),
            ("STANDIN_SERVICE_PORT", "80"),
            ("STANDIN_SERVICE_PORT_HTTP", "80"),
            ("STANDIN_PORT", "tcp://10.0.0.1:80"),
            ("STANDIN_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("STANDIN_PORT_80_TCP_PROTO", "tcp"),
            ("STANDIN_OPENAI_PORT", "tcp://10.0.0.1:80"),
        ];
        assert!(told(&service).unwrap().is_empty());
    }
}
