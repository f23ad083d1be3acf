//! Whether a stored body is encoded as its `Content-Encoding` says.
//!
//! Clients that decode while recording leave the header in the cassette; sent as it is, it makes the next
//! client fail to decode plain text.

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::Read;

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

/// The largest body that is decoded.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What an encoded body says. `None` where it is not encoded as its header says, where standin does not
/// know the encoding, and where it would be too large.
pub(crate) fn decoded(content_encoding: &str, body: &[u8]) -> Option<Vec<u8>> {
    let codings: Vec<String> = content_encoding
        .split(',')
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    if codings.is_empty() {
        return None;
    }
    // The last coding was applied last.
    codings.iter().rev().try_fold(body.to_vec(), |body, coding| match coding.as_str() {
        "gzip" | "x-gzip" => whole(MultiGzDecoder::new(&body[..])),
        "deflate" => whole(ZlibDecoder::new(&body[..])).or_else(|| whole(DeflateDecoder::new(&body[..]))),
        "br" => whole(Decompressor::new(&body[..], PROBE)),
        _ => None,
    })
}

fn whole(reader: impl Read) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    reader.take(LARGEST + 1).read_to_end(&mut out).ok()?;
    u64::try_from(out.len()).is_ok_and(|len| len <= LARGEST).then_some(out)
}

fn decodes(mut reader: impl Read) -> bool {
    let mut probe = [0; PROBE];
    reader.read(&mut probe).is_ok_and(|read| read > 0)
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
}
