//! The server that standin is compared with: hyper and nothing else. It reads the whole body and sends what
//! it is told to, so that both servers write the same bytes in the same way. `upstream` is the provider that
//! standin records from.

mod body;
mod paced;
mod upstream;

pub(crate) use paced::Pace;
pub(crate) use upstream::{Order, SENT, now, run as run_upstream};

use crate::Failure;
use crate::exchange::Answer;
use body::{Eager, OneByOne};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use paced::Paced;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In one piece, with its length.
    Whole,
    /// Frames that are all ready: hyper puts them into one write.
    Together,
    /// Each frame in a write of its own.
    Each,
}

/// What a server of ours says first, before its address.
pub(crate) const LISTENING: &str = "bare listening on http://";

#[derive(Debug)]
struct Ready {
    status: StatusCode,
    headers: HeaderMap,
    frames: Arc<[Bytes]>,
}

// === impl Kind ===

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Kind::Whole => "whole",
            Kind::Together => "together",
            Kind::Each => "each",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Kind> {
        [Kind::Whole, Kind::Together, Kind::Each].into_iter().find(|kind| kind.name() == name)
    }
}

/// Serves the answer in a file until killed.
pub(crate) fn run(kind: Kind, file: &Path) -> Result<(), Failure> {
    let ready = read(file)?;
    listen(|stream| {
        let ready = Arc::clone(&ready);
        match kind {
            Kind::Whole => tokio::spawn(serve(stream, ready, |frames| Full::new(frames[0].clone()))),
            Kind::Together => tokio::spawn(serve(stream, ready, |frames| Eager::new(Arc::clone(frames)))),
            Kind::Each => tokio::spawn(serve(stream, ready, |frames| OneByOne::new(Arc::clone(frames)))),
        };
    })
}

/// The same, each frame when it is due.
pub(crate) fn run_paced(file: &Path, pace: Pace) -> Result<(), Failure> {
    let ready = read(file)?;
    listen(move |stream| {
        let ready = Arc::clone(&ready);
        tokio::spawn(serve(stream, ready, move |frames| Paced::new(Arc::clone(frames), pace)));
    })
}

fn read(file: &Path) -> Result<Arc<Ready>, Failure> {
    let answer: Answer = serde_json::from_slice(&std::fs::read(file)?)?;
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| Ok((name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?)))
        .collect::<Result<HeaderMap, Failure>>()?;
    let frames = answer.frames.into_iter().map(Bytes::from).collect();
    Ok(Arc::new(Ready { status: StatusCode::from_u16(answer.status)?, headers, frames }))
}

/// Says where it listens, and hands over every connection until killed.
fn listen(serve: impl Fn(TcpStream)) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_io().enable_time().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{LISTENING}{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            serve(stream);
        }
    })
}

async fn serve<B>(stream: TcpStream, ready: Arc<Ready>, body: impl Fn(&Arc<[Bytes]>) -> B + Send + 'static)
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let service = hyper::service::service_fn(|request: Request<Incoming>| {
        let (ready, body) = (Arc::clone(&ready), &body);
        async move {
            request.into_body().collect().await?;
            let mut response = Response::new(body(&ready.frames));
            *response.status_mut() = ready.status;
            *response.headers_mut() = ready.headers.clone();
            Ok::<_, hyper::Error>(response)
        }
    });
    // A client that goes away ends its connection with an error, which is nobody's fault.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
