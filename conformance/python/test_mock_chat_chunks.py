"""The chunks of Chat Completions as they are on the wire: what no helper shows, and what helpers trip over."""

import json

import openai
import pytest

import noise
import sse
import stored
from wire import exchange

KEY = {"Content-Type": "application/json", "Authorization": "Bearer sk-standin"}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(stored.document("chat"))


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


def streamed(server, name, **fields):
    body = json.dumps({**stored.case("chat", name).call, "stream": True, **fields}).encode()
    answer = exchange(server.url, "POST", "/v1/chat/completions", body, KEY)
    assert (answer.status, answer.complete) == (200, True), answer.body
    return answer


def chunks(server, name, **fields):
    return sse.documents(streamed(server, name, **fields).body)


USAGE = {"stream_options": {"include_usage": True}}


def deltas(found, choice=0):
    return [one["choices"][0]["delta"] for one in found if one["choices"] and one["choices"][0]["index"] == choice]


def test_the_head_of_a_stream(server):
    answer = streamed(server, "text")
    assert answer.header("content-type") == "text/event-stream; charset=utf-8"
    assert answer.header("transfer-encoding") == "chunked"
    assert answer.header("content-encoding") is None


@pytest.mark.parametrize("name", stored.names("chat"))
def test_what_every_stream_has(server, name):
    response = stored.case("chat", name).response
    answer = streamed(server, name)
    sse.assert_no_line_ends_inside(answer.body)
    found = sse.documents(answer.body)
    for one in found:
        assert one["object"] == "chat.completion.chunk"
        assert "usage" not in one and "obfuscation" not in one
        assert len(one["choices"]) == 1
        for key in ("id", "created", "model", "service_tier", "system_fingerprint"):
            assert one.get(key) == response.get(key)
        assert set(one["choices"][0]) - {"logprobs"} == {"index", "delta", "finish_reason"}
    order = []
    for choice in response["choices"]:
        mine = [one["choices"][0] for one in found if one["choices"][0]["index"] == choice["index"]]
        order.append(found.index(next(one for one in found if one["choices"][0] is mine[0])))
        assert [chunk["finish_reason"] for chunk in mine[:-1]] == [None] * (len(mine) - 1)
        assert mine[-1]["finish_reason"] == choice["finish_reason"] and mine[-1]["delta"] == {}
        assert ["role" in chunk["delta"] for chunk in mine] == [True] + [False] * (len(mine) - 1)
        assert all(("logprobs" in chunk) == ("logprobs" in choice) for chunk in mine)
    assert order == list(range(len(order))), "all choices open first, in their order"


def test_usage_comes_last_where_it_is_asked_for(server):
    *found, last = chunks(server, "text", **USAGE)
    assert all(one["usage"] is None and one["choices"] for one in found)
    assert last["choices"] == []
    assert last["usage"] == stored.case("chat", "text").response["usage"]


def test_usage_through_the_sdk(client):
    call = stored.case("chat", "text").call
    assert [chunk.usage for chunk in client.chat.completions.create(**call, stream=True) if chunk.usage] == []
    found = list(client.chat.completions.create(**call, stream=True, **USAGE))
    assert [chunk.usage is not None for chunk in found] == [False] * (len(found) - 1) + [True]
    assert found[-1].usage.total_tokens == 31


def test_a_text(server):
    first, *pieces, last = deltas(chunks(server, "text"))
    assert first == {"role": "assistant", "content": "", "refusal": None, "annotations": []}
    assert [piece["content"] for piece in pieces] == ["It", " is", " sunny", " in", " Paris", "."]
    assert last == {}


def test_two_tool_calls(server):
    first, *found, last = deltas(chunks(server, "parallel-tool-calls"))
    assert first["role"] == "assistant" and first["content"] is None
    found = [call for delta in [first, *found] for call in delta.get("tool_calls", [])]
    assert [call["index"] for call in found] == sorted(call["index"] for call in found)
    for index, call in enumerate(
        stored.case("chat", "parallel-tool-calls").response["choices"][0]["message"]["tool_calls"]
    ):
        opener, *pieces = [one for one in found if one["index"] == index]
        assert opener == {"index": index, **call, "function": {"name": call["function"]["name"], "arguments": ""}}
        assert all(set(piece) == {"index", "function"} and set(piece["function"]) == {"arguments"} for piece in pieces)
        assert "".join(piece["function"]["arguments"] for piece in pieces) == call["function"]["arguments"]


def test_a_custom_tool_call(server, client):
    """No official helper reads one from a stream; its chunks are those of a function with other names."""
    case = stored.case("chat", "custom-tool-call")
    call = case.response["choices"][0]["message"]["tool_calls"][0]
    found = [one for delta in deltas(chunks(server, case.name)) for one in delta.get("tool_calls", [])]
    opener, *pieces = found
    assert opener == {"index": 0, "id": call["id"], "type": "custom", "custom": {"name": "run_sql", "input": ""}}
    assert all(set(piece) == {"index", "custom"} and set(piece["custom"]) == {"input"} for piece in pieces)
    assert "".join(piece["custom"]["input"] for piece in pieces) == call["custom"]["input"] and len(pieces) > 5

    raw = [chunk.to_dict() for chunk in client.chat.completions.create(**case.call, stream=True)]
    assert [one for delta in deltas(raw) for one in delta.get("tool_calls", [])] == found
    without_tools = {key: value for key, value in case.call.items() if key != "tools"}
    with pytest.raises(AttributeError), client.chat.completions.stream(**without_tools) as stream:
        stream.get_final_completion()


def test_choices_take_turns(server):
    found = [one["choices"][0] for one in chunks(server, "two-choices")]
    order = [one["index"] for one in found if one["delta"].get("content")]
    shorter = min(order.count(0), order.count(1))
    assert order[: 2 * shorter] == [0, 1] * shorter
    for choice in stored.case("chat", "two-choices").response["choices"]:
        said = [one["delta"].get("content", "") for one in found if one["index"] == choice["index"]]
        assert "".join(said) == choice["message"]["content"]


def test_logprobs_are_those_of_their_chunk(server):
    for one in chunks(server, "logprobs"):
        choice = one["choices"][0]
        if choice["delta"].get("content"):
            assert "".join(entry["token"] for entry in choice["logprobs"]["content"]) == choice["delta"]["content"]
        else:
            assert not (choice["logprobs"] or {}).get("content")


def test_logprobs_of_a_character_in_two_tokens_stay_together(server):
    found = [one["choices"][0] for one in chunks(server, "logprobs-split-character")]
    found = [one for one in found if one["delta"].get("content")]
    for choice in found:
        data = bytes(byte for entry in choice["logprobs"]["content"] for byte in entry["bytes"])
        assert data.decode() == choice["delta"]["content"]
    assert [choice["delta"]["content"] for choice in found] == ["Bye", " 👋", "."]


def test_annotations_and_unknown_keys_come_whole_and_once(server):
    for name, keys in (
        ("annotations", ["annotations"]),
        ("unknown-message-key", ["reasoning_content", "provider_fields"]),
    ):
        message = stored.case("chat", name).response["choices"][0]["message"]
        for key in keys:
            assert [delta[key] for delta in deltas(chunks(server, name)) if key in delta] == [message[key]]


def test_audio(server):
    audio = stored.case("chat", "audio").response["choices"][0]["message"]["audio"]
    found = [delta["audio"] for delta in deltas(chunks(server, "audio")) if delta.get("audio")]
    assert found[0] == {"id": audio["id"], "transcript": ""}
    assert found[-1] == {"expires_at": audio["expires_at"]}
    for key in ("transcript", "data"):
        pieces = [piece for piece in found[1:-1] if key in piece]
        assert "".join(piece[key] for piece in pieces) == audio[key]
        assert all(set(piece) == {key} for piece in pieces)


def test_padding_is_sent_where_the_rule_says_so(mocking):
    """The SDK takes it out again."""
    padded = mocking(stored.document("chat", stream={"obfuscation": True}))
    found = chunks(padded, "text", **USAGE)
    texts = [one["obfuscation"] for one in found if one["choices"] and one["choices"][0]["delta"]]
    assert texts and all(isinstance(text, str) and text for text in texts)
    assert chunks(padded, "text", **USAGE) == found, "the same call has the same answer"
    client = openai.OpenAI(base_url=f"{padded.url}/v1", api_key="sk-standin", max_retries=0)
    case = stored.case("chat", "text")
    with client.chat.completions.stream(**case.call, **USAGE) as stream:
        got = stream.get_final_completion().to_dict()
    noise.assert_same(noise.without(got, case.response, noise.OPENAI_CHAT), case.response)
    off = chunks(padded, "text", stream_options={"include_obfuscation": False})
    assert not any("obfuscation" in one for one in off)


@pytest.mark.parametrize(
    ("split", "pieces"),
    [
        ("tokens", ["It", " is", " sunny", " in", " Paris", "."]),
        ("tokens*4", ["It is sunny in", " Paris."]),
        ("characters*5", ["It is", " sunn", "y in ", "Paris", "."]),
        ("whole", ["It is sunny in Paris."]),
    ],
)
def test_a_rule_says_where_texts_are_cut(mocking, split, pieces):
    cut = mocking({"mocks": [stored.case("chat", "text").rule(stream={"split": split})]})
    assert [delta["content"] for delta in deltas(chunks(cut, "text")) if delta.get("content")] == pieces


def test_a_character_is_never_cut(mocking):
    cut = mocking({"mocks": [stored.case("chat", "text-unicode").rule(stream={"split": "characters*1"})]})
    content = stored.case("chat", "text-unicode").response["choices"][0]["message"]["content"]
    assert [delta["content"] for delta in deltas(chunks(cut, "text-unicode")) if delta.get("content")] == list(content)


def test_the_same_call_has_the_same_bytes(server):
    assert streamed(server, "text-long").body == streamed(server, "text-long").body
