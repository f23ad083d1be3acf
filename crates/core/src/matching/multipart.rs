//! Multipart bodies as parts, whatever the boundary (RFC 2046, 5.1.1).

use memchr::memmem;

/// One part: what its header says, in lower case and without line folding, and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its header fields, ordered by their names, without the length.
    pub headers: Vec<(String, String)>,
    /// What it holds.
    pub content: &'a [u8],
}

// === impl Part ===

impl Part<'_> {
    /// The form field's name (RFC 7578, 4.2).
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let (_, disposition) = self.headers.iter().find(|(name, _)| name == "content-disposition")?;
        disposition.split(';').find_map(|parameter| {
            let name = parameter.trim().strip_prefix("name=")?;
            Some(name.trim_matches('"'))
        })
    }

    /// The file's name, where the field is a file.
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        let (_, disposition) = self.headers.iter().find(|(name, _)| name == "content-disposition")?;
        disposition.split(';').find_map(|parameter| {
            let name = parameter.trim().strip_prefix("filename=")?;
            Some(name.trim_matches('"'))
        })
    }

    /// All that it says, piece by piece.
    pub fn said(&self) -> impl Iterator<Item = &[u8]> {
        let headers = self.headers.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        headers.chain([self.content])
    }

    /// The content type of the part, as sent.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str())
    }
}

/// RFC 2046 allows 70 characters, and a longer one would make the search slow.
const LONGEST_BOUNDARY: usize = 70;

/// The boundary that a content type names.
#[must_use]
pub fn boundary(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        (name.trim().eq_ignore_ascii_case("boundary") && (1..=LONGEST_BOUNDARY).contains(&value.len()))
            .then_some(value)
    })
}

/// The parts of a body; `None` when it is not multipart with this boundary.
#[must_use]
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = body;
    // A preamble before the first delimiter means nothing.
    rest = &rest[find_delimiter(rest, delimiter.as_bytes())? + delimiter.len()..];
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = after_line_end(rest)?;
        let end = find_delimiter(rest, delimiter.as_bytes())?;
        let part = &rest[..end];
        let part = part.strip_suffix(b"\r\n").or_else(|| part.strip_suffix(b"\n")).unwrap_or(part);
        parts.push(one(part)?);
        rest = &rest[end + delimiter.len()..];
    }
}

/// A delimiter counts at the start of a line only.
fn find_delimiter(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, delimiter).find(|at| *at == 0 || bytes[at - 1] == b'\n')
}

fn after_line_end(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    bytes[..end].iter().all(u8::is_ascii_whitespace).then(|| &bytes[end + 1..])
}

fn one(part: &[u8]) -> Option<Part<'_>> {
    let mut headers = Vec::new();
    let mut rest = part;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let line = String::from_utf8_lossy(line);
        let (name, value) = line.split_once(':')?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    // Clients differ in whether they state a part's length; the content says it.
    headers.retain(|(name, _)| name != "content-length");
    headers.sort();
    Some(Part { headers, content: rest })
}
