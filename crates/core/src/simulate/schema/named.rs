//! What the name of a property suggests.

use super::format;
use crate::dice::Dice;
use crate::simulate::words::{
    CITIES, COLOURS, COUNTRIES, CURRENCIES, FIRST_NAMES, LANGUAGES, LAST_NAMES, NOUNS,
};

/// The words of a name: of `shippingAddress`, `shipping_address` and `shipping-address`, two.
pub(in crate::simulate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_is_small = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && before_is_small) {
            words.push(String::new());
        }
        before_is_small = character.is_lowercase();
        if let Some(word) = words.last_mut()
            && character.is_alphanumeric()
        {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the name speaks of one of these: `start_date` of `date`.
fn speaks_of(name: &[String], things: &[&str]) -> bool {
    name.iter().any(|word| things.contains(&word.as_str()))
}

/// Whether the name speaks of a place or a person, which a question may have named.
pub(super) fn is_proper(name: &str) -> bool {
    const PROPER: [&str; 12] = [
        "city",
        "location",
        "place",
        "destination",
        "origin",
        "name",
        "person",
        "country",
        "town",
        "region",
        "address",
        "company",
    ];
    speaks_of(&words(name), &PROPER)
}

/// Whether the name speaks of what somebody asks for.
pub(super) fn is_query(name: &str) -> bool {
    speaks_of(&words(name), &["query", "question", "q", "prompt", "input", "search", "keywords"])
}

/// A text that a property of this name may hold; `None` where it suggests nothing.
pub(super) fn text(name: &str, dice: &mut Dice) -> Option<String> {
    let name = words(name);
    let is = |things: &[&str]| speaks_of(&name, things);
    let last_is = |things: &[&str]| name.last().is_some_and(|last| things.contains(&last.as_str()));
    let text = match () {
        () if last_is(&["email", "mail"]) => return format::text("email", dice),
        () if last_is(&["uuid", "guid"]) => return format::text("uuid", dice),
        () if last_is(&["url", "uri", "link", "href", "website"]) => return format::text("uri", dice),
        () if last_is(&["timestamp", "datetime", "at"]) => return format::text("date-time", dice),
        () if last_is(&["date", "day", "birthday", "dob"]) => return format::text("date", dice),
        () if last_is(&["time"]) => format!("{:02}:{:02}", dice.between(6, 22), dice.between(0, 11) * 5),
        () if last_is(&["id", "identifier", "key", "code", "reference"]) => {
            format!("{}-{}", dice.word(NOUNS), dice.between(1000, 9999))
        }
        () if is(&["phone", "telephone", "mobile", "fax"]) => format!("+1-555-01{:02}", dice.between(0, 99)),
        () if is(&["zip", "zipcode", "postcode", "postal"]) => dice.between(10_000, 99_999).to_string(),
        () if is(&["city", "town", "destination", "origin", "location", "place"]) => {
            dice.word(CITIES).to_owned()
        }
        () if is(&["country", "nation"]) => dice.word(COUNTRIES).to_owned(),
        () if is(&["street", "address"]) => {
            format!("{} {} Street", dice.between(1, 99), capital(dice.word(NOUNS)))
        }
        () if is(&["first", "given"]) => dice.word(FIRST_NAMES).to_owned(),
        () if is(&["surname", "family"]) || name.len() > 1 && name[0] == "last" => {
            dice.word(LAST_NAMES).to_owned()
        }
        () if is(&["author", "person", "user", "username", "customer", "participant", "attendee"])
            || name == ["name"]
            || name == ["full", "name"] =>
        {
            format!("{} {}", dice.word(FIRST_NAMES), dice.word(LAST_NAMES))
        }
        () if is(&["company", "organization", "organisation", "vendor"]) => {
            format!("{} Works", capital(dice.word(NOUNS)))
        }
        () if is(&["currency"]) => dice.word(CURRENCIES).to_owned(),
        () if is(&["language", "locale", "lang"]) => dice.word(LANGUAGES).to_owned(),
        () if is(&["color", "colour"]) => dice.word(COLOURS).to_owned(),
        () if is(&["unit", "units"]) => "celsius".to_owned(),
        () if is(&["file", "filename", "path"]) => format!("{}.txt", dice.word(NOUNS)),
        () if is(&["status", "state"]) => dice.word(&["open", "active", "done"]).to_owned(),
        () if is(&["title", "subject", "heading", "headline", "label", "topic"]) => {
            format!("{} and {}", capital(dice.word(NOUNS)), dice.word(NOUNS))
        }
        () if last_is(&["name", "tag", "category", "type", "kind", "item"]) => dice.word(NOUNS).to_owned(),
        () => return None,
    };
    Some(text)
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// Between what a number of this name usually is.
pub(super) fn range(name: &str) -> (f64, f64) {
    let name = words(name);
    let is = |things: &[&str]| speaks_of(&name, things);
    match () {
        () if is(&["latitude", "lat"]) => (-60.0, 60.0),
        () if is(&["longitude", "lon", "lng"]) => (-170.0, 170.0),
        () if is(&["probability", "confidence", "score", "ratio", "weight", "likelihood"]) => (0.0, 1.0),
        () if is(&["percent", "percentage"]) => (0.0, 100.0),
        () if is(&["temperature", "temp"]) => (-5.0, 32.0),
        () if is(&["age"]) => (18.0, 80.0),
        () if is(&["year"]) => (1990.0, 2026.0),
        () if is(&["month"]) => (1.0, 12.0),
        () if is(&["day"]) => (1.0, 28.0),
        () if is(&["hour", "hours"]) => (0.0, 23.0),
        () if is(&["minute", "minutes", "second", "seconds"]) => (0.0, 59.0),
        () if is(&["price", "amount", "cost", "total", "fee", "salary"]) => (5.0, 500.0),
        () if is(&["rating", "stars", "rank", "priority", "level"]) => (1.0, 5.0),
        () if is(&["count", "quantity", "number", "num", "size", "limit", "guests", "people"]) => (1.0, 12.0),
        () if is(&["timestamp", "epoch"]) => (1_700_000_000.0, 1_750_000_000.0),
        () => (1.0, 100.0),
    }
}
