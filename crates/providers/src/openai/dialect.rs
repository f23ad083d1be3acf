//! How OpenAI asks and answers.

use super::fields;
use crate::compatible;
use serde_json::Value;
use standin_core::dialect::{
    Asked, Dialect, Endpoint, Failure, Ids, Kept, Operation, Options, Rendered, Revisit, Said, Unsayable,
};
use standin_core::{Call, Headers};

#[derive(Debug)]
pub(super) struct OpenAiDialect;

impl Dialect for OpenAiDialect {
    fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        compatible::operation(method, path.strip_prefix("/v1")?)
    }

    fn admits(&self, call: &Call) -> Result<(), Failure> {
        if compatible::has_bearer(call) { Ok(()) } else { Err(compatible::no_key()) }
    }

    fn accepts(&self, endpoint: Endpoint, _headers: &Headers, body: &Value) -> Result<(), Failure> {
        compatible::accepts(endpoint, body)
    }

    fn asked<'a>(&self, endpoint: Endpoint, _path: &'a str, body: &'a Value) -> Asked<'a> {
        compatible::asked(endpoint, body)
    }

    fn compose(&self, said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
        compatible::compose(said, asked)
    }

    fn render(&self, object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
        compatible::render(object, asked, options)
    }

    fn failure(&self, failure: &Failure) -> Value {
        compatible::failure(failure)
    }

    fn fields(&self, status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)> {
        fields::fields(status, asked, ids)
    }

    fn models(&self, names: &[String], one: Option<&str>) -> Option<Value> {
        compatible::models(names, one)
    }

    fn no_such_model(&self, id: &str) -> Failure {
        compatible::no_such_model(id)
    }

    fn deleted_model(&self, id: &str) -> Option<Value> {
        Some(compatible::deleted_model(id))
    }

    fn computed(&self, asked: &Asked<'_>) -> Option<Value> {
        compatible::computed(asked)
    }

    fn continues<'a>(&self, asked: &Asked<'a>) -> Option<&'a str> {
        compatible::continues(asked)
    }

    fn kept(&self, object: &Value, asked: &Asked<'_>, options: &Options) -> Option<Kept> {
        compatible::kept(object, asked, options)
    }

    fn revisit(
        &self,
        revisit: Revisit,
        id: &str,
        kept: Option<&mut Kept>,
        query: Option<&str>,
    ) -> Result<Rendered, Failure> {
        compatible::revisit(revisit, id, kept, query)
    }

    fn not_there_to_continue(&self, id: &str) -> Failure {
        compatible::not_there_to_continue(id)
    }
}

#[cfg(test)]
mod tests;
