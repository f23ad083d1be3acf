//! How OpenAI asks and answers.

use super::fields;
use crate::compatible::{self, Compatible, Vendor};
use standin_core::Call;
use standin_core::dialect::{Asked, Failure, Ids, Operation};

#[derive(Debug)]
pub(super) struct OpenAiApi;

pub(super) static DIALECT: Compatible<OpenAiApi> = Compatible(OpenAiApi);

impl Vendor for OpenAiApi {
    fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        compatible::operation(method, path.strip_prefix("/v1")?)
    }

    fn admits(&self, call: &Call) -> Result<(), Failure> {
        if compatible::has_bearer(call) { Ok(()) } else { Err(compatible::no_key()) }
    }

    fn fields(&self, status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)> {
        fields::fields(status, asked, ids)
    }
}

#[cfg(test)]
mod tests;
