"""Answers in no vendor's words, as each official SDK sees them: text, thoughts, tools, refusals, usage."""

import json

import openai
import pytest

import mocked
import noise

TOOLS = [
    {"name": "get_weather", "arguments": {"city": "Paris ☀", "days": [1, 2]}},
    {"id": "call_given", "name": "get_time", "arguments": {}},
]
USAGE = {"input_tokens": 100, "output_tokens": 20, "cached_tokens": 60, "reasoning_tokens": 8}
RULES = {
    "text": "It is sunny.\n☀\u2028",
    "thought": {"reasoning": "Let me think… 🤔", "text": "Done."},
    "tools": {"tool_calls": TOOLS},
    "text and tools": {"text": "One moment.", "tool_calls": TOOLS[:1]},
    "refuses": {"refusal": "I cannot help with that."},
    "is cut": {"text": "Once upon a", "finish_reason": "length"},
    "is filtered": {"text": "The", "finish_reason": "content_filter"},
    "usage": {"text": "Counted.", "usage": USAGE},
    "named": {"text": "Me.", "model": "another-model"},
    "empty": {"text": ""},
}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(
        {"mocks": [{"name": name, "match": f"[{name}]", "answer": answer} for name, answer in RULES.items()]}
    )


@pytest.fixture(scope="module")
def gpt(server):
    return mocked.gpt(server)


@pytest.fixture(scope="module")
def claude(server):
    return mocked.claude(server)


def assert_alike(got, whole, rules):
    noise.assert_same(noise.without(got, whole, rules), whole)


def chats(gpt, name):
    """The chat whole and put together from its stream; they are the same."""
    call = {"model": "gpt-5-mini", "messages": mocked.question(f"[{name}]")}
    whole = gpt.chat.completions.create(**call)
    with gpt.chat.completions.stream(**call, stream_options={"include_usage": True}) as stream:
        for _ in stream:
            pass
        got = stream.current_completion_snapshot.to_dict()
    assert_alike(got, whole.to_dict(), noise.OPENAI_CHAT)
    return whole


def responses(gpt, name):
    call = {"model": "gpt-5-mini", "input": f"[{name}]"}
    whole = gpt.responses.create(**call)
    last = list(gpt.responses.create(**call, stream=True))[-1]
    assert_alike(last.response.to_dict(), whole.to_dict(), noise.OPENAI_RESPONSES)
    return whole


def messages(claude, name):
    call = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": mocked.question(f"[{name}]")}
    whole = claude.messages.create(**call)
    with claude.messages.stream(**call) as stream:
        got = stream.get_final_message().to_dict(mode="json")
    assert_alike(got, whole.to_dict(mode="json"), noise.ANTHROPIC)
    return whole


def test_text(gpt, claude):
    text = RULES["text"]
    answer = chats(gpt, "text")
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == (text, "stop")
    assert answer.model == "gpt-5-mini" and answer.id.startswith("chatcmpl-")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens >= 5
    answer = responses(gpt, "text")
    assert (answer.output_text, answer.status, answer.model) == (text, "completed", "gpt-5-mini")
    assert answer.id.startswith("resp_") and answer.output[0].id.startswith("msg_")
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    answer = messages(claude, "text")
    assert [block.to_dict() for block in answer.content] == [{"type": "text", "text": text}]
    assert (answer.stop_reason, answer.model) == ("end_turn", "claude-haiku-4-5")
    assert answer.id.startswith("msg_01") and answer.usage.output_tokens >= 5


def test_legacy_text(gpt):
    answer = gpt.completions.create(model="gpt-3.5-turbo-instruct", prompt=["[text]", "and"], n=2)
    assert [(one.index, one.text) for one in answer.choices] == [(index, RULES["text"]) for index in range(4)]


def test_a_thought(gpt, claude):
    message = chats(gpt, "thought").choices[0].message
    assert (message.reasoning_content, message.content) == ("Let me think… 🤔", "Done.")
    thought, said = responses(gpt, "thought").output
    assert [part.to_dict() for part in thought.summary] == [{"type": "summary_text", "text": "Let me think… 🤔"}]
    assert said.content[0].text == "Done."
    thought, said = messages(claude, "thought").content
    assert (thought.type, thought.thinking, said.text) == ("thinking", "Let me think… 🤔", "Done.")
    assert thought.signature


def test_tools(gpt, claude):
    choice = chats(gpt, "tools").choices[0]
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    calls = choice.message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_time"]
    assert [json.loads(call.function.arguments) for call in calls] == [TOOLS[0]["arguments"], {}]
    assert calls[0].id.startswith("call_") and calls[1].id == "call_given"

    calls = responses(gpt, "tools").output
    assert [(call.type, call.name) for call in calls] == [
        ("function_call", "get_weather"),
        ("function_call", "get_time"),
    ]
    assert [json.loads(call.arguments) for call in calls] == [TOOLS[0]["arguments"], {}]
    assert calls[0].call_id.startswith("call_") and calls[1].call_id == "call_given"

    answer = messages(claude, "tools")
    assert answer.stop_reason == "tool_use"
    assert [(block.type, block.name, block.input) for block in answer.content] == [
        ("tool_use", "get_weather", TOOLS[0]["arguments"]),
        ("tool_use", "get_time", {}),
    ]
    assert answer.content[0].id.startswith("toolu_") and answer.content[1].id == "call_given"


def test_text_and_tools(gpt, claude):
    message = chats(gpt, "text and tools").choices[0].message
    assert (message.content, len(message.tool_calls)) == ("One moment.", 1)
    assert [item.type for item in responses(gpt, "text and tools").output] == ["message", "function_call"]
    assert [block.type for block in messages(claude, "text and tools").content] == ["text", "tool_use"]


def test_a_refusal(gpt, claude):
    message = chats(gpt, "refuses").choices[0].message
    assert (message.refusal, message.content) == (RULES["refuses"]["refusal"], None)
    (part,) = responses(gpt, "refuses").output[0].content
    assert (part.type, part.refusal) == ("refusal", RULES["refuses"]["refusal"])
    answer = messages(claude, "refuses")
    assert answer.stop_reason == "refusal"
    assert answer.content[0].text == RULES["refuses"]["refusal"]


def test_how_it_ends(gpt, claude):
    for name, finish, reason, stop in (
        ("is cut", "length", "max_output_tokens", "max_tokens"),
        ("is filtered", "content_filter", "content_filter", "refusal"),
    ):
        assert chats(gpt, name).choices[0].finish_reason == finish
        answer = responses(gpt, name)
        assert (answer.status, answer.incomplete_details.reason) == ("incomplete", reason)
        assert messages(claude, name).stop_reason == stop


def test_usage(gpt, claude):
    usage = chats(gpt, "usage").usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (100, 20, 120)
    assert usage.prompt_tokens_details.cached_tokens == 60
    assert usage.completion_tokens_details.reasoning_tokens == 8
    usage = responses(gpt, "usage").usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (100, 20, 120)
    assert usage.input_tokens_details.cached_tokens == 60
    assert usage.output_tokens_details.reasoning_tokens == 8
    usage = messages(claude, "usage").usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (40, 60, 20)


def test_the_model(gpt, claude):
    for answer in (chats(gpt, "named"), responses(gpt, "named"), messages(claude, "named")):
        assert answer.model == "another-model"


def test_an_empty_text(gpt, claude):
    assert chats(gpt, "empty").choices[0].message.content == ""
    assert responses(gpt, "empty").output_text == ""
    assert mocked.ask(claude, "[empty]") == ""


def test_two_choices(gpt):
    answer = mocked.chat(gpt, "[text]", n=2)
    assert [(choice.index, choice.message.content) for choice in answer.choices] == [
        (0, RULES["text"]),
        (1, RULES["text"]),
    ]


def test_what_the_caller_set_is_told_back(gpt):
    tool = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
    answer = gpt.responses.create(
        model="gpt-5-mini",
        input="[text]",
        instructions="Be kind",
        temperature=0.5,
        max_output_tokens=99,
        metadata={"key": "value"},
        tools=[tool],
        tool_choice="required",
        store=False,
    ).to_dict()
    told = {
        key: answer[key]
        for key in ("instructions", "temperature", "max_output_tokens", "metadata", "tool_choice", "store")
    }
    assert told == {
        "instructions": "Be kind",
        "temperature": 0.5,
        "max_output_tokens": 99,
        "metadata": {"key": "value"},
        "tool_choice": "required",
        "store": False,
    }
    assert answer["tools"] == [{**tool, "description": None, "strict": True}]


def test_a_call_is_answered_the_same_way_twice(gpt, claude):
    assert mocked.chat(gpt, "[tools]").to_dict() == mocked.chat(gpt, "[tools]").to_dict()
    assert messages(claude, "tools").to_dict() == messages(claude, "tools").to_dict()


def test_no_words_for_embeddings(gpt):
    """A neutral text fits the endpoints of words alone."""
    with pytest.raises(openai.NotFoundError):
        gpt.embeddings.create(model="text-embedding-3-small", input="[text]")


def test_count_tokens(claude):
    """It is computed, and needs no mock."""
    call = {"model": "claude-haiku-4-5", "messages": mocked.question("Nobody answers this")}
    few = claude.messages.count_tokens(**call).input_tokens
    more = claude.messages.count_tokens(**call, system="Be kind. " * 40).input_tokens
    assert 0 < few < 40 < more
    assert claude.beta.messages.count_tokens(**call).input_tokens == few
