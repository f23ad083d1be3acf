# Recipes are what CI runs, by shorter names. `cargo install just`, or read the line you need.

# A server that replays the shipped cassettes, and curl beside it.
demo:
    scripts/demo

# All tests, installing what they need.
test:
    scripts/test

# The gate: format, lints, docs, licences, demo and tests.
check:
    .ci/run

# The budgets, as ratios to a bare server on the same machine.
bench *arguments:
    cargo run --release --quiet -p standin-bench -- {{ arguments }}

# Cassettes for the tests, recorded anew with the real libraries.
fixtures:
    target/conformance/venv/bin/python fixtures/record/record.py

# A minute of fuzzing one target: cassette, frames, matching, mocks or scrub. `cargo install cargo-fuzz` first.
fuzz target seconds="60":
    cargo fuzz run --sanitizer none {{ target }} -- -max_total_time={{ seconds }}
