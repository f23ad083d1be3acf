//! The thread that runs batches, and the calls from inside that it makes for their lines.

use super::Batches;
use super::run::{BatchedCall, Execute};
use super::serve::said;
use crate::engine::Judge;
use crate::server::{Inward, Service};
use standin_core::batches::LineEnd;
use standin_providers::bifrost::{ErrorObject, ModelName};
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Whoever runs batches.
#[derive(Debug)]
pub(crate) struct Works {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// How long a stop may take: lines that are being answered are not waited for.
const STOP: Duration = Duration::from_secs(2);

/// The model that a line asks, as what virtual keys allow is told.
fn model_of(call: &BatchedCall) -> ModelName {
    let model = super::serve::model_of(&call.body).unwrap_or_default();
    ModelName { provider: Some(call.provider.clone()), model }
}

/// The answer to a call that its virtual key does not allow.
fn refused(provider: &str, error: ErrorObject) -> LineEnd {
    let failure = said(error);
    let provider = standin_providers::all().find(|known| known.name() == provider);
    match provider.and_then(standin_core::Provider::dialect) {
        Some(dialect) => {
            LineEnd::Answered { status: failure.status, body: dialect.failure(&failure).to_string().into() }
        }
        None => LineEnd::Lost { reason: failure.message.unwrap_or_default() },
    }
}

/// Answers the calls of lines by a server's own engine, as far as the virtual key of their batch allows them.
fn execute(service: Arc<Service>, largest: usize) -> Execute {
    Arc::new(move |call: BatchedCall| {
        let service = Arc::clone(&service);
        Box::pin(async move {
            if let Err(error) = service.jobs.admits(call.owner_key.as_deref(), &model_of(&call)) {
                return refused(&call.provider, error);
            }
            let BatchedCall { target, headers, body, .. } = call;
            let call = Inward { target, headers, body, job: None, judge: Judge::Vendor };
            match service.hear(call, largest).await {
                Ok(heard) => LineEnd::Answered { status: heard.status.as_u16(), body: heard.body },
                Err(error) => LineEnd::Lost { reason: error.to_string() },
            }
        })
    })
}

// === impl Works ===

impl Works {
    pub(crate) fn start(batches: Arc<Batches>, service: Arc<Service>, largest: usize) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let thread = std::thread::Builder::new().name("standin-batches".to_owned()).spawn(move || {
            // Who would say so being gone is the same as being told.
            let stopped = async { drop(stopped.await) };
            runtime.block_on(batches.run(execute(service, largest), stopped));
        })?;
        Ok(Works { stop, thread })
    }

    /// Gives back what runs. It is gone on with after the next start.
    pub(crate) fn stop(self) {
        // It may have ended by itself.
        let _ = self.stop.send(());
        let until = Instant::now() + STOP;
        while !self.thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.thread.is_finished() && self.thread.join().is_err() {
            tracing::error!("the thread that runs batches panicked");
        }
    }
}
