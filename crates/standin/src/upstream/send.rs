//! One request out, and its whole answer in, for a caller who needs no more.

use super::client::{Client, Refused};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;

/// A request that got no whole answer.
#[derive(Debug, thiserror::Error)]
#[error("{address} did not answer: {reason}")]
pub struct SendError {
    address: String,
    reason: String,
}

/// Sends a request to the address that it names, as recording does: nothing is added, no redirect is followed and
/// nothing is decoded.
///
/// ```
/// use standin::{Standin, catalogue};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let server = Standin::builder().start().await?;
/// for request in catalogue::all() {
///     let answer = standin::send(request.build(&server.url())?).await?;
///     assert_eq!(answer.status(), request.status, "{}", request.name);
/// }
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When there is no connection, or the answer breaks off.
pub async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
    let (head, body) = request.into_parts();
    let address = head.uri.to_string();
    let failed = |reason: String| SendError { address: address.clone(), reason };
    let sent = Client::default().send(head.method.as_str(), &address, head.headers, body).await;
    let (head, body) = sent.map_err(|Refused(reason)| failed(reason))?.into_parts();
    let body = body.collect().await.map_err(|error| failed(error.to_string()))?;
    Ok(Response::from_parts(head, body.to_bytes()))
}
