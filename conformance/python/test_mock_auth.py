"""What a call needs before a mock answers it: a key, and Anthropic's version."""

import json

import anthropic
import openai
import pytest

from wire import exchange

HELLO = [{"role": "user", "content": "Hello"}]
JSON = {"Content-Type": "application/json"}
CHAT = json.dumps({"model": "m", "messages": HELLO}).encode()
MESSAGES = json.dumps({"model": "m", "max_tokens": 8, "messages": HELLO}).encode()
VERSION = {"Anthropic-Version": "2023-06-01"}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking({"mocks": [{"name": "hello", "answer": "Hello!"}]})


def post(server, path, body, headers):
    return exchange(server.url, "POST", path, body, {**JSON, **headers})


def test_openai_without_a_key(server):
    for path in ("/v1/chat/completions", "/openai/v1/chat/completions", "/v1/responses", "/v1/embeddings"):
        answer = post(server, path, CHAT, {})
        assert answer.status == 401, path
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert (error["type"], error["code"]) == ("invalid_request_error", None)
        assert "API key" in error["message"]
    for path in ("/v1/models", "/v1/models/m"):
        assert exchange(server.url, "GET", path).status == 401
    for header in ("Bearer ", "Bearer", "Basic c2s6"):
        assert post(server, "/v1/chat/completions", CHAT, {"Authorization": header}).status == 401, header
    assert post(server, "/v1/chat/completions", CHAT, {"Authorization": "Bearer anything"}).status == 200


def test_a_key_counts_for_its_own_call_alone(server):
    """The same bytes with a key, and then without one."""
    for path, body, key in (
        ("/v1/chat/completions", CHAT, {"Authorization": "Bearer key"}),
        ("/v1/messages", MESSAGES, {**VERSION, "X-Api-Key": "key"}),
        ("/openai/deployments/d/chat/completions?api-version=2024-10-21", CHAT, {"Api-Key": "key"}),
    ):
        without = {name: value for name, value in key.items() if name in VERSION}
        statuses = [post(server, path, body, headers).status for headers in (key, without, key, without)]
        assert statuses == [200, 401, 200, 401], path


def test_openai_without_a_key_through_the_sdk(server):
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk", default_headers={"Authorization": ""})
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="m", messages=HELLO)


def test_azure_without_a_key(server):
    path = "/openai/deployments/d/chat/completions?api-version=2024-10-21"
    answer = post(server, path, CHAT, {})
    assert answer.status == 401
    assert answer.json()["error"]["code"] == "401"
    for headers in ({"Api-Key": "key"}, {"Authorization": "Bearer token"}):
        assert post(server, path, CHAT, headers).status == 200


def test_anthropic_without_a_key(server):
    for path in ("/v1/messages", "/anthropic/v1/messages", "/v1/messages/count_tokens"):
        answer = post(server, path, MESSAGES, VERSION)
        assert answer.status == 401, path
        body = answer.json()
        assert (body["type"], body["error"]["type"]) == ("error", "authentication_error")
    for headers in ({"X-Api-Key": "key"}, {"Authorization": "Bearer key"}):
        assert post(server, "/v1/messages", MESSAGES, {**VERSION, **headers}).status == 200


def test_anthropic_without_a_version(server):
    answer = post(server, "/v1/messages", MESSAGES, {"X-Api-Key": "key"})
    assert answer.status == 400
    body = answer.json()
    assert body["error"]["type"] == "invalid_request_error"
    assert "anthropic-version" in body["error"]["message"]


def test_an_unknown_version(server):
    for version, status in (("2023-06-01", 200), ("2026-10-21", 200), ("2020-01-01", 400), ("x", 400), ("", 400)):
        answer = post(server, "/v1/messages", MESSAGES, {"X-Api-Key": "key", "Anthropic-Version": version})
        assert answer.status == status, version


TEXT = {"type": "text", "text": "Hi"}
DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
#: What the version of 2026 no longer takes.
GATED = [
    {"temperature": 1.0},
    {"top_p": 0.5},
    {"top_k": 5},
    {"messages": [*HELLO, {"role": "assistant", "content": [DOCUMENT]}, *HELLO]},
    {"messages": [{"role": "user", "content": [{**TEXT, "citations": [{"type": "char_location"}]}]}]},
]
FREE = [{"messages": [{"role": "user", "content": [DOCUMENT, {**TEXT, "citations": []}]}]}]


@pytest.mark.parametrize("fields", GATED + FREE)
def test_the_gate_of_the_version(server, fields):
    body = json.dumps({**json.loads(MESSAGES), **fields}).encode()
    for version, status in (("2023-06-01", 200), ("2026-10-21", 400 if fields in GATED else 200)):
        answer = post(server, "/v1/messages", body, {"X-Api-Key": "key", "Anthropic-Version": version})
        assert answer.status == status, (version, answer.body)
        if status == 400:
            assert answer.json()["error"]["type"] == "invalid_request_error"


def test_the_gate_through_the_sdk(server):
    client = anthropic.Anthropic(base_url=server.url, api_key="key")
    with pytest.raises(anthropic.BadRequestError) as raised:
        client.messages.create(model="m", max_tokens=8, messages=HELLO, extra_body={"temperature": 0.5})
    assert "temperature" in str(raised.value)
    older = client.with_options(default_headers={"anthropic-version": "2023-06-01"})
    answer = older.messages.create(model="m", max_tokens=8, messages=HELLO, extra_body={"temperature": 0.5})
    assert answer.content[0].text == "Hello!"


def test_a_key_is_in_no_journal(server):
    post(server, "/v1/chat/completions", CHAT, {"Authorization": "Bearer conf0journal0key"})
    assert b"conf0journal0key" not in exchange(server.url, "GET", "/_standin/journal").body
