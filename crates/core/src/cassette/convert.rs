//! Writing a cassette, in its own format or the other, and what that loses.

use super::model::{Cassette, Format, GoFields, RequestBody};
use super::yaml::{Emitter, Flavour};
use super::{go_vcr, vcrpy};

/// Something that the chosen format cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss {
    /// The interaction, counted from 0.
    pub interaction: usize,
    /// What is lost, as `request.headers.accept` or `response.trailer`.
    pub field: String,
    /// Why, and what stands there instead.
    pub reason: String,
}

/// Fields whose loss changes nothing for a client that replays the cassette, with go-vcr's usual values.
const USUAL: [(&str, &[&str]); 4] = [
    ("proto", &["HTTP/1.1", "HTTP/2.0", ""]),
    ("proto_major", &["1", "2", "0"]),
    ("proto_minor", &["1", "0"]),
    ("duration", &["0s"]),
];

// === impl Cassette ===

impl Cassette {
    /// The cassette as a file of `format`. What the original library reads back is exactly what is held,
    /// but for [`Cassette::losses`].
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::GoVcr => Emitter::render(Flavour::GoVcr, &go_vcr::write(self)),
            Format::Vcrpy => Emitter::render(Flavour::PyYaml, &vcrpy::write(self)),
        }
    }

    /// What `format` cannot hold of this cassette. Nothing is lost in its own format.
    #[must_use]
    pub fn losses(&self, format: Format) -> Vec<Loss> {
        if format == self.format {
            return Vec::new();
        }
        let mut losses = Vec::new();
        let known = match format {
            Format::GoVcr => &go_vcr::VOCABULARY,
            Format::Vcrpy => &vcrpy::VOCABULARY,
        };
        for (at, interaction) in self.interactions.iter().enumerate() {
            let mut lose = |field: String, reason: &str| {
                losses.push(Loss { interaction: at, field, reason: reason.to_owned() });
            };
            for (side, unknown, known) in [
                ("", &interaction.unknown, known.interaction),
                ("request.", &interaction.request.unknown, known.request),
                ("response.", &interaction.response.unknown, known.response),
            ] {
                for key in unknown.keys().filter(|key| known.contains(key)) {
                    lose(format!("{side}{key}"), "the format has a field of this name with another meaning");
                }
            }
            match format {
                Format::GoVcr => {
                    if matches!(interaction.request.body, RequestBody::Structured(_)) {
                        lose(
                            "request.body".to_owned(),
                            "go-vcr holds text: the mapping becomes compact JSON",
                        );
                    }
                }
                Format::Vcrpy => {
                    for (name, values) in interaction.request.headers.grouped() {
                        if values.len() > 1 {
                            lose(
                                format!("request.headers.{name}"),
                                "vcrpy keeps one value of a request header: the first stays",
                            );
                        }
                    }
                    if !interaction.response.reason.is_ascii() {
                        lose("response.status".to_owned(), "vcrpy replays an ASCII reason only");
                    }
                    for key in interaction.request.unknown.keys() {
                        lose(format!("request.{key}"), "vcrpy refuses unknown keys in a request");
                    }
                    go_only(interaction.request.go.as_ref(), "request", &mut lose);
                    go_only(interaction.response.go.as_ref(), "response", &mut lose);
                }
            }
        }
        losses
    }
}

fn go_only(fields: Option<&GoFields>, side: &str, lose: &mut impl FnMut(String, &str)) {
    let Some(fields) = fields else { return };
    for key in fields.keys() {
        // Both are functions of what vcrpy holds: the address, the body and their lengths.
        let derived = matches!(key, "host" | "content_length" | "form");
        let usual = USUAL.iter().any(|(name, values)| {
            *name == key && fields.get(key).is_some_and(|value| values.contains(&value))
        });
        let empty = fields.node(key).is_none_or(go_vcr::is_empty);
        if !(derived || usual || empty) {
            lose(format!("{side}.{key}"), "vcrpy has no such field");
        }
    }
}
