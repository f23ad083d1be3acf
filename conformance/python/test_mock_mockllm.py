"""The files of kagent's mockllm, unchanged: each entry answers the call that it describes, whole and streamed."""

import json
import struct

import pytest

import conftest
import mocked
import noise

FILES = conftest.mockllm_files()


def entries(*keys):
    """All entries of these lists, for `parametrize`."""
    found = [
        pytest.param(path, entry, id=f"{path.stem}-{entry['name']}")
        for path in FILES
        for key in keys
        for entry in json.loads(path.read_text()).get(key, [])
    ]
    assert found
    return found


@pytest.fixture(scope="module")
def servers(start):
    """A server for each file."""
    return {path: start("--mocks", path) for path in FILES}


def clients(server, entry):
    """Clients that send the headers which the entry asks for."""
    headers = {field["name"]: field["value"] for field in entry["match"].get("headers", [])}
    return mocked.gpt(server, default_headers=headers), mocked.claude(server, default_headers=headers)


def around(value, entry):
    """More text around the one that an entry looks for; the same where it is to be equal."""
    return f"So: {value} - please." if entry["match"]["match_type"] == "contains" and isinstance(value, str) else value


def without_usage(text):
    """The body as it was written: a usage is counted where the file has none."""
    body = json.loads(text)
    usage = body.pop("usage", None)
    return body, usage


def assert_written(text, response):
    body, usage = without_usage(text)
    written, known = without_usage(json.dumps(response))
    noise.assert_identical(json.dumps(body), written)
    assert usage == known if known else all(count >= 0 for count in usage.values() if isinstance(count, int))


@pytest.mark.parametrize(("path", "entry"), entries("openai"))
def test_chat(servers, path, entry):
    client, _ = clients(servers[path], entry)
    message = {**entry["match"]["message"]}
    message["content"] = around(message["content"], entry)
    call = {"model": "gpt-4.1-mini", "messages": [{"role": "system", "content": "Be brief"}, message]}
    raw = client.chat.completions.with_raw_response.create(**call)
    assert_written(raw.text, entry["response"])
    assert raw.headers["x-standin-mock"] == entry["name"]

    with client.chat.completions.stream(**call) as stream:
        got = noise.without(
            stream.get_final_completion().to_dict(), {"choices": entry["response"]["choices"]}, noise.OPENAI_CHAT
        )
    for choice, stored in zip(got["choices"], entry["response"]["choices"], strict=True):
        message = {"role": "assistant", "content": None, **stored["message"]}
        known = {key: value for key, value in choice["message"].items() if key in message or value is not None}
        noise.assert_same({"content": None, **known}, message)
        usual = "tool_calls" if message.get("tool_calls") else "stop"
        assert choice["finish_reason"] == stored.get("finish_reason", usual)
    assert (got["id"], got["model"]) == (entry["response"]["id"], entry["response"]["model"])


@pytest.mark.parametrize(("path", "entry"), entries("openai_response"))
def test_responses(servers, path, entry):
    client, _ = clients(servers[path], entry)
    call = {"model": "gpt-4.1-mini", "input": around(entry["match"]["input"], entry)}
    assert_written(client.responses.with_raw_response.create(**call).text, entry["response"])
    with client.responses.stream(**call) as stream:
        got = noise.without(stream.get_final_response().to_dict(), entry["response"], noise.OPENAI_RESPONSES)
    got.pop("usage")
    noise.assert_same(got, without_usage(json.dumps(entry["response"]))[0])


@pytest.mark.parametrize(("path", "entry"), entries("openai_embeddings"))
def test_embeddings(servers, path, entry):
    client, _ = clients(servers[path], entry)
    call = {"model": "text-embedding-3-small", "input": around(entry["match"]["input"], entry)}
    raw = client.embeddings.with_raw_response.create(**call, encoding_format="float")
    assert_written(raw.text, entry["response"])
    for got, stored in zip(client.embeddings.create(**call).data, entry["response"]["data"], strict=True):
        assert got.embedding == [struct.unpack("f", struct.pack("f", number))[0] for number in stored["embedding"]]
    # As kagent asks for it.
    length = len(entry["response"]["data"][0]["embedding"])
    raw = client.embeddings.with_raw_response.create(**call, encoding_format="float", dimensions=length)
    assert_written(raw.text, entry["response"])


@pytest.mark.parametrize(("path", "entry"), entries("anthropic"))
def test_messages(servers, path, entry):
    _, client = clients(servers[path], entry)
    message = {**entry["match"]["message"]}
    message["content"] = around(message["content"], entry)
    call = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [message]}
    assert_written(client.messages.with_raw_response.create(**call).text(), entry["response"])
    with client.messages.stream(**call) as stream:
        got = stream.get_final_message().to_dict(mode="json")
    noise.assert_same(noise.without(got, entry["response"], noise.ANTHROPIC), entry["response"])


def test_a_text_and_a_part_of_text_are_equal(servers):
    server = servers[conftest.REPO / "fixtures" / "mocks" / "tool-loop.json"]
    for content in ("Ahoy", [{"type": "text", "text": "Ahoy"}]):
        got = mocked.ask(mocked.gpt(server), [{"role": "user", "content": content}])
        assert got == "Ahoy!"


def test_a_rule_without_its_header(servers):
    server = servers[conftest.REPO / "fixtures" / "mocks" / "token-passed-on.json"]
    body = {"model": "m", "messages": mocked.question("Who am I")}
    for headers in (
        {},
        {"Authorization": "Bearer harbour-token-1"},
        {"Authorization": "Bearer other", "X_Team": "sail"},
    ):
        assert mocked.post(server, "/v1/chat/completions", body, **headers).status == 404, headers
    headers = {"Authorization": "Bearer harbour-token-1", "X_Team": "we sail"}
    assert mocked.post(server, "/v1/chat/completions", body, **headers).status == 200


def test_all_files_at_once(start):
    """`--mocks` may be given more than once."""
    files = [argument for path in FILES for argument in ("--mocks", path)]
    client = mocked.gpt(start(*files))
    assert mocked.ask(client, "Ahoy") == "Ahoy!"
    assert client.responses.create(model="m", input="Please name the winds").output_text == "Mistral and Sirocco."
