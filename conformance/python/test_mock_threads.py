"""Conversations that Anthropic holds: the SDK sends what is new alone, and rules see all of it."""

import json

import anthropic
import pytest

import mocked
from wire import exchange


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(
        {
            "mocks": [
                {
                    "name": "second",
                    "match": {
                        "turns": 1,
                        "system": "Be kind",
                        "tools": ["look"],
                        "jsonpath": "$.messages[?@.content == 'One']",
                    },
                    "answer": "Two",
                },
                {"name": "third", "match": {"turns": 2, "user": "Go on"}, "answer": "Three"},
                {"name": "first", "match": {"turns": 0}, "answer": "One"},
            ]
        }
    )


@pytest.fixture(scope="module")
def claude(server):
    return mocked.claude(server)


LOOK = {"name": "look", "description": "Looks", "input_schema": {"type": "object", "properties": {}}}


def begin(claude):
    return claude.beta.messages.thread(max_tokens=64, model="claude-haiku-4-5", system="Be kind", tools=[LOOK])


def user(text):
    return {"role": "user", "content": text}


def test_a_thread(claude):
    thread = begin(claude)
    assert thread.send(user("One")).content[0].text == "One"
    assert thread.send(user("Go on")).content[0].text == "Two"
    with thread.stream(user("Go on")) as stream:
        assert stream.get_final_message().content[0].text == "Three"
    assert len(thread.messages) == 6


def test_no_match_is_explained_with_all_that_was_said(claude):
    thread = begin(claude)
    thread.send(user("One"))
    thread.send(user("Go on"))
    thread.send(user("Go on"))
    with pytest.raises(anthropic.NotFoundError) as raised:
        thread.send(user("Go on"))
    assert "wanted  2" in str(raised.value.body) and "called  3" in str(raised.value.body)


def test_each_call_sends_what_is_new(server, claude):
    exchange(server.url, "DELETE", "/_standin/journal")
    thread = begin(claude)
    thread.send(user("One"))
    thread.send(user("Go on"))
    assert [entry["status"] for entry in mocked.journal(server)] == [200, 200]


def test_a_lost_thread_is_sent_again(mocking):
    """The SDK sends the whole conversation where nothing is held."""
    server = mocking({"mocks": [{"match": {"turns": 0}, "answer": "One"}, {"match": {"turns": 1}, "answer": "Two"}]})
    thread = begin(mocked.claude(server))
    assert thread.send(user("One")).content[0].text == "One"
    assert mocked.post(server, "/_standin/reset", {}).status == 200
    assert thread.send(user("Go on")).content[0].text == "Two"
    assert [entry["status"] for entry in mocked.journal(server)] == [404, 200]


def test_what_a_lost_thread_is_told(server):
    call = {
        "model": "m",
        "max_tokens": 8,
        "messages": [user("x")],
        "thread": {"type": "continue", "previous_message_id": "msg_0"},
    }
    answer = mocked.post(server, "/v1/messages", call, Anthropic_Version="2023-06-01")
    assert answer.status == 404
    assert answer.json()["error"]["details"]["error_code"] == "thread_not_found"
    assert "msg_0" in json.dumps(answer.json()["error"])


def test_threads_of_sessions_are_apart(server):
    one, two = (mocked.claude(mocked.session(server)) for _ in range(2))
    first = one.beta.messages.create(model="m", max_tokens=8, messages=[user("One")], thread={"type": "create"})
    go_on = {
        "model": "m",
        "max_tokens": 8,
        "messages": [user("Go on")],
        "thread": {"type": "continue", "previous_message_id": first.id},
    }
    with pytest.raises(anthropic.NotFoundError):
        two.beta.messages.create(**go_on)
