//! Every value is held against the schema by a validator that shares no code with what made it.

mod built;
mod written;

use super::{Dice, Hints, value};
use serde_json::Value;

/// Makes values of a schema with several dice, and tells the first that the schema does not allow.
fn broken(schema: &Value, times: usize) -> Option<String> {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).expect("a schema");
    let hints = Hints::of("Please book a table in Lisbon for Ada Novak.");
    (0..times).find_map(|time| {
        let dice = Dice::of(format!("test {time}").as_bytes());
        let made = value(schema, &hints, &dice);
        assert_eq!(made, value(schema, &hints, &dice), "the same dice make the same value");
        validator.validate(&made).err().map(|error| format!("{schema}\n  made {made}\n  but {error}"))
    })
}
