//! Contestants by turns, so that what disturbs the machine disturbs all of them; then medians.

use crate::Failure;

/// A figure of several rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// Runs every contestant once a round. Each one's results come back in the order of the rounds.
pub(crate) fn by_turns<T, const N: usize>(
    rounds: u32,
    mut run: impl FnMut(usize, u32) -> Result<T, Failure>,
) -> Result<[Vec<T>; N], Failure> {
    let mut results: [Vec<T>; N] = std::array::from_fn(|_| Vec::new());
    for round in 0..rounds {
        for (contestant, results) in results.iter_mut().enumerate() {
            results.push(run(contestant, round)?);
        }
    }
    Ok(results)
}

/// The value below which this share of all values lies; zero of nothing.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

// === impl Figure ===

impl Figure {
    /// The median and the extremes; zero of nothing.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.len() {
            0 => 0.0,
            n if n % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        Figure {
            median,
            least: sorted.first().copied().unwrap_or_default(),
            most: sorted.last().copied().unwrap_or_default(),
        }
    }

    /// The ratios within each round: neighbours in time are compared, so that a slow minute cancels out.
    pub(crate) fn of_ratios(over: &[f64], under: &[f64]) -> Self {
        Figure::of(over.iter().zip(under).map(|(over, under)| over / under))
    }
}
