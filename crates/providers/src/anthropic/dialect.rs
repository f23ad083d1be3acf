//! How Anthropic asks and answers.

use super::messages;
use serde_json::Value;
use standin_core::dialect::{
    Asked, Dialect, Endpoint, Failure, Ids, Operation, Options, Rendered, Said, Unsayable,
};
use standin_core::{Call, Headers};

#[derive(Debug)]
pub(super) struct AnthropicDialect;

impl Dialect for AnthropicDialect {
    fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        (method == "POST" && path == "/v1/messages").then_some(Operation::Answer(Endpoint::Messages))
    }

    fn admits(&self, _call: &Call) -> Result<(), Failure> {
        Ok(())
    }

    fn accepts(&self, _endpoint: Endpoint, _headers: &Headers, _body: &Value) -> Result<(), Failure> {
        Ok(())
    }

    fn asked<'a>(&self, endpoint: Endpoint, _path: &'a str, body: &'a Value) -> Asked<'a> {
        messages::asked(endpoint, body)
    }

    fn compose(&self, said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
        messages::compose(said, asked)
    }

    fn render(&self, object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
        messages::render(object, asked, options)
    }

    fn failure(&self, failure: &Failure) -> Value {
        Value::String(failure.message.clone().unwrap_or_default())
    }

    fn fields(
        &self,
        _status: u16,
        _asked: Option<&Asked<'_>>,
        _ids: &mut Ids,
    ) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn models(&self, _names: &[String], _one: Option<&str>) -> Option<Value> {
        None
    }
}
