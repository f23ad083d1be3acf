//! What mocks make of a call and, where none answers, the simulator.

use super::answer::{Answer, Background, Engine, Judge, Routed, Strictness, refuse};
use super::background::{Begun, ByJob, named};
use super::draft::Draft;
use super::refusal::Refusal;
use crate::journal::Source;
use crate::random::random_bytes;
use crate::shaping::Level;
use serde_json::Value;
use standin_core::dialect::{
    Asked, Dialect, Endpoint, Failure, Kept, Operation, Options, Rendered, Revisit, Said, read_body,
};
use standin_core::jobs::JobId;
use standin_core::mock::{Answer as Written, Mock, MockSet, NearMock, Say, Seen, Turns};
use standin_core::shape::usage_in;
use standin_core::simulate::simulate;
use std::sync::Arc;

/// What mocks make of a call.
pub(super) enum Mocked {
    /// They answer it.
    Answer(Answer),
    /// None of them does, and this is what is said where no cassette has an answer either.
    Otherwise(Box<Answer>),
    /// None of them does.
    Missed,
    /// There are none, or none that know its address.
    NotAsked,
}

/// Mocks that a message shows.
const SHOWN: usize = 3;

/// A call that mocks are asked about.
struct Mocking<'a> {
    engine: &'a Engine,
    routed: &'a Routed,
    dialect: &'static dyn Dialect,
    set: &'a MockSet,
    session: Option<&'a Arc<str>>,
}

impl Mocked {
    /// Whether nobody wrote the answer. Who names a cassette that is not there is told so instead.
    pub(super) fn is_made_up(&self) -> bool {
        matches!(self, Mocked::Otherwise(answer) if answer.outcome.source == Source::Simulator)
    }
}

// === impl Engine ===

impl Engine {
    /// Asks the mocks.
    pub(super) fn mocked(&self, routed: &Routed, session: Option<&Arc<str>>) -> Mocked {
        let set = self.mocks.of(session);
        let asked = !set.is_empty() || self.simulates();
        let Some(dialect) = routed.provider.dialect().filter(|_| asked) else {
            return Mocked::NotAsked;
        };
        let Some(operation) = dialect.operation(&routed.call.method, &routed.call.path) else {
            return Mocked::NotAsked;
        };
        Mocking { engine: self, routed, dialect, set: &set, session }.operation(operation)
    }

    /// What the mock that is to answer a call says of how it is answered.
    pub(super) fn level_of_mock(&self, routed: &Routed, session: Option<&Arc<str>>) -> Option<Level> {
        let set = self.mocks.of(session);
        let (call, dialect) = (&routed.call, routed.provider.dialect()?);
        let Operation::Answer(endpoint) = dialect.operation(&call.method, &call.path)? else { return None };
        let body = read_body(call).ok()?;
        let mocking = Mocking { engine: self, routed, dialect, set: &set, session };
        let next = |seen: &Seen<'_>| {
            let mock = self.mocks.states.next(session, &set, seen)?;
            Some(Level { pace: mock.pace.clone(), faults: mock.faults.clone(), seed: None })
        };
        mocking.understood(endpoint, &body, next).ok().flatten()
    }

    /// The mocks that come closest to a call that none answers, and how many there are.
    pub(super) fn nearest_mocks(
        &self,
        routed: &Routed,
        session: Option<&Arc<str>>,
    ) -> (Vec<NearMock>, usize) {
        let set = self.mocks.of(session);
        let near = routed.provider.dialect().and_then(|dialect| {
            let call = &routed.call;
            let Operation::Answer(endpoint) = dialect.operation(&call.method, &call.path)? else {
                return None;
            };
            let body = read_body(call).ok()?;
            let mocking = Mocking { engine: self, routed, dialect, set: &set, session };
            mocking.understood(endpoint, &body, |seen| set.nearest(seen, SHOWN)).ok()
        });
        (near.unwrap_or_default(), set.mocks().len())
    }
}

/// What helps who did not mean to be refused.
const ANSWERED_ANYWAY: &str = "as the vendor refuses it; with --lenient it is answered";

// === impl Mocking ===

impl Mocking<'_> {
    fn operation(&self, operation: Operation) -> Mocked {
        if let Err(failure) = self.dialect.admits(&self.routed.call) {
            return self.otherwise(&failure);
        }
        let json = |value: Option<Value>, missing: Failure| match value {
            Some(value) => {
                let rendered = Rendered::json(&value);
                Mocked::Otherwise(Box::new(self.answer(Draft::of(rendered), None)))
            }
            None => self.otherwise(&missing),
        };
        match operation {
            Operation::Answer(endpoint) => self.endpoint(endpoint),
            Operation::Models => json(self.dialect.models(&self.models(), None), Failure::of(404)),
            Operation::Model(id) => {
                json(self.dialect.models(&self.models(), Some(&id)), self.dialect.no_such_model(&id))
            }
            Operation::DeleteModel(id) => {
                let known = self.models().contains(&id);
                let deleted = self.dialect.deleted_model(&id).filter(|_| known);
                json(deleted, self.dialect.no_such_model(&id))
            }
            Operation::Revisit(revisit, id) => self.revisit(revisit, &id),
        }
    }

    /// The models that the provider has.
    fn models(&self) -> Vec<String> {
        let named = self.set.models(self.routed.provider.name(), self.dialect.endpoints());
        if named.is_empty() && self.engine.simulates() {
            return self.dialect.usual_models().iter().map(|&name| name.to_owned()).collect();
        }
        named
    }

    /// An error of the vendor's, for lack of another answer.
    fn otherwise(&self, failure: &Failure) -> Mocked {
        Mocked::Otherwise(Box::new(self.failure(failure)))
    }

    fn failure(&self, failure: &Failure) -> Answer {
        let rendered = Rendered::json(&self.dialect.failure(failure));
        let draft = Draft { status: failure.status, message: failure.message.clone(), ..Draft::of(rendered) };
        self.answer(draft, None)
    }

    /// Whether no cassette can answer what mocks do not.
    fn is_alone(&self) -> bool {
        !self.engine.store.keeps()
    }

    fn revisit(&self, revisit: Revisit, id: &str) -> Mocked {
        let kept = &self.engine.mocks.kept;
        let query = self.routed.call.query.as_deref();
        let (known, result) = kept.with_own(self.session, id, |kept| {
            let known = kept.is_some();
            (known, self.dialect.revisit(revisit, id, kept, query))
        });
        let answer = match result {
            Ok(rendered) => self.answer(Draft { repeats: false, ..Draft::of(rendered) }, None),
            Err(failure) => self.failure(&failure).once(),
        };
        // What is not kept here may be in a cassette.
        if known { Mocked::Answer(answer) } else { Mocked::Otherwise(Box::new(answer)) }
    }

    fn endpoint(&self, endpoint: Endpoint) -> Mocked {
        let call = &self.routed.call;
        let body = match read_body(call) {
            Ok(body) => body,
            Err(error) => return self.otherwise(&Failure::of(400).saying(error.to_string())),
        };
        if let Err(failure) = self.dialect.accepts(endpoint, &call.headers, &body) {
            return self.otherwise(&failure);
        }
        self.understood(endpoint, &body, |seen| self.chosen(seen))
            .unwrap_or_else(|failure| Mocked::Answer(self.failure(&failure).once()))
    }

    /// Looks at a call with all that was said before it. What the vendor says where that is not there.
    fn understood<T>(
        &self,
        endpoint: Endpoint,
        body: &Value,
        look: impl FnOnce(&Seen<'_>) -> T,
    ) -> Result<T, Failure> {
        let (call, provider) = (&self.routed.call, self.routed.provider.name());
        let mut asked = self.dialect.asked(endpoint, &call.path, body);
        let Some(id) = self.dialect.continues(&asked) else {
            return Ok(look(&Seen { call, provider, asked: &asked }));
        };
        let before = |kept: Option<&Kept>| kept.and_then(|kept| self.continued(body, kept));
        match self.engine.mocks.kept.with(self.session, id, before) {
            Some(Before::Whole(whole)) => {
                let asked = self.dialect.asked(endpoint, &call.path, &whole);
                return Ok(look(&Seen { call, provider, asked: &asked }));
            }
            Some(Before::Told { turns, turns_since_user, user }) => {
                asked.turns += turns;
                // A call that only brings a tool's result goes on with what the user said before.
                if asked.user.is_none() {
                    asked.turns_since_user += turns_since_user;
                    asked.user = user.map(Into::into);
                }
            }
            None if self.is_alone() => return Err(self.dialect.not_there_to_continue(id)),
            // It may have been answered from a cassette.
            None => {}
        }
        Ok(look(&Seen { call, provider, asked: &asked }))
    }

    /// The answer of the mock that holds.
    fn chosen(&self, seen: &Seen<'_>) -> Mocked {
        let asked = seen.asked;
        let Some((mock, answered)) = self.engine.mocks.states.choose(self.session, self.set, seen) else {
            if self.engine.simulates()
                && self.engine.strictness == Strictness::AsVendor
                && self.routed.judge == Judge::Vendor
                && let Err(failure) = self.dialect.validate(&self.routed.call.headers, asked)
            {
                return self.refused(&failure, asked);
            }
            let computed = self.dialect.computed(asked).map(|value| Draft::of(Rendered::json(&value)));
            let made_up = || self.engine.simulates().then(|| self.simulated(asked)).flatten();
            return computed.or_else(made_up).map_or(Mocked::Missed, |draft| {
                Mocked::Otherwise(Box::new(self.answer(draft, Some(asked))))
            });
        };
        let turns = Turns { all: asked.turns, since_user: asked.turns_since_user };
        let made = match mock.answer(answered, turns) {
            Some(written) => self.made(mock, written, seen),
            None => Err(Refusal::MockExhausted { mock: mock.label(), answers: mock.answers.len() }),
        };
        let answer = made.unwrap_or_else(|refusal| refuse(self.engine, self.routed, &refusal));
        Mocked::Answer(answer)
    }

    /// What the vendor says to a request that it does not take. The journal says how to be answered anyway.
    fn refused(&self, failure: &Failure, asked: &Asked<'_>) -> Mocked {
        let rendered = Rendered::json(&self.dialect.failure(failure));
        let said = failure.message.as_deref().unwrap_or("the request is refused");
        let draft = Draft {
            source: Source::Simulator,
            status: failure.status,
            message: Some(format!("{said} ({ANSWERED_ANYWAY})")),
            ..Draft::of(rendered)
        };
        Mocked::Otherwise(Box::new(self.answer(draft, Some(asked))))
    }

    /// An answer that nobody wrote, where the endpoint can say something.
    fn simulated(&self, asked: &Asked<'_>) -> Option<Draft<'_>> {
        let said = simulate(asked, &self.dialect.wanted(asked));
        let composed = self.dialect.compose(&said, asked).ok()?;
        let (object, job) = self.by_job(composed, asked);
        let options = Options::default();
        let kept = self.dialect.kept(&object, asked, &options);
        let repeats = kept.is_none() && self.dialect.continues(asked).is_none();
        let usage = usage_in(&object);
        let rendered = self.dialect.render(object, asked, &options);
        let job = kept.and_then(|kept| self.keep(kept, job));
        Some(Draft { source: Source::Simulator, repeats, usage, job, ..Draft::of(rendered) })
    }

    /// An answer under the id of the job that makes it, where one is to.
    fn by_job(&self, object: Value, asked: &Asked<'_>) -> (Value, Option<JobId>) {
        let job = JobId::new(random_bytes());
        let jobs = self.routed.background == Background::Jobs;
        match jobs.then(|| self.dialect.background(asked, job)).flatten() {
            Some(id) => (named(object, &id), Some(job)),
            None => (object, None),
        }
    }

    /// Keeps an answer, here or by its job.
    fn keep(&self, kept: Kept, job: Option<JobId>) -> Option<ByJob> {
        let Some(job) = job else {
            self.engine.mocks.kept.keep(self.session, kept);
            return None;
        };
        let begun = Begun::new(job, kept, self.dialect, |body| self.engine.paced(self.routed, body))?;
        Some(ByJob::Begins(Box::new(begun)))
    }

    /// What was said before a call that goes on from this answer; nothing of one that was deleted.
    fn continued(&self, body: &Value, kept: &Kept) -> Option<Before> {
        if kept.deleted {
            return None;
        }
        Some(self.dialect.resumed(body, kept).map_or_else(
            || Before::Told {
                turns: kept.turns,
                turns_since_user: kept.turns_since_user,
                user: kept.user.clone(),
            },
            Before::Whole,
        ))
    }

    /// The answer that a mock's writer gave, filled in and rendered.
    fn made(&self, mock: &Mock, written: &Written, seen: &Seen<'_>) -> Result<Answer, Refusal> {
        let failed = |reason: String| Refusal::MockFailed { mock: mock.label(), reason };
        let say = written.fill(seen).map_err(|error| failed(error.to_string()))?;
        let asked = seen.asked;
        let mut message = None;
        let (object, job) = match say.as_ref() {
            // An id that somebody wrote is the answer's, and no job's.
            Say::Object(object) if object.get("id").is_some_and(Value::is_string) => (object.clone(), None),
            Say::Object(object) if written.status.is_some_and(|status| status >= 400) => {
                (object.clone(), None)
            }
            Say::Object(object) => self.by_job(object.clone(), asked),
            Say::Said(said) => {
                message = undeclared(said, asked);
                let composed =
                    self.dialect.compose(said, asked).map_err(|error| failed(error.to_string()))?;
                self.by_job(composed, asked)
            }
            Say::Failure(failure) => {
                // A 404 that says no more is about the model that was asked for.
                let says_nothing = **failure == Failure::of(404);
                let model = asked.model.as_deref().filter(|_| says_nothing);
                let of_model = model.map(|model| self.dialect.no_such_model(model));
                let failure = of_model.as_ref().unwrap_or(failure);
                let rendered = Rendered::json(&self.dialect.failure(failure));
                let draft = Draft {
                    status: failure.status,
                    mock: Some(mock),
                    headers: &written.headers,
                    repeats: self.repeats(written),
                    ..Draft::of(rendered)
                };
                return Ok(self.answer(draft, Some(asked)));
            }
        };
        let status = written.status.unwrap_or(200);
        let kept = (status < 400).then(|| self.dialect.kept(&object, asked, &written.options)).flatten();
        let repeats = self.repeats(written) && kept.is_none() && self.dialect.continues(asked).is_none();
        let usage = usage_in(&object);
        // What is written as an error is no stream.
        let rendered = if status < 400 {
            self.dialect.render(object, asked, &written.options)
        } else {
            Rendered::json(&object)
        };
        let job = kept.and_then(|kept| self.keep(kept, job));
        let (mock, headers) = (Some(mock), &written.headers[..]);
        let draft = Draft { status, mock, headers, message, usage, repeats, job, ..Draft::of(rendered) };
        Ok(self.answer(draft, Some(asked)))
    }

    /// Whether an answer is the same for the same bytes.
    fn repeats(&self, written: &Written) -> bool {
        !self.set.has_state() && !written.is_template()
    }

    fn answer(&self, draft: Draft<'_>, asked: Option<&Asked<'_>>) -> Answer {
        draft.finish(self.engine, self.routed, Some(self.dialect), self.session, asked)
    }
}

/// Looks at a call as far as it can be understood without what was said before.
pub(super) fn seen<T>(routed: &Routed, look: impl FnOnce(&Seen<'_>) -> T) -> T {
    let (call, provider) = (&routed.call, routed.provider.name());
    let dialect = routed.provider.dialect();
    let known = dialect.and_then(|dialect| match dialect.operation(&call.method, &call.path)? {
        Operation::Answer(endpoint) => Some((dialect, endpoint, read_body(call).ok()?)),
        _ => None,
    });
    match &known {
        Some((dialect, endpoint, body)) => {
            let asked = dialect.asked(*endpoint, &call.path, body);
            look(&Seen { call, provider, asked: &asked })
        }
        None => look(&Seen { call, provider, asked: &Asked::nothing() }),
    }
}

/// The conversation that a call continues.
enum Before {
    /// The body as if all of it were sent.
    Whole(Value),
    /// As far as mocks look at it.
    Told { turns: usize, turns_since_user: usize, user: Option<String> },
}

/// Tools that a mock calls and the call does not declare: a client would not know what to do with them.
fn undeclared(said: &Said, asked: &Asked<'_>) -> Option<String> {
    let names = said.tool_calls.iter().map(|call| call.name.as_str());
    let unknown: Vec<&str> = names.filter(|name| !asked.tools.contains(name)).collect();
    (!unknown.is_empty()).then(|| format!("the call does not declare the tool {}", unknown.join(", ")))
}
