//! An engine, the calls that it takes and the answers that it gives.

use super::background::ByJob;
use super::explain::{Asked, explain};
use super::memo::Memo;
use super::open::OpenCassettes;
use super::refusal::Refusal;
use crate::bypass::Bypass;
use crate::journal::{Journal, Outcome, Source};
use crate::metrics::{Metrics, Struck};
use crate::mocks::Mocks;
use crate::record::{Recorder, Ticket};
use crate::rules::{Lifetimes, RuleBook};
use crate::sessions::Sessions;
use crate::shaping::Shaping;
use crate::store::{Store, Tape};
use prometheus_client::metrics::counter::Counter;
use standin_core::cassette::CassetteName;
use standin_core::dialect::{RenderedBody, Usage};
use standin_core::jobs::JobId;
use standin_core::shape::Pace;
use standin_core::{
    Call, Credentials, Keep, Knobs, Provider, RecordMode, Reply, ReplyBody, credentials, shown_without,
    told_without,
};
use std::sync::{Arc, OnceLock};

/// What a call chose by its address and its headers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selectors {
    pub(crate) cassette: Option<CassetteName>,
    pub(crate) session: Option<String>,
}

/// A call on its way to an answer.
#[derive(Debug, Clone)]
pub(crate) struct Routed {
    pub(crate) call: Call,
    pub(crate) provider: &'static dyn Provider,
    /// Whether the provider was named by a mount, so that its own recordings come first.
    pub(crate) mounted: bool,
    pub(crate) selectors: Selectors,
    /// When the answer is sent, where it is not as the server says.
    pub(crate) pace: Option<Pace>,
    /// Who refuses it where its answer is made up.
    pub(crate) judge: Judge,
    /// Who makes what it asks for in the background.
    pub(crate) background: Background,
}

/// Who refuses a call that is wrong, where its answer is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Judge {
    /// The vendor that speaks the call's dialect.
    #[default]
    Vendor,
    /// Nobody: the model is another vendor's, and a gateway would ask that one in its own dialect.
    Nobody,
}

/// Who makes answers that are asked for in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Background {
    /// Jobs.
    Jobs,
    /// Nobody: an answer is there at once, and told when it has been asked for often enough.
    Nobody,
}

/// A decided answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) outcome: Arc<Outcome>,
    pub(crate) session: Option<Arc<str>>,
    /// Whether the same bytes have this answer as long as nothing is changed.
    pub(crate) repeats: bool,
    /// The tokens that it took, where what is sent may not tell.
    pub(crate) usage: Option<Usage>,
    /// The fault that struck it, as it is counted.
    pub(super) struck: Option<Box<Struck>>,
    /// What a job has to do with it.
    pub(crate) job: Option<Arc<ByJob>>,
    /// Where this answer is counted, found when it first is.
    pub(super) counter: OnceLock<Counter>,
}

/// Whether answers are made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Simulation {
    /// Where neither mocks nor cassettes have an answer.
    Always,
    /// Where there are neither mocks nor cassettes at all.
    #[default]
    Alone,
    /// Never.
    Never,
}

/// Whether the simulator refuses what the vendor would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// It does, in the vendor's words.
    #[default]
    AsVendor,
    /// It answers whatever it can make sense of.
    Lenient,
}

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Decided {
    /// It is answered with this.
    Answer(Answer),
    /// It is passed to its provider.
    Record(Box<Ticket>),
}

/// Everything that answers calls. Two engines share nothing.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) store: Arc<Store>,
    pub(crate) mocks: Arc<Mocks>,
    pub(crate) rules: RuleBook,
    pub(crate) mode: RecordMode,
    /// Whether answers are made up.
    pub(crate) simulation: Simulation,
    /// Whether the simulator refuses what the vendor would refuse.
    pub(crate) strictness: Strictness,
    /// How slow answers are, and what goes wrong with them.
    pub(crate) shaping: Shaping,
    /// How cassettes are kept where no session says otherwise.
    pub(crate) keep: Keep,
    /// What the server was told beside its policy; it holds for every policy.
    pub(crate) knobs: Knobs,
    /// How long some cassettes are kept.
    pub(crate) lifetimes: Lifetimes,
    /// What passes by the cassettes.
    pub(crate) bypass: Bypass,
    pub(crate) open: OpenCassettes,
    pub(crate) recorder: Recorder,
    pub(crate) sessions: Sessions,
    pub(crate) journal: Journal,
    pub(crate) metrics: Metrics,
    pub(crate) memo: Memo,
}

// === impl Answer ===

impl Answer {
    pub(crate) fn new(reply: Reply, outcome: Outcome, session: Option<Arc<str>>, repeats: bool) -> Self {
        let (outcome, counter) = (Arc::new(outcome), OnceLock::new());
        let (usage, struck, job) = (None, None, None);
        Answer { reply, outcome, session, repeats, usage, struck, job, counter }
    }

    /// The same, by a job.
    pub(super) fn by(self, job: Option<ByJob>) -> Self {
        Answer { job: job.map(Arc::new), ..self }
    }

    /// The same, with the tokens that it took.
    pub(super) fn using(self, usage: Option<Usage>) -> Self {
        Answer { usage, ..self }
    }

    /// The same, to this call only.
    pub(super) fn once(self) -> Self {
        Answer { repeats: false, ..self }
    }

    /// The same, to a call of this session.
    pub(crate) fn of_session(self, session: Option<Arc<str>>) -> Self {
        Answer { session, ..self }
    }
}

// === impl Engine ===

impl Engine {
    /// Counts an answer where it is to be seen. Called once for each call, remembered or not.
    pub(crate) fn note(&self, answer: &Answer, job: Option<JobId>) {
        answer.counter.get_or_init(|| self.metrics.counter(&answer.outcome)).inc();
        if let Some(struck) = &answer.struck {
            self.metrics.fault(**struck);
        }
        if let Some(session) = answer.session.as_deref().and_then(|id| self.sessions.find(id)) {
            match answer.outcome.source {
                Source::Refusal => session.miss(),
                Source::Mock | Source::Simulator => session.mocked(),
                Source::Tape | Source::Upstream | Source::Fault | Source::Job => {}
            }
        }
        self.journal.write(answer.session.clone(), job, Arc::clone(&answer.outcome));
    }

    /// An address of a call as it may be shown: without the caller's credential, and without standin's own.
    pub(crate) fn shown(&self, call: &Call, address: &str) -> String {
        shown_without(address, credentials(&call.headers).chain(self.recorder.upstreams.secrets()))
    }

    /// A message about a call as it may be told.
    pub(crate) fn told(&self, call: &Call, message: &str) -> String {
        told_without(message, credentials(&call.headers).chain(self.recorder.upstreams.secrets()))
    }

    /// Counts and tells of a request that is about a job, or was to be.
    pub(crate) fn note_job(
        &self,
        provider: &'static str,
        job: Option<JobId>,
        method: String,
        target: String,
        status: u16,
    ) {
        let outcome = Outcome {
            method,
            target,
            provider,
            source: Source::Job,
            status,
            cassette: None,
            interaction: None,
            mock: None,
            fault: None,
            recording: None,
            error: (status >= 400).then_some("job_refused"),
            message: None,
            near_misses: Vec::new(),
            near_mocks: Vec::new(),
        };
        self.metrics.counter(&outcome).inc();
        self.journal.write(None, job, Arc::new(outcome));
    }

    /// Counts and tells of a call that went upstream.
    pub(crate) fn note_upstream(&self, session: Option<Arc<str>>, outcome: Outcome) {
        self.metrics.counter(&outcome).inc();
        self.journal.write(session, None, Arc::new(outcome));
    }

    /// A body that nobody recorded, at the pace of a call.
    pub(super) fn paced(&self, routed: &Routed, body: RenderedBody) -> ReplyBody {
        match &routed.pace {
            Some(pace) => pace.rendered(body),
            None => self.shaping.pace().rendered(body),
        }
    }

    /// Whether answers are made up where no other source has one.
    pub(crate) fn simulates(&self) -> bool {
        match self.simulation {
            Simulation::Always => true,
            Simulation::Alone => !self.store.keeps() && !self.mocks.are_used(),
            Simulation::Never => false,
        }
    }

    /// Counts changes of what is answered.
    pub(crate) fn generation(&self) -> u64 {
        let shaping = self.shaping.generation();
        self.store.generation().wrapping_add(self.mocks.generation()).wrapping_add(shaping)
    }

    /// Whether equal bytes have equal answers: not where an answer depends on headers that the memo does
    /// not keep, or on the time.
    pub(crate) fn memoisable(&self) -> bool {
        // What is on a shelf changes without a sign.
        let own = self.store.shared().is_none();
        let timeless = own
            && self.lifetimes.is_empty()
            && self.keep.expiry.is_none()
            && self.keep.credentials == Credentials::Any;
        timeless && !self.rules.all().any(|rules| rules.read_headers())
    }
}

/// The answer that replays an interaction.
pub(super) fn replayed(
    engine: &Engine,
    routed: &Routed,
    tape: &Tape,
    interaction: u32,
    session: Option<Arc<str>>,
) -> Answer {
    let reply = match &routed.pace {
        Some(pace) => tape.reply(interaction, pace),
        None => tape.reply(interaction, &engine.shaping.pace()),
    };
    let outcome = Outcome {
        method: routed.call.method.clone(),
        target: engine.shown(&routed.call, &routed.call.target()),
        provider: routed.provider.name(),
        source: Source::Tape,
        status: reply.status.as_u16(),
        cassette: Some(tape.name.to_string()),
        interaction: Some(interaction as usize),
        mock: None,
        fault: None,
        recording: None,
        error: None,
        message: None,
        near_misses: Vec::new(),
        near_mocks: Vec::new(),
    };
    Answer::new(reply, outcome, session, true)
}

/// The answer to a refused call.
pub(crate) fn refuse(engine: &Engine, routed: &Routed, refusal: &Refusal) -> Answer {
    let call = &routed.call;
    let path = engine.shown(call, &call.path);
    let asked = Asked { method: &call.method, path: &path, provider: routed.provider };
    refused(refusal, asked, &engine.shown(call, &call.target()))
}

/// The answer to something that did not become a call.
pub(crate) fn refused(refusal: &Refusal, asked: Asked<'_>, target: &str) -> Answer {
    let (status, code) = refusal.status();
    let (reply, message) = explain(refusal, asked);
    tracing::warn!(status, code, "{} {target}: {message}", asked.method);
    let outcome = Outcome {
        method: asked.method.to_owned(),
        target: target.to_owned(),
        provider: asked.provider.name(),
        source: Source::Refusal,
        status,
        cassette: refusal.cassette().map(ToString::to_string),
        interaction: None,
        mock: refusal.mock().map(str::to_owned),
        fault: None,
        recording: None,
        error: Some(code),
        message: Some(message),
        near_misses: refusal.near_misses().to_vec(),
        near_mocks: refusal.near_mocks().to_vec(),
    };
    Answer::new(reply, outcome, None, false)
}
