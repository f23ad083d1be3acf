//! Faults, limits, the seed and the start, as `serve` is told.

use super::file::File;
use crate::failure::Failure;
use clap::Args;
use standin::{Builder, FaultRule, LimitRule};
use std::fmt::Display;
use std::time::Duration;

/// Flags and environment of what goes wrong.
#[derive(Debug, Args)]
pub(super) struct ShapeArgs {
    /// What goes wrong: status=429,first=2 or stall=5s,probability=0.1 and others; may be given more than once,
    /// or with semicolons between them. none: nothing, whatever the file says.
    #[arg(long = "fault", env = "STANDIN_FAULT", value_name = "FAULT")]
    faults: Vec<String>,
    /// How much a caller may ask for: rpm=60,tpm=10000 or concurrent=4,per=all and others; may be given more
    /// than once, or with semicolons between them. none: as much as it likes, whatever the file says.
    #[arg(long = "limit", env = "STANDIN_LIMIT", value_name = "LIMIT")]
    limits: Vec<String>,
    /// What the chances of faults and times depend on [default: 0].
    #[arg(long, env = "STANDIN_SEED", value_name = "NUMBER")]
    seed: Option<u64>,
    /// Answer with the provider's 503 for so long after the start, as a server that loads a model does.
    #[arg(long, env = "STANDIN_STARTUP_DELAY", value_name = "TIME")]
    startup_delay: Option<String>,
}

// === impl ShapeArgs ===

impl ShapeArgs {
    /// The builder with what was chosen; flags in the place of the file's.
    pub(super) fn apply(&self, file: &File, mut builder: Builder) -> Result<Builder, Failure> {
        for fault in given(&self.faults, &file.faults, FaultRule::several)? {
            builder = builder.fault(fault);
        }
        for limit in given(&self.limits, &file.limits, LimitRule::several)? {
            builder = builder.limit(limit);
        }
        if let Some(seed) = self.seed.or(file.seed) {
            builder = builder.seed(seed);
        }
        if let Some(text) = self.startup_delay.as_ref().or(file.startup_delay.as_ref()) {
            builder = builder.startup_delay(time("startup-delay", text)?);
        }
        Ok(builder)
    }
}

/// What is given as texts, be it none, or what the file says. A text without anything in it is not given.
fn given<T: Clone, E: Display>(
    texts: &[String],
    file: &[T],
    several: impl Fn(&str) -> Result<Vec<T>, E>,
) -> Result<Vec<T>, Failure> {
    let given: Vec<&String> = texts.iter().filter(|text| !text.trim().is_empty()).collect();
    if given.is_empty() {
        return Ok(file.to_vec());
    }
    let read =
        given.into_iter().map(|text| several(text).map_err(|error| Failure::Config(error.to_string())));
    Ok(read.collect::<Result<Vec<_>, _>>()?.concat())
}

fn time(name: &str, text: &str) -> Result<Duration, Failure> {
    standin::cassette::go_duration(text)
        .ok_or_else(|| Failure::Config(format!("{name}: `{text}` is not a time: use 500ms, 10s or 2m")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let file = ["reset".parse().unwrap()];
        let given = given(&texts, &file, FaultRule::several).unwrap();
        given.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_semicolon_in_quotes_is_of_the_text() {
        assert_eq!(faults(&[r#"status=500,message="a;b" ; cut"#]), [r#"status=500,message="a;b""#, "cut"]);
        assert_eq!(faults(&["cut", "crlf;split=7"]), ["cut", "crlf", "split=7"]);
    }

    #[test]
    fn what_is_given_takes_the_place_of_the_file_even_if_it_is_none() {
        assert_eq!(faults(&[]), ["reset"]);
        assert_eq!(faults(&["", " "]), ["reset"], "an empty variable is not set");
        assert_eq!(faults(&["none"]), [""; 0]);
        assert_eq!(faults(&[" none "]), [""; 0]);
        let file = ["rpm=3".parse().unwrap()];
        assert_eq!(given(&["none".to_owned()], &file, LimitRule::several).unwrap(), []);
        assert_eq!(given(&[], &file, LimitRule::several).unwrap(), file);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let error = given(&["cut;reest".to_owned()], &[], FaultRule::several).unwrap_err().to_string();
        assert!(error.contains("did you mean `reset`?"), "{error}");
        let error = given(&["rpm=1;rmp=2".to_owned()], &[], LimitRule::several).unwrap_err().to_string();
        assert!(error.contains("did you mean `rpm`?"), "{error}");
    }
}
