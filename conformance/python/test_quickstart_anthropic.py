"""`standin serve` alone, and the first calls that the documentation of Anthropic's SDK shows. Only the environment is
changed."""

import asyncio
import base64
import io
import json

import anthropic
import pydantic
import pytest
from PIL import Image

REQUEST = {
    "model": "claude-haiku-4-5",
    "max_tokens": 1024,
    "messages": [{"role": "user", "content": "Hello, Claude"}],
}
WEATHER = "What is the weather like in San Francisco?"
TOOL = {
    "name": "get_weather",
    "description": "The current weather in a given location.",
    "input_schema": {
        "type": "object",
        "properties": {
            "location": {"type": "string", "description": "The city and state"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["location"],
    },
}


class Contact(pydantic.BaseModel):
    name: str
    email: str
    demo_requested: bool


@pytest.fixture(scope="module", autouse=True)
def pointed(start):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", start().url)
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-none")
        yield


@pytest.fixture
def client():
    return anthropic.Anthropic()


def asking(content, **options):
    return {**REQUEST, "messages": [{"role": "user", "content": content}], **options}


def text(message):
    return "".join(block.text for block in message.content if block.type == "text")


def run(call):
    """What a call of the asynchronous client gives."""

    async def main():
        async with anthropic.AsyncAnthropic() as client:
            return await call(client)

    return asyncio.run(main())


def test_a_message(client):
    message = client.messages.create(**REQUEST)
    assert (message.type, message.role, message.stop_reason) == ("message", "assistant", "end_turn")
    assert message.model == REQUEST["model"] and len(text(message)) > 10
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
    assert message._request_id.startswith("req_")


def test_turns_and_a_beginning_of_the_answer(client):
    messages = [
        *REQUEST["messages"],
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "Can you describe LLMs to me?"},
    ]
    asked = {**REQUEST, "system": "Be brief.", "messages": messages}
    message = client.messages.create(**asked)
    assert text(message) and message.usage.input_tokens > client.messages.create(**REQUEST).usage.input_tokens
    begun = client.messages.create(**{**asked, "messages": [*messages, {"role": "assistant", "content": "They are"}]})
    assert text(begun)


def test_no_more_than_max_tokens(client):
    message = client.messages.create(**{**REQUEST, "max_tokens": 3})
    assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 3)


def test_an_image(client):
    pixel = io.BytesIO()
    Image.new("RGB", (1, 1)).save(pixel, "PNG")
    data = base64.b64encode(pixel.getvalue()).decode()
    for source in (
        {"type": "base64", "media_type": "image/png", "data": data},
        {"type": "url", "url": "https://example.com/ant.jpg"},
    ):
        content = [{"type": "image", "source": source}, {"type": "text", "text": "What is in the above image?"}]
        assert text(client.messages.create(**asking(content)))


def test_events(client):
    whole = client.messages.create(**REQUEST)
    events = list(client.messages.create(**REQUEST, stream=True))
    types = [event.type for event in events]
    assert types[0] == "message_start" and types[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    deltas = [event.delta.text for event in events if event.type == "content_block_delta"]
    assert len(deltas) > 1 and "".join(deltas) == text(whole)
    assert events[-2].usage.output_tokens == whole.usage.output_tokens


def test_the_helper(client):
    with client.messages.stream(**REQUEST) as stream:
        pieces = list(stream.text_stream)
    final = stream.get_final_message()
    assert len(pieces) > 1 and "".join(pieces) == text(final) == text(client.messages.create(**REQUEST))
    with client.messages.stream(**REQUEST) as stream:
        assert stream.get_final_text() == text(final)


def test_thinking(client):
    asked = {**REQUEST, "max_tokens": 4096, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    message = client.messages.create(**asked)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[0].thinking and message.content[0].signature
    with client.messages.stream(**asked) as stream:
        thought = "".join(event.thinking for event in stream if event.type == "thinking")
    assert thought == message.content[0].thinking
    assert [block.to_dict() for block in stream.get_final_message().content] == [block.to_dict() for block in message.content]


def test_a_tool(client):
    asked = asking(WEATHER, tools=[TOOL])
    first = client.messages.create(**asked)
    (call,) = [block for block in first.content if block.type == "tool_use"]
    assert (first.stop_reason, call.name) == ("tool_use", "get_weather") and isinstance(call.input["location"], str)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "15 degrees"}
    turns = [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    last = client.messages.create(**{**asked, "messages": [*asked["messages"], *turns]})
    assert last.stop_reason == "end_turn" and text(last)


def test_the_input_of_a_tool_in_pieces(client):
    with client.messages.stream(**asking(WEATHER, tools=[TOOL])) as stream:
        pieces = "".join(event.partial_json for event in stream if event.type == "input_json")
    (call,) = [block for block in stream.get_final_message().content if block.type == "tool_use"]
    assert json.loads(pieces) == call.input


def test_a_tool_is_demanded(client):
    for choice in ({"type": "any"}, {"type": "tool", "name": "get_weather"}):
        assert client.messages.create(**REQUEST, tools=[TOOL], tool_choice=choice).stop_reason == "tool_use"


@pytest.mark.parametrize("stream", [False, True])
def test_the_runner_of_tools(client, stream):
    given = []

    @anthropic.beta_tool
    def get_weather(location: str) -> str:
        """The current weather in a given location."""
        given.append(location)
        return f"Sunny in {location}"

    runner = client.beta.messages.tool_runner(**asking(WEATHER), tools=[get_weather], stream=stream)
    turns = [turn.get_final_message() if stream else turn for turn in runner]
    assert [turn.stop_reason for turn in turns] == ["tool_use", "end_turn"]
    assert len(given) == 1 and text(turns[-1])


def test_a_structured_answer(client):
    asked = {**asking("Extract: John Smith (john@example.com) wants a demo."), "output_format": Contact}
    parsed = client.messages.parse(**asked).parsed_output
    assert isinstance(parsed, Contact)
    with client.messages.stream(**asked) as stream:
        assert stream.get_final_message().parsed_output == parsed


def test_tokens_are_counted_as_they_are_used(client):
    asked = {"model": REQUEST["model"], "messages": REQUEST["messages"]}
    counted = client.messages.count_tokens(**asked).input_tokens
    assert counted == client.messages.create(**REQUEST).usage.input_tokens
    assert client.messages.count_tokens(**asked, tools=[TOOL], system="Be brief.").input_tokens > counted


def test_models_page_by_page(client):
    models = list(client.models.list())
    assert len(models) > 1 and all(model.type == "model" and model.display_name for model in models)
    assert client.models.retrieve(models[0].id).id == models[0].id


def test_the_raw_response(client):
    raw = client.messages.with_raw_response.create(**REQUEST)
    assert raw.headers["x-standin-source"] == "simulator" and raw.request_id == raw.headers["request-id"]
    assert text(raw.parse())


def test_a_model_that_nobody_has(client):
    with pytest.raises(anthropic.NotFoundError) as raised:
        client.messages.create(**{**REQUEST, "model": "claude-nonexistent"})
    assert raised.value.body["error"] == {"type": "not_found_error", "message": "model: claude-nonexistent"}


def test_the_asynchronous_client(client):
    async def ask(client):
        message = await client.messages.create(**REQUEST)
        heard = ""
        async for event in await client.messages.create(**REQUEST, stream=True):
            heard += event.delta.text if event.type == "content_block_delta" else ""
        async with client.messages.stream(**REQUEST) as stream:
            helped = "".join([piece async for piece in stream.text_stream])
        counted = await client.messages.count_tokens(model=REQUEST["model"], messages=REQUEST["messages"])
        return text(message), heard, helped, counted.input_tokens == message.usage.input_tokens

    whole = text(client.messages.create(**REQUEST))
    assert run(ask) == (whole, whole, whole, True)


def test_many_at_once(client):
    def asked(number):
        return asking(f"Tell me of number {number}.")

    async def ask(client):
        return [text(one) for one in await asyncio.gather(*(client.messages.create(**asked(n)) for n in range(20)))]

    assert run(ask) == [text(client.messages.create(**asked(number))) for number in range(20)]
