//! How Azure OpenAI asks and answers: as OpenAI does, with its own addresses, errors and filters.

use super::{failure, filters, route};
use crate::compatible;
use serde_json::Value;
use standin_core::dialect::{
    Asked, Dialect, Endpoint, Failure, Ids, Kept, Operation, Options, Rendered, Revisit, Said, Unsayable,
};
use standin_core::{Call, Headers};

#[derive(Debug)]
pub(super) struct AzureDialect;

impl Dialect for AzureDialect {
    fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        route::operation(method, path)
    }

    fn admits(&self, call: &Call) -> Result<(), Failure> {
        let has_key = compatible::has_field(&call.headers, "api-key") || compatible::has_bearer(call);
        if has_key { Ok(()) } else { Err(Failure::of(401)) }
    }

    fn accepts(&self, endpoint: Endpoint, _headers: &Headers, body: &Value) -> Result<(), Failure> {
        compatible::accepts(endpoint, body)
    }

    fn asked<'a>(&self, endpoint: Endpoint, path: &'a str, body: &'a Value) -> Asked<'a> {
        let asked = compatible::asked(endpoint, body);
        let model = route::deployment(path).or(asked.model);
        Asked { model, ..asked }
    }

    fn compose(&self, said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
        let object = compatible::compose(said, asked)?;
        Ok(filters::added(object, asked))
    }

    fn render(&self, object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
        compatible::render(object, asked, options)
    }

    fn failure(&self, failure: &Failure) -> Value {
        failure::body(failure)
    }

    fn fields(&self, status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("x-request-id", ids.uuid()),
            ("apim-request-id", ids.uuid()),
            ("x-ms-region", "East US".to_owned()),
        ];
        if status == 200 && asked.is_some() {
            fields.push(("x-ms-rai-invoked", "true".to_owned()));
        }
        fields.extend(compatible::rate_limits(status));
        fields
    }

    fn models(&self, names: &[String], one: Option<&str>) -> Option<Value> {
        compatible::models(names, one)
    }

    /// It is the deployment that is not there.
    fn no_such_model(&self, _id: &str) -> Failure {
        Failure::of(404)
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
