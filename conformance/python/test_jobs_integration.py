"""Asynchronous jobs at providers' own paths: `x-bf-async` makes one of a call, `x-bf-async-id` asks for it."""

import json

import pytest

from jobs import MISSING, UUID4, accepted, act, control, count, ended, finished, poll, problem
from wire import eventually, exchange

RESPONSES = {"model": "gpt-4o", "input": "Say hello."}
CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hello."}]}
MESSAGES = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Say hello."}]}
RESPONSES_PATHS = [
    f"/{prefix}{path}"
    for prefix in ("openai", "litellm", "langchain", "pydanticai")
    for path in ("/v1/responses", "/responses", "/openai/responses")
]
CHAT_PATHS = [f"/{prefix}/v1/chat/completions" for prefix in ("openai", "litellm", "langchain", "pydanticai")]
MESSAGES_PATHS = [f"/{prefix}/v1/messages" for prefix in ("anthropic", "litellm", "langchain", "pydanticai", "cursor")]
PATHS = [
    *((path, RESPONSES) for path in RESPONSES_PATHS),
    *((path, CHAT) for path in CHAT_PATHS),
    *((path, MESSAGES) for path in MESSAGES_PATHS),
]
#: What a call that is answered at once needs.
KEYS = {"Authorization": "Bearer sk-standin", "x_api_key": "sk-ant-standin", "anthropic_version": "2023-06-01"}
THREE = [("/openai/v1/responses", RESPONSES), ("/openai/v1/chat/completions", CHAT), ("/anthropic/v1/messages", MESSAGES)]
ONE_EACH = pytest.mark.parametrize(("path", "body"), THREE, ids=[path for path, _ in THREE])


@pytest.fixture(scope="module")
def server(start):
    server = start()
    control(server, "PUT", "virtual-keys", [{"id": "one", "value": "sk-bf-one"}, {"id": "two", "value": "sk-bf-two"}])
    return server


def post(server, path, body, **headers):
    headers = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange(server.url, "POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)


def created(server, path, body, **headers):
    """The id of a job that a call became."""
    answer = post(server, path, body, x_bf_async="true", **headers)
    assert answer.status == 200, answer.body
    return answer.json()["id"]


def asked(server, path, job, **headers):
    return post(server, path, b"", x_bf_async_id=job, **headers)


def done(server, path, job, **headers):
    return asked(server, path, job, Prefer="wait=30", **headers)


def wrong(answer, status, path):
    """The error object of an answer, in the shape of the path's vendor."""
    assert answer.status == status, answer.body
    if "messages" in path:
        value = answer.json()
        assert list(value) == ["type", "error"] and value["type"] == "error"
        assert isinstance(value["error"]["type"], str) and isinstance(value["error"]["message"], str)
        return value["error"]
    return problem(answer, status)["error"]


@pytest.mark.parametrize(("path", "body"), PATHS, ids=[path for path, _ in PATHS])
def test_every_path(server, path, body):
    answer = post(server, path, body, x_bf_async="true", x_standin_async="polls=1")
    assert answer.status == 200
    job = answer.json()["id"]
    assert UUID4.fullmatch(job) and answer.header("x-bf-async-id") == job
    assert answer.header("x-bf-async-status") == "pending"
    waiting = asked(server, path, job)
    assert (waiting.status, waiting.json()["id"]) == (200, job)
    answer = asked(server, path, job)
    assert (answer.status, answer.header("x-bf-async-id")) == (200, job)
    assert answer.header("x-bf-async-status") == "completed"
    value = answer.json()
    assert value["id"] != job, "it is the provider's own"
    if body is RESPONSES:
        assert (value["object"], value["status"], value["output"][0]["type"]) == ("response", "completed", "message")
    elif body is CHAT:
        assert value["object"] == "chat.completion" and value["choices"][0]["message"]["content"]
    else:
        assert (value["type"], value["role"]) == ("message", "assistant") and value["content"][0]["text"]


def test_a_response_that_waits(server):
    job = created(server, "/openai/v1/responses", RESPONSES, x_standin_async="hold")
    value = asked(server, "/openai/v1/responses", job).json()
    assert value["created_at"] > 1_700_000_000
    del value["created_at"]
    nothing = ["completed_at", "error", "incomplete_details", "instructions", "max_output_tokens", "max_tool_calls"]
    nothing += ["previous_response_id", "prompt_cache_key", "safety_identifier", "usage"]
    assert value == dict.fromkeys(nothing) | {
        "id": job, "object": "response", "status": "pending", "model": "gpt-4o", "output": [], "background": False,
        "store": True, "parallel_tool_calls": True, "temperature": 1, "top_p": 1, "presence_penalty": 0,
        "frequency_penalty": 0, "top_logprobs": 0, "service_tier": "auto", "truncation": "disabled", "tool_choice": "auto",
        "tools": [], "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "reasoning": {"effort": None, "summary": None},
        "extra_fields": {"request_type": "", "latency": 0, "chunk_index": 0},
    }


def test_a_message_that_waits(server):
    job = created(server, "/anthropic/v1/messages", MESSAGES, x_standin_async="hold")
    value = asked(server, "/anthropic/v1/messages", job).json()
    assert (value["id"], value["type"], value["role"], value["content"]) == (job, "message", "assistant", [])
    assert (value["model"], value["stop_reason"]) == ("claude-haiku-4-5", None)
    assert (value["usage"]["input_tokens"], value["usage"]["output_tokens"]) == (0, 0)


def test_a_completion_that_waits(server):
    job = created(server, "/openai/v1/chat/completions", CHAT, x_standin_async="hold")
    value = asked(server, "/openai/v1/chat/completions", job).json()
    assert (value["id"], value["object"], value["model"], value["choices"]) == (job, "chat.completion", "gpt-4o", [])
    assert value["created"] > 1_700_000_000


@ONE_EACH
@pytest.mark.parametrize("value", ["false", "0", "", "no", "off", "FALSE", "No", "oFF"])
def test_a_call_that_is_not_to_be_a_job(server, path, body, value):
    before = count(server)
    answer = post(server, path, body, x_bf_async=value, **KEYS)
    assert answer.status == 200 and answer.header("x-bf-async-id") is None
    assert not UUID4.fullmatch(answer.json()["id"])
    assert count(server) == before


@ONE_EACH
@pytest.mark.parametrize("value", ["true", "1", "yes", "TRUE", "anything"])
def test_a_call_that_is(server, path, body, value):
    assert UUID4.fullmatch(post(server, path, body, x_bf_async=value).json()["id"])


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/responses", RESPONSES), ("/v1/chat/completions", CHAT), ("/v1/messages", MESSAGES)],
)
def test_paths_without_a_provider_take_no_notice(server, path, body):
    before = count(server)
    own = {name: KEYS[name] for name in (["x_api_key", "anthropic_version"] if body is MESSAGES else ["Authorization"])}
    answer = post(server, path, body, x_bf_async="true", **own)
    assert answer.status == 200 and answer.header("x-bf-async-id") is None and count(server) == before


@ONE_EACH
def test_who_names_a_job_wants_it(server, path, body):
    job = created(server, path, body, x_standin_async="hold")
    before = count(server)
    for sent in (body, {"stream": True}, b"{", b"", b"\xff"):
        answer = post(server, path, sent, x_bf_async="true", x_bf_async_id=job)
        assert (answer.status, answer.json()["id"]) == (200, job)
    answer = exchange(server.url, "GET", path, b"", {"x-bf-async-id": job})
    assert (answer.status, answer.json()["id"]) == (200, job)
    assert count(server) == before


@ONE_EACH
def test_the_header_says_how_far_it_is(server, path, body):
    job = created(server, path, body, x_standin_async="pending-polls=1,polls=2")
    seen = [asked(server, path, job) for _ in range(3)]
    assert [answer.header("x-bf-async-status") for answer in seen] == ["pending", "processing", "completed"]
    assert {answer.header("x-bf-async-id") for answer in seen} == {job}
    job = created(server, path, body, x_standin_async="status=500")
    answer = done(server, path, job)
    assert (answer.header("x-bf-async-id"), answer.header("x-bf-async-status")) == (job, "failed")


@ONE_EACH
@pytest.mark.parametrize("status", [400, 429, 503])
def test_a_failed_job_is_an_error(server, path, body, status):
    decided = json.dumps({"outcome": {"status": status, "body": {"error": {"message": "It is broken.", "type": "broken"}}}})
    job = created(server, path, body, x_standin_async=decided)
    error = wrong(done(server, path, job), status, path)
    assert (error["message"], error["type"]) == ("It is broken.", "broken")
    name = "chat/completions" if body is CHAT else "responses"
    native = poll(server, name, job)
    assert native.status == 200
    assert (native.json()["status"], native.json()["status_code"]) == ("failed", status)
    if "messages" not in path:
        assert done(server, path, job).json() == native.json()["error"]


@ONE_EACH
def test_an_error_without_a_type(server, path, body):
    decided = json.dumps({"outcome": {"status": 500, "body": {"error": {"message": "It is broken."}}}})
    error = wrong(done(server, path, created(server, path, body, x_standin_async=decided)), 500, path)
    assert error["message"] == "It is broken."
    assert error.get("type") == ("api_error" if "messages" in path else None)


def test_a_job_is_read_at_other_paths(server):
    first, second = "/openai/v1/responses", "/anthropic/v1/messages"
    for path, body in ((first, RESPONSES), (second, MESSAGES)):
        job = created(server, path, body)
        envelope = ended(server, "responses", job).json()
        assert (envelope["status"], envelope["result"]["object"]) == ("completed", "response")
        response, message = done(server, first, job).json(), done(server, second, job).json()
        assert (response["object"], message["type"]) == ("response", "message")
        said = [part["text"] for item in response["output"] for part in item.get("content", [])]
        assert said == [block["text"] for block in message["content"]] and said[0]
        assert wrong(done(server, "/openai/v1/chat/completions", job), 404, "")["message"] == MISSING
        assert poll(server, "chat/completions", job).status == 404


def test_a_native_job_is_read_at_providers_paths(server):
    job = finished(server, "responses")["id"]
    assert done(server, "/litellm/v1/responses", job).json()["status"] == "completed"
    assert done(server, "/cursor/v1/messages", job).json()["type"] == "message"
    job = finished(server)["id"]
    assert done(server, "/openai/v1/chat/completions", job).json()["object"] == "chat.completion"
    for path in ("/openai/v1/responses", "/anthropic/v1/messages"):
        assert wrong(done(server, path, job), 404, path)["message"] == MISSING


@ONE_EACH
@pytest.mark.parametrize("job", ["nope", "00000000-0000-4000-8000-000000000000", "a" * 5000])
def test_a_job_that_is_not_there(server, path, body, job):
    error = wrong(asked(server, path, job), 404, path)
    assert error["message"] == MISSING
    assert "error" not in error, "why is nobody's to know"


@ONE_EACH
def test_nothing_is_streamed(server, path, body):
    before = count(server)
    answer = post(server, path, {**body, "stream": True}, x_bf_async="true")
    assert wrong(answer, 400, path)["message"] == "streaming is not supported for async requests"
    assert count(server) == before


@ONE_EACH
@pytest.mark.parametrize("sent", [b"{", b"", b"[]", b"\xff"])
def test_a_body_that_is_no_object(server, path, body, sent):
    before = count(server)
    wrong(post(server, path, sent, x_bf_async="true"), 400, path)
    assert count(server) == before


@pytest.mark.parametrize(
    "path",
    [
        "/openai/v1/embeddings", "/openai/v1/completions", "/openai/v1/audio/speech", "/openai/v1/images/generations",
        "/litellm/v1/embeddings", "/azure/openai/deployments/gpt-4o/chat/completions", "/anthropic/v1/complete",
    ],
)
def test_paths_that_make_no_jobs(server, path):
    before = count(server)
    answer = post(server, path, {"model": "gpt-4o", "input": "x", "prompt": "x"}, x_bf_async="true")
    error = wrong(answer, 400, "messages" if "anthropic" in path else "")
    assert (error["message"], error["type"]) == ("async operation is not supported on this route", "async_not_supported")
    assert count(server) == before


@ONE_EACH
def test_whose_job_it_is(server, path, body):
    job = created(server, path, body, x_bf_vk="sk-bf-one", x_standin_async="hold")
    answers = [asked(server, path, job), asked(server, path, job, x_bf_vk="sk-bf-two"), asked(server, path, "nope")]
    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[2].body)}
    assert asked(server, path, job, Authorization="Bearer sk-bf-one").json()["id"] == job
    assert asked(server, path, job, x_api_key="sk-bf-one").json()["id"] == job
    public = created(server, path, body, x_standin_async="hold")
    assert all(asked(server, path, public, **key).status == 200 for key in ({}, {"x_bf_vk": "sk-bf-two"}, {"x_bf_vk": "none"}))


@ONE_EACH
def test_a_model_may_name_its_provider(server, path, body):
    """One of another vendor too, which is asked through this one's shape."""
    for model in ("openai/gpt-4o", "anthropic/claude-haiku-4-5", body["model"]):
        answer = done(server, path, created(server, path, {**body, "model": model}))
        assert answer.header("x-bf-async-status") == "completed", (model, answer.body)


@ONE_EACH
def test_a_call_without_a_model_fails_when_it_is_run(server, path, body):
    rest = {name: value for name, value in body.items() if name != "model"}
    job = created(server, path, rest)
    assert done(server, path, job).header("x-bf-async-status") == "failed"


def test_the_words_of_openai(serve):
    server = serve("--job-status-words", "openai")
    path = "/openai/v1/responses"
    job = created(server, path, RESPONSES, x_standin_async="pending-polls=1,polls=2")
    seen = [asked(server, path, job) for _ in range(3)]
    assert [answer.json()["status"] for answer in seen] == ["queued", "in_progress", "completed"]
    assert [answer.header("x-bf-async-status") for answer in seen] == ["pending", "processing", "completed"]


def test_a_failure_as_a_response(serve):
    server = serve("--job-failed-as", "response")
    path = "/openai/v1/responses"
    answer = done(server, path, created(server, path, RESPONSES, x_standin_async="status=429"))
    assert (answer.status, answer.json()["status"]) == (200, "failed")
    assert answer.json()["error"]["message"] and answer.json()["error"]["code"]


def test_without_jobs(serve):
    server = serve("--jobs", "off")
    for method, path in [("POST", "/v1/async/chat/completions"), ("GET", "/v1/async/ocr/an-id"), ("GET", "/v1/async/jobs")]:
        problem(exchange(server.url, method, path, json.dumps(CHAT).encode() if method == "POST" else b""), 404)
    assert post(server, "/openai/v1/responses", RESPONSES, **KEYS).json()["object"] == "response"


def test_a_released_job_moves_on(server):
    job = created(server, "/openai/v1/responses", RESPONSES, x_standin_async="hold")
    act(server, job, "release")
    eventually(lambda: asked(server, "/openai/v1/responses", job).json()["status"] == "completed", "it ends")
    assert accepted(server)
