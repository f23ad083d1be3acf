"""Lists of answers: what moves them on, how they end; rules that answer so many times; scenarios; sessions."""

import concurrent.futures

import openai
import pytest

import mocked
from mocked import ask

ABC = ["a", "b", "c"]


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(
        {
            "mocks": [
                {"name": "repeat", "match": "[repeat]", "answers": ABC},
                {"name": "cycle", "match": "[cycle]", "answers": ABC, "exhausted": "cycle"},
                {"name": "error", "match": "[error]", "answers": ABC[:2], "exhausted": "error"},
                {"name": "talk", "match": {"system": "[talk]"}, "steps": "conversation", "answers": ABC},
                {
                    "name": "since",
                    "match": {"user": "[since]"},
                    "steps": "since_user",
                    "answers": [{"tool_calls": [{"id": "call_since", "name": "look", "arguments": {}}]}, "It is done."],
                },
                {
                    "name": "mixed",
                    "match": "[mixed]",
                    "endpoint": "chat",
                    "answers": [
                        {"status": 503, "error": {"message": "Not yet"}},
                        "A text",
                        {"text": "Neutral", "headers": {"x-which": "third"}},
                        {
                            "object": {
                                "id": "chatcmpl-own",
                                "object": "chat.completion",
                                "created": 1,
                                "model": "m",
                                "choices": [
                                    {
                                        "index": 0,
                                        "message": {"role": "assistant", "content": "My own"},
                                        "finish_reason": "stop",
                                    }
                                ],
                            }
                        },
                    ],
                },
                {"name": "twice", "match": "[times]", "times": 2, "answer": "first rule"},
                {"name": "after", "match": "[times]", "answer": "second rule"},
                {
                    "name": "knock",
                    "match": "[knock]",
                    "scenario": {"name": "door", "when": "start", "then": "open"},
                    "answer": "Who is there?",
                },
                {
                    "name": "enter",
                    "match": "[enter]",
                    "scenario": {"name": "door", "when": "open", "then": "start"},
                    "answer": "Come in.",
                },
                {"name": "locked", "match": "[enter]", "answer": "It is locked."},
                {"name": "low", "match": "[priority]", "answer": "low"},
                {"name": "high", "match": "[priority]", "priority": 5, "answer": "high"},
                {
                    "name": "higher for some",
                    "match": {"contains": "[priority]", "model": "vip-*"},
                    "priority": 6,
                    "answer": "vip",
                },
            ]
        }
    )


@pytest.fixture
def base(server):
    """A session of the test's own."""
    return mocked.session(server)


@pytest.fixture(params=["openai", "anthropic"])
def client(base, request):
    return mocked.gpt(base) if request.param == "openai" else mocked.claude(base)


def test_the_last_repeats(client):
    assert [ask(client, "[repeat]") for _ in range(5)] == ["a", "b", "c", "c", "c"]


def test_all_over_again(client):
    assert [ask(client, "[cycle]") for _ in range(7)] == ["a", "b", "c", "a", "b", "c", "a"]


def test_then_it_is_an_error(base):
    client = mocked.gpt(base)
    assert [ask(client, "[error]") for _ in range(2)] == ["a", "b"]
    with pytest.raises(openai.APIStatusError) as raised:
        ask(client, "[error]")
    headers = raised.value.response.headers
    assert headers["x-should-retry"] == "false" and headers["x-standin-error"]
    assert "error" in str(raised.value), "the rule is named"


def test_sessions_do_not_share_a_list(server):
    one, two = mocked.gpt(mocked.session(server)), mocked.gpt(mocked.session(server))
    assert [ask(client, "[repeat]") for client in (one, one, two, one, two)] == ["a", "b", "a", "c", "b"]


def test_a_session_by_its_header(server):
    name = mocked.session(server).rsplit("/", 1)[-1]
    client = mocked.gpt(server, default_headers={"X-Standin-Session": name})
    assert [ask(client, "[repeat]") for _ in range(3)] == ["a", "b", "c"]


def test_two_sdks_in_one_session_share_it(base):
    assert [ask(mocked.gpt(base), "[repeat]"), ask(mocked.claude(base), "[repeat]")] == ["a", "b"]


def test_each_answer_is_given_once_to_many_at_once(base):
    client = mocked.gpt(base)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: ask(client, "[cycle]"), range(30)))
    assert sorted(got) == sorted(ABC * 10)


def test_turns_of_the_conversation(server):
    """No session, and in any order: the request says where it is."""
    client = mocked.gpt(server)
    system = [{"role": "system", "content": "This is a [talk]"}]
    history = [
        {"role": "user", "content": "1"},
        {"role": "assistant", "content": "a"},
        {"role": "user", "content": "2"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "3"},
    ]
    for length, answer in ((5, "c"), (1, "a"), (3, "b"), (3, "b"), (1, "a")):
        assert ask(client, system + history[:length]) == answer
    claude = mocked.claude(server)
    for length, answer in ((3, "b"), (1, "a"), (5, "c")):
        assert ask(claude, history[:length], system="This is a [talk]") == answer


def test_turns_since_the_user(server):
    client = mocked.gpt(server)
    messages = mocked.question("an old one") + [{"role": "assistant", "content": "old"}] + mocked.question("[since]")
    first = client.chat.completions.create(model="m", messages=messages).choices[0].message
    assert first.tool_calls[0].id == "call_since"
    messages += [first.to_dict(), {"role": "tool", "tool_call_id": "call_since", "content": "42"}]
    assert ask(client, messages) == "It is done."

    claude = mocked.claude(server)
    messages = mocked.question("[since]")
    first = claude.messages.create(model="m", max_tokens=8, messages=messages)
    result = {"type": "tool_result", "tool_use_id": first.content[0].id, "content": "42"}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    assert ask(claude, messages) == "It is done."

    items = [{"role": "user", "content": "[since]"}]
    first = client.responses.create(model="m", input=items)
    items += [item.to_dict() for item in first.output] + [
        {"type": "function_call_output", "call_id": "call_since", "output": "42"}
    ]
    assert client.responses.create(model="m", input=items).output_text == "It is done."


def test_a_list_of_all_kinds(base):
    client = mocked.gpt(base)
    with pytest.raises(openai.InternalServerError) as raised:
        ask(client, "[mixed]")
    assert raised.value.body["message"] == "Not yet"
    assert ask(client, "[mixed]") == "A text"
    raw = client.chat.completions.with_raw_response.create(model="m", messages=mocked.question("[mixed]"))
    assert (raw.headers["x-which"], raw.parse().choices[0].message.content) == ("third", "Neutral")
    own = mocked.chat(client, "[mixed]")
    assert (own.id, own.choices[0].message.content) == ("chatcmpl-own", "My own")


def test_so_many_times(client):
    assert [ask(client, "[times]") for _ in range(4)] == ["first rule", "first rule", "second rule", "second rule"]


def test_a_scenario(client):
    said = [ask(client, word) for word in ("[enter]", "[knock]", "[enter]", "[enter]", "[knock]", "[enter]")]
    assert said == ["It is locked.", "Who is there?", "Come in.", "It is locked.", "Who is there?", "Come in."]


def test_scenarios_of_sessions_are_apart(server):
    one, two = mocked.gpt(mocked.session(server)), mocked.gpt(mocked.session(server))
    assert ask(one, "[knock]") == "Who is there?"
    assert (ask(two, "[enter]"), ask(one, "[enter]")) == ("It is locked.", "Come in.")


def test_priority(client):
    assert ask(client, "[priority]") == "high"
    assert ask(client, "[priority]", model="vip-1") == "vip"


def test_a_reset_begins_anew(mocking):
    """Those who name no session share one, until it is reset."""
    server = mocking({"mocks": [{"match": "[repeat]", "answers": ABC}]})
    client = mocked.gpt(server)
    assert [ask(client, "[repeat]") for _ in range(2)] == ["a", "b"]
    assert mocked.post(server, "/_standin/reset", {}).status == 200
    assert ask(client, "[repeat]") == "a"
