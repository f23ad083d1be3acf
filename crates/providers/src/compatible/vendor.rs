//! What a vendor of OpenAI's API does in its own way. The rest is alike for all of them.

use super::{Models, asked, compose, interruption, limits, models, render, responses, validate, wanted};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use standin_core::dialect::{
    Asked, Dialect, Endpoint, Failure, Ids, Kept, Operation, Options, Progress, Rendered, Revisit, Said,
    Unsayable,
};
use standin_core::jobs::JobId;
use standin_core::shape::{Exceeded, Interruption, Standing};
use standin_core::simulate::Wanted;
use standin_core::{Call, Headers};
use std::borrow::Cow;
use std::time::Duration;

/// A body that names its model, wherever the request does: what a model takes is told by its name.
fn named<'a>(asked: &Asked<'a>) -> Cow<'a, Value> {
    match (asked.model.as_deref(), asked.body) {
        (Some(model), Value::Object(members)) if asked.body["model"] != model => {
            let mut members = members.clone();
            members.insert("model".to_owned(), model.into());
            Cow::Owned(Value::Object(members))
        }
        _ => Cow::Borrowed(asked.body),
    }
}

/// A vendor's own ways.
pub(crate) trait Vendor: Send + Sync + std::fmt::Debug {
    /// What a method and a path name.
    fn operation(&self, method: &str, path: &str) -> Option<Operation>;

    /// Whether there is a credential.
    fn admits(&self, call: &Call) -> Result<(), Failure>;

    /// Header fields that clients read.
    fn fields(&self, status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)>;

    /// An error as the vendor words it.
    fn failure(&self, failure: &Failure) -> Value {
        super::failure(failure)
    }

    /// What is said of a call beyond a limit.
    fn exceeded(&self, exceeded: &Exceeded, model: Option<&str>) -> Failure {
        limits::exceeded(exceeded, model)
    }

    /// The model that the path names.
    fn model_of<'a>(&self, _path: &'a str) -> Option<Cow<'a, str>> {
        None
    }

    /// What the vendor adds to an object that was made up.
    fn adorned(&self, object: Value, _asked: &Asked<'_>) -> Value {
        object
    }

    /// Where its models get their names.
    fn named(&self) -> Models {
        Models::Named
    }

    /// What is said of a model that is not there.
    fn no_such_model(&self, id: &str) -> Failure {
        models::no_such_model(id)
    }
}

/// OpenAI's API as a vendor offers it.
#[derive(Debug)]
pub(crate) struct Compatible<V>(pub(crate) V);

impl<V: Vendor> Dialect for Compatible<V> {
    fn endpoints(&self) -> &'static [Endpoint] {
        &[
            Endpoint::Chat,
            Endpoint::Completions,
            Endpoint::Responses,
            Endpoint::ResponsesTokens,
            Endpoint::Embeddings,
            Endpoint::Images,
            Endpoint::ImageEdits,
            Endpoint::ImageVariations,
            Endpoint::Speech,
            Endpoint::Transcriptions,
            Endpoint::Translations,
            Endpoint::Moderations,
            Endpoint::Rerank,
            Endpoint::Ocr,
        ]
    }

    fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        self.0.operation(method, path)
    }

    fn admits(&self, call: &Call) -> Result<(), Failure> {
        self.0.admits(call)
    }

    fn accepts(&self, endpoint: Endpoint, _headers: &Headers, body: &Value) -> Result<(), Failure> {
        super::accepts(endpoint, body)
    }

    fn validate(&self, headers: &Headers, asked: &Asked<'_>) -> Result<(), Failure> {
        validate::validate(asked.endpoint, headers, &named(asked), self.0.named())
    }

    fn asked<'a>(&self, endpoint: Endpoint, path: &'a str, body: &'a Value) -> Asked<'a> {
        let asked = asked(endpoint, body);
        let model = self.0.model_of(path).or(asked.model);
        Asked { model, ..asked }
    }

    fn wanted(&self, asked: &Asked<'_>) -> Wanted {
        wanted::wanted(asked)
    }

    fn compose(&self, said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
        compose(said, asked).map(|object| self.0.adorned(object, asked))
    }

    fn render(&self, object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
        render(object, asked, options)
    }

    fn failure(&self, failure: &Failure) -> Value {
        self.0.failure(failure)
    }

    fn interruption(
        &self,
        endpoint: Endpoint,
        how: Interruption,
        failure: &Failure,
        before: &[Bytes],
    ) -> Option<Bytes> {
        interruption::interruption(endpoint, how, failure, before)
    }

    fn exceeded(&self, exceeded: &Exceeded, model: Option<&str>) -> Failure {
        self.0.exceeded(exceeded, model)
    }

    fn standing(&self, standing: &Standing, _now: Timestamp) -> Vec<(&'static str, String)> {
        limits::standing(standing)
    }

    fn retry(&self, after: Duration) -> Vec<(&'static str, String)> {
        limits::retry(after)
    }

    fn fields(&self, status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)> {
        self.0.fields(status, asked, ids)
    }

    fn models(&self, names: &[String], one: Option<&str>) -> Option<Value> {
        models::models(names, one)
    }

    fn usual_models(&self) -> &'static [&'static str] {
        &[
            "gpt-5",
            "gpt-5-mini",
            "gpt-5-nano",
            "gpt-4.1",
            "gpt-4o",
            "gpt-4o-mini",
            "text-embedding-3-large",
            "text-embedding-3-small",
        ]
    }

    fn no_such_model(&self, id: &str) -> Failure {
        self.0.no_such_model(id)
    }

    fn deleted_model(&self, id: &str) -> Option<Value> {
        Some(models::deleted_model(id))
    }

    fn computed(&self, asked: &Asked<'_>) -> Option<Value> {
        (asked.endpoint == Endpoint::ResponsesTokens).then(|| responses::input_tokens(asked))
    }

    fn continues<'a>(&self, asked: &Asked<'a>) -> Option<&'a str> {
        responses::continues(asked)
    }

    fn kept(&self, object: &Value, asked: &Asked<'_>, options: &Options) -> Option<Kept> {
        responses::kept(object, asked, options)
    }

    fn revisit(
        &self,
        revisit: Revisit,
        id: &str,
        kept: Option<&mut Kept>,
        query: Option<&str>,
    ) -> Result<Rendered, Failure> {
        responses::revisit(revisit, id, kept, query)
    }

    fn background(&self, asked: &Asked<'_>, job: JobId) -> Option<String> {
        responses::background(asked, job)
    }

    fn background_job(&self, id: &str) -> Option<JobId> {
        responses::background_job(id)
    }

    fn progress(&self, object: &Value, progress: Progress<'_>) -> Value {
        responses::progress(object, progress)
    }

    fn not_there_to_continue(&self, id: &str) -> Failure {
        responses::not_there_to_continue(id)
    }
}
