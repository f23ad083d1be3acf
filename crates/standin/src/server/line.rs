//! The line to one client: its connection, and how it may end otherwise than HTTP says.

use standin_core::Ending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;

/// What a reply can do to the connection that it is sent on, and to the port. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    reset: Arc<AtomicBool>,
    door: Arc<Door>,
}

/// Whether the port takes connections. Shut, it refuses them until the time that it says.
#[derive(Debug)]
pub(crate) struct Door(watch::Sender<Option<Instant>>);

/// A connection, reset at its end where that is asked for.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

// === impl Door ===

impl Door {
    pub(crate) fn open() -> Self {
        Door(watch::Sender::new(None))
    }

    /// Refuses new connections for so long.
    fn shut(&self, lasting: Duration) {
        self.0.send_replace(Instant::now().checked_add(lasting));
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<Instant>> {
        self.0.subscribe()
    }
}

// === impl Line ===

impl Line {
    pub(super) fn new(door: &Arc<Door>) -> Self {
        Line { reset: Arc::default(), door: Arc::clone(door) }
    }

    /// The same connection, as hyper reads and writes it.
    pub(super) fn socket(&self, stream: TcpStream) -> Socket {
        Socket { stream, reset: Arc::clone(&self.reset) }
    }

    /// Tells the connection how it is to end.
    pub(super) fn end(&self, ending: Ending) {
        match ending {
            Ending::Whole | Ending::Closed | Ending::Silence => {}
            Ending::Reset => self.reset.store(true, Ordering::Relaxed),
            Ending::Refused(lasting) => {
                self.door.shut(lasting);
                self.reset.store(true, Ordering::Relaxed);
            }
        }
    }
}

// === impl Socket ===

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed)
            && let Err(error) = self.stream.set_zero_linger()
        {
            tracing::debug!("a connection cannot be reset, and is closed: {error}");
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Relaxed) {
            // A connection that was shut down in order is reset no more.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
