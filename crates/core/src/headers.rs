//! Header fields as they were recorded: in order, duplicates kept, any casing.

/// An ordered list of header fields. Names compare without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

/// Fields that describe one connection and never travel further (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

// === impl Headers ===

impl Headers {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Headers(Vec::new())
    }

    /// Adds a field after all others, duplicates included.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Gives a field that is there another value; its first place stays, its duplicates go.
    pub fn replace(&mut self, name: &str, value: &str) {
        let Some(first) = self.0.iter().position(|(key, _)| key.eq_ignore_ascii_case(name)) else { return };
        let (kept, _) = self.0[first].clone();
        self.remove(name);
        self.0.insert(first, (kept, value.to_owned()));
    }

    /// Takes a field out, duplicates included.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All values of a field, in order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Changes fields in their places: what the function returns for a name and value stays, and nothing of
    /// the field where it returns nothing.
    pub(crate) fn rewrite(&mut self, mut changed: impl FnMut(&str, String) -> Option<String>) {
        let fields = std::mem::take(&mut self.0).into_iter();
        self.0 =
            fields.filter_map(|(name, value)| changed(&name, value).map(|value| (name, value))).collect();
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fields grouped by exact name, in the order in which each name first stands.
    #[must_use]
    pub fn grouped(&self) -> Vec<(&str, Vec<&str>)> {
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, value) in self.iter() {
            match groups.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => groups.push((name, vec![value])),
            }
        }
        groups
    }

    /// Whether a field belongs to one connection only: the standard ones, and those that `Connection` names.
    #[must_use]
    pub fn is_hop_by_hop(&self, name: &str) -> bool {
        HOP_BY_HOP.iter().any(|hop| hop.eq_ignore_ascii_case(name))
            || self
                .get_all("connection")
                .flat_map(|value| value.split(','))
                .any(|named| named.trim().eq_ignore_ascii_case(name))
    }

    /// The media type of `Content-Type` in lower case, without its parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.get("content-type")?;
        let media = value.split(';').next().unwrap_or_default().trim();
        (!media.is_empty()).then(|| media.to_ascii_lowercase())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(iter: I) -> Self {
        Headers(iter.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
