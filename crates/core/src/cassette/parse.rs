//! Reading a file of either format.

use super::fields::{Duplicates, Fields};
use super::model::{Cassette, Format};
use super::yaml::{Node, Value, compose};
use super::{ReadError, go_vcr, vcrpy};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 512 << 20;

/// Reads a cassette of either format.
///
/// The format is told by content: a request with `uri` is vcrpy's, one with `url` is go-vcr's; a cassette
/// without interactions is told by its `version`, 1 or 2.
///
/// # Errors
/// When the file is too large, not UTF-8, not YAML, of a version that standin does not read, or lacks what
/// its format requires. A file is read whole or not at all.
pub fn parse(bytes: &[u8]) -> Result<Cassette, ReadError> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::whole(format!(
            "the file has {} bytes; standin reads at most {MAX_BYTES}",
            bytes.len()
        )));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = &bytes[..error.valid_up_to()];
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
        ReadError::at(u32::try_from(line).unwrap_or(0), "the file is not UTF-8 here")
    })?;
    let Some(root) = compose(text)? else {
        return Err(ReadError::whole("the file is empty: a save was cut short, or nothing was recorded"));
    };
    if let Value::Seq(items) = &root.value {
        return Err(match items.first() {
            Some(item) if lookup(item, "request").is_some() => ReadError::at(
                root.line,
                "this is a vcrpy cassette from before version 1.0; migrate it with `python -m vcr.migration`",
            ),
            _ => ReadError::at(root.line, "the file holds a list, where a cassette is a mapping"),
        });
    }
    let format = detect(&root)?;
    let duplicates = match format {
        Format::GoVcr => Duplicates::Refuse,
        Format::Vcrpy => Duplicates::LastWins,
    };
    let mut fields = Fields::of(root, "the cassette", duplicates)?;
    let interactions = match fields.take("interactions") {
        None => return Err(ReadError::whole("the file has no `interactions`: it is not a cassette")),
        Some(node) if node.is_null() => Vec::new(),
        Some(Node { value: Value::Seq(items), .. }) => items,
        Some(node) => {
            return Err(ReadError::at(
                node.line,
                format!("`interactions` should be a list, but is {}", node.kind()),
            ));
        }
    };
    fields.take("version");
    let interactions = interactions
        .into_iter()
        .map(|node| match format {
            Format::GoVcr => go_vcr::read(node),
            Format::Vcrpy => vcrpy::read(node),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Cassette { format, interactions, unknown: fields.rest() })
}

fn detect(root: &Node<'_>) -> Result<Format, ReadError> {
    let version = lookup(root, "version");
    let number = version.and_then(Node::as_int);
    let first_request = match lookup(root, "interactions").map(|node| &node.value) {
        Some(Value::Seq(items)) => items.first().and_then(|item| lookup(item, "request")),
        _ => None,
    };
    let Some(request) = first_request else {
        return Ok(if number == Some(1) { Format::Vcrpy } else { Format::GoVcr });
    };
    if lookup(request, "uri").is_some() {
        // vcrpy does not look at the version, and neither is it looked at here.
        return Ok(Format::Vcrpy);
    }
    match (version, number) {
        (None, _) | (_, Some(2)) => Ok(Format::GoVcr),
        (Some(found), _) => Err(ReadError::at(
            found.line,
            format!(
                "this go-vcr cassette has version {}; standin reads version 2 of go-vcr and version 1 of vcrpy. Record it again with go-vcr v3 or v4",
                found.as_str().unwrap_or("?"),
            ),
        )),
    }
}

fn lookup<'n, 'a>(node: &'n Node<'a>, key: &str) -> Option<&'n Node<'a>> {
    match &node.value {
        Value::Map(entries) => {
            entries.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
        }
        _ => None,
    }
}
