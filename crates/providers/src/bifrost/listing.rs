//! Which jobs a caller wants listed.

use super::{AsyncKind, AsyncStatus, ErrorObject};
use std::borrow::Cow;

/// Jobs of a page, where the caller does not say how many.
const USUAL: usize = 20;
/// The most jobs of a page.
const MOST: usize = 100;

/// What the query of a list asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Only those that are so far.
    pub status: Option<AsyncStatus>,
    /// Only those of a kind.
    pub kind: Option<AsyncKind>,
    /// How many at most.
    pub limit: usize,
    /// Those that are older than this job.
    pub after: Option<String>,
}

// === impl Listing ===

impl Listing {
    /// Reads a query. Parameters that it does not know mean nothing.
    ///
    /// # Errors
    /// When a value is none that its parameter has.
    pub fn read(query: Option<&str>) -> Result<Self, ErrorObject> {
        let mut listing = Listing { status: None, kind: None, limit: USUAL, after: None };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match (name.as_ref(), value) {
                (_, value) if value.is_empty() => {}
                ("status", value) => {
                    let known = AsyncStatus::ALL.map(AsyncStatus::name);
                    listing.status =
                        Some(AsyncStatus::named(&value).ok_or_else(|| unknown("status", &value, &known))?);
                }
                ("type", value) => {
                    let known = AsyncKind::ALL.map(AsyncKind::name);
                    listing.kind =
                        Some(AsyncKind::named(&value).ok_or_else(|| unknown("type", &value, &known))?);
                }
                ("limit", value) => listing.limit = limit(&value)?,
                ("after", value) => listing.after = Some(Cow::into_owned(value)),
                _ => {}
            }
        }
        Ok(listing)
    }
}

fn limit(value: &str) -> Result<usize, ErrorObject> {
    let wrong = || ErrorObject::bad(format!("limit is `{value}`: use a number from 1 to {MOST}"));
    value.parse().ok().filter(|limit| (1..=MOST).contains(limit)).ok_or_else(wrong)
}

fn unknown(parameter: &str, value: &str, known: &[&str]) -> ErrorObject {
    ErrorObject::bad(format!("{parameter} is `{value}`: use {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_or_told_what_is_right() {
        let all = Listing { status: None, kind: None, limit: 20, after: None };
        assert_eq!(Listing::read(None), Ok(all.clone()));
        assert_eq!(Listing::read(Some("x=1&status=&limit=")), Ok(all));
        assert_eq!(
            Listing::read(Some("status=failed&type=ocr&limit=100&after=a%2Db")),
            Ok(Listing {
                status: Some(AsyncStatus::Failed),
                kind: Some(AsyncKind::Ocr),
                limit: 100,
                after: Some("a-b".to_owned())
            })
        );
        for (query, part) in [
            ("status=done", "status is `done`: use pending, processing, completed, failed"),
            ("type=chat", "use text_completion, chat_completion, "),
            ("limit=0", "limit is `0`: use a number from 1 to 100"),
            ("limit=101", "from 1 to 100"),
            ("limit=-1", "from 1 to 100"),
        ] {
            let refused = Listing::read(Some(query)).unwrap_err();
            assert!(refused.status == 400 && refused.message.contains(part), "{query}: {}", refused.message);
        }
    }
}
