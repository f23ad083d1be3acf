//! Webhooks: the end of a job is told to who asked for that, by Standard Webhooks.
//!
//! ```text
//! url         where one goes               address      which addresses one may go to
//! message     what is sent                 secret       what it is signed with
//! post        one attempt                  retries      what follows it, and when
//! courier     signs, sends and says what follows           attempts     what is counted of that
//! deliveries  who sends what jobs have to tell
//! ```
//!
//! What there is to send is kept with the jobs ([`super::store`]), so that nothing is lost when the process ends.

mod address;
mod attempts;
mod courier;
mod deliveries;
mod message;
mod post;
mod retries;
mod secret;
#[cfg(test)]
mod tests;
mod url;

pub use address::{Addresses, Unwanted};
pub use attempts::Attempts;
pub(crate) use courier::{Courier, Parcel};
pub use deliveries::{Deliveries, Time};
pub use retries::{BadScale, Retries};
pub use secret::{BadSecret, Secret};
pub use url::{BadWebhook, WebhookUrl};

use standin_core::Headers;
use standin_providers::bifrost::WEBHOOK;
use std::collections::BTreeMap;

/// How the ends of jobs are told. Everything has a default but the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRules {
    /// What messages are signed with: each signs, so that one can be replaced by another while both are known.
    pub secrets: Vec<Secret>,
    /// Where the end of a job goes whose submission does not say.
    pub default: Option<WebhookUrl>,
    /// Receivers that submissions name rather than write out.
    pub named: BTreeMap<String, WebhookUrl>,
    /// Which addresses are sent to.
    pub addresses: Addresses,
    /// When is tried again.
    pub retries: Retries,
}

/// Where a submission says that its end is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'a> {
    /// At this address; at none where it is empty.
    At(&'a str),
    /// To the receiver with this name.
    Named(&'a str),
    /// It does not say.
    Unsaid,
}

/// The header field of a submission that says where the end of its job is told.
pub const WEBHOOK_HEADER: &str = "x-standin-webhook";

// === impl WebhookRules ===

impl WebhookRules {
    /// The defaults, and what messages are signed with.
    #[must_use]
    pub fn new(secrets: Vec<Secret>) -> Self {
        let (addresses, retries) = (Addresses::default(), Retries::default());
        WebhookRules { secrets, default: None, named: BTreeMap::new(), addresses, retries }
    }

    /// Where the end of what is submitted with these header fields is told, by these rules or by none.
    ///
    /// # Errors
    /// When nothing may be sent where it says, or can be signed.
    pub(crate) fn asked(rules: Option<&Self>, headers: &Headers) -> Result<Option<String>, BadWebhook> {
        let told = match (headers.get(WEBHOOK_HEADER), headers.get(WEBHOOK)) {
            (Some(url), _) => Told::At(url.trim()),
            (None, Some(name)) if !name.trim().is_empty() => Told::Named(name.trim()),
            (None, _) => Told::Unsaid,
        };
        match (rules, told) {
            (Some(rules), told) => rules.destination(told),
            (None, Told::Unsaid | Told::At("")) => Ok(None),
            (None, _) => Err(BadWebhook::Unsigned),
        }
    }

    /// Where the end of a job is told, as its store keeps it: where its submission says, and otherwise where all go.
    /// An empty field tells nobody.
    ///
    /// # Errors
    /// When nothing may be sent where its submission says.
    pub fn destination(&self, told: Told<'_>) -> Result<Option<String>, BadWebhook> {
        let url = match told {
            Told::At("") => return Ok(None),
            Told::At(text) => Some(text.parse::<WebhookUrl>()?),
            Told::Named(name) => {
                let known = self.named.get(name).cloned();
                Some(known.ok_or_else(|| BadWebhook::Unknown(name.to_owned()))?)
            }
            Told::Unsaid => self.default.clone(),
        };
        if let Some(url) = &url {
            url.admit(self.addresses)?;
        }
        Ok(url.map(|url| url.to_string()))
    }
}
