//! Tells the ends of batches to those who want to hear of them.

use super::Batches;
use super::run::stopped;
use crate::jobs::webhook::{Courier, Parcel};
use bytes::Bytes;
use standin_core::batches::{Fence, Row, Step, Task};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// For how long the end of a batch is its teller's: longer than an attempt takes.
const LEASE: Duration = Duration::from_secs(20);
/// How many attempts are made at once.
const MOST: usize = 32;

// === impl Batches ===

impl Batches {
    /// Tells the ends of batches until it is told to stop. What is under way then is waited for; what is dropped in
    /// the middle of it is told again by whoever comes next.
    pub(super) async fn tell(self: Arc<Self>, courier: Arc<Courier>, mut stop: watch::Receiver<bool>) {
        let mut telling = JoinSet::new();
        loop {
            while telling.len() < MOST {
                let _still = self.still.read().await;
                match self.store.claim(Task::Tell, self.owner.clone(), LEASE, self.now()).await {
                    Ok(Some((row, fence))) => {
                        self.hold(&fence, LEASE);
                        telling.spawn(Arc::clone(&self).told(Arc::clone(&courier), row, fence));
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!("the webhooks of batches cannot be looked for: {error}");
                        break;
                    }
                }
            }
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = self.ended.notified() => {}
                Some(_) = telling.join_next(), if !telling.is_empty() => {}
                () = tokio::time::sleep(self.rules.look) => {}
            }
        }
        while telling.join_next().await.is_some() {}
    }

    /// Makes an attempt, and tells the store.
    async fn told(self: Arc<Self>, courier: Arc<Courier>, row: Row, fence: Fence) {
        let provider = standin_providers::all().find(|provider| provider.name() == row.batch.provider);
        let event = provider.and_then(standin_core::Provider::batches).and_then(|api| api.event());
        let (Some(webhook), Some(event)) = (&row.webhook, event) else { return self.let_go(&fence) };
        let batch = row.batch.id.clone();
        let (id, body) = (format!("msg_{batch}"), Bytes::from(event(&row.batch).to_string()));
        let parcel = Parcel { id: &id, url: &webhook.url, before: webhook.attempts, body };
        let attempted = courier.carry(parcel, || self.now()).await;
        let told = Step::Told { fence: fence.clone(), attempted };
        let stepped = self.store.step(batch, told, self.now()).await;
        self.let_go(&fence);
        match stepped {
            Ok(Some((_, true))) => {}
            Ok(Some((_, false)) | None) => {
                tracing::info!("{id} was sent by somebody else as well, or its batch is gone");
            }
            Err(error) => {
                let seconds = LEASE.as_secs();
                tracing::warn!(
                    "what became of {id} cannot be kept, so it is sent again in {seconds} s: {error}"
                );
            }
        }
    }
}
