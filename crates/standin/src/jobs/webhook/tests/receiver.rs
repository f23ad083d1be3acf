//! A receiver that writes down what it gets, and answers what it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a receiver does with a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Does {
    /// It answers this, byte for byte, and closes.
    Says(&'static str),
    /// It answers this, and goes on writing until nobody reads.
    SaysForEver(&'static str),
    /// It reads, and is silent.
    Nothing,
    /// It reads, and is silent; the time of timeouts runs from then on.
    NothingForLong,
}

/// A message, as it came.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

pub(super) const OK: Does = Does::Says("HTTP/1.1 204 No Content\r\n\r\n");

// === impl Got ===

impl Got {
    /// The value of a header field.
    pub(super) fn field(&self, name: &str) -> &str {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap_or_else(|| panic!("no {name}")).1
    }
}

// === impl Receiver ===

impl Receiver {
    /// Does this with the first messages, and with all others the last of it.
    pub(super) async fn start(script: &[Does]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let got = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&got);
        let mut script: VecDeque<Does> = script.iter().copied().collect();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let does = if script.len() > 1 { script.pop_front().unwrap() } else { script[0] };
                tokio::spawn(serve(stream, does, Arc::clone(&written)));
            }
        });
        Receiver { address, got }
    }

    pub(super) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, does: Does, written: Arc<Mutex<Vec<Got>>>) {
    let mut bytes = Vec::new();
    let got = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
        if let Some(got) = whole(&bytes) {
            break got;
        }
    };
    written.lock().unwrap().push(got);
    match does {
        Does::Says(answer) => drop(stream.write_all(answer.as_bytes()).await),
        Does::SaysForEver(answer) => {
            stream.write_all(answer.as_bytes()).await.unwrap();
            while stream.write_all(&[b'x'; 1024]).await.is_ok() {}
        }
        Does::Nothing => std::future::pending().await,
        Does::NothingForLong => {
            tokio::time::pause();
            std::future::pending::<()>().await;
        }
    }
}

/// A request that is there to its end.
fn whole(bytes: &[u8]) -> Option<Got> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let got = Got { head, body: bytes[end..].to_vec() };
    let length: usize = got.field("content-length").parse().unwrap();
    (got.body.len() >= length).then_some(got)
}
