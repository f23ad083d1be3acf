mod distort;
mod grammar;
mod strikes;

use super::*;

fn rule(text: &str) -> FaultRule {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}
