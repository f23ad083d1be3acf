"""Legacy Completions through the SDK of OpenAI. It has no helper for streams: the chunks are put together here."""

import json

import openai
import pytest

import noise
import sse
import stored
from wire import exchange

NAMES = stored.names("completions")


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(stored.document("completions"))


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


def chunks(client, case, **fields):
    return [chunk.to_dict() for chunk in client.completions.create(**case.call, stream=True, **fields)]


def together(found):
    """Texts and logprobs of an index joined, its last finish_reason; all other members are those of every chunk."""
    choices = {}
    for choice in (choice for chunk in found for choice in chunk["choices"]):
        into = choices.setdefault(choice["index"], {**choice, "text": "", "logprobs": None})
        into["text"] += choice["text"]
        into["finish_reason"] = into["finish_reason"] or choice["finish_reason"]
        for key, values in (choice["logprobs"] or {}).items():
            into["logprobs"] = into["logprobs"] or {}
            into["logprobs"][key] = into["logprobs"].get(key, []) + values
    return {**found[0], "choices": [choices[index] for index in sorted(choices)], "usage": found[-1].get("usage")}


@pytest.mark.parametrize("name", NAMES)
def test_whole(client, name):
    case = stored.case("completions", name)
    raw = client.completions.with_raw_response.create(**case.call)
    noise.assert_identical(raw.text, case.response)
    noise.assert_same(raw.parse().to_dict(), case.response)


@pytest.mark.parametrize("name", NAMES)
def test_streamed(client, name):
    case = stored.case("completions", name)
    found = chunks(client, case, stream_options={"include_usage": True})
    noise.assert_same(together(found), case.response)
    assert [chunk["usage"] for chunk in found[:-1]] == [None] * (len(found) - 1)
    assert found[-1]["choices"] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_usage_unless_it_is_asked_for(client, name):
    assert not any("usage" in chunk for chunk in chunks(client, stored.case("completions", name)))


def test_the_reason_rides_on_the_last_text(client):
    found = [chunk["choices"][0] for chunk in chunks(client, stored.case("completions", "two-prompts"))]
    for index, reason in ((0, "stop"), (1, "length")):
        mine = [choice for choice in found if choice["index"] == index]
        assert [choice["finish_reason"] for choice in mine] == [None] * (len(mine) - 1) + [reason]
        assert mine[-1]["text"], "it is no chunk of its own"


def test_the_wire(server):
    body = json.dumps({**stored.case("completions", "text").call, "stream": True}).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-standin"}
    answer = exchange(server.url, "POST", "/v1/completions", body, headers)
    assert answer.header("content-type").startswith("text/event-stream")
    sse.assert_no_line_ends_inside(answer.body)
    found = sse.documents(answer.body)
    assert all(list(one) == ["id", "object", "created", "choices", "model"] for one in found)
    assert all(one["object"] == "text_completion" for one in found)
    assert all(list(one["choices"][0]) == ["text", "index", "logprobs", "finish_reason"] for one in found)
