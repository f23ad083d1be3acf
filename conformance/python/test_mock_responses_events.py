"""The events of Responses as they are on the wire, item by item."""

import json

import openai
import pytest

import sse
import stored
from wire import exchange

KEY = {"Content-Type": "application/json", "Authorization": "Bearer sk-standin"}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(stored.document("responses"))


def streamed(server, name, **fields):
    body = json.dumps({**stored.case("responses", name).call, "stream": True, **fields}).encode()
    answer = exchange(server.url, "POST", "/v1/responses", body, KEY)
    assert (answer.status, answer.complete) == (200, True), answer.body
    return answer


def events(server, name, **fields):
    return [event.json() for event in sse.events(streamed(server, name, **fields).body)]


@pytest.mark.parametrize("name", stored.names("responses"))
def test_what_every_stream_has(server, name):
    response = stored.case("responses", name).response
    answer = streamed(server, name)
    assert answer.header("content-type") == "text/event-stream; charset=utf-8"
    sse.assert_no_line_ends_inside(answer.body)
    found = sse.events(answer.body)
    assert all(event.name == event.json()["type"] for event in found)
    found = [event.json() for event in found]
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    assert all(list(event)[:2] == ["type", "sequence_number"] for event in found)
    assert not any("obfuscation" in event for event in found)

    first = "queued" if response["background"] else "in_progress"
    opening = ["response.created", *["response.queued"] * response["background"], "response.in_progress"]
    assert [event["type"] for event in found[: len(opening)]] == opening
    for event in found[: len(opening)]:
        status = "in_progress" if event["type"] == "response.in_progress" else first
        expected = {"status": status, "output": [], "usage": None, "error": None, "incomplete_details": None}
        expected = {**response, **expected, "completed_at": None, "service_tier": event["response"]["service_tier"]}
        assert event["response"] == expected
        assert list(event["response"]) == list(response)
        assert event["response"]["service_tier"] in ("auto", response["service_tier"])
    terminal = {"type": f"response.{response['status']}", "sequence_number": len(found) - 1, "response": response}
    assert found[-1] == terminal
    assert json.dumps(found[-1]) == json.dumps(terminal)

    added = [event for event in found if event["type"] == "response.output_item.added"]
    done = [event for event in found if event["type"] == "response.output_item.done"]
    assert [event["output_index"] for event in added] == list(range(len(response["output"])))
    assert [event["item"] for event in done] == response["output"]
    for event in found:
        if "item_id" in event:
            assert event["item_id"] == response["output"][event["output_index"]]["id"]


def between(found, index=0):
    """The events of an item without what all have: their kinds and their own members."""
    mine = [event for event in found if event.get("output_index") == index]
    known = ("sequence_number", "output_index", "item_id")
    return [{key: value for key, value in event.items() if key not in known} for event in mine]


def joined(found):
    """Deltas of one kind and place in a row become one event."""
    result = []
    for event in found:
        last = result[-1] if result else {}
        here = {key: value for key, value in event.items() if key not in ("delta", "logprobs")}
        if "delta" in event and here == {key: value for key, value in last.items() if key not in ("delta", "logprobs")}:
            last["delta"] += event["delta"]
            if "logprobs" in last:
                last["logprobs"] = last["logprobs"] + event["logprobs"]
        else:
            result.append(dict(event))
    return result


def short(event):
    return {**event, "type": event["type"].removeprefix("response.")}


def sequence(server, name, index=0, **fields):
    return [short(event) for event in joined(between(events(server, name, **fields), index))]


def item(name, index=0):
    return stored.case("responses", name).response["output"][index]


def opened(name, index=0, **changed):
    """`output_item.added` of the stored item with these members; `...` takes one out."""
    members = {**item(name, index), **changed}
    return {"type": "output_item.added", "item": {key: value for key, value in members.items() if value is not ...}}


def closed(name, index=0):
    return {"type": "output_item.done", "item": item(name, index)}


def test_a_message(server):
    part = item("text")["content"][0]
    at = {"content_index": 0}
    assert sequence(server, "text") == [
        opened("text", status="in_progress", content=[]),
        {"type": "content_part.added", **at, "part": {**part, "text": ""}},
        {"type": "output_text.delta", **at, "delta": part["text"], "logprobs": []},
        {"type": "output_text.done", **at, "text": part["text"], "logprobs": []},
        {"type": "content_part.done", **at, "part": part},
        closed("text"),
    ]


def test_two_parts_and_two_messages(server):
    for index, texts in ((0, ["Let me see."]), (1, ["First.", "Second. 👍🏽"])):
        found = sequence(server, "two-parts-and-messages", index)
        assert found[0] == opened("two-parts-and-messages", index, status="in_progress", content=[])
        done = [event for event in found if event["type"] == "output_text.done"]
        assert [(event["content_index"], event["text"]) for event in done] == list(enumerate(texts))


def test_annotations(server):
    for name in ("url-citations", "file-citations"):
        part = item(name)["content"][0]
        found = sequence(server, name)
        added = [event for event in found if event["type"] == "output_text.annotation.added"]
        at = {"type": "output_text.annotation.added", "content_index": 0}
        assert added == [{**at, "annotation_index": i, "annotation": one} for i, one in enumerate(part["annotations"])]
        kinds = [event["type"] for event in found]
        assert kinds.index("output_text.delta") < kinds.index("output_text.annotation.added")
        assert kinds.index("output_text.annotation.added") < kinds.index("output_text.done")
        assert found[1]["part"] == {**part, "text": "", "annotations": []}


def test_logprobs(server):
    part = item("logprobs")["content"][0]
    found = events(server, "logprobs")
    deltas = [event for event in found if event["type"] == "response.output_text.delta"]
    for event in deltas:
        assert "".join(entry["token"] for entry in event["logprobs"]) == event["delta"]
    done = [event for event in found if event["type"] == "response.output_text.done"]
    assert [event["logprobs"] for event in done] == [part["logprobs"]]
    assert sequence(server, "logprobs")[1]["part"] == {**part, "text": "", "logprobs": []}


def test_a_refusal(server):
    part = item("refusal")["content"][0]
    assert sequence(server, "refusal")[1:-1] == [
        {"type": "content_part.added", "content_index": 0, "part": {"type": "refusal", "refusal": ""}},
        {"type": "refusal.delta", "content_index": 0, "delta": part["refusal"]},
        {"type": "refusal.done", "content_index": 0, "refusal": part["refusal"]},
        {"type": "content_part.done", "content_index": 0, "part": part},
    ]


def test_reasoning(server):
    name = "reasoning-summaries"
    expected = [opened(name, summary=[])]
    for index, part in enumerate(item(name)["summary"]):
        at = {"summary_index": index}
        expected += [
            {"type": "reasoning_summary_part.added", **at, "part": {"type": "summary_text", "text": ""}},
            {"type": "reasoning_summary_text.delta", **at, "delta": part["text"]},
            {"type": "reasoning_summary_text.done", **at, "text": part["text"]},
            {"type": "reasoning_summary_part.done", **at, "part": part},
        ]
    assert sequence(server, name) == [*expected, closed(name)]
    assert sequence(server, "reasoning-empty") == [opened("reasoning-empty"), closed("reasoning-empty")]


def test_reasoning_in_the_open(server):
    part = item("reasoning-text")["content"][0]
    found = sequence(server, "reasoning-text")
    assert found[0]["item"]["content"] == [] and found[0]["item"]["summary"] == []
    assert found[1:] == [
        {"type": "content_part.added", "content_index": 0, "part": {"type": "reasoning_text", "text": ""}},
        {"type": "reasoning_text.delta", "content_index": 0, "delta": part["text"]},
        {"type": "reasoning_text.done", "content_index": 0, "text": part["text"]},
        {"type": "content_part.done", "content_index": 0, "part": part},
        closed("reasoning-text"),
    ]


def test_function_calls(server):
    for index in (0, 1):
        call = item("function-calls", index)
        assert sequence(server, "function-calls", index) == [
            opened("function-calls", index, status="in_progress", arguments=""),
            {"type": "function_call_arguments.delta", "delta": call["arguments"]},
            {"type": "function_call_arguments.done", "arguments": call["arguments"], "name": call["name"]},
            closed("function-calls", index),
        ]


def test_a_custom_tool_call(server):
    call = item("custom-tool-call")
    first, *rest = sequence(server, "custom-tool-call")
    assert first in (
        opened("custom-tool-call", input="", status=...),
        opened("custom-tool-call", input="", status="in_progress"),
    )
    assert rest == [
        {"type": "custom_tool_call_input.delta", "delta": call["input"]},
        {"type": "custom_tool_call_input.done", "input": call["input"]},
        closed("custom-tool-call"),
    ]


#: The opener's members that differ from the stored item's, and the events before it is done.
HOSTED = {
    "web-search-call": (
        {"action": ...},
        ["web_search_call.in_progress", "web_search_call.searching", "web_search_call.completed"],
    ),
    "file-search-call": (
        {"queries": [], "results": None},
        ["file_search_call.in_progress", "file_search_call.searching", "file_search_call.completed"],
    ),
    "image-generation-call": (
        dict.fromkeys(["action", "background", "output_format", "quality", "result", "revised_prompt", "size"], ...),
        ["image_generation_call.in_progress", "image_generation_call.generating", "image_generation_call.completed"],
    ),
    "mcp-list-tools": ({"tools": []}, ["mcp_list_tools.in_progress", "mcp_list_tools.completed"]),
    "mcp-approval-request": ({}, []),
    "computer-call": ({}, []),
    "local-shell-call": ({}, []),
    "compaction": ({}, []),
    "program": ({}, []),
    "tool-search": ({}, []),
}


@pytest.mark.parametrize("name", HOSTED)
def test_a_hosted_item(server, name):
    changed, kinds = HOSTED[name]
    status = {"status": "in_progress"} if "status" in item(name) else {}
    assert sequence(server, name) == [
        opened(name, **status, **changed),
        *({"type": kind} for kind in kinds),
        closed(name),
    ]


def test_a_code_interpreter(server):
    for name in ("code-interpreter-call", "code-interpreter-call-no-outputs"):
        code = item(name)["code"]
        first, *rest = sequence(server, name)
        assert first["item"].pop("outputs") in (None, [])
        assert first == opened(name, status="in_progress", code="", outputs=...)
        assert rest == [
            {"type": "code_interpreter_call.in_progress"},
            {"type": "code_interpreter_call_code.delta", "delta": code},
            {"type": "code_interpreter_call_code.done", "code": code},
            {"type": "code_interpreter_call.interpreting"},
            {"type": "code_interpreter_call.completed"},
            closed(name),
        ]


def test_calls_of_mcp(server):
    for name, end in (("mcp-call", "completed"), ("mcp-call-failed", "failed")):
        call = item(name)
        assert sequence(server, name) == [
            opened(name, status="in_progress", arguments="", output=None, error=None),
            {"type": "mcp_call.in_progress"},
            {"type": "mcp_call_arguments.delta", "delta": call["arguments"]},
            {"type": "mcp_call_arguments.done", "arguments": call["arguments"]},
            {"type": f"mcp_call.{end}"},
            closed(name),
        ]
    kinds = [event["type"] for event in sequence(server, "mcp-list-tools-failed")]
    assert kinds[1:-1] == ["mcp_list_tools.in_progress", "mcp_list_tools.failed"]


PRIVATE = ("shell_call_command", "shell_call_output_content", "apply_patch_call_operation_diff")


@pytest.mark.parametrize("name", ["shell-call", "apply-patch-call"])
def test_private_events_are_sent_where_the_rule_says_so(server, mocking, name):
    def private(found):
        return [event for event in found if event["type"].removeprefix("response.").startswith(PRIVATE)]

    assert private(events(server, name)) == []
    told = mocking({"mocks": [stored.case("responses", name).rule(stream={"private_events": True})]})
    found = events(told, name)
    assert private(found)
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    client = openai.OpenAI(base_url=f"{told.url}/v1", api_key="sk-standin", max_retries=0)
    with client.responses.stream(**stored.case("responses", name).call) as stream:
        assert stream.get_final_response().to_dict()["output"] == stored.case("responses", name).response["output"]


def test_an_error_comes_before_a_failure(server):
    response = stored.case("responses", "failed").response
    *_, error, last = events(server, "failed")
    assert last["type"] == "response.failed"
    assert error["type"] == "error" and set(error) == {"type", "sequence_number", "error"}
    assert set(error["error"]) == {"type", "code", "message", "param"}
    assert error["error"]["code"] == response["error"]["code"]
    assert error["error"]["message"] == response["error"]["message"]


def test_padding_is_sent_where_the_rule_says_so(mocking):
    padded = mocking({"mocks": [stored.case("responses", "text").rule(stream={"obfuscation": True})]})
    deltas = [event for event in events(padded, "text") if "delta" in event]
    assert deltas and all(isinstance(event["obfuscation"], str) and event["obfuscation"] for event in deltas)
    client = openai.OpenAI(base_url=f"{padded.url}/v1", api_key="sk-standin", max_retries=0)
    case = stored.case("responses", "text")
    with client.responses.stream(**case.call) as stream:
        assert stream.get_final_response().output_text == "It is sunny in Paris."
