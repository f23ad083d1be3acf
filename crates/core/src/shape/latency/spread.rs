//! Distributions of times, drawn by inverse transform: a throw between 0 and 1 is the share of times that are
//! shorter. The same throw is therefore a long time in every distribution or in none.

use super::wrong::{BadLatency, bearable, within};
use super::{LATEST, due};
use crate::dice::Dice;
use std::sync::Arc;
use std::time::Duration;

/// A distribution of times. [`FromStr`](std::str::FromStr) and `Display` write it as in a pace: `200ms`,
/// `lognormal(300ms,0.6)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread(pub(super) Shape);

/// The distributions that there are. A [`Spread`] holds only numbers that make sense.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Constant(Duration),
    Uniform { from: Duration, to: Duration },
    Normal { mean: Duration, deviation: Duration },
    LogNormal { median: Duration, sigma: f64 },
    Pareto { least: Duration, shape: f64 },
    Percentiles(Arc<[(f64, Duration)]>),
    Samples(Arc<[Duration]>),
}

// === impl Spread ===

impl Spread {
    /// Always the same time.
    ///
    /// # Errors
    /// Where it is longer than a year, as with all the others.
    pub fn constant(time: Duration) -> Result<Self, BadLatency> {
        Ok(Spread(Shape::Constant(bearable(time)?)))
    }

    /// Any time between two, each as likely.
    ///
    /// # Errors
    /// Where the first is longer than the second.
    pub fn uniform(from: Duration, to: Duration) -> Result<Self, BadLatency> {
        if from > to {
            return Err(BadLatency::Backwards);
        }
        Ok(Spread(Shape::Uniform { from: bearable(from)?, to: bearable(to)? }))
    }

    /// The bell curve; what would be less than no time is no time.
    ///
    /// # Errors
    /// Where a time is too long.
    pub fn normal(mean: Duration, deviation: Duration) -> Result<Self, BadLatency> {
        Ok(Spread(Shape::Normal { mean: bearable(mean)?, deviation: bearable(deviation)? }))
    }

    /// Times whose logarithms are a bell curve: half are shorter than the median, and a few are much longer.
    /// `sigma` is the deviation of the natural logarithms.
    ///
    /// # Errors
    /// Unless `sigma` is from 0 to 10.
    pub fn lognormal(median: Duration, sigma: f64) -> Result<Self, BadLatency> {
        let sigma = within("lognormal's sigma", sigma, 0.0, 10.0)?;
        Ok(Spread(Shape::LogNormal { median: bearable(median)?, sigma }))
    }

    /// Times of at least so much, with a long tail; the smaller the shape, the longer.
    ///
    /// # Errors
    /// Unless the shape is from 0.1 to 1000.
    pub fn pareto(least: Duration, shape: f64) -> Result<Self, BadLatency> {
        let shape = within("pareto's shape", shape, 0.1, 1000.0)?;
        Ok(Spread(Shape::Pareto { least: bearable(least)?, shape }))
    }

    /// Times by how many percent of all are shorter. Between two points it is a straight line; there is nothing
    /// shorter than the first and longer than the last.
    ///
    /// # Errors
    /// Unless there is a point, percentages are from 0 to 100, and each point is beyond the one before.
    pub fn percentiles(points: &[(f64, Duration)]) -> Result<Self, BadLatency> {
        let point = |&(percent, time): &(f64, Duration)| {
            Ok((within("a percentile", percent, 0.0, 100.0)?, bearable(time)?))
        };
        let points = points.iter().map(point).collect::<Result<Vec<_>, _>>()?;
        let ordered = points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        if points.is_empty() || !ordered {
            return Err(BadLatency::Percentiles);
        }
        Ok(Spread(Shape::Percentiles(points.into())))
    }

    /// Times that were measured, each as likely; their order does not count.
    ///
    /// # Errors
    /// Where there are none.
    pub fn samples(times: Vec<Duration>) -> Result<Self, BadLatency> {
        if times.is_empty() {
            return Err(BadLatency::NoSamples);
        }
        let mut times = times.into_iter().map(bearable).collect::<Result<Vec<_>, _>>()?;
        times.sort_unstable();
        Ok(Spread(Shape::Samples(times.into())))
    }

    /// The time that a share of all, from 0 to 1, is shorter than.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        due(self.seconds(share))
    }

    /// A time, by one throw of the dice.
    pub(super) fn draw(&self, dice: &mut Dice) -> f64 {
        self.seconds(dice.unit())
    }

    /// The time, where it is always the same.
    pub(super) fn constant_time(&self) -> Option<Duration> {
        if let Shape::Constant(time) = self.0 { Some(time) } else { None }
    }

    fn seconds(&self, share: f64) -> f64 {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let seconds = match &self.0 {
            Shape::Constant(time) => time.as_secs_f64(),
            Shape::Uniform { from, to } => between(*from, *to, share),
            Shape::Normal { mean, deviation } => mean.as_secs_f64() + deviation.as_secs_f64() * probit(share),
            Shape::LogNormal { median, sigma } => median.as_secs_f64() * libm::exp(sigma * probit(share)),
            Shape::Pareto { least, shape } => {
                least.as_secs_f64() / libm::pow((1.0 - share).max(SMALLEST), 1.0 / shape)
            }
            Shape::Percentiles(points) => on_line(points, share * 100.0),
            Shape::Samples(times) => {
                let nth = (share * times.len() as f64) as usize;
                times.get(nth).or(times.last()).map_or(0.0, Duration::as_secs_f64)
            }
        };
        seconds.clamp(0.0, LATEST.as_secs_f64())
    }
}

impl Default for Spread {
    /// No time.
    fn default() -> Self {
        Spread(Shape::Constant(Duration::ZERO))
    }
}

fn between(from: Duration, to: Duration, share: f64) -> f64 {
    from.as_secs_f64() + (to.as_secs_f64() - from.as_secs_f64()) * share
}

fn on_line(points: &[(f64, Duration)], percent: f64) -> f64 {
    let next = points.partition_point(|(at, _)| *at <= percent);
    match (next.checked_sub(1).and_then(|before| points.get(before)), points.get(next)) {
        (Some((low, from)), Some((high, to))) => between(*from, *to, (percent - low) / (high - low)),
        (Some((_, only)), None) | (None, Some((_, only))) => only.as_secs_f64(),
        (None, None) => 0.0,
    }
}

/// A share that is not 0, so that the tails end: about as small as two throws of the dice can differ.
const SMALLEST: f64 = f64::EPSILON / 4.0;

/// The inverse of the standard normal distribution, by Newton's method. The upper tail is convex and falls from
/// its middle on, so that each step comes nearer from the same side and none goes too far.
fn probit(share: f64) -> f64 {
    let tail = share.min(1.0 - share).max(SMALLEST);
    let mut at = 0.0;
    for _ in 0..100 {
        let beyond = libm::erfc(at * std::f64::consts::FRAC_1_SQRT_2) / 2.0;
        let density = libm::exp(-at * at / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
        let step = (beyond - tail) / density;
        at += step;
        if step < 1e-12 {
            break;
        }
    }
    if share < 0.5 { -at } else { at }
}
