//! Texts that end where they have to, embeddings that are near where texts are, and what is flagged.

use super::embedding::embedding;
use super::limits::{End, ended};
use super::{moderation, text};
use crate::dice::Dice;
use crate::tokens::count;
use proptest::prelude::*;

#[test]
fn an_answer_has_a_natural_length_and_speaks_of_the_question() {
    for time in 0..200 {
        let mut dice = Dice::of(format!("{time}").as_bytes());
        let answer = text::answer("Please explain how volcanoes erupt today", &mut dice);
        let words = answer.split_whitespace().count();
        assert!((20..=80).contains(&words), "{words}: {answer}");
        assert!(answer.contains("volcanoes") && !answer.contains('$') && !answer.contains("{}"), "{answer}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_answer_ends_where_it_has_to(
        seed in any::<[u8; 4]>(), question in any::<String>(), most in 0usize..60,
        stop in prop::collection::vec("[a-z ]{0,3}", 0..4),
    ) {
        let full = text::answer(&question, &mut Dice::of(&seed));
        let cut = ended(&full, Some(most), &stop);
        prop_assert!(full.starts_with(&cut.text));
        prop_assert!(count(&cut.text) <= most);
        prop_assert!(stop.iter().filter(|stop| !stop.is_empty()).all(|stop| !cut.text.contains(stop.as_str())));
        match cut.by {
            End::Itself => prop_assert_eq!(cut.text, full),
            End::Tokens => prop_assert!(cut.text.len() < full.len()),
            End::Stop(stop) => prop_assert!(full[cut.text.len()..].starts_with(&stop)),
        }
    }

    #[test]
    fn an_embedding_has_length_one(input in any::<String>(), dimensions in 1usize..200) {
        let vector = embedding(&input, "m", dimensions);
        prop_assert_eq!(vector.len(), dimensions);
        prop_assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-9);
    }
}

fn cosine(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[test]
fn near_texts_have_near_embeddings() {
    let of = |text: &str| embedding(text, "text-embedding-3-small", 1536);
    let asked = of("How do I reset my password?");
    assert_eq!(asked, of("How do I reset my password?"));
    let near = cosine(&asked, &of("I need to reset a forgotten password"));
    let far = cosine(&asked, &of("The harvest was early this autumn"));
    assert!(cosine(&asked, &of("how do i reset my passwords")) > near && near > far + 0.2, "{near} {far}");
}

#[test]
fn few_words_are_flagged() {
    assert_eq!(moderation::flagged("I will kill you, idiot"), ["harassment", "violence"]);
    assert!(moderation::flagged("What a fine day for skill and shade").is_empty());
}
