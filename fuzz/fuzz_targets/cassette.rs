//! Any bytes are a cassette or refused; a cassette is replayed, and written and read again without loss.
#![no_main]

use libfuzzer_sys::fuzz_target;
use standin_core::cassette::{Format, parse};
use standin_core::matching::MatchRules;
use standin_core::scrub::Scrubber;
use standin_core::shape::Pace;
use standin_core::{replay, review};

fuzz_target!(|data: &[u8]| {
    let Ok(cassette) = parse(data) else { return };
    let _ = review::lint(&cassette, &MatchRules::default(), &Scrubber::default());
    for interaction in &cassette.interactions {
        let reply = replay::replay(interaction, Pace::Recorded { factor: 1.0 });
        assert_eq!(reply.body.bytes(), interaction.response.body);
    }
    for format in [Format::GoVcr, Format::Vcrpy] {
        let text = cassette.render(format);
        let again = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(again.interactions.len(), cassette.interactions.len());
        for (one, other) in cassette.interactions.iter().zip(&again.interactions) {
            assert_eq!(one.response.body, other.response.body, "{text}");
            assert_eq!(one.request.body.bytes(), other.request.body.bytes(), "{text}");
            assert_eq!(one.request.url, other.request.url, "{text}");
        }
    }
});
