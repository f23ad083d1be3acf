//! The client: one request out, one response in, nothing added and nothing decoded.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

/// Connections to providers, one for each call: a provider may close an idle one in the very moment in which
/// the next call is sent on it, and nothing tells whether that call was heard. Nothing is built before the first
/// call.
#[derive(Debug, Default)]
pub(crate) struct Client {
    plain: OnceLock<Legacy<HttpConnector, Full<Bytes>>>,
    secure: OnceLock<Result<Secure, String>>,
}

type Secure = Legacy<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A call that got no response.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(super) String);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a model may think before the first byte.
const HEAD_TIMEOUT: Duration = Duration::from_secs(600);

// === impl Client ===

impl Client {
    /// Sends a request and waits for the response's head.
    pub(crate) async fn send(
        &self,
        method: &str,
        address: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, Refused> {
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .body(Full::new(body))
            .map_err(|error| Refused(error.to_string()))?;
        *request.headers_mut() = headers;
        let sent = async {
            if address.starts_with("https://") {
                self.secure()?.request(request).await.map_err(|error| Refused(chain(&error)))
            } else {
                self.plain().request(request).await.map_err(|error| Refused(chain(&error)))
            }
        };
        let seconds = HEAD_TIMEOUT.as_secs();
        tokio::time::timeout(HEAD_TIMEOUT, sent)
            .await
            .map_err(|_| Refused(format!("no response within {seconds} seconds")))?
    }

    fn plain(&self) -> &Legacy<HttpConnector, Full<Bytes>> {
        self.plain.get_or_init(|| builder().build(connector()))
    }

    fn secure(&self) -> Result<&Secure, Refused> {
        let client = self.secure.get_or_init(|| {
            // Given by name: the process may have chosen another provider, or none.
            let provider = rustls::crypto::aws_lc_rs::default_provider();
            let mut plain = connector();
            plain.enforce_http(false);
            let tls = HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(provider)
                .map_err(|error| format!("the system's certificates cannot be read: {error}"))?
                .https_only()
                .enable_http1()
                .wrap_connector(plain);
            Ok(builder().build(tls))
        });
        client.as_ref().map_err(|error| Refused(error.clone()))
    }
}

fn builder() -> hyper_util::client::legacy::Builder {
    let mut builder = Legacy::builder(TokioExecutor::new());
    builder.pool_max_idle_per_host(0);
    builder
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector
}

/// An error with its causes: the outermost says only that sending failed.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
