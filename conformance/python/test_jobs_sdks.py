"""Asynchronous jobs with the official SDKs: the same call again, with the id of its first answer, until it has ended."""

import anthropic
import openai
import pytest

import mocked
from jobs import UUID4, accepted, control, look

ASYNC = {"x-bf-async": "true"}
#: Seen to wait, to be run, and then done.
STEPS = {"x-standin-async": "pending-polls=1,polls=2"}


@pytest.fixture(scope="module", params=["bifrost", "openai"])
def server(start, request):
    return start("--job-status-words", request.param)


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/openai/v1", api_key="sk-standin", max_retries=0)


@pytest.fixture
def claude(server):
    return anthropic.Anthropic(base_url=f"{server.url}/anthropic", api_key="sk-ant-standin", max_retries=0)


def looped(call, unfinished, most=10):
    """The answers to a call until it has ended, as the gateway's documentation polls."""
    answers = [call(extra_headers=ASYNC | STEPS)]
    job = answers[0].id
    assert UUID4.fullmatch(job)
    while unfinished(answers[-1]):
        assert len(answers) < most, answers
        answers.append(call(extra_headers={"x-bf-async-id": job}))
    return answers


def test_responses(client):
    answers = looped(
        lambda **options: client.responses.create(model="gpt-4o", input="Say hello.", **options),
        lambda response: response.status != "completed",
    )
    assert len(answers) == 4
    assert len({answer.id for answer in answers[:3]}) == 1 and answers[3].id != answers[0].id
    assert all(answer.output_text == "" and answer.error is None for answer in answers[:3])
    assert len(answers[3].output_text) > 5 and answers[3].usage.total_tokens > 0


def test_chat(client):
    answers = looped(
        lambda **options: client.chat.completions.create(model="gpt-4o", messages=mocked.question("Hello?"), **options),
        lambda completion: not completion.choices,
    )
    assert len(answers) == 4
    assert len(answers[3].choices[0].message.content) > 5 and answers[3].choices[0].finish_reason == "stop"


def test_messages(claude):
    asked = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": mocked.question("Hello?")}
    answers = looped(lambda **options: claude.messages.create(**asked, **options), lambda message: not message.content)
    assert len(answers) == 4
    assert answers[0].stop_reason is None and answers[0].usage.output_tokens == 0
    assert len(answers[3].content[0].text) > 5 and answers[3].stop_reason in ("end_turn", "max_tokens")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failed_job_is_raised(client, claude, status):
    headers = ASYNC | {"x-standin-async": f"status={status}"}
    classes = {429: "RateLimitError", 500: "InternalServerError", 503: "InternalServerError"}
    for sdk, call in [
        (openai, lambda **options: client.responses.create(model="gpt-4o", input="x", **options)),
        (openai, lambda **options: client.chat.completions.create(model="gpt-4o", messages=mocked.question("x"), **options)),
        (
            anthropic,
            lambda **options: claude.messages.create(
                model="claude-haiku-4-5", max_tokens=9, messages=mocked.question("x"), **options
            ),
        ),
    ]:
        job = call(extra_headers=headers).id
        with pytest.raises(getattr(sdk, classes[status])) as raised:
            call(extra_headers={"x-bf-async-id": job, "Prefer": "wait=30"})
        assert raised.value.status_code == status and raised.value.body


def test_a_job_that_is_not_there(client, claude):
    headers = {"x-bf-async-id": "00000000-0000-4000-8000-000000000000"}
    with pytest.raises(openai.NotFoundError, match="job not found or expired"):
        client.responses.create(model="gpt-4o", input="x", extra_headers=headers)
    with pytest.raises(anthropic.NotFoundError, match="job not found or expired"):
        claude.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=mocked.question("x"), extra_headers=headers)


def test_the_raw_answer_has_the_id_at_the_end_too(client):
    raw = client.responses.with_raw_response
    job = raw.create(model="gpt-4o", input="x", extra_headers=ASYNC).headers["x-bf-async-id"]
    answer = raw.create(model="gpt-4o", input="x", extra_headers={"x-bf-async-id": job, "Prefer": "wait=30"})
    assert (answer.headers["x-bf-async-id"], answer.headers["x-bf-async-status"]) == (job, "completed")
    assert answer.parse().output_text


def test_the_keys_of_an_sdk_are_not_kept(client, server):
    job = client.responses.create(model="gpt-4o", input="x", extra_headers=ASYNC).id
    assert "sk-standin" not in str(look(server, job))


@pytest.mark.parametrize("path", ["chat/completions", "embeddings"])
def test_the_native_paths_by_an_sdk(client, server, path):
    """As the client of one vendor calls any path."""
    native = openai.OpenAI(base_url=f"{server.url}/v1/async", api_key="sk-standin", max_retries=0)
    bodies = {
        "chat/completions": {"model": "openai/gpt-4o", "messages": mocked.question("Hello?")},
        "embeddings": {"model": "openai/text-embedding-3-small", "input": "hello"},
    }
    job = native.post(f"/{path}", cast_to=object, body=bodies[path])
    assert job["status"] == "pending"
    ended = native.get(f"/{path}/{job['id']}", cast_to=object, options={"headers": {"Prefer": "wait=30"}})
    assert ended["status"] == "completed" and ended["result"]


def test_a_key_of_an_sdk_scopes_its_jobs(start):
    server = start()
    control(server, "PUT", "virtual-keys", [{"id": "one", "value": "sk-bf-one"}, {"id": "two", "value": "sk-bf-two"}])
    one, two = (openai.OpenAI(base_url=f"{server.url}/openai/v1", api_key=f"sk-bf-{name}", max_retries=0) for name in ("one", "two"))
    asked = {"model": "gpt-4o", "input": "x"}
    job = one.responses.create(**asked, extra_headers=ASYNC).id
    with pytest.raises(openai.NotFoundError):
        two.responses.create(**asked, extra_headers={"x-bf-async-id": job})
    headers = {"x-bf-async-id": job, "Prefer": "wait=30"}
    assert one.responses.create(**asked, extra_headers=headers).output_text
    claude = anthropic.Anthropic(base_url=f"{server.url}/anthropic", api_key="sk-bf-one", max_retries=0)
    message = claude.messages.create(model="x", max_tokens=9, messages=mocked.question("x"), extra_headers=headers)
    assert message.content[0].text
    assert accepted(server)
