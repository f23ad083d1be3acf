//! One attempt: a message to an address that was looked at, and the head of its answer.

use super::address::Addresses;
use super::url::{Host, WebhookScheme, WebhookUrl};
use bytes::Bytes;
use http::header::{HOST, RETRY_AFTER};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_rustls::ConfigBuilderExt;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Sends messages. Nothing of a receiver is kept between two of them.
#[derive(Debug)]
pub(super) struct Post {
    addresses: Addresses,
    names: Names,
    secure: OnceLock<Result<Arc<ClientConfig>, String>>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was answered.
    Status {
        status: u16,
        /// For how long the receiver wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// It was not, and may be another time.
    None(String),
    /// It was not sent, and never will be.
    Unwanted(String),
}

/// Who knows what names stand for.
#[derive(Debug)]
pub(super) enum Names {
    /// The system.
    System,
    /// A test.
    #[cfg(test)]
    Listed(std::collections::BTreeMap<&'static str, Vec<IpAddr>>),
}

/// How long an attempt may take, all of it.
const LONGEST: Duration = Duration::from_secs(15);
/// How long one of several addresses may take to be reached.
const CONNECT: Duration = Duration::from_secs(5);
/// As much of an answer's body is waited for, so that a receiver that writes one is not interrupted.
const READ: usize = 4096;

// === impl Post ===

impl Post {
    pub(super) fn new(addresses: Addresses, names: Names) -> Self {
        Post { addresses, names, secure: OnceLock::new() }
    }

    /// Sends a message.
    pub(super) async fn send(&self, url: &WebhookUrl, headers: HeaderMap, body: Bytes) -> Answer {
        let late = || Answer::None(format!("no answer within {} seconds", LONGEST.as_secs()));
        match timeout(LONGEST, self.sent(url, headers, body)).await {
            Ok(Ok(answer) | Err(answer)) => answer,
            Err(_) => late(),
        }
    }

    async fn sent(&self, url: &WebhookUrl, headers: HeaderMap, body: Bytes) -> Result<Answer, Answer> {
        let addresses = self.addresses_of(url).await?;
        let request = request(url, headers, body).map_err(failed)?;
        let stream = connect(&addresses).await.map_err(failed)?;
        match url.scheme() {
            WebhookScheme::Http => exchange(stream, request).await.map_err(failed),
            WebhookScheme::Https => {
                let name = match url.host() {
                    Host::Address(address) => ServerName::from(*address),
                    Host::Name(name) => ServerName::try_from(name.clone()).map_err(failed)?,
                };
                let secure = TlsConnector::from(self.secure()?);
                let stream = secure.connect(name, stream).await.map_err(failed)?;
                exchange(stream, request).await.map_err(failed)
            }
        }
    }

    /// What a receiver's name stands for, all of it fit to be sent to. It is asked for once and connected to as it was
    /// looked at, so that a name cannot stand for something else in between.
    async fn addresses_of(&self, url: &WebhookUrl) -> Result<Vec<SocketAddr>, Answer> {
        let found = match url.host() {
            Host::Address(address) => vec![*address],
            Host::Name(name) => self.names.look_up(name).await.map_err(failed)?,
        };
        for address in &found {
            self.addresses.admit(*address).map_err(|error| Answer::Unwanted(error.to_string()))?;
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, url.port())).collect())
    }

    fn secure(&self) -> Result<Arc<ClientConfig>, Answer> {
        let made = self.secure.get_or_init(|| {
            // Given by name: the process may have chosen another provider, or none.
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_native_roots()
                .map_err(|error| format!("the system's certificates cannot be read: {error}"))?;
            Ok(Arc::new(config.with_no_client_auth()))
        });
        made.clone().map_err(Answer::None)
    }
}

fn failed(error: impl Into<Box<dyn Error>>) -> Answer {
    Answer::None(error.into().to_string())
}

fn request(url: &WebhookUrl, headers: HeaderMap, body: Bytes) -> Result<Request<Full<Bytes>>, http::Error> {
    let request = Request::post(url.target()).header(HOST, url.authority());
    let mut request = request.body(Full::new(body))?;
    request.headers_mut().extend(headers);
    Ok(request)
}

async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut error = io::Error::new(io::ErrorKind::NotFound, "its name stands for no address");
    for address in addresses {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(refused)) => error = refused,
            Err(_) => error = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(error)
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> hyper::Result<Answer>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with this attempt, however that does.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await?;
    let answer = Answer::Status {
        status: response.status().as_u16(),
        retry_after: response.headers().get(RETRY_AFTER).and_then(|value| wait(value.to_str().ok()?)),
    };
    read_some(response.into_body()).await;
    Ok(answer)
}

async fn read_some(mut body: Incoming) {
    let mut read = 0;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read >= READ {
                return;
            }
        }
    };
    // The status is known: a body that does not end changes nothing.
    let _ = timeout(Duration::from_secs(1), reading).await;
}

/// What `retry-after` says: seconds, or a date.
fn wait(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(then.duration_since(Timestamp::now())).unwrap_or_default())
}

// === impl Names ===

impl Names {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match self {
            Names::System => {
                Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
            }
            #[cfg(test)]
            Names::Listed(names) => names.get(name).cloned().ok_or_else(|| io::Error::other("no such name")),
        }
    }
}
