//! Taking the account's own names out of a recorded address, as Envoy AI Gateway's recorder does: the
//! resource becomes a placeholder, the deployment becomes the model, and the version goes.

use super::upstream::{deployed, others};
use standin_core::Address;
use standin_core::cassette::Interaction;

const RESOURCE: &str = "resource-name.cognitiveservices.azure.com";

/// Response headers that name the account's own things.
const NAMES: [&str; 3] = ["x-ms-deployment-name", "azureml-model-session", "azureml-model-group"];

pub(super) fn interaction(interaction: &mut Interaction) -> Result<(), String> {
    let request = &mut interaction.request;
    let address = Address::parse(&request.url);
    let path = if address.path.starts_with("/openai/deployments/") {
        let body: serde_json::Value = serde_json::from_slice(&request.body.bytes()).unwrap_or_default();
        let model = body["model"].as_str().filter(|model| !model.is_empty());
        let model = model.ok_or("the request's body has no `model` to stand for the deployment")?;
        deployed(address.path, Some(model))
    } else {
        address.path.to_owned()
    };
    let query = others(address.query);
    let mark = if query.is_empty() { "" } else { "?" };
    request.url = format!("https://{RESOURCE}{path}{mark}{query}");
    // Derived from the address, so it is derived anew.
    request.go = None;
    for name in NAMES {
        interaction.response.headers.remove(name);
    }
    Ok(())
}
