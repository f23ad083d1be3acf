//! Reading cassettes for people: what is wrong with one, and how two differ.

mod diff;
mod lint;

pub use diff::{Change, diff};
pub use lint::{Finding, Problem, lint};

#[cfg(test)]
mod tests;
