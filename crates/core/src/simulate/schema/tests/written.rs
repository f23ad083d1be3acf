//! Schemas written by hand: every keyword, and what OpenAI's structured outputs and tools are declared with.

use super::broken;
use serde_json::Value;
use std::collections::BTreeSet;

/// Dice that each is tried with.
const TIMES: usize = 12;

#[test]
fn every_keyword_is_kept_to() {
    let schemas = include_str!("schemas.jsonl").lines().collect::<Vec<_>>();
    let distinct = schemas.iter().collect::<BTreeSet<_>>().len();
    assert!(distinct >= 200, "{distinct}");
    let broken = schemas.iter().filter_map(|line| {
        let schema: Value = serde_json::from_str(line).expect("JSON");
        broken(&schema, TIMES)
    });
    let broken = broken.collect::<Vec<_>>();
    assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
}
