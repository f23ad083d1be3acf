"""The events of Messages as they are on the wire, block by block."""

import json

import pytest

import sse
import stored
from wire import exchange

HEADERS = {"Content-Type": "application/json", "X-Api-Key": "sk-ant-standin", "Anthropic-Version": "2023-06-01"}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(stored.document("messages"))


def streamed(server, name):
    body = json.dumps({**stored.case("messages", name).call, "stream": True}).encode()
    answer = exchange(server.url, "POST", "/v1/messages", body, HEADERS)
    assert (answer.status, answer.complete) == (200, True), answer.body
    return answer


def events(server, name):
    return [event.json() for event in sse.events(streamed(server, name).body)]


LATER = ("output_tokens_details", "server_tool_use", "iterations")
#: What `message_delta` says of a usage.
AT_THE_END = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens", *LATER)


@pytest.mark.parametrize("name", stored.names("messages", but={"minimal"}))
def test_what_every_stream_has(server, name):
    response = stored.case("messages", name).response
    answer = streamed(server, name)
    assert answer.header("content-type") == "text/event-stream; charset=utf-8"
    sse.assert_no_line_ends_inside(answer.body)
    found = sse.events(answer.body)
    assert all(event.name == event.json()["type"] == next(iter(event.json().values())) for event in found)
    found = [event.json() for event in found]

    usage = {key: value for key, value in response["usage"].items() if key not in LATER}
    usage["output_tokens"] = found[0]["message"]["usage"]["output_tokens"]
    emptied = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage, "stop_details": None}
    emptied |= {"container": None} if "container" in response else {}
    message = {key: value for key, value in response.items() if key != "context_management"}
    assert found[0] == {"type": "message_start", "message": {**message, **emptied}}
    assert usage["output_tokens"] <= 8, "a small number, before anything is said"

    delta = {"stop_reason": response["stop_reason"], "stop_sequence": response["stop_sequence"]}
    delta |= {key: response[key] for key in ("stop_details", "container") if response.get(key) is not None}
    got = {key: value for key, value in found[-2]["delta"].items() if key in delta or value is not None}
    assert found[-2]["type"] == "message_delta" and got == delta
    assert found[-2]["usage"] == {key: value for key, value in response["usage"].items() if key in AT_THE_END}
    assert found[-2].get("context_management") == response.get("context_management")
    assert found[-1] == {"type": "message_stop"}

    kinds = [event["type"] for event in found]
    assert kinds.count("ping") == (1 if response["content"] else 0)
    if response["content"]:
        assert kinds.index("ping") == kinds.index("content_block_start") + 1
    blocks = [event for event in found if "index" in event]
    assert [event["index"] for event in blocks] == sorted(event["index"] for event in blocks)
    for index in range(len(response["content"])):
        mine = [event["type"] for event in blocks if event["index"] == index]
        assert (mine[0], mine[-1]) == ("content_block_start", "content_block_stop")
        assert set(mine[1:-1]) <= {"content_block_delta"}


def block(server, name, index):
    """The block that is opened, and its deltas."""
    mine = [event for event in events(server, name) if event.get("index") == index]
    return mine[0]["content_block"], [event["delta"] for event in mine if event["type"] == "content_block_delta"]


def content(name, index):
    return stored.case("messages", name).response["content"][index]


def test_text(server):
    opened, deltas = block(server, "text", 0)
    assert opened == {"type": "text", "text": ""}
    assert all(set(delta) == {"type", "text"} and delta["type"] == "text_delta" for delta in deltas)
    assert "".join(delta["text"] for delta in deltas) == "It is sunny in Paris."
    assert len(deltas) == 2, "about five tokens each"


def test_an_empty_text(server):
    opened, deltas = block(server, "two-texts", 1)
    assert opened == {"type": "text", "text": ""}
    assert all(delta == {"type": "text_delta", "text": ""} for delta in deltas)


def test_citations(server):
    opened, deltas = block(server, "citations", 1)
    assert opened == {"type": "text", "text": "", "citations": []}
    cited = [delta for delta in deltas if delta["type"] == "citations_delta"]
    assert cited == [{"type": "citations_delta", "citation": one} for one in content("citations", 1)["citations"]]
    for index in (0, 2):
        assert not block(server, "citations", index)[0].get("citations")


def test_thinking(server):
    opened, deltas = block(server, "thinking", 0)
    assert opened == {"type": "thinking", "thinking": "", "signature": ""}
    *thoughts, last = deltas
    assert "".join(delta["thinking"] for delta in thoughts) == content("thinking", 0)["thinking"]
    assert all(delta["type"] == "thinking_delta" for delta in thoughts)
    assert last == {"type": "signature_delta", "signature": content("thinking", 0)["signature"]}


@pytest.mark.parametrize(("name", "index"), [("tools", 1), ("tool-escapes", 0), ("web-search", 1), ("beta-mcp", 1)])
def test_input(server, name, index):
    opened, deltas = block(server, name, index)
    assert opened == {**content(name, index), "input": {}}
    assert all(set(delta) == {"type", "partial_json"} and delta["type"] == "input_json_delta" for delta in deltas)
    assert deltas[0]["partial_json"] == ""
    assert json.loads("".join(delta["partial_json"] for delta in deltas)) == content(name, index)["input"]


def test_empty_input(server):
    assert block(server, "tools", 2) == (content("tools", 2), [{"type": "input_json_delta", "partial_json": ""}])


WHOLE = [
    ("thinking", 1),
    ("web-search", 2),
    ("web-search-error", 1),
    ("web-fetch", 1),
    ("code-execution", 2),
    ("code-execution", 4),
    ("code-execution", 6),
    ("code-execution", 7),
    ("tool-search", 1),
    ("beta-mcp", 2),
    ("unknown-block", 0),
]


@pytest.mark.parametrize(("name", "index"), WHOLE)
def test_a_block_that_comes_whole(server, name, index):
    assert block(server, name, index) == (content(name, index), [])


def test_compaction(server):
    _, deltas = block(server, "beta-mcp", 0)
    assert [delta["type"] for delta in deltas] == ["compaction_delta"]
    assert deltas[0]["content"] == content("beta-mcp", 0)["content"]


def test_the_same_call_has_the_same_bytes(server):
    assert streamed(server, "web-search").body == streamed(server, "web-search").body
