//! Some of many.

/// Which of many are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// How many at most.
    pub limit: usize,
    /// Where the page is.
    pub cursor: Cursor,
    /// In which order.
    pub order: Order,
    /// Only files for this.
    pub purpose: Option<String>,
}

/// Where a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// At the start.
    Start,
    /// Right after the one with this id.
    After(String),
    /// Right before the one with this id.
    Before(String),
}

/// In which order many are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
}

/// Some of many, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// These.
    pub items: Vec<T>,
    /// Whether there are more in the direction that was asked for.
    pub more: bool,
}

// === impl Listing ===

impl Listing {
    /// The newest, so many.
    #[must_use]
    pub fn newest(limit: usize) -> Self {
        Listing { limit, cursor: Cursor::Start, order: Order::Newest, purpose: None }
    }
}

// === impl Page ===

impl<T> Page<T> {
    /// A page from one more than it may hold, in the order in which they were looked for: before a cursor that is
    /// the other way round.
    #[must_use]
    pub fn of(mut found: Vec<T>, listing: &Listing) -> Self {
        let more = found.len() > listing.limit;
        found.truncate(listing.limit);
        if matches!(listing.cursor, Cursor::Before(_)) {
            found.reverse();
        }
        Page { items: found, more }
    }
}
