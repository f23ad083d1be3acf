//! One call upstream, from sending it to storing what came back.

use super::keep::{Arrived, keep};
use super::live::{Head, Writer};
use super::{Held, Ticket, Working};
use crate::engine::{Engine, Refusal, Routed, refuse};
use crate::journal::{CASSETTE_HEADER, SOURCE_HEADER, Source};
use crate::server::text_headers;
use bytes::Bytes;
use http::Response;
use http::header::{HeaderMap, HeaderValue};
use http::response::Parts;
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use jiff::Timestamp;
use standin_core::record::{End, is_bodiless};
use standin_core::{Headers, canonical_host};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an upstream is heard out when every client has left.
const DRAIN: Duration = Duration::from_secs(30);
/// How long an upstream may be silent inside a body.
const SILENCE: Duration = Duration::from_secs(600);

/// Passes the call on, and the answer back. Whatever happens, the readers hear of it.
pub(super) async fn run(
    engine: Arc<Engine>,
    routed: Routed,
    ticket: Box<Ticket>,
    writer: Writer,
    mut working: Working,
    held: Held,
) {
    let recorded = Timestamp::now();
    let sent = Instant::now();
    let Some(response) = ask(&engine, &routed, &ticket, &writer).await else { return };
    let head_after = sent.elapsed();
    let (head, body) = response.into_parts();
    let headers = text_headers(&head.headers);
    let reason = pass_head(&head, &headers, &ticket, &writer);

    let bodiless = is_bodiless(&routed.call.method, head.status.as_u16());
    let chunked = headers.get_all("transfer-encoding").any(|coding| coding.eq_ignore_ascii_case("chunked"));
    let proven = bodiless || chunked || headers.get("content-length").is_some();
    let worth_storing = ticket.keep.statuses.admit(head.status.as_u16());
    let largest = worth_storing.then_some(engine.recorder.settings.largest);
    let Pieces { pieces, end, overflowed } = receive(body, &writer, sent, largest, &mut working).await;
    working.storing();
    writer.end(match &end {
        End::Cut(reason) => Err(reason.clone()),
        End::Proven | End::Closed => Ok(()),
    });
    // The readers have what they need, and an equal call waits for the copy.
    writer.forget();
    drop(writer);
    let end = if end == End::Closed && proven { End::Proven } else { end };
    let arrived = Arrived {
        routed,
        ticket,
        status: head.status.as_u16(),
        reason,
        headers,
        pieces,
        end,
        overflowed,
        head_after,
        recorded,
    };
    // Scrubbing and writing block, and other answers are arriving on this thread.
    let stored = tokio::task::spawn_blocking(move || {
        keep(&engine, arrived);
        drop(held);
        drop(working);
    });
    if let Err(error) = stored.await {
        tracing::error!("a recording was not stored: {error}");
    }
}

/// Sends the call. Without an answer, the readers are told why, and there is nothing to store.
async fn ask(
    engine: &Engine,
    routed: &Routed,
    ticket: &Ticket,
    writer: &Writer,
) -> Option<Response<Incoming>> {
    let (call, destination) = (&routed.call, &ticket.destination);
    let address = format!("{}{}", destination.origin, destination.target);
    let headers = destination.headers(call);
    let sent = engine.recorder.client.send(&call.method, &address, headers, call.body.clone());
    let answered = tokio::select! {
        answered = sent => answered.map_err(|refused| refused.to_string()),
        // Nobody is left to hear of it, and nothing says that an answer will ever come.
        () = abandoned(writer) => Err("every client left before it answered".to_owned()),
    };
    answered
        .map_err(|reason| {
            let host = canonical_host(&destination.origin, None);
            let refusal = Refusal::UpstreamFailed { host, reason };
            let session = ticket.session.as_ref().map(|session| Arc::clone(&session.id));
            writer.head(Err(Arc::new(refuse(engine, routed, &refusal).of_session(session))));
        })
        .ok()
}

/// Passes the head on. Its reason phrase, as it is stored.
fn pass_head(head: &Parts, text: &Headers, ticket: &Ticket, writer: &Writer) -> String {
    let reason =
        head.extensions.get::<ReasonPhrase>().map(|reason| Bytes::copy_from_slice(reason.as_bytes()));
    let phrase = match &reason {
        Some(reason) => String::from_utf8_lossy(reason).into_owned(),
        None => head.status.canonical_reason().unwrap_or_default().to_owned(),
    };
    let headers = passed_headers(&head.headers, text, ticket);
    writer.head(Ok(Arc::new(Head { status: head.status, reason, headers })));
    phrase
}

/// The body as it arrived.
struct Pieces {
    /// Empty where the body is not to be stored.
    pieces: Vec<(Duration, Bytes)>,
    end: End,
    /// Whether it is larger than what is stored.
    overflowed: bool,
}

/// Passes the body on piece by piece, and keeps up to `largest` bytes of it; none where nothing is stored.
async fn receive(
    mut body: Incoming,
    writer: &Writer,
    sent: Instant,
    largest: Option<usize>,
    working: &mut Working,
) -> Pieces {
    let mut pieces = Vec::new();
    let mut kept = 0;
    let mut storing = largest.is_some();
    let mut overflowed = false;
    if !storing {
        writer.forget();
    }
    let mut abandoned = std::pin::pin!(abandoned(writer));
    let end = loop {
        let frame = tokio::select! {
            biased;
            frame = tokio::time::timeout(SILENCE, body.frame()) => frame,
            () = writer.deserted(), if !storing => break End::Cut("every client has left".to_owned()),
            () = &mut abandoned => break End::Cut(format!("every client left, and {} s were not enough for the rest", DRAIN.as_secs())),
        };
        let piece = match frame {
            Err(_) => break End::Cut(format!("the provider was silent for {} s", SILENCE.as_secs())),
            Ok(None) => break End::Closed,
            Ok(Some(Err(error))) => break End::Cut(error.to_string()),
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(piece) => piece,
                // Trailers: neither format has a place for them that a client would see again.
                Err(_) => continue,
            },
        };
        let at = sent.elapsed();
        // A piece is a part of a buffer, all of which it would hold.
        let piece = if storing { Bytes::copy_from_slice(&piece) } else { piece };
        kept += piece.len();
        if storing && largest.is_some_and(|largest| kept > largest) {
            overflowed = true;
            storing = false;
            pieces = Vec::new();
            writer.forget();
        }
        if storing {
            pieces.push((at, piece.clone()));
        }
        if body.is_end_stream() {
            // Whoever has the last piece has the whole: from here on it counts as being stored.
            working.storing();
            writer.last_piece(piece).await;
            break End::Proven;
        }
        writer.piece(piece).await;
    };
    Pieces { pieces, end, overflowed }
}

/// Ends when nobody has read for as long as an upstream is heard out.
async fn abandoned(writer: &Writer) {
    loop {
        writer.deserted().await;
        if tokio::time::timeout(DRAIN, writer.joined()).await.is_err() {
            return;
        }
    }
}

/// The upstream's header fields, without those of its connection, and where the answer comes from.
fn passed_headers(headers: &HeaderMap, text: &Headers, ticket: &Ticket) -> HeaderMap {
    let mut passed: HeaderMap = headers
        .iter()
        .filter(|(name, _)| !text.is_hop_by_hop(name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    passed.insert(SOURCE_HEADER, HeaderValue::from_static(Source::Upstream.name()));
    if let Ok(name) = HeaderValue::from_str(ticket.cassette.as_str()) {
        passed.insert(CASSETTE_HEADER, name);
    }
    passed
}
