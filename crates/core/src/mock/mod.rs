//! Mocks: rules that a person wrote, and what they answer.
//!
//! ```text
//! text of a file --located--> a tree with lines --read--> mocks, and problems with their lines
//! mocks          --set------> one ordered set with an index; what can never answer is a problem
//! call           --choose---> the first mock that holds and is free, and which of its answers
//! answer         --template-> what is to be said, to be rendered by the provider's dialect
//! ```

mod answer;
mod asking;
mod check;
mod condition;
mod explain;
mod index;
mod located;
mod near;
mod read;
mod rule;
mod seen;
mod set;
mod template;
mod test;

pub use answer::{Answer, Filled, Say, TemplateError};
pub use asking::{BadMatch, Match};
pub use explain::{Explained, Why};
pub use near::{NearMock, Unmet};
pub use read::{File, Problem, Severity, read};
pub use rule::{Exhausted, Mock, MockId, Place, Scenario, Steps, Turns};
pub use seen::Seen;
pub use set::{MockSet, START};
pub(crate) use test::like;

#[cfg(test)]
mod tests;
