"""Answers that are filled in from the call, whatever the call says."""

import json

import openai
import pytest

import mocked
from mocked import ask, question

#: What breaks a template that pastes text into JSON.
NASTY = 'He said "no" \\ and\nleft\t{{ 7 * 7 }} {% raw %} </script> \u2028 \x01 👩\u200d👩\u200d👧 é'
OBJECT = {
    "id": "chatcmpl-template",
    "object": "chat.completion",
    "created": 1,
    "model": "{{ model }}",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "{{ user }}",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "echo", "arguments": '{"said": "{{ user }}", "n": 1}'},
                    }
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
}


@pytest.fixture(scope="module")
def server(mocking):
    def template(name, answer, **members):
        return {"name": name, "match": {"model": name}, "template": True, "answer": answer, **members}

    return mocking(
        {
            "mocks": [
                template("echo", "You said: {{ user }}"),
                template(
                    "arguments",
                    {"tool_calls": [{"name": "f", "arguments": {"said": "{{ user }}", "more": ["{{ model }}"]}}]},
                ),
                template(
                    "text arguments",
                    {
                        "tool_calls": [
                            {"name": "f", "arguments": '{"said": {{ user | tojson }}, "all": "{{ message }}"}'}
                        ]
                    },
                ),
                {
                    "name": "object",
                    "match": {"model": "object"},
                    "template": True,
                    "endpoint": "chat",
                    "response": OBJECT,
                },
                template(
                    "all",
                    "{{ system }}|{{ tools | join(',') }}|{{ turns }}|{{ stream }}|{{ endpoint }}|{{ provider }}|"
                    "{{ method }}|{{ path }}|{{ headers['x-team'] }}|{{ query.q }}|{{ request.seed }}",
                ),
                template("error", {"status": 400, "error": {"message": "Not {{ user }}"}}),
                template(
                    "loop", "{% for message in request.messages %}{{ loop.index }}:{{ message.role }} {% endfor %}"
                ),
                template("undefined", "{{ nobody }}"),
                template(
                    "endless", "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}"
                ),
                {"name": "plain", "match": {"model": "plain"}, "answer": "{{ user }}"},
            ]
        }
    )


@pytest.fixture(scope="module")
def client(server):
    return mocked.gpt(server)


def arguments(client, model):
    call = client.chat.completions.create(model=model, messages=question(NASTY)).choices[0].message.tool_calls[0]
    return json.loads(call.function.arguments)


def test_what_was_said(client, server):
    assert ask(client, NASTY, model="echo") == f"You said: {NASTY}"
    assert ask(mocked.claude(server), NASTY, model="echo") == f"You said: {NASTY}"
    with client.chat.completions.stream(model="echo", messages=question(NASTY)) as stream:
        assert stream.get_final_completion().choices[0].message.content == f"You said: {NASTY}"


def test_each_call_has_its_own(client):
    assert [ask(client, text, model="echo") for text in ("a", "b", "a")] == [
        "You said: a",
        "You said: b",
        "You said: a",
    ]


def test_arguments_of_tools(client):
    assert arguments(client, "arguments") == {"said": NASTY, "more": ["arguments"]}
    assert arguments(client, "text arguments") == {"said": NASTY, "all": NASTY}


def test_an_object(client):
    got = client.chat.completions.create(model="object", messages=question(NASTY))
    assert (got.model, got.choices[0].message.content) == ("object", NASTY)
    assert arguments(client, "object") == {"said": NASTY, "n": 1}


def test_what_can_be_named(client):
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    messages = [
        {"role": "system", "content": "Be kind"},
        *question("x"),
        {"role": "assistant", "content": "y"},
        *question("z"),
    ]
    got = client.chat.completions.create(
        model="all", messages=messages, tools=[tool], seed=7, extra_headers={"X-Team": "sail"}, extra_query={"q": "a b"}
    )
    expected = "Be kind|look|1|False|chat|openai|POST|/v1/chat/completions|sail|a b|7"
    assert got.choices[0].message.content == expected


def test_an_error(client):
    with pytest.raises(openai.BadRequestError) as raised:
        ask(client, NASTY, model="error")
    assert raised.value.body["message"] == f"Not {NASTY}"


def test_a_loop(client):
    messages = [{"role": "system", "content": "s"}, *question("u")]
    assert ask(client, messages, model="loop") == "1:system 2:user "


@pytest.mark.parametrize("model", ["undefined", "endless"])
def test_a_template_that_fails_is_told(client, model):
    with pytest.raises(openai.InternalServerError) as raised:
        ask(client, "x", model=model)
    assert model in raised.value.message
    assert raised.value.response.headers["x-standin-error"] == "mock_failed"


def test_others_are_left_alone(client):
    assert ask(client, "x", model="plain") == "{{ user }}"
