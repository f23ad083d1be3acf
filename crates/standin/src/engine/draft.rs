//! A response that standin makes itself, in a vendor's dialect.

use super::answer::{Answer, Engine, Routed};
use super::background::ByJob;
use crate::journal::{MOCK_HEADER, Outcome, SOURCE_HEADER, Source};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use standin_core::Reply;
use standin_core::dialect::{Asked, Dialect, Ids, Rendered, Usage};
use standin_core::mock::Mock;
use std::sync::Arc;

/// A response in the making.
pub(super) struct Draft<'a> {
    pub(super) rendered: Rendered,
    pub(super) source: Source,
    pub(super) status: u16,
    pub(super) mock: Option<&'a Mock>,
    /// Fields that the mock's writer gives.
    pub(super) headers: &'a [(String, String)],
    /// What the journal is to say of it.
    pub(super) message: Option<String>,
    /// The tokens that it took.
    pub(super) usage: Option<Usage>,
    /// Whether the same bytes are answered alike the next time.
    pub(super) repeats: bool,
    /// What a job has to do with it.
    pub(super) job: Option<ByJob>,
}

/// Room for the fields that most answers have.
const FIELDS: usize = 24;

// === impl Draft ===

impl Draft<'_> {
    /// A success without anything special.
    pub(super) fn of(rendered: Rendered) -> Self {
        let source = Source::Mock;
        Draft {
            rendered,
            source,
            status: 200,
            mock: None,
            headers: &[],
            message: None,
            usage: None,
            repeats: true,
            job: None,
        }
    }

    /// The answer, with what the dialect adds to it.
    pub(super) fn finish(
        self,
        engine: &Engine,
        routed: &Routed,
        dialect: Option<&dyn Dialect>,
        session: Option<&Arc<str>>,
        asked: Option<&Asked<'_>>,
    ) -> Answer {
        let call = &routed.call;
        let mut ids = Ids::of_parts(&[call.target().as_bytes(), &call.body]);
        let usual = dialect.map_or_else(Vec::new, |dialect| dialect.fields(self.status, asked, &mut ids));
        let reply = Reply {
            status: StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            reason: None,
            headers: Arc::new(self.fields(usual)),
            body: match &self.job {
                Some(job) => job.body(self.rendered.body),
                None => engine.paced(routed, self.rendered.body),
            },
        };
        let outcome = Outcome {
            method: call.method.clone(),
            target: engine.shown(call, &call.target()),
            provider: routed.provider.name(),
            source: self.source,
            status: self.status,
            cassette: None,
            interaction: None,
            mock: self.mock.map(Mock::label),
            fault: None,
            recording: None,
            error: None,
            message: self.message,
            near_misses: Vec::new(),
            near_mocks: Vec::new(),
        };
        Answer::new(reply, outcome, session.cloned(), self.repeats).using(self.usage).by(self.job)
    }

    /// The header fields: the writer's win over the dialect's.
    fn fields(&self, usual: Vec<(&'static str, String)>) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(FIELDS);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.rendered.content_type));
        for (name, value) in usual {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        // SDKs read the milliseconds first: what the writer gives in seconds would not count.
        if self.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("retry-after")) {
            headers.remove(RETRY_AFTER);
            headers.remove("retry-after-ms");
        }
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        headers.insert(SOURCE_HEADER, HeaderValue::from_static(self.source.name()));
        if let Some(mock) = self.mock
            && let Ok(label) = HeaderValue::try_from(ascii(&mock.label()))
        {
            headers.insert(MOCK_HEADER, label);
        }
        headers
    }
}

/// A label as a header value: other characters are not safe in one.
pub(super) fn ascii(label: &str) -> String {
    label.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}
