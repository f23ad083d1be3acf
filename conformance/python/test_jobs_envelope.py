"""Asynchronous jobs: what a submission and a poll look like, and which paths and methods there are."""

import json

import pytest

from jobs import ELEVEN, INSTANT, MISSING, UUID4, accepted, body_of, ended, instant, message, poll, problem, submit
from wire import exchange

TERMINAL = ["id", "status", "expires_at", "created_at", "completed_at", "status_code"]


@pytest.fixture(scope="module")
def server(start):
    return start()


@pytest.mark.parametrize("name", ELEVEN)
def test_a_submission_is_pending_and_no_more(server, name):
    answer = submit(server, name)
    assert answer.status == 202, answer.body
    assert answer.header("content-type") == "application/json"
    assert answer.header("location") == f"/v1/async/{name}/{answer.json()['id']}"
    assert answer.header("cache-control") == "no-store"
    envelope = answer.json()
    assert list(envelope) == ["id", "status", "created_at"]
    assert envelope["status"] == "pending"
    assert UUID4.fullmatch(envelope["id"]) and INSTANT.fullmatch(envelope["created_at"])


def test_ids_are_unique(server):
    ids = [accepted(server, "embeddings") for _ in range(1000)]
    assert len(set(ids)) == 1000 and all(UUID4.fullmatch(job) for job in ids)


def text_of(value):
    return isinstance(value, str) and len(value) > 0


#: What clients of each type look for in its result.
LOOKED_FOR = {
    "completions": lambda result: text_of(result["choices"][0]["text"]) and result["object"] == "text_completion",
    "chat/completions": lambda result: text_of(result["choices"][0]["message"]["content"])
    and result["usage"]["total_tokens"] == result["usage"]["prompt_tokens"] + result["usage"]["completion_tokens"],
    "responses": lambda result: result["object"] == "response" and result["status"] == "completed" and result["output"],
    "embeddings": lambda result: all(isinstance(number, float) for number in result["data"][0]["embedding"]),
    "audio/speech": lambda result: text_of(result["audio"]),
    "audio/transcriptions": lambda result: text_of(result["text"]),
    "images/generations": lambda result: text_of(result["data"][0].get("b64_json") or result["data"][0].get("url")),
    "images/edits": lambda result: text_of(result["data"][0].get("b64_json") or result["data"][0].get("url")),
    "images/variations": lambda result: text_of(result["data"][0].get("b64_json") or result["data"][0].get("url")),
    "rerank": lambda result: {entry["index"] for entry in result["results"]} == {0, 1}
    and all(isinstance(entry["relevance_score"], float) for entry in result["results"]),
    "ocr": lambda result: text_of(result["pages"][0]["markdown"]) and result["pages"][0]["index"] == 0,
}


@pytest.mark.parametrize("name", ELEVEN)
def test_a_completed_job(server, name):
    job = accepted(server, name)
    answer = ended(server, name, job)
    envelope = answer.json()
    assert list(envelope) == [*TERMINAL, "result"]
    assert (envelope["id"], envelope["status"], envelope["status_code"]) == (job, "completed", 200)
    assert LOOKED_FOR[name](envelope["result"]), envelope["result"]
    times = [instant(envelope[name]) for name in ("created_at", "completed_at", "expires_at")]
    assert times[0] <= times[1] < times[2]
    told = envelope["result"]["extra_fields"]
    provider, model = (body_of(name)["model"] if isinstance(body_of(name), dict) else body_of(name).parts[0][1]).split("/")
    assert (told["provider"], told["request_type"]) == (provider, ELEVEN[name][0])
    assert told["resolved_model_used"] == model and isinstance(told["latency"], int) and told["chunk_index"] == 0


OTHERS = {
    "completions": "fireworks/llama-v3p1-8b",
    "chat/completions": "anthropic/claude-haiku-4-5",
    "responses": "bedrock/anthropic.claude-haiku-4-5",
    "embeddings": "cohere/embed-v4.0",
    "audio/speech": "elevenlabs/eleven_multilingual_v2",
    "audio/transcriptions": "groq/whisper-large-v3",
    "images/generations": "replicate/black-forest-labs/flux-schnell",
    "images/edits": "gemini/gemini-2.5-flash-image",
    "images/variations": "huggingface/org/model",
    "rerank": "vllm/BAAI/bge-reranker-v2-m3",
    "ocr": "azure/mistral-document-ai",
}


@pytest.mark.parametrize("name", ELEVEN)
def test_models_of_other_vendors(server, name):
    """They are asked in dialects of their own, so that nothing is wrong with names that OpenAI does not know."""
    body, model = body_of(name), OTHERS[name]
    body = {**body, "model": model} if isinstance(body, dict) else body.but(model=model)
    envelope = ended(server, name, accepted(server, name, body)).json()
    assert envelope["status"] == "completed", envelope
    provider, _, rest = model.partition("/")
    told = envelope["result"]["extra_fields"]
    assert (told["provider"], told["original_model_requested"], told["resolved_model_used"]) == (provider, model, rest)


def test_a_model_that_openai_does_not_have(server):
    job = accepted(server, body={**body_of("chat/completions"), "model": "openai/claude-haiku-4-5"})
    envelope = ended(server, "chat/completions", job).json()
    assert (envelope["status"], envelope["status_code"]) == ("failed", 404)
    # What that job was refused is no matter of this one, and the other way round.
    other = accepted(server, body={**body_of("chat/completions"), "model": "anthropic/claude-haiku-4-5"})
    assert ended(server, "chat/completions", other).json()["status"] == "completed"
    again = accepted(server, body={**body_of("chat/completions"), "model": "openai/claude-haiku-4-5"})
    assert ended(server, "chat/completions", again).json()["status_code"] == 404


@pytest.mark.parametrize("name", ELEVEN)
def test_a_failed_job_has_an_error_instead(server, name):
    job = accepted(server, name, headers={"x-standin-async": "status=503"})
    envelope = ended(server, name, job).json()
    assert list(envelope) == [*TERMINAL, "error"]
    assert (envelope["id"], envelope["status"], envelope["status_code"]) == (job, "failed", 503)
    error = envelope["error"]
    assert error["status_code"] == 503 and error["error"]["message"] and isinstance(error["extra_fields"], dict)
    assert isinstance(error["is_bifrost_error"], bool)
    assert INSTANT.fullmatch(envelope["completed_at"]) and INSTANT.fullmatch(envelope["expires_at"])


def test_a_poll_of_a_job_that_has_not_ended(server):
    job = accepted(server, headers={"x-standin-async": "pending-polls=1,polls=2"})
    for status in ("pending", "processing"):
        answer = poll(server, "chat/completions", job)
        assert (answer.status, list(answer.json())) == (202, ["id", "status", "created_at"])
        assert answer.json()["status"] == status
        assert int(answer.header("retry-after")) > 0 and answer.header("cache-control") == "no-store"
    assert poll(server, "chat/completions", job).status == 200


@pytest.mark.parametrize(
    "job",
    [
        "nope",
        "123",
        "a" * 10_000,
        "%00",
        "%2e%2e",
        "%C3%A9",
        "%ff",
        "%61%62",
        "00000000-0000-4000-8000-000000000000",
        "00000000-0000-0000-0000-000000000000",
        "'%20or%201=1--",
    ],
    ids=lambda job: job[:20],
)
@pytest.mark.parametrize("name", ["chat/completions", "ocr"])
def test_an_id_that_is_none(server, name, job):
    assert message(poll(server, name, job), 404) == MISSING


def test_an_id_is_lower_case(server):
    job = accepted(server)
    while job == job.upper():
        job = accepted(server)
    assert message(poll(server, "chat/completions", job.upper()), 404) == MISSING
    assert poll(server, "chat/completions", job).status in (200, 202)


@pytest.mark.parametrize("name", ELEVEN)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_submit_path_takes_posts(server, name, method):
    answer = exchange(server.url, method, f"/v1/async/{name}")
    problem(answer, 405)
    assert "POST" in [method.strip() for method in answer.header("allow").split(",")]
    assert "GET" not in answer.header("allow")


@pytest.mark.parametrize("name", ELEVEN)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_poll_path_takes_gets(server, name, method):
    answer = exchange(server.url, method, f"/v1/async/{name}/{accepted(server, name)}", b"{}")
    problem(answer, 405)
    allowed = [method.strip() for method in answer.header("allow").split(",")]
    assert "GET" in allowed and method not in allowed


@pytest.mark.parametrize("path", ["x", "", "chat", "audio", "images", "audio/translations", "moderations", "chat/completions/a/b"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_paths_are_not_there(server, method, path):
    problem(exchange(server.url, method, f"/v1/async/{path}", b"{}" if method == "POST" else b""), 404)


@pytest.mark.parametrize("control", ["hold", "status=500", ""])
def test_head_is_get_without_a_body(server, control):
    job = accepted(server, headers={"x-standin-async": control})
    if control != "hold":
        ended(server, "chat/completions", job)
    got, head = poll(server, "chat/completions", job), poll(server, "chat/completions", job, method="HEAD")
    assert (head.status, head.body) == (got.status, b"")
    assert got.status == (202 if control == "hold" else 200)


def test_head_of_nothing(server):
    answer = poll(server, "rerank", "nope", method="HEAD")
    assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize("path", ["chat/completions", "images/edits", "chat/completions/an-id"])
@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:5173"])
def test_a_page_of_this_machine_may_ask(server, path, origin):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = exchange(server.url, "OPTIONS", f"/v1/async/{path}", b"", headers)
    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == origin
    assert "GET" in answer.header("access-control-allow-methods") or "POST" in answer.header("access-control-allow-methods")
    assert answer.header("access-control-allow-headers")


def test_answers_to_such_a_page_are_its_to_read(server):
    headers = {"Origin": "http://localhost:3000"}
    answer = submit(server, "chat/completions", headers=headers)
    assert answer.header("access-control-allow-origin") == "http://localhost:3000"
    refused = poll(server, "chat/completions", "nope", headers)
    assert refused.header("access-control-allow-origin") == "http://localhost:3000"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/async/chat/completions", 400),
        ("POST", "/v1/async/images/edits", 400),
        ("GET", "/v1/async/chat/completions/nope", 404),
        ("GET", "/v1/async/x", 404),
        ("PUT", "/v1/async/rerank", 405),
        ("POST", "/v1/async/rerank/nope", 405),
    ],
)
def test_every_error_is_an_error_object(server, method, path, status):
    answer = exchange(server.url, method, path, b"{}" if method != "GET" else b"")
    value = problem(answer, status)
    assert list(value["error"])[0] == "message"
    # One object, and one newline after it.
    assert answer.body.endswith(b"}\n") and answer.body.count(b"\n") == 1
    assert json.loads(answer.body) == value
