//! Forms as bytes (RFC 7578).

use super::Part;
use bytes::Bytes;

/// The same for every request, so that equal requests have equal bytes. No part holds it.
const BOUNDARY: &str = "standin-catalogue-5d1c0b7e";

/// The content type of a form.
pub(super) fn content_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// The body of a form.
pub(super) fn write(parts: &[Part]) -> Bytes {
    let mut body = Vec::new();
    for part in parts {
        let name = part.name();
        let head = match part {
            Part::Text { .. } => {
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n")
            }
            Part::File { file, media_type, .. } => format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {media_type}\r\n\r\n"
            ),
        };
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(part.bytes());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Bytes::from(body)
}
