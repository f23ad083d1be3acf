//! The provider that is recorded from: it sends what the call's own body orders.

use crate::Failure;
use crate::recording::{Recording, prose};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use tokio::time::{Interval, MissedTickBehavior};

/// What a call asks for; it is the member `bench` of the call's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Events before the last one, `[DONE]`; without any, the answer is a small one of one piece.
    pub(crate) events: usize,
    /// Bytes of an event.
    pub(crate) size: usize,
    /// Milliseconds between events, in which each is written out; 0 sends as fast as they are taken.
    pub(crate) pause: u64,
}

/// What an event says before the time at which it was sent.
pub(crate) const SENT: &str = "\"sent\":";
const DONE: &str = "data: [DONE]\n\n";

#[derive(Deserialize)]
struct Asked {
    bench: Order,
}

/// Events that are made when they are sent, so that each can carry the time.
#[derive(Debug)]
struct Events {
    order: Order,
    padding: String,
    next: usize,
    interval: Option<Interval>,
}

#[derive(Debug)]
enum Sending {
    Whole(Option<Bytes>),
    Events(Events),
}

/// Nanoseconds since 1970: all processes of a machine share this clock.
pub(crate) fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

/// Answers orders until killed.
pub(crate) fn run() -> Result<(), Failure> {
    super::listen(|stream| drop(tokio::spawn(serve(stream))))
}

async fn serve(stream: TcpStream) {
    let service = hyper::service::service_fn(|request: Request<Incoming>| async move {
        let body = request.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
        let asked: Asked = serde_json::from_slice(&body)?;
        let (media, body) = match asked.bench {
            Order { events: 0, .. } => {
                let answer = Recording::small(1);
                (answer.media, Sending::Whole(Some(answer.response.into())))
            }
            order => ("text/event-stream", Sending::Events(Events::new(order))),
        };
        let mut response = Response::new(body);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
        Ok::<_, std::io::Error>(response)
    });
    // A client that goes away ends its connection with an error, which is nobody's fault.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

// === impl Events ===

impl Events {
    fn new(order: Order) -> Self {
        let interval = (order.pause > 0).then(|| {
            let mut interval = tokio::time::interval(Duration::from_millis(order.pause));
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        });
        let mut events = Events { order, padding: String::new(), next: 0, interval };
        let mut padding = prose(order.size);
        padding.truncate(order.size.saturating_sub(events.event().len()));
        events.padding = padding;
        events
    }

    fn event(&self) -> String {
        let Events { padding, next, .. } = self;
        let sent = now();
        format!(
            "data: {{\"id\":\"chatcmpl-00000001\",\"object\":\"chat.completion.chunk\",\"number\":\"{next:08}\",\
             {SENT}{sent},\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{padding}\"}}}}]}}\n\n"
        )
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let events = match self.get_mut() {
            Sending::Whole(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Sending::Events(events) => events,
        };
        if let Some(interval) = &mut events.interval {
            ready!(interval.poll_tick(cx));
        }
        let frame = match events.next.cmp(&events.order.events) {
            std::cmp::Ordering::Less => Some(events.event().into()),
            std::cmp::Ordering::Equal => Some(Bytes::from_static(DONE.as_bytes())),
            std::cmp::Ordering::Greater => None,
        };
        events.next += 1;
        Poll::Ready(frame.map(|frame| Ok(Frame::data(frame))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Sending::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Sending::Events(_) => SizeHint::default(),
        }
    }
}
