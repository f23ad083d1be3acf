//! Texts in the formats that JSON Schema names.

use crate::dice::Dice;
use crate::simulate::words::{FIRST_NAMES, NOUNS};

/// A text of a format; `None` for one that is not known, which asks for nothing.
pub(super) fn text(format: &str, dice: &mut Dice) -> Option<String> {
    let mut number = |first: i128, last: i128| dice.between(first, last);
    Some(match format {
        "date" => format!("{}-{:02}-{:02}", number(2020, 2026), number(1, 12), number(1, 28)),
        "time" => format!("{:02}:{:02}:{:02}Z", number(0, 23), number(0, 59), number(0, 59)),
        "date-time" => {
            let date = text("date", dice)?;
            format!("{date}T{}", text("time", dice)?)
        }
        "duration" => match number(0, 2) {
            0 => format!("P{}D", number(1, 30)),
            1 => format!("PT{}H", number(1, 23)),
            _ => format!("PT{}M", number(1, 59)),
        },
        "ipv4" => format!("192.0.2.{}", number(1, 254)),
        "ipv6" => format!("2001:db8::{:x}", number(1, 0xffff)),
        "uuid" => {
            let hex = |length: i128, dice: &mut Dice| {
                (0..length).map(|_| format!("{:x}", dice.between(0, 15))).collect::<String>()
            };
            let (head, second) = (hex(8, dice), hex(4, dice));
            format!("{head}-{second}-4{}-a{}-{}", hex(3, dice), hex(3, dice), hex(12, dice))
        }
        "email" | "idn-email" => format!("{}@example.com", dice.word(FIRST_NAMES).to_lowercase()),
        "hostname" | "idn-hostname" => format!("{}.example.com", dice.word(NOUNS)),
        "uri" | "url" | "iri" => format!("https://example.com/{}", dice.word(NOUNS)),
        "uri-reference" | "iri-reference" | "json-pointer" => format!("/{}", dice.word(NOUNS)),
        "relative-json-pointer" => format!("0/{}", dice.word(NOUNS)),
        "uri-template" => format!("https://example.com/{}/{{id}}", dice.word(NOUNS)),
        "regex" => format!("^{}$", dice.word(NOUNS)),
        _ => return None,
    })
}

/// Whether a text looks like one of the format: enough to tell a default that is none.
pub(super) fn looks_like(format: &str, text: &str) -> bool {
    let digits_at =
        |places: &[usize]| places.iter().all(|at| text.as_bytes().get(*at).is_some_and(u8::is_ascii_digit));
    let is_date = digits_at(&[0, 1, 2, 3, 5, 6, 8, 9]) && text.as_bytes()[4] == b'-';
    match format {
        "date" => is_date && text.len() == 10,
        "date-time" => is_date && text.len() >= 20 && text.contains([':']),
        "time" => digits_at(&[0, 1, 3, 4, 6, 7]),
        "duration" => text.starts_with('P') && text.len() > 2,
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "uuid" => text.len() == 36 && text.matches('-').count() == 4,
        "email" | "idn-email" => {
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        }
        "uri" | "iri" => {
            text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
        }
        "hostname" => !text.is_empty() && !text.contains([' ', '/', ':', '_']),
        _ => true,
    }
}
