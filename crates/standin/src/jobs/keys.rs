//! Virtual keys: whose a job or a batch is, and what it may ask for.

use super::{Anonymous, Jobs};
use serde::{Deserialize, Serialize};
use standin_providers::bifrost::{ErrorObject, ModelName};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError, RwLock};

/// A virtual key. Jobs, files and batches belong to its id, so that its value may change.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualKey {
    /// What its jobs belong to.
    pub id: String,
    /// What callers send, compared as it is.
    #[serde(skip_serializing)]
    pub value: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Whether its jobs and batches are run; those of an inactive one fail with 403.
    #[serde(default = "yes")]
    pub active: bool,
    /// The providers that it may ask; all where there is none.
    #[serde(default)]
    pub providers: Vec<String>,
    /// The models that it may ask, with or without their providers; all where there is none.
    #[serde(default)]
    pub models: Vec<String>,
    /// How many of its jobs and lines of batches are run before the others fail with 402.
    #[serde(default, alias = "budget-requests")]
    pub budget_requests: Option<u64>,
}

/// Without the value, which is a credential.
impl std::fmt::Debug for VirtualKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualKey").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why virtual keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// Two have the same id.
    #[error("two virtual keys have the id `{0}`: jobs belong to an id, so give each its own")]
    SameId(String),
    /// Two have the same value.
    #[error("the virtual keys `{0}` and `{1}` have the same value: a caller has to be one of them")]
    SameValue(String, String),
    /// One has no id or no value.
    #[error("a virtual key lacks its id or its value: `{0}`")]
    Empty(String),
}

/// The virtual keys of a server.
#[derive(Debug, Default)]
pub(crate) struct VirtualKeys {
    keys: RwLock<Vec<VirtualKey>>,
    /// How many jobs each has had run.
    spent: Mutex<BTreeMap<String, u64>>,
}

const fn yes() -> bool {
    true
}

/// What is wrong with keys, if anything is.
fn checked(keys: &[VirtualKey]) -> Result<(), BadKeys> {
    let mut ids = BTreeSet::new();
    let mut values = BTreeMap::new();
    for key in keys {
        if key.id.is_empty() || key.value.is_empty() {
            return Err(BadKeys::Empty(key.id.clone()));
        }
        if !ids.insert(&key.id) {
            return Err(BadKeys::SameId(key.id.clone()));
        }
        if let Some(other) = values.insert(&key.value, &key.id) {
            return Err(BadKeys::SameValue(other.clone(), key.id.clone()));
        }
    }
    Ok(())
}

// === impl VirtualKeys ===

impl VirtualKeys {
    pub(crate) fn new(keys: Vec<VirtualKey>) -> Result<Self, BadKeys> {
        checked(&keys)?;
        Ok(VirtualKeys { keys: RwLock::new(keys), spent: Mutex::default() })
    }

    /// Takes these keys in place of those that are there.
    pub(crate) fn replace(&self, keys: Vec<VirtualKey>) -> Result<(), BadKeys> {
        checked(&keys)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    pub(crate) fn all(&self) -> Vec<VirtualKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The id of the key with a value, whether it is active or not.
    pub(crate) fn id_of(&self, value: &str) -> Option<String> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.value == value).map(|key| key.id.clone())
    }

    /// Whether a job of a key may be run, and counts it where its key has a budget.
    ///
    /// # Errors
    /// What the job fails with.
    pub(crate) fn admit(&self, id: &str, model: &ModelName) -> Result<(), ErrorObject> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let Some(key) = keys.iter().find(|key| key.id == id) else {
            return Err(ErrorObject::of(401, "virtual key not found").kind("virtual_key_not_found"));
        };
        let refused = |status, kind: &str, message: String| Err(ErrorObject::of(status, message).kind(kind));
        if !key.active {
            return refused(403, "virtual_key_blocked", "virtual key is inactive".to_owned());
        }
        let provider = model.provider.as_deref().unwrap_or_default();
        if !key.providers.is_empty() && !key.providers.iter().any(|known| known == provider) {
            let message = format!("provider `{provider}` is not allowed for this virtual key");
            return refused(403, "provider_blocked", message);
        }
        let full = format!("{provider}/{}", model.model);
        if !key.models.is_empty() && !key.models.iter().any(|known| *known == model.model || *known == full) {
            let message = format!("model `{full}` is not allowed for this virtual key");
            return refused(403, "model_blocked", message);
        }
        let Some(most) = key.budget_requests else { return Ok(()) };
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = spent.entry(key.id.clone()).or_default();
        if *spent >= most {
            let message = format!("the budget of this virtual key is spent: {most} requests");
            return refused(402, "budget_exceeded", message);
        }
        *spent += 1;
        Ok(())
    }

    /// Nothing is spent any more.
    pub(crate) fn refill(&self) {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

// === impl Jobs ===

impl Jobs {
    /// Whether a call may be made for whom it belongs to, the key with this id or nobody, and counts it where the key
    /// has a budget.
    ///
    /// # Errors
    /// What the call fails with.
    pub(crate) fn admits(&self, owner_key: Option<&str>, model: &ModelName) -> Result<(), ErrorObject> {
        match owner_key {
            Some(id) => self.keys.admit(id, model),
            None if self.rules.anonymous == Anonymous::Fail => Err(ErrorObject::key_required()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> VirtualKey {
        serde_json::from_str(text).unwrap()
    }

    fn model(provider: &str, model: &str) -> ModelName {
        ModelName { provider: Some(provider.to_owned()), model: model.to_owned() }
    }

    #[test]
    fn a_key_says_what_it_may_ask_for() {
        let keys = VirtualKeys::new(vec![
            key(r#"{"id":"a","value":"sk-bf-a","models":["gpt-4o","openai/o3"],"budget_requests":2}"#),
            key(r#"{"id":"b","value":"sk-bf-b","active":false}"#),
            key(r#"{"id":"c","value":"sk-bf-c","providers":["anthropic"]}"#),
        ])
        .unwrap();
        assert_eq!(keys.id_of("sk-bf-b").as_deref(), Some("b"));
        assert_eq!(keys.id_of("SK-BF-b"), None);
        let kind = |id: &str, asked: &ModelName| keys.admit(id, asked).unwrap_err();
        assert_eq!(kind("b", &model("openai", "x")).status, 403);
        assert_eq!(kind("c", &model("openai", "x")).kind.as_deref(), Some("provider_blocked"));
        assert_eq!(keys.admit("c", &model("anthropic", "x")), Ok(()));
        assert_eq!(kind("a", &model("openai", "gpt-5")).kind.as_deref(), Some("model_blocked"));
        assert_eq!(keys.admit("a", &model("openai", "o3")), Ok(()));
        assert_eq!(keys.admit("a", &model("openai", "gpt-4o")), Ok(()));
        assert_eq!(kind("a", &model("openai", "gpt-4o")).status, 402);
        keys.refill();
        assert_eq!(keys.admit("a", &model("openai", "gpt-4o")), Ok(()));
        assert_eq!(kind("gone", &model("openai", "gpt-4o")).status, 401);
    }

    #[test]
    fn two_keys_are_told_apart() {
        let of = |id: &str, value: &str| key(&format!(r#"{{"id":"{id}","value":"{value}"}}"#));
        assert_eq!(
            VirtualKeys::new(vec![of("a", "1"), of("a", "2")]).unwrap_err(),
            BadKeys::SameId("a".to_owned())
        );
        let same = VirtualKeys::new(vec![of("a", "1"), of("b", "1")]).unwrap_err();
        assert_eq!(same, BadKeys::SameValue("a".to_owned(), "b".to_owned()));
        assert_eq!(VirtualKeys::new(vec![of("a", "")]).unwrap_err(), BadKeys::Empty("a".to_owned()));
    }

    #[test]
    fn a_value_is_never_shown() {
        let shown = key(r#"{"id":"a","value":"sk-bf-secret"}"#);
        assert!(!format!("{shown:?}").contains("secret"));
        assert!(!serde_json::to_string(&shown).unwrap().contains("secret"));
    }
}
