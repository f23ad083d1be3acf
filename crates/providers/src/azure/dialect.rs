//! How Azure OpenAI asks and answers: as OpenAI does, with its own addresses, errors and filters.

use super::{failure, filters, route};
use crate::compatible::{self, Compatible, Models, Vendor};
use serde_json::Value;
use standin_core::Call;
use standin_core::dialect::{Asked, Failure, Ids, Operation};
use standin_core::shape::Exceeded;
use std::borrow::Cow;

#[derive(Debug)]
pub(super) struct AzureApi;

pub(super) static DIALECT: Compatible<AzureApi> = Compatible(AzureApi);

impl Vendor for AzureApi {
    fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        route::operation(method, path)
    }

    fn admits(&self, call: &Call) -> Result<(), Failure> {
        let has_key = compatible::has_field(&call.headers, "api-key") || compatible::has_bearer(call);
        if has_key { Ok(()) } else { Err(Failure::of(401)) }
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

    fn failure(&self, failure: &Failure) -> Value {
        failure::body(failure)
    }

    fn exceeded(&self, exceeded: &Exceeded, _model: Option<&str>) -> Failure {
        failure::exceeded(exceeded)
    }

    fn model_of<'a>(&self, path: &'a str) -> Option<Cow<'a, str>> {
        route::deployment(path)
    }

    fn adorned(&self, object: Value, asked: &Asked<'_>) -> Value {
        filters::added(object, asked)
    }

    /// A deployment has the name that its owner gave it.
    fn named(&self) -> Models {
        Models::Deployed
    }

    /// It is the deployment that is not there.
    fn no_such_model(&self, _id: &str) -> Failure {
        Failure::of(404)
    }
}

#[cfg(test)]
mod tests;
