//! How Anthropic asks and answers.

use super::{admission, error, fields, limits, messages, models, route, validate};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use standin_core::dialect::{
    Asked, Dialect, Endpoint, Failure, Ids, Kept, Operation, Options, Rendered, Said, Unsayable,
};
use standin_core::shape::{Exceeded, Interruption, Standing};
use standin_core::simulate::Wanted;
use standin_core::{Call, Headers};

#[derive(Debug)]
pub(super) struct AnthropicDialect;

impl Dialect for AnthropicDialect {
    fn endpoints(&self) -> &'static [Endpoint] {
        &[Endpoint::Messages, Endpoint::CountTokens]
    }

    fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        route::operation(method, path)
    }

    fn admits(&self, call: &Call) -> Result<(), Failure> {
        admission::admits(call)
    }

    fn accepts(&self, _endpoint: Endpoint, headers: &Headers, body: &Value) -> Result<(), Failure> {
        admission::accepts(headers, body)
    }

    fn validate(&self, headers: &Headers, asked: &Asked<'_>) -> Result<(), Failure> {
        validate::validate(asked.endpoint, headers, asked.body)
    }

    fn asked<'a>(&self, endpoint: Endpoint, _path: &'a str, body: &'a Value) -> Asked<'a> {
        messages::asked(endpoint, body)
    }

    fn wanted(&self, asked: &Asked<'_>) -> Wanted {
        messages::wanted(asked)
    }

    fn compose(&self, said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
        messages::compose(said, asked)
    }

    fn render(&self, object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
        messages::render(object, asked, options)
    }

    fn failure(&self, failure: &Failure) -> Value {
        error::failure(failure)
    }

    fn interruption(
        &self,
        endpoint: Endpoint,
        how: Interruption,
        failure: &Failure,
        before: &[Bytes],
    ) -> Option<Bytes> {
        (endpoint == Endpoint::Messages).then(|| messages::interruption(how, failure, before))
    }

    fn exceeded(&self, exceeded: &Exceeded, model: Option<&str>) -> Failure {
        limits::exceeded(exceeded, model)
    }

    fn standing(&self, standing: &Standing, now: Timestamp) -> Vec<(&'static str, String)> {
        limits::standing(standing, now)
    }

    fn fields(&self, status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)> {
        fields::fields(status, asked, ids)
    }

    fn usual_models(&self) -> &'static [&'static str] {
        &["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"]
    }

    fn models(&self, names: &[String], one: Option<&str>) -> Option<Value> {
        models::models(names, one)
    }

    fn no_such_model(&self, id: &str) -> Failure {
        models::no_such_model(id)
    }

    fn computed(&self, asked: &Asked<'_>) -> Option<Value> {
        messages::computed(asked)
    }

    fn continues<'a>(&self, asked: &Asked<'a>) -> Option<&'a str> {
        messages::continues(asked)
    }

    fn kept(&self, object: &Value, asked: &Asked<'_>, options: &Options) -> Option<Kept> {
        messages::kept(object, asked, options)
    }

    fn resumed(&self, body: &Value, kept: &Kept) -> Option<Value> {
        messages::resumed(body, kept)
    }

    fn not_there_to_continue(&self, id: &str) -> Failure {
        messages::lost(id)
    }
}
