"""LiteLLM, which many applications and gateways are built on: its own clients, and its own accumulator of streams."""

import json
import os

import pytest

# It would look for prices on the network.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm

import stored

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TEXTS = ["text", "text-unicode", "text-long"]
TOOLS = ["parallel-tool-calls", "text-then-tool-call", "tool-call-unicode-arguments"]


@pytest.fixture(scope="module")
def server(mocking):
    document = stored.document("chat", "messages")
    document["mocks"].append({"name": "busy", "match": "[busy]", "answer": {"status": 429, "error": True}})
    return mocking(document)


def ask(server, vendor, text, **fields):
    model, base = {"openai": ("gpt-4.1-mini", f"{server.url}/v1"), "anthropic": ("claude-haiku-4-5", server.url)}[
        vendor
    ]
    messages = [{"role": "user", "content": text}]
    return litellm.completion(
        model=f"{vendor}/{model}",
        messages=messages,
        max_tokens=64,
        api_base=base,
        api_key="key",
        max_retries=0,
        **fields,
    )


def answers(server, vendor, case):
    """The answer whole, and what its accumulator makes of the stream."""
    yield ask(server, vendor, case.text)
    yield litellm.stream_chunk_builder(list(ask(server, vendor, case.text, stream=True)))


@pytest.mark.parametrize("name", TEXTS + TOOLS)
def test_chat(server, name):
    case = stored.case("chat", name)
    (choice,) = case.response["choices"]
    for answer in answers(server, "openai", case):
        message = answer.choices[0].message
        assert message.content == choice["message"]["content"]
        calls = [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or []]
        assert calls == [
            (call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in choice["message"].get("tool_calls", [])
        ]
        assert answer.choices[0].finish_reason == choice["finish_reason"]


def test_usage(server):
    """Streamed where it is asked for. Its accumulator then says `stop`, whatever the reason was."""
    case = stored.case("chat", "text-long")
    whole = ask(server, "openai", case.text)
    chunks = list(ask(server, "openai", case.text, stream=True, stream_options={"include_usage": True}))
    for answer in (whole, litellm.stream_chunk_builder(chunks)):
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (31, 203)


@pytest.mark.parametrize("name", ["text-unicode", "tools", "thinking"])
def test_messages(server, name):
    case = stored.case("messages", name)
    content = case.response["content"]
    for answer in answers(server, "anthropic", case):
        message = answer.choices[0].message
        assert message.content == "".join(block["text"] for block in content if block["type"] == "text")
        calls = [
            (call.id, call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []
        ]
        assert calls == [
            (block["id"], block["name"], block["input"]) for block in content if block["type"] == "tool_use"
        ]
        thoughts = "".join(block["thinking"] for block in content if block["type"] == "thinking")
        assert (getattr(message, "reasoning_content", None) or "") == thoughts


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_an_error(server, vendor):
    with pytest.raises(litellm.RateLimitError):
        ask(server, vendor, "[busy]")
