//! How latencies are written: `steady,ttft=lognormal(300ms,0.6),prefill=50us,load=3@64`.

use super::spread::Shape;
use super::wrong::BadLatency;
use super::{Between, Latency, Load, Spread, profile};
use crate::cassette::go_duration;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Reads the parts of a pace. The first may be a profile, which the others change.
pub(in super::super) fn read(text: &str) -> Result<Latency, BadLatency> {
    let mut latency = Latency::default();
    let mut said = Vec::new();
    for (nth, part) in parts(text).into_iter().map(str::trim).enumerate() {
        let Some((key, value)) = part.split_once('=').filter(|(key, _)| !key.contains('(')) else {
            if nth > 0 {
                return Err(BadLatency::Part(part.to_owned()));
            }
            let profile =
                profile::named(part).ok_or_else(|| BadLatency::Profile { name: part.to_owned() })?;
            latency = read(profile.pace)?;
            continue;
        };
        let part = Part::named(key.trim()).ok_or_else(|| BadLatency::Part(key.trim().to_owned()))?;
        if said.contains(&part) {
            return Err(BadLatency::Twice(part.name()));
        }
        said.push(part);
        latency = part.set(latency, value.trim())?;
    }
    if said.contains(&Part::Itl) && said.contains(&Part::Tps) {
        return Err(BadLatency::ItlAndTps);
    }
    Ok(latency)
}

/// The texts between commas; those in parentheses belong to the distribution.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0usize;
    text.split(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .collect()
}

/// What a pace says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Ttft,
    Itl,
    Tps,
    Prefill,
    Cached,
    Load,
}

// === impl Part ===

impl Part {
    const ALL: [Part; 6] = [Part::Ttft, Part::Itl, Part::Tps, Part::Prefill, Part::Cached, Part::Load];

    fn name(self) -> &'static str {
        match self {
            Part::Ttft => "ttft",
            Part::Itl => "itl",
            Part::Tps => "tps",
            Part::Prefill => "prefill",
            Part::Cached => "cached",
            Part::Load => "load",
        }
    }

    fn named(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.name() == name)
    }

    fn set(self, latency: Latency, value: &str) -> Result<Latency, BadLatency> {
        match self {
            Part::Ttft => Ok(latency.ttft(value.parse()?)),
            Part::Itl => Ok(latency.itl(value.parse()?)),
            Part::Tps => latency.tokens_per_second(number("tps", value)?),
            Part::Prefill => latency.prefill(time(value)?),
            Part::Cached => latency.cached(number("cached", value)?),
            Part::Load => {
                let wrong = || BadLatency::Load(value.to_owned());
                let (factor, at) = value.split_once('@').ok_or_else(wrong)?;
                let at = at.trim().parse().map_err(|_| wrong())?;
                latency.load(factor.trim().parse().map_err(|_| wrong())?, at)
            }
        }
    }
}

fn time(text: &str) -> Result<Duration, BadLatency> {
    go_duration(text.trim()).ok_or_else(|| BadLatency::Time(text.trim().to_owned()))
}

fn number(what: &'static str, text: &str) -> Result<f64, BadLatency> {
    let text = text.trim();
    text.parse().map_err(|_| BadLatency::Number { what, text: text.to_owned() })
}

/// A time as [`go_duration`] reads it, in the largest unit that leaves no fraction.
pub(in super::super) fn time_text(time: Duration) -> String {
    let nanos = time.as_nanos();
    match [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")]
        .iter()
        .find(|(unit, _)| nanos.is_multiple_of(*unit))
    {
        _ if nanos == 0 => "0s".to_owned(),
        Some((unit, name)) => format!("{}{name}", nanos / unit),
        None => format!("{nanos}ns"),
    }
}

// === impl Spread ===

impl FromStr for Spread {
    type Err = BadLatency;

    fn from_str(text: &str) -> Result<Self, BadLatency> {
        let text = text.trim();
        let Some((name, rest)) = text.split_once('(') else { return Spread::constant(time(text)?) };
        let name = name.trim();
        let like = match name {
            "constant" => "constant(200ms)",
            "uniform" => "uniform(100ms,300ms)",
            "normal" => "normal(200ms,50ms)",
            "lognormal" => "lognormal(200ms,0.6)",
            "pareto" => "pareto(100ms,1.5)",
            "percentiles" => "percentiles(p50=200ms,p90=400ms,p99=2s)",
            "samples" => "samples(180ms,210ms,900ms)",
            _ => return Err(BadLatency::Distribution(name.to_owned())),
        };
        let wrong = || BadLatency::Arguments { text: text.to_owned(), like };
        let inside = rest.strip_suffix(')').ok_or_else(wrong)?;
        if name == "samples" {
            // Lines of a file are as good as a list.
            let times = inside.split([',', ' ', '\t', '\r', '\n']).filter(|sample| !sample.is_empty());
            return Spread::samples(times.map(time).collect::<Result<_, _>>()?);
        }
        let arguments: Vec<&str> = inside.split(',').collect();
        match (name, arguments.as_slice()) {
            ("constant", [only]) => Spread::constant(time(only)?),
            ("uniform", [from, to]) => Spread::uniform(time(from)?, time(to)?),
            ("normal", [mean, deviation]) => Spread::normal(time(mean)?, time(deviation)?),
            ("lognormal", [median, sigma]) => {
                Spread::lognormal(time(median)?, number("lognormal's sigma", sigma)?)
            }
            ("pareto", [least, shape]) => Spread::pareto(time(least)?, number("pareto's shape", shape)?),
            ("percentiles", points) => {
                let point = |point: &&str| {
                    let (percent, at) = point.trim().strip_prefix('p')?.split_once('=')?;
                    Some(number("a percentile", percent).and_then(|percent| Ok((percent, time(at)?))))
                };
                let points = points.iter().map(|text| point(text).ok_or_else(wrong)?);
                Spread::percentiles(&points.collect::<Result<Vec<_>, _>>()?)
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = |time: &Duration| time_text(*time);
        match &self.0 {
            Shape::Constant(time) => f.write_str(&t(time)),
            Shape::Uniform { from, to } => write!(f, "uniform({},{})", t(from), t(to)),
            Shape::Normal { mean, deviation } => write!(f, "normal({},{})", t(mean), t(deviation)),
            Shape::LogNormal { median, sigma } => write!(f, "lognormal({},{sigma})", t(median)),
            Shape::Pareto { least, shape } => write!(f, "pareto({},{shape})", t(least)),
            Shape::Percentiles(points) => {
                let points: Vec<_> = points.iter().map(|(at, time)| format!("p{at}={}", t(time))).collect();
                write!(f, "percentiles({})", points.join(","))
            }
            Shape::Samples(times) => {
                write!(f, "samples({})", times.iter().map(t).collect::<Vec<_>>().join(","))
            }
        }
    }
}

// === impl Latency ===

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ttft={}", self.ttft)?;
        match &self.between {
            Between::Itl(spread) => write!(f, ",itl={spread}")?,
            Between::Tokens(in_a_second) => write!(f, ",tps={in_a_second}")?,
        }
        if !self.prefill.is_zero() {
            write!(f, ",prefill={}", time_text(self.prefill))?;
        }
        if self.cached != 0.0 {
            write!(f, ",cached={}", self.cached)?;
        }
        if self.load != Load::default() {
            write!(f, ",load={}@{}", self.load.factor, self.load.at)?;
        }
        Ok(())
    }
}
