"""What a rule can look at, and what a caller is told whom no rule answers."""

import json

import openai
import pytest

import mocked
from mocked import ask, question

TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}
#: A match, calls that it holds for, and calls that it does not hold for: members of a Chat Completions body.
MATCHES = {
    "contains": ({"contains": "needle"}, [{"messages": question("a needle in")}], [{"messages": question("a Needle")}]),
    "text alone": ("needle", [{"messages": question("needles")}], [{"messages": question("none")}]),
    "equals": (
        {"equals": "Hi"},
        [{"messages": question("Hi")}, {"messages": question([{"type": "text", "text": "Hi"}])}],
        [{"messages": question("Hi!")}],
    ),
    "regex": ({"regex": r"^\d+ \w+$"}, [{"messages": question("12 apples")}], [{"messages": question("apples 12")}]),
    "role": ({"role": "assistant"}, [{"messages": [*question("x"), {"role": "assistant", "content": "y"}]}], [{}]),
    "user": (
        {"user": "me"},
        [{"messages": [*question("me"), {"role": "assistant", "content": "y"}]}],
        [{"messages": [*question("you"), {"role": "assistant", "content": "me"}]}],
    ),
    "system": (
        {"system": {"regex": "(?i)BRIEF"}},
        [
            {"messages": [{"role": "system", "content": "be brief"}, *question("x")]},
            {"messages": [{"role": "developer", "content": "brief!"}, *question("x")]},
        ],
        [{"messages": question("brief")}],
    ),
    "model": ({"model": "gpt-*-mini"}, [{"model": "gpt-5-mini"}], [{"model": "gpt-5"}, {"model": "xgpt-5-mini"}]),
    "model equals": ({"model": {"equals": "*"}}, [{"model": "*"}], [{"model": "gpt-5"}]),
    "tools": (
        {"tools": ["get_weather"]},
        [{"tools": [TOOL]}],
        [{}, {"tools": [{**TOOL, "function": {"name": "other"}}]}],
    ),
    "tool_call_id": (
        {"tool_call_id": "call_1"},
        [{"messages": [*question("x"), {"role": "tool", "tool_call_id": "call_1", "content": "y"}]}],
        [{"messages": [*question("x"), {"role": "tool", "tool_call_id": "call_2", "content": "y"}]}],
    ),
    "turns": (
        {"turns": 1},
        [{"messages": [*question("x"), {"role": "assistant", "content": "y"}, *question("z")]}],
        [{}],
    ),
    "turns min": (
        {"turns": {"min": 1}},
        [{"messages": [*question("x"), {"role": "assistant", "content": "y"}, *question("z")]}],
        [{}],
    ),
    "stream": ({"stream": True}, [{"stream": True}], [{"stream": False}, {}]),
    "json": (
        {"json": {"metadata": {"team": "sail"}, "messages": [{"role": "user"}]}},
        [{"metadata": {"team": "sail", "more": "x"}}],
        [{"metadata": {"team": "row"}}, {}],
    ),
    "jsonpath": (
        {"jsonpath": "$.messages[?@.role == 'user' && search(@.content, 'deep')]"},
        [{"messages": question("deep sea")}],
        [{"messages": question("sea")}],
    ),
    "path": ({"path": "*/chat/completions", "method": "POST"}, [{}], []),
    "path of another": ({"path": "/v1/responses"}, [], [{}]),
    "headers": (
        {"headers": {"X-Team": "sail"}},
        [{"extra_headers": {"x-team": "sail"}}],
        [{}, {"extra_headers": {"x-team": "sails"}}],
    ),
    "headers listed": (
        {"headers": [{"name": "x-team", "value": "^s..l$", "match_type": "regex"}]},
        [{"extra_headers": {"X-Team": "sail"}}],
        [{}],
    ),
    "query": (
        {"query": {"api": "a b"}},
        [{"extra_query": {"api": "a b", "more": "1"}}],
        [{}, {"extra_query": {"api": "ab"}}],
    ),
    "any": ({"any": [{"contains": "one"}, {"model": "two"}]}, [{"messages": question("one")}, {"model": "two"}], [{}]),
    "all": (
        {"all": ["one", {"not": {"contains": "two"}}]},
        [{"messages": question("one")}],
        [{"messages": question("one two")}],
    ),
    "two keys": (
        {"contains": "one", "model": "two"},
        [{"messages": question("one"), "model": "two"}],
        [{"messages": question("one")}, {"model": "two"}],
    ),
}


def call(client, name, fields):
    fields = {"model": "m", "messages": question("nothing"), **fields}
    headers = {**fields.pop("extra_headers", {}), "X-Case": name}
    return client.chat.completions.with_raw_response.create(**fields, extra_headers=headers)


@pytest.fixture(scope="module")
def server(mocking):
    """Each rule looks at calls of its own case alone."""
    rules = [
        {"name": name, "match": {"all": [{"headers": {"X-Case": name}}, match]}, "answer": "It holds."}
        for name, (match, _, _) in MATCHES.items()
    ]
    rules += [
        {"name": "for azure", "provider": "azure", "match": "[provider]", "answer": "azure"},
        {"name": "for anthropic", "provider": "anthropic", "match": "[provider]", "answer": "anthropic"},
        {"name": "for responses", "endpoint": "responses", "match": "[endpoint]", "answer": "responses"},
        {"name": "for others", "endpoint": ["chat", "messages"], "match": "[endpoint]", "answer": "others"},
        {"match": {"contains": "the 21st", "model": "gpt-nearly"}, "name": "nearly", "answer": "x"},
    ]
    return mocking({"mocks": rules})


@pytest.mark.parametrize("name", MATCHES)
def test_a_condition(server, name):
    client = mocked.gpt(server)
    _, holds, fails = MATCHES[name]
    for fields in holds:
        answer = call(client, name, fields)
        assert answer.status_code == 200 and answer.headers["x-standin-mock"] == name
    for fields in fails:
        with pytest.raises(openai.NotFoundError):
            call(client, name, fields)


def test_tool_results_of_every_vendor(mocking):
    server = mocking(
        {
            "mocks": [
                {"name": "told", "match": {"role": "tool", "tool_call_id": "id_1", "contains": "42"}, "answer": "Told."}
            ]
        }
    )
    gpt, claude = mocked.gpt(server), mocked.claude(server)
    assert ask(gpt, [*question("x"), {"role": "tool", "tool_call_id": "id_1", "content": "it is 42"}]) == "Told."
    result = {"type": "tool_result", "tool_use_id": "id_1", "content": [{"type": "text", "text": "it is 42"}]}
    assert ask(claude, question([result])) == "Told."
    items = [{"type": "function_call_output", "call_id": "id_1", "output": "it is 42"}]
    assert gpt.responses.create(model="m", input=items).output_text == "Told."


def test_providers_and_endpoints(server):
    gpt, claude = mocked.gpt(server), mocked.claude(server)
    azure = openai.AzureOpenAI(azure_endpoint=server.url, api_key="key", api_version="2024-10-21", max_retries=0)
    assert (ask(azure, "[provider]"), ask(claude, "[provider]")) == ("azure", "anthropic")
    with pytest.raises(openai.NotFoundError):
        ask(gpt, "[provider]")
    assert gpt.responses.create(model="m", input="[endpoint]").output_text == "responses"
    assert (ask(gpt, "[endpoint]"), ask(claude, "[endpoint]")) == ("others", "others")
    with pytest.raises(openai.NotFoundError):
        gpt.completions.create(model="m", prompt="[endpoint]")


def test_the_first_of_equals_answers(mocking):
    rules = [{"name": f"rule {number}", "match": "same", "answer": str(number)} for number in range(50)]
    assert ask(mocked.gpt(mocking({"mocks": rules})), "the same") == "0"


def test_no_match_is_explained(server):
    with pytest.raises(openai.NotFoundError) as raised:
        ask(mocked.gpt(server), "What of the 21th?", model="gpt-nearly")
    error, headers = raised.value, raised.value.response.headers
    assert set(error.body) == {"message", "type", "param", "code"}
    for part in ("nearly", "the 21st", "What of the 21th?"):
        assert part in error.message, "the rule that comes closest, what it wants, what there is"
    assert headers["x-should-retry"] == "false" and headers["x-standin-error"]
    assert headers["x-standin-source"] == "refusal"
    assert "nearly" in headers["x-standin-near-miss"]
    entry = mocked.journal(server)[-1]
    assert entry["status"] == 404 and "nearly" in json.dumps(entry)


def test_no_match_in_the_shape_of_anthropic(server):
    answer = mocked.post(
        server,
        "/v1/messages",
        {"model": "gpt-nearly", "max_tokens": 8, "messages": question("x")},
        Anthropic_Version="2023-06-01",
    )
    assert answer.status == 404
    assert answer.json()["type"] == "error" and answer.json()["error"]["type"] == "not_found_error"
    assert "nearly" in answer.json()["error"]["message"]


def test_the_journal_tells_which_rule(server):
    ask(mocked.claude(server), "[endpoint]")
    entry = mocked.journal(server)[-1]
    assert (entry["source"], entry["mock"], entry["provider"], entry["status"]) == (
        "mock",
        "for others",
        "anthropic",
        200,
    )
