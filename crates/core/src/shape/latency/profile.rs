//! Paces with a name, which says what they are like.

/// A pace with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// As in `--pace steady`.
    pub name: &'static str,
    /// What it is like.
    pub about: &'static str,
    /// What it stands for, as a pace is written.
    pub pace: &'static str,
}

/// All profiles. Their numbers are chosen so that each is like its name; nobody measured them.
pub const PROFILES: [Profile; 7] = [
    Profile {
        name: "brisk",
        about: "a small model with little to do",
        pace: "ttft=lognormal(150ms,0.25),itl=lognormal(6ms,0.3)",
    },
    Profile {
        name: "steady",
        about: "a large model on a good day",
        pace: "ttft=normal(400ms,60ms),itl=normal(18ms,3ms)",
    },
    Profile {
        name: "bursty",
        about: "frames come in clumps, with pauses between them",
        pace: "ttft=lognormal(500ms,0.4),itl=percentiles(p0=0ms,p75=1ms,p90=120ms,p100=450ms)",
    },
    Profile {
        name: "thinking",
        about: "long silence, then steady",
        pace: "ttft=lognormal(9s,0.6),itl=normal(15ms,3ms)",
    },
    Profile {
        name: "longtail",
        about: "most calls are quick and a few are very slow",
        pace: "ttft=pareto(250ms,1.4),itl=pareto(8ms,2)",
    },
    Profile {
        name: "local",
        about: "one machine: the prompt's length counts, and every other call",
        pace: "ttft=40ms,itl=normal(30ms,2ms),prefill=500us,load=4@8",
    },
    Profile {
        name: "overloaded",
        about: "slow, and much slower the more calls there are",
        pace: "ttft=lognormal(2s,0.7),itl=lognormal(70ms,0.6),load=6@32",
    },
];

/// The profile with a name.
pub(super) fn named(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// All names, in a row.
pub(super) fn names() -> String {
    PROFILES.map(|profile| profile.name).join(", ")
}
