//! Content encodings: taking them off a body, and telling whether a stored body is encoded as it says.
//!
//! Clients that decode while recording leave the header in the cassette; sent as it is, it makes the next
//! client fail to decode plain text.

use brotli_decompressor::Decompressor;
use bytes::Bytes;
use flate2::read::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;
use std::cell::Cell;
use std::io::{ErrorKind, Read};

/// A body that decodes this far is taken for encoded.
const PROBE: usize = 4096;

/// Whether `body` is plausibly encoded as `content_encoding` says. Encodings that standin does not know are
/// believed.
pub(crate) fn is_encoded(content_encoding: &str, body: &[u8]) -> bool {
    // The last coding was applied last, so it is what the first bytes show.
    let outer = content_encoding.rsplit(',').next().unwrap_or_default().trim().to_ascii_lowercase();
    match outer.as_str() {
        "gzip" | "x-gzip" => body.starts_with(&[0x1f, 0x8b]) && decodes(GzDecoder::new(body)),
        "deflate" => decodes(ZlibDecoder::new(body)) || decodes(DeflateDecoder::new(body)),
        "br" => decodes(Decompressor::new(body, PROBE)),
        "zstd" => body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]),
        _ => true,
    }
}

/// What an encoded body says. `None` where it is not encoded as its header says, where standin does not
/// know the encoding, and where it would be too large.
pub(crate) fn decoded(content_encoding: &str, body: &[u8]) -> Option<Vec<u8>> {
    let plain = |coding: &str| matches!(coding.trim().to_ascii_lowercase().as_str(), "" | "identity");
    if content_encoding.split(',').all(plain) {
        return None;
    }
    let pieces = vec![Bytes::copy_from_slice(body)];
    decode_within(LARGEST_REQUEST, content_encoding, pieces).ok().map(|pieces| pieces.body.into())
}

/// An encoded request that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// It is not encoded as its header says, or standin does not know the encoding.
    #[error("{0}")]
    Broken(String),
    /// It unpacks to more than what is read.
    #[error("it unpacks to more than {most} bytes")]
    TooLarge {
        /// The most that is read.
        most: usize,
    },
}

/// The body of a request without the codings that its header names.
///
/// # Errors
/// When it is not encoded so, when standin does not know the encoding, and when it would be too large.
pub fn decoded_request(content_encoding: Option<&str>, body: &Bytes) -> Result<Bytes, Undecodable> {
    let Some(content_encoding) = content_encoding else { return Ok(body.clone()) };
    match decode_within(LARGEST_REQUEST, content_encoding, vec![body.clone()]) {
        Ok(pieces) => Ok(pieces.body),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            Err(Undecodable::TooLarge { most: LARGEST_REQUEST })
        }
        Err(error) => Err(Undecodable::Broken(error.to_string())),
    }
}

fn decodes(mut reader: impl Read) -> bool {
    let mut probe = [0; PROBE];
    reader.read(&mut probe).is_ok_and(|read| read > 0)
}

/// A body without its content encoding.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) body: Bytes,
    /// How many bytes of it each piece held.
    pub(crate) lengths: Vec<usize>,
}

/// The largest body that is decoded, in bytes: a small one may unpack to anything.
const LARGEST: usize = 512 << 20;

/// The largest request that is decoded: anybody may send one, and it becomes a tree of JSON. As large as a
/// plain one may usually be.
const LARGEST_REQUEST: usize = 64 << 20;

/// Takes the codings of `content_encoding` off a body that came in pieces.
pub(crate) fn decode(content_encoding: &str, pieces: Vec<Bytes>) -> Result<Pieces, String> {
    decode_within(LARGEST, content_encoding, pieces).map_err(|error| error.to_string())
}

fn decode_within(most: usize, content_encoding: &str, mut pieces: Vec<Bytes>) -> std::io::Result<Pieces> {
    // The last coding was applied last.
    for coding in content_encoding.rsplit(',') {
        let coding = coding.trim().to_ascii_lowercase();
        let empty = pieces.iter().all(Bytes::is_empty);
        if empty || matches!(coding.as_str(), "" | "identity") {
            continue;
        }
        let whole = decode_one(most, &coding, &pieces)?;
        let mut rest = whole.body;
        pieces = whole.lengths.iter().map(|len| rest.split_to(*len)).collect();
    }
    let lengths = pieces.iter().map(Bytes::len).collect();
    let body = match <[Bytes; 1]>::try_from(pieces) {
        Ok([only]) => only,
        Err(pieces) => pieces.concat().into(),
    };
    Ok(Pieces { body, lengths })
}

fn decode_one(most: usize, coding: &str, pieces: &[Bytes]) -> std::io::Result<Pieces> {
    let current = Cell::new(0);
    let source = Source { pieces, at: 0, offset: 0, current: &current };
    let first = pieces.iter().flatten().copied().take(2).collect::<Vec<_>>();
    let reader: Box<dyn Read + '_> = match coding {
        "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(source)),
        "deflate" if is_zlib(&first) => Box::new(ZlibDecoder::new(source)),
        "deflate" => Box::new(DeflateDecoder::new(source)),
        "br" => Box::new(Decompressor::new(source, PROBE)),
        "zstd" => Box::new(StreamingDecoder::new(source).map_err(std::io::Error::other)?),
        _ => return Err(std::io::Error::other("standin does not know this coding")),
    };
    read_all(most, reader, pieces.len(), &current)
}

fn read_all(
    most: usize,
    mut reader: impl Read,
    pieces: usize,
    current: &Cell<usize>,
) -> std::io::Result<Pieces> {
    let mut body = Vec::new();
    let mut lengths = vec![0; pieces];
    let mut buffer = [0; 16 << 10];
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(Pieces { body: body.into(), lengths }),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        };
        if body.len() + read > most {
            let error = Undecodable::TooLarge { most }.to_string();
            return Err(std::io::Error::new(ErrorKind::FileTooLarge, error));
        }
        body.extend_from_slice(&buffer[..read]);
        if let Some(length) = lengths.get_mut(current.get()) {
            *length += read;
        }
    }
}

/// What a deflate stream with the header of RFC 1950 begins with; some servers send it without.
fn is_zlib(first: &[u8]) -> bool {
    matches!(first, [cmf, flags] if cmf & 0x0f == 8 && u16::from_be_bytes([*cmf, *flags]).is_multiple_of(31))
}

/// Pieces read one after the other, so that what a decoder gives belongs to the piece it read last.
struct Source<'a> {
    pieces: &'a [Bytes],
    at: usize,
    offset: usize,
    current: &'a Cell<usize>,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(piece) = self.pieces.get(self.at) {
            let rest = &piece[self.offset..];
            if rest.is_empty() {
                self.at += 1;
                self.offset = 0;
                continue;
            }
            self.current.set(self.at);
            let read = rest.len().min(buffer.len());
            buffer[..read].copy_from_slice(&rest[..read]);
            self.offset += read;
            return Ok(read);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    #[test]
    fn encoded_bodies_are_told_from_decoded_ones() {
        let text = b"{\"id\": \"chatcmpl-1\", \"object\": \"chat.completion\"}";
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(text).unwrap();
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(text).unwrap();
        // One uncompressed meta-block and the empty last one (RFC 7932, 9.2).
        let brotli = [&[0x8b, 0x05, 0x80][..], b"hello brotli", &[0x03]].concat();

        let gzip = gzip.finish().unwrap();
        assert_eq!(decoded("gzip", &gzip).unwrap(), text);
        assert_eq!(decoded("br", &brotli).unwrap(), b"hello brotli");
        assert_eq!(decoded("gzip", text), None);
        let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
        for _ in 0..=LARGEST_REQUEST >> 20 {
            bomb.write_all(&[b' '; 1 << 20]).unwrap();
        }
        let bomb = Bytes::from(bomb.finish().unwrap());
        assert_eq!(decoded("gzip", &bomb), None);
        let too_large = Undecodable::TooLarge { most: LARGEST_REQUEST };
        assert_eq!(decoded_request(Some("gzip"), &bomb), Err(too_large));
        assert_eq!(decoded("identity", text), None);
        assert_eq!(decoded("snappy", text), None);

        assert!(is_encoded("gzip", &gzip));
        assert!(is_encoded("deflate", &zlib.finish().unwrap()));
        assert!(is_encoded("Deflate", &deflate.finish().unwrap()));
        assert!(is_encoded("br", &brotli));
        assert!(is_encoded("gzip, zstd", &[0x28, 0xb5, 0x2f, 0xfd, 0]));
        for encoding in ["gzip", "deflate", "br", "zstd"] {
            assert!(!is_encoded(encoding, text), "{encoding}");
        }
        assert!(is_encoded("snappy", text));
    }

    #[test]
    fn a_request_is_read_or_told_why_not() {
        let plain = Bytes::from_static(b"{\"model\": \"openai/gpt-4o\"}");
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(&plain).unwrap();
        let packed = Bytes::from(packer.finish().unwrap());
        for (coding, body) in [(Some("gzip"), &packed), (Some("identity"), &plain), (None, &plain)] {
            assert_eq!(decoded_request(coding, body).as_ref(), Ok(&plain), "{coding:?}");
        }
        let cut = packed.slice(..packed.len() - 9);
        for (coding, body) in [("gzip", &cut), ("gzip", &plain), ("shrink", &plain)] {
            let refused = decoded_request(Some(coding), body);
            assert!(matches!(refused, Err(Undecodable::Broken(_))), "{coding}: {refused:?}");
        }
    }
}
