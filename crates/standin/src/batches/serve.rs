//! Calls of a vendor's API of batches.

use super::Batches;
use super::store::{Kept, Named, Room};
use crate::jobs::Caller;
use crate::jobs::store::StoreError;
use crate::jobs::webhook::WebhookRules;
use bytes::Bytes;
use serde_json::Value;
use standin_core::batches::{Batch, BatchApi, BatchCall, NewBatch, Place, Row, Step, Submitted, Webhook};
use standin_core::dialect::{Failure, Rendered, RenderedBody};
use standin_core::{Call, Headers};
use standin_providers::bifrost::{ErrorObject, kept_headers};

/// A call about files or batches, and where its caller has reached standin.
pub(crate) struct Asking<'a> {
    /// The provider's name.
    pub(crate) provider: &'static str,
    /// Its API.
    pub(crate) api: &'static dyn BatchApi,
    /// The call.
    pub(crate) call: &'a Call,
    /// Who calls.
    pub(crate) caller: Caller,
    /// Scheme, authority and the mount in front of the provider's paths.
    pub(crate) base: String,
    /// The session that the lines of a batch belong to.
    pub(crate) session: Option<&'a str>,
}

const BYTES: &str = "application/octet-stream";
const LINES: &str = "application/x-jsonl";
const SESSION: &str = "x-standin-session";

/// The model that a body asks.
pub(super) fn model_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body["model"].as_str()?.to_owned())
}

fn broken(error: &StoreError) -> Failure {
    tracing::error!("batches cannot be kept: {error}");
    Failure::of(503).saying(error.to_string())
}

/// What a vendor says of an error of virtual keys.
pub(super) fn said(error: ErrorObject) -> Failure {
    let ErrorObject { status, message, kind, .. } = error;
    Failure { kind, ..Failure::of(status).saying(message) }
}

fn bytes(content_type: &'static str, bytes: Bytes) -> Rendered {
    Rendered { content_type, body: RenderedBody::Whole(bytes) }
}

// === impl Batches ===

impl Batches {
    /// What a call is answered.
    ///
    /// # Errors
    /// What its vendor says where it is refused.
    pub(crate) async fn answer(&self, called: &BatchCall, asking: &Asking<'_>) -> Result<Rendered, Failure> {
        match called {
            BatchCall::Upload => self.upload(asking).await,
            BatchCall::Files => self.list_files(called, asking).await,
            BatchCall::File(id) => {
                let file = self.store.file(asking.named(id), self.now()).await.map_err(|e| broken(&e))?;
                let file = file.ok_or_else(|| asking.api.missing(called))?;
                Ok(Rendered::json(&asking.api.shown_file(&file)))
            }
            BatchCall::Content(id) => {
                let file = self.store.content(asking.named(id), self.now()).await.map_err(|e| broken(&e))?;
                let file = file.ok_or_else(|| asking.api.missing(called))?;
                Ok(bytes(BYTES, file.content))
            }
            BatchCall::DeleteFile(id) => {
                let deleted =
                    self.store.forget(asking.named(id), self.now()).await.map_err(|e| broken(&e))?;
                self.deleted(called, asking, deleted)
            }
            BatchCall::Submit => self.submit(asking).await,
            BatchCall::List => self.list(called, asking).await,
            BatchCall::Get(id) => {
                let batch = self.found(id, called, asking).await?;
                Ok(self.shown(&batch, asking))
            }
            BatchCall::Cancel(id) => self.cancel(id, called, asking).await,
            BatchCall::Delete(id) => {
                let batch = self.found(id, called, asking).await?;
                asking.api.may_delete(&batch)?;
                let deleted = self.store.delete(asking.named(id)).await.map_err(|e| broken(&e))?;
                self.deleted(called, asking, deleted)
            }
            BatchCall::Results(id) => {
                let batch = self.found(id, called, asking).await?;
                asking.api.has_results(&batch, self.now())?;
                let results = self.all_results(asking.api, &batch).await.map_err(|e| broken(&e))?;
                Ok(bytes(LINES, results))
            }
        }
    }

    async fn upload(&self, asking: &Asking<'_>) -> Result<Rendered, Failure> {
        let (api, call, now) = (asking.api, asking.call, self.now());
        let ids = |prefix: &str, length| self.id(prefix, length);
        let mut file = api.uploaded(&call.headers, &call.body, &ids, now)?;
        file.file.owner_key = self.owner_key(asking)?;
        let shown = api.shown_file(&file.file);
        let room = Room { most: self.rules.most_files, bytes: self.rules.most_bytes };
        match self.store.keep(file, room, now).await.map_err(|e| broken(&e))? {
            Kept::Kept => Ok(Rendered::json(&shown)),
            Kept::Full => {
                let what = format!(
                    "No more than {} files with {} bytes are kept: delete some.",
                    room.most, room.bytes
                );
                Err(api.no_room(&what))
            }
        }
    }

    async fn list_files(&self, called: &BatchCall, asking: &Asking<'_>) -> Result<Rendered, Failure> {
        let listing = asking.api.file_listing(asking.call.query.as_deref())?;
        let page = self
            .store
            .files(asking.provider.to_owned(), asking.caller.keyholder(), listing, self.now())
            .await;
        let page = page.map_err(|e| broken(&e))?.ok_or_else(|| asking.api.missing(called))?;
        let items = page.items.iter().map(|file| asking.api.shown_file(file)).collect();
        Ok(Rendered::json(&asking.api.page(items, page.more)))
    }

    async fn submit(&self, asking: &Asking<'_>) -> Result<Rendered, Failure> {
        let (api, call, now) = (asking.api, asking.call, self.now());
        let ids = |prefix: &str, length| self.id(prefix, length);
        let NewBatch { mut batch, lines } = api.submitted(&call.headers, &call.body, &ids, now)?;
        batch.owner_key = self.owner_key(asking)?;
        batch.headers = asking.kept_headers();
        let mut row = Row::submitted(batch);
        row.webhook = self.webhook(asking)?;
        let lines = match lines {
            Submitted::Named => {
                let id = row.batch.input.clone().unwrap_or_default();
                let file = self.store.file(asking.named(&id), now).await.map_err(|e| broken(&e))?;
                api.reads_from(&row.batch, file.as_ref())?;
                Vec::new()
            }
            Submitted::With(lines) => {
                let model = lines.first().and_then(|line| model_of(&line.call.body));
                row.filled(lines.iter().map(|line| line.end.as_ref()), model, now);
                lines
            }
        };
        let shown = self.shown(&row.batch, asking);
        let kept_from = now.checked_sub(self.rules.kept).unwrap_or(now);
        let most = self.rules.most_batches;
        match self.store.submit(row, lines, most, kept_from).await.map_err(|e| broken(&e))? {
            Kept::Kept => {
                self.submitted.notify_one();
                Ok(shown)
            }
            Kept::Full => Err(api.no_room(&format!("No more than {most} batches are kept: delete some."))),
        }
    }

    /// The id of the virtual key that what a call makes belongs to.
    fn owner_key(&self, asking: &Asking<'_>) -> Result<Option<String>, Failure> {
        asking.caller.owner(self.rules.anonymous).map_err(said)
    }

    /// Where the end of a submitted batch is told.
    fn webhook(&self, asking: &Asking<'_>) -> Result<Option<Webhook>, Failure> {
        if asking.api.event().is_none() {
            return Ok(None);
        }
        let rules = self.courier.as_ref().map(|courier| courier.rules());
        let asked = WebhookRules::asked(rules, &asking.call.headers);
        let url = asked.map_err(|error| Failure::of(400).saying(error.to_string()))?;
        Ok(url.map(Webhook::new))
    }

    async fn list(&self, called: &BatchCall, asking: &Asking<'_>) -> Result<Rendered, Failure> {
        let listing = asking.api.listing(asking.call.query.as_deref())?;
        let page = self
            .store
            .list(asking.provider.to_owned(), asking.caller.keyholder(), listing)
            .await
            .map_err(|e| broken(&e))?;
        let page = page.ok_or_else(|| asking.api.missing(called))?;
        let place = Place { base: &asking.base, now: self.now() };
        let items = page.items.iter().map(|batch| asking.api.shown(batch, &place)).collect();
        Ok(Rendered::json(&asking.api.page(items, page.more)))
    }

    async fn cancel(&self, id: &str, called: &BatchCall, asking: &Asking<'_>) -> Result<Rendered, Failure> {
        let batch = self.found(id, called, asking).await?;
        asking.api.may_cancel(&batch)?;
        let stepped =
            self.store.step(id.to_owned(), Step::Cancel, self.now()).await.map_err(|e| broken(&e))?;
        let (batch, taken) = stepped.ok_or_else(|| asking.api.missing(called))?;
        if taken {
            self.look();
        } else {
            // It may have ended meanwhile.
            asking.api.may_cancel(&batch)?;
        }
        Ok(self.shown(&batch, asking))
    }

    async fn found(&self, id: &str, called: &BatchCall, asking: &Asking<'_>) -> Result<Batch, Failure> {
        let found = self.store.find(asking.named(id)).await.map_err(|e| broken(&e))?;
        found.ok_or_else(|| asking.api.missing(called))
    }

    fn shown(&self, batch: &Batch, asking: &Asking<'_>) -> Rendered {
        Rendered::json(&asking.api.shown(batch, &Place { base: &asking.base, now: self.now() }))
    }

    #[expect(clippy::unused_self, reason = "it reads like its neighbours")]
    fn deleted(&self, called: &BatchCall, asking: &Asking<'_>, deleted: bool) -> Result<Rendered, Failure> {
        if deleted {
            Ok(Rendered::json(&asking.api.deleted(called)))
        } else {
            Err(asking.api.missing(called))
        }
    }
}

// === impl Asking ===

impl Asking<'_> {
    fn named(&self, id: &str) -> Named {
        Named { provider: self.provider.to_owned(), id: id.to_owned(), caller: self.caller.keyholder() }
    }

    /// What the calls of a batch are made with: nothing that is a credential.
    fn kept_headers(&self) -> Vec<(String, String)> {
        let mut headers: Headers = kept_headers(&self.call.headers);
        if let Some(session) = self.session {
            headers.remove(SESSION);
            headers.push(SESSION, session);
        }
        headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}
