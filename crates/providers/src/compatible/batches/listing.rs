//! Which of many are shown.

use super::{refused, unknown_value};
use standin_core::batches::{Cursor, Listing, Order};
use standin_core::dialect::Failure;

/// How many of a list there are on a page.
pub(super) struct Sizes {
    usual: usize,
    most: usize,
}

pub(super) const BATCHES: Sizes = Sizes { usual: 20, most: 100 };
pub(super) const FILES: Sizes = Sizes { usual: 10_000, most: 10_000 };

pub(super) fn listing(query: Option<&str>, sizes: &Sizes) -> Result<Listing, Failure> {
    let mut listing = Listing::newest(sizes.usual);
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=sizes.most).contains(limit));
                listing.limit = limit.ok_or_else(|| {
                    let message = format!("Invalid 'limit': '{value}' is not between 1 and {}.", sizes.most);
                    refused(message, "limit", "invalid_value")
                })?;
            }
            "after" if !value.is_empty() => listing.cursor = Cursor::After(value.into_owned()),
            "order" => {
                listing.order = match value.as_ref() {
                    "asc" => Order::Oldest,
                    "desc" => Order::Newest,
                    other => return Err(unknown_value("order", other, &["asc", "desc"])),
                }
            }
            "purpose" if !value.is_empty() => listing.purpose = Some(value.into_owned()),
            _ => {}
        }
    }
    Ok(listing)
}
