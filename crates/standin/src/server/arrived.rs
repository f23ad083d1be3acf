//! A provider's answer that a fault is to change: as a reply, once all of it is there.

use super::play::PlayBody;
use super::serve::text_headers;
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http_body::Body;
use hyper::ext::ReasonPhrase;
use standin_core::dialect::RenderedBody;
use standin_core::shape::Pace;
use standin_core::stream::Framing;
use standin_core::{Ending, Reply, ReplyBody};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

/// Waits for all of an answer, and gives it the times that its replay has. What is recorded of it does not change. One that
/// is larger than what is recorded breaks off there.
pub(super) async fn arrived(response: http::Response<PlayBody>, pace: &Pace, largest: usize) -> Reply {
    let (mut head, mut body) = response.into_parts();
    let mut bytes = BytesMut::new();
    let mut ending = Ending::Whole;
    while let Some(piece) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(piece) = piece else {
            ending = Ending::Closed;
            break;
        };
        if let Ok(data) = piece.into_data() {
            if bytes.len() + data.len() > largest {
                ending = Ending::Closed;
                break;
            }
            bytes.extend_from_slice(&data);
        }
    }
    let bytes = bytes.freeze();
    let framing = Framing::of(&text_headers(&head.headers), &bytes);
    let mut body = pace.rendered(match framing {
        Some(framing) => RenderedBody::Frames(framing.split(&bytes)),
        // One that broke off is no whole body, and keeps the length that it promised.
        None if ending == Ending::Closed => RenderedBody::Frames(vec![bytes]),
        None => RenderedBody::Whole(bytes),
    });
    if ending == Ending::Whole {
        head.headers.remove(CONTENT_LENGTH);
    }
    if let ReplyBody::Stream(timeline) = &mut body {
        timeline.ending = ending;
    }
    let reason = head.extensions.get::<ReasonPhrase>();
    let reason = reason.map(|reason| Bytes::copy_from_slice(reason.as_bytes()));
    Reply { status: head.status, reason, headers: Arc::new(head.headers), body }
}
