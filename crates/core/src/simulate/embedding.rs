//! Embeddings: what shares words and parts of words points in a like direction.

/// Characters of a part of a word.
const PART: usize = 3;
/// How much a word counts beside its parts.
const WORD: f64 = 2.0;
/// Directions that each feature is spread over, so that two features seldom share all of theirs.
const SPREAD: u64 = 6;

/// A unit vector of so many numbers for a text.
pub(super) fn embedding(text: &str, model: &str, dimensions: usize) -> Vec<f64> {
    let mut vector = vec![0.0; dimensions.max(1)];
    of_text(text, &mut |feature: &str, weight: f64| spread(&mut vector, model, feature, weight));
    // What has no feature, such as an empty text, points somewhere too.
    if vector.iter().all(|number| *number == 0.0) {
        spread(&mut vector, model, "nothing", 1.0);
    }
    if vector.iter().all(|number| *number == 0.0) {
        vector[0] = 1.0;
    }
    let length = vector.iter().map(|number| number * number).sum::<f64>().sqrt();
    vector.iter().map(|number| number / length).collect()
}

fn of_text(text: &str, add: &mut impl FnMut(&str, f64)) {
    let text = text.to_lowercase();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        add(&format!("word {word}"), WORD);
        let bounded = format!("<{word}>").chars().collect::<Vec<_>>();
        for part in bounded.windows(PART) {
            add(&part.iter().collect::<String>(), 1.0);
        }
    }
    // What differs in marks and capitals alone is near, and not equal.
    for mark in text.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()) {
        add(&format!("mark {mark}"), 0.5);
    }
}

/// Adds a feature to the directions that it is hashed to.
fn spread(vector: &mut [f64], model: &str, feature: &str, weight: f64) {
    let mut hasher = blake3::Hasher::new();
    hasher.update(model.as_bytes()).update(&[0]).update(feature.as_bytes());
    let mut stream = hasher.finalize_xof();
    for _ in 0..SPREAD {
        let mut bytes = [0; 8];
        stream.fill(&mut bytes);
        let hash = u64::from_le_bytes(bytes);
        let at = usize::try_from((hash >> 1) % vector.len() as u64).unwrap_or_default();
        vector[at] += if hash & 1 == 0 { weight } else { -weight };
    }
}
