//! The clients: each a connection that asks once and notes when every event arrives.

use crate::Failure;
use crate::bare::Pace;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// What is asked, and how often at once.
#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) streams: usize,
    pub(super) events: usize,
    pub(super) pace: Pace,
    /// The request, as it is written.
    pub(super) request: Vec<u8>,
}

/// What the crowd saw.
#[derive(Debug)]
pub(super) struct Seen {
    /// Streams with all their events.
    pub(super) complete: usize,
    /// How late each event was after it was due, in milliseconds.
    pub(super) late_ms: Vec<f64>,
}

/// Connections that are being made at once: more would wait for the server's backlog.
const KNOCKING: usize = 100;
/// How much longer than its pace a stream may take.
const PATIENCE: Duration = Duration::from_secs(30);

// === impl Crowd ===

impl Crowd {
    /// Asks them all. A stream's time begins when its request has been written.
    pub(super) fn ask(&self, server: SocketAddr) -> Result<Seen, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        runtime.block_on(async {
            let door = Arc::new(Semaphore::new(KNOCKING));
            let request: Arc<[u8]> = self.request.as_slice().into();
            let length = self.pace.first + self.pace.between * u32::try_from(self.events)?;
            let streams: Vec<_> = (0..self.streams)
                .map(|_| {
                    let listening = listen(server, Arc::clone(&door), Arc::clone(&request), self.events);
                    tokio::spawn(tokio::time::timeout(length + PATIENCE, listening))
                })
                .collect();
            let mut seen = Seen { complete: 0, late_ms: Vec::with_capacity(self.streams * self.events) };
            for stream in streams {
                let Ok(Ok(arrived)) = stream.await? else { continue };
                seen.complete += usize::from(arrived.len() == self.events);
                for (at, due) in arrived.iter().zip(0u32..) {
                    let due = self.pace.first + self.pace.between * due;
                    seen.late_ms.push((at.as_secs_f64() - due.as_secs_f64()) * 1e3);
                }
            }
            Ok(seen)
        })
    }
}

/// When each event arrived, counted from the request.
async fn listen(
    server: SocketAddr,
    door: Arc<Semaphore>,
    request: Arc<[u8]>,
    events: usize,
) -> std::io::Result<Vec<Duration>> {
    let (mut stream, started) = {
        let _knocking = door.acquire().await;
        let mut stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        stream.write_all(&request).await?;
        (stream, Instant::now())
    };
    let mut arrived = Vec::with_capacity(events);
    let mut buffer = [0; 2048];
    let mut line_feeds = 0;
    while arrived.len() < events {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            break;
        }
        let now = started.elapsed();
        for byte in &buffer[..length] {
            // An event ends with an empty line; no other line of the answer does.
            line_feeds = if *byte == b'\n' { line_feeds + 1 } else { 0 };
            if line_feeds == 2 {
                arrived.push(now);
            }
        }
    }
    Ok(arrived)
}
