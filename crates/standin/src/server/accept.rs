//! Accepting connections and handing them to workers.
//!
//! A worker is a thread with a single-threaded runtime. A connection stays with its worker, so nothing on
//! the path of a request moves between cores; and the server goes on when the test that owns it blocks its
//! own runtime.

use super::line::{Door, Line};
use super::serve::Service;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::Instant;

/// A bound address that nothing is accepted on yet.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: StdListener,
    address: SocketAddr,
}

/// A server that runs until it is told to stop or dropped.
#[derive(Debug)]
pub(crate) struct Running {
    address: SocketAddr,
    stop: watch::Sender<Stop>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    No,
    /// Finish what is being answered, for as long as this.
    Gracefully(Duration),
}

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How much longer than asked a stop may take.
const STOP_MARGIN: Duration = Duration::from_secs(1);
/// A pause after an error of `accept`, which is most often a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

// === impl Listener ===

impl Listener {
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Listener { listener, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts the workers. The first one also accepts.
    pub(crate) fn start(
        self,
        service: &Arc<Service>,
        workers: usize,
        connections: usize,
    ) -> io::Result<Running> {
        let (stop, stopped) = watch::channel(Stop::No);
        let free = Arc::new(Semaphore::new(connections));
        let mut senders = Vec::new();
        let mut threads = Vec::new();
        let mut receivers = Vec::new();
        for _ in 0..workers.max(1) {
            let (send, receive) = mpsc::unbounded_channel::<StdStream>();
            senders.push(send);
            receivers.push(receive);
        }
        let door = Arc::new(Door::open());
        let mut accepting = Some((self.listener, senders));
        for (number, receive) in receivers.into_iter().enumerate() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
            let (service, stopped, free) = (Arc::clone(service), stopped.clone(), Arc::clone(&free));
            let door = Arc::clone(&door);
            let accepting = accepting.take();
            let thread = std::thread::Builder::new().name(format!("standin-{number}")).spawn(move || {
                runtime.block_on(async move {
                    if let Some((listener, senders)) = accepting {
                        tokio::spawn(accept(listener, senders, Arc::clone(&door), stopped.clone()));
                    }
                    work(receive, &service, &door, stopped, &free).await;
                });
                // What is still being answered is cut off here.
                runtime.shutdown_background();
            })?;
            threads.push(thread);
        }
        Ok(Running { address: self.address, stop, workers: threads })
    }
}

/// Accepts until told to stop, and deals connections out in turn.
async fn accept(
    listener: StdListener,
    workers: Vec<mpsc::UnboundedSender<StdStream>>,
    door: Arc<Door>,
    mut stopped: watch::Receiver<Stop>,
) {
    let mut listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!("cannot accept connections: {error}"),
    };
    let mut shut = door.watch();
    for worker in workers.iter().cycle() {
        let stream = loop {
            tokio::select! {
                _ = stopped.changed() => return,
                _ = shut.changed() => match closed(listener, &mut shut, &mut stopped).await {
                    Some(again) => listener = again,
                    None => return,
                },
                accepted = listener.accept() => match accepted.and_then(|(stream, _)| stream.into_std()) {
                    Ok(stream) => break stream,
                    Err(error) => {
                        tracing::warn!("cannot accept a connection: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        };
        if worker.send(stream).is_err() {
            return;
        }
    }
}

/// Closes the port until it may be opened again; `None` where the server stops meanwhile.
async fn closed(
    listener: TcpListener,
    shut: &mut watch::Receiver<Option<Instant>>,
    stopped: &mut watch::Receiver<Stop>,
) -> Option<TcpListener> {
    let address = listener.local_addr().ok()?;
    drop(listener);
    loop {
        let until = *shut.borrow_and_update();
        tokio::select! {
            _ = stopped.changed() => return None,
            _ = shut.changed() => continue,
            () = tokio::time::sleep_until(until.unwrap_or_else(Instant::now)) => {}
        }
        match TcpListener::bind(address).await {
            Ok(listener) => return Some(listener),
            Err(error) => {
                tracing::error!("{address} cannot be listened on again: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves connections until told to stop, then lets those that are busy finish for a while.
async fn work(
    mut connections: mpsc::UnboundedReceiver<StdStream>,
    service: &Arc<Service>,
    door: &Arc<Door>,
    stopped: watch::Receiver<Stop>,
    free: &Arc<Semaphore>,
) {
    let mut stopping = stopped.clone();
    let mut serving = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            _ = stopping.changed() => break,
            Some(_) = serving.join_next() => {}
            stream = connections.recv() => {
                let Some(stream) = stream else { break };
                let Ok(permit) = Arc::clone(free).try_acquire_owned() else {
                    tracing::warn!("too many connections: one was closed");
                    continue;
                };
                let (service, stopped) = (Arc::clone(service), stopped.clone());
                let line = Line::new(door);
                serving.spawn(async move {
                    if let Err(error) = connection(stream, service, line, stopped).await {
                        tracing::debug!("a connection ended: {error}");
                    }
                    drop(permit);
                });
            }
        }
    }
    let Stop::Gracefully(patience) = *stopping.borrow() else { return };
    // Time is up for what is still running then; it is cut off when the runtime goes.
    let _ = tokio::time::timeout(patience, async { while serving.join_next().await.is_some() {} }).await;
}

async fn connection(
    stream: StdStream,
    service: Arc<Service>,
    line: Line,
    mut stopped: watch::Receiver<Stop>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::from_std(stream)?;
    // Without it every frame of a stream waits for the acknowledgement of the one before it.
    stream.set_nodelay(true)?;
    let socket = line.socket(stream);
    let service = hyper::service::service_fn(move |request| {
        let (service, line) = (Arc::clone(&service), line.clone());
        async move { service.serve(request, &line).await }
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(socket), service)
    );
    // One future for the whole life of the connection: it is polled with every request.
    let mut told = std::pin::pin!(async move { stopped.changed().await.is_ok() });
    tokio::select! {
        biased;
        done = connection.as_mut() => return Ok(done?),
        _ = told.as_mut() => connection.as_mut().graceful_shutdown(),
    }
    Ok(connection.await?)
}

// === impl Running ===

impl Running {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, and gives what is being answered this long to finish.
    pub(crate) fn stop(&mut self, patience: Duration) {
        self.stop.send_replace(Stop::Gracefully(patience));
        let give_up = std::time::Instant::now() + patience + STOP_MARGIN;
        for worker in self.workers.drain(..) {
            // A worker that is busy with one request sees the stop only after it; it ends by itself then.
            while !worker.is_finished() && std::time::Instant::now() < give_up {
                std::thread::sleep(Duration::from_millis(1));
            }
            if worker.is_finished() && worker.join().is_err() {
                tracing::error!("a worker panicked");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}
