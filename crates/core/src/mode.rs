//! Record modes: what happens with a call, as one table.

use std::str::FromStr;

/// When calls are recorded. The names are vcrpy's; go-vcr's are accepted as aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecordMode {
    /// Never.
    None,
    /// Only into a cassette that is missing or that this run created.
    #[default]
    Once,
    /// Whenever nothing matches.
    NewEpisodes,
    /// Always.
    All,
}

/// What is known about a call before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The named cassette is there and an interaction matches.
    Match,
    /// The named cassette is there and nothing in it matches.
    NoMatch,
    /// The same, and this run made the cassette: it stays open.
    OpenNoMatch,
    /// The named cassette is missing.
    NoCassette,
    /// No cassette was named, and an interaction of some cassette matches.
    UnnamedMatch,
    /// No cassette was named, and nothing matches.
    UnnamedNoMatch,
}

/// What is done with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Answer from the tape.
    Replay,
    /// Pass it to the provider and store the answer.
    Record,
    /// 409: the cassette is out of date.
    OutOfDate,
    /// 500: there is no such cassette.
    NoCassette,
    /// 400: a cassette has to be named.
    NameCassette,
}

/// A record mode that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a record mode: use none, once, new_episodes or all (or go-vcr's replay_only, record_once, replay_with_new_episodes, record_only)"
)]
pub struct UnknownMode(pub String);

/// The table. Rows are what was found, columns the modes `none`, `once`, `new_episodes`, `all`.
const TABLE: [(Found, [Decision; 4]); 6] = {
    use Decision::{NameCassette, NoCassette, OutOfDate, Record, Replay};
    [
        (Found::Match, [Replay, Replay, Replay, Record]),
        (Found::NoMatch, [OutOfDate, OutOfDate, Record, Record]),
        (Found::OpenNoMatch, [OutOfDate, Record, Record, Record]),
        (Found::NoCassette, [NoCassette, Record, Record, Record]),
        (Found::UnnamedMatch, [Replay, Replay, Replay, Replay]),
        (Found::UnnamedNoMatch, [NameCassette, NameCassette, NameCassette, NameCassette]),
    ]
};

// === impl RecordMode ===

impl RecordMode {
    /// What to do with a call.
    #[must_use]
    pub fn decide(self, found: Found) -> Decision {
        TABLE[found as usize].1[self as usize]
    }

    /// The name in vcrpy's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RecordMode::None => "none",
            RecordMode::Once => "once",
            RecordMode::NewEpisodes => "new_episodes",
            RecordMode::All => "all",
        }
    }
}

impl FromStr for RecordMode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        match name.to_ascii_lowercase().replace('-', "_").as_str() {
            "none" | "replay_only" => Ok(RecordMode::None),
            "once" | "record_once" => Ok(RecordMode::Once),
            "new_episodes" | "replay_with_new_episodes" => Ok(RecordMode::NewEpisodes),
            "all" | "record_only" => Ok(RecordMode::All),
            _ => Err(UnknownMode(name.to_owned())),
        }
    }
}

impl std::fmt::Display for RecordMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_documented_one() {
        let expected = [
            "match           replay        replay        replay        record",
            "no match        out-of-date   out-of-date   record        record",
            "open, no match  out-of-date   record        record        record",
            "no cassette     no-cassette   record        record        record",
            "unnamed match   replay        replay        replay        replay",
            "unnamed miss    name-it       name-it       name-it       name-it",
        ];
        let rows = [
            Found::Match,
            Found::NoMatch,
            Found::OpenNoMatch,
            Found::NoCassette,
            Found::UnnamedMatch,
            Found::UnnamedNoMatch,
        ];
        let modes = [RecordMode::None, RecordMode::Once, RecordMode::NewEpisodes, RecordMode::All];
        for (found, row) in rows.into_iter().zip(expected) {
            let words: Vec<&str> = row[16..].split_whitespace().collect();
            let decided: Vec<&str> = modes
                .iter()
                .map(|mode| match mode.decide(found) {
                    Decision::Replay => "replay",
                    Decision::Record => "record",
                    Decision::OutOfDate => "out-of-date",
                    Decision::NoCassette => "no-cassette",
                    Decision::NameCassette => "name-it",
                })
                .collect();
            assert_eq!(decided, words, "{found:?}");
        }
    }

    #[test]
    fn names_and_aliases_parse() {
        for mode in [RecordMode::None, RecordMode::Once, RecordMode::NewEpisodes, RecordMode::All] {
            assert_eq!(mode.name().parse(), Ok(mode));
        }
        assert_eq!("replay-only".parse(), Ok(RecordMode::None));
        assert_eq!("replay_with_new_episodes".parse(), Ok(RecordMode::NewEpisodes));
        assert!("sometimes".parse::<RecordMode>().unwrap_err().to_string().contains("new_episodes"));
    }
}
