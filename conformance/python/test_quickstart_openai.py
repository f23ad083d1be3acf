"""`standin serve` alone, and the first calls that the documentation of OpenAI's SDK shows. Only the environment is
changed."""

import asyncio
import base64
import io
import json
import wave

import openai
import pydantic
import pytest
from PIL import Image

MODEL = "gpt-4.1"
STORY = "Write a one-sentence bedtime story about a unicorn."
ASKED = [{"role": "user", "content": STORY}]
WEATHER = "What is the weather like in Paris today?"
PARAMETERS = {
    "type": "object",
    "properties": {"location": {"type": "string", "description": "City and country"}},
    "required": ["location"],
    "additionalProperties": False,
}
FUNCTION = {"name": "get_weather", "description": "The weather of a city.", "parameters": PARAMETERS, "strict": True}


class CalendarEvent(pydantic.BaseModel):
    name: str
    date: str
    participants: list[str]


class GetWeather(pydantic.BaseModel):
    """The weather of a city."""

    location: str


@pytest.fixture(scope="module", autouse=True)
def pointed(start):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", f"{start().url}/v1")
        patch.setenv("OPENAI_API_KEY", "sk-none")
        yield


@pytest.fixture
def client():
    return openai.OpenAI()


def run(call):
    """What a call of the asynchronous client gives."""

    async def main():
        async with openai.AsyncOpenAI() as client:
            return await call(client)

    return asyncio.run(main())


# Responses


def test_a_response(client):
    response = client.responses.create(model=MODEL, instructions="Talk like a pirate.", input=STORY)
    assert (response.status, response.instructions) == ("completed", "Talk like a pirate.")
    assert response.model.startswith(MODEL) and len(response.output_text) > 10
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens
    assert response._request_id.startswith("req_")


def test_a_response_to_an_image(client):
    def ask(source):
        parts = [{"type": "input_text", "text": "What is in this image?"}, {"type": "input_image", "image_url": source}]
        return client.responses.create(model=MODEL, input=[{"role": "user", "content": parts}])

    pixel = io.BytesIO()
    Image.new("RGB", (1, 1)).save(pixel, "PNG")
    for source in ("https://example.com/boardwalk.jpg", f"data:image/png;base64,{base64.b64encode(pixel.getvalue()).decode()}"):
        assert ask(source).output_text


def test_the_events_of_a_response(client):
    whole = client.responses.create(model=MODEL, input=STORY)
    events = list(client.responses.create(model=MODEL, input=STORY, stream=True))
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert len(deltas) > 1 and "".join(deltas) == whole.output_text == events[-1].response.output_text
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_the_helper_for_a_response(client):
    heard = ""
    with client.responses.stream(model=MODEL, input=STORY) as stream:
        for event in stream:
            heard += event.delta if event.type == "response.output_text.delta" else ""
    assert heard and heard == stream.get_final_response().output_text


def test_a_structured_response(client):
    asked = {
        "model": MODEL,
        "input": [
            {"role": "system", "content": "Extract the event information."},
            {"role": "user", "content": "Alice and Bob are going to a science fair on Friday."},
        ],
        "text_format": CalendarEvent,
    }
    parsed = client.responses.parse(**asked).output_parsed
    assert isinstance(parsed, CalendarEvent)
    with client.responses.stream(**asked) as stream:
        assert stream.get_final_response().output_parsed == parsed


def test_a_function_of_a_response(client):
    tools = [{"type": "function", **FUNCTION}]
    items = [{"role": "user", "content": WEATHER}]
    first = client.responses.create(model=MODEL, input=items, tools=tools)
    (call,) = [item for item in first.output if item.type == "function_call"]
    assert call.name == "get_weather" and list(json.loads(call.arguments)) == ["location"]
    answered = {"type": "function_call_output", "call_id": call.call_id, "output": "14 degrees"}
    last = client.responses.create(model=MODEL, input=[*items, *first.output, answered], tools=tools)
    assert last.output_text and all(item.type != "function_call" for item in last.output)


def test_a_function_as_a_class(client):
    tool = openai.pydantic_function_tool(GetWeather, name="get_weather")
    completion = client.chat.completions.parse(model=MODEL, messages=[{"role": "user", "content": WEATHER}], tools=[tool])
    called = completion.choices[0].message.tool_calls[0].function
    assert isinstance(called.parsed_arguments, GetWeather)


def test_a_conversation(client):
    first = client.responses.create(model=MODEL, input=STORY)
    second = client.responses.create(model=MODEL, previous_response_id=first.id, input="And then?")
    assert second.previous_response_id == first.id and second.output_text
    assert client.responses.retrieve(first.id).output == first.output


def test_a_model_that_reasons(client):
    response = client.responses.create(model="o4-mini", reasoning={"effort": "low"}, input=STORY)
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.usage.output_tokens_details.reasoning_tokens > 0


# Chat Completions


def test_a_completion(client):
    messages = [{"role": "developer", "content": "Talk like a pirate."}, *ASKED]
    completion = client.chat.completions.create(model=MODEL, messages=messages)
    (choice,) = completion.choices
    assert (completion.object, choice.finish_reason, choice.message.role) == ("chat.completion", "stop", "assistant")
    assert len(choice.message.content) > 10
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


def test_the_chunks_of_a_completion(client):
    whole = client.chat.completions.create(model=MODEL, messages=ASKED)
    options = {"include_usage": True}
    *chunks, last = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True, stream_options=options)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    assert (chunks[-1].choices[0].finish_reason, last.choices, last.usage) == ("stop", [], whole.usage)


def test_the_helper_for_a_completion(client):
    heard = ""
    with client.chat.completions.stream(model=MODEL, messages=ASKED) as stream:
        for event in stream:
            heard += event.delta if event.type == "content.delta" else ""
    assert heard and heard == stream.get_final_completion().choices[0].message.content


def test_a_structured_completion(client):
    asked = {"model": MODEL, "messages": ASKED, "response_format": CalendarEvent}
    parsed = client.chat.completions.parse(**asked).choices[0].message.parsed
    assert isinstance(parsed, CalendarEvent)
    with client.chat.completions.stream(**asked) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == parsed


def test_functions_of_a_completion(client):
    tools = [{"type": "function", "function": FUNCTION}]
    messages = [{"role": "user", "content": WEATHER}]
    first = client.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0]
    assert first.finish_reason == "tool_calls"
    call = first.message.tool_calls[0]
    assert list(json.loads(call.function.arguments)) == ["location"]
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": "14 degrees"}]
    last = client.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0]
    assert last.finish_reason == "stop" and last.message.content


# The others


def test_embeddings(client):
    texts = ["A cat sat down.", "A cat sat.", "Stock market news"]
    result = client.embeddings.create(model="text-embedding-3-small", input=texts)
    cat, other, news = (one.embedding for one in result.data)
    assert len(cat) == len(other) == len(news) == 1536 and result.usage.prompt_tokens > 0
    assert near(cat, other) > near(cat, news)


def near(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_an_image(client):
    images = client.images.generate(model="gpt-image-1", prompt="A white siamese cat", n=1, size="1024x1024")
    with Image.open(io.BytesIO(base64.b64decode(images.data[0].b64_json))) as image:
        assert (image.format, image.size) == ("PNG", (1024, 1024))


def test_an_image_is_edited(client):
    given = io.BytesIO()
    Image.new("RGB", (8, 8)).save(given, "PNG")
    images = client.images.edit(model="gpt-image-1", image=("cat.png", given.getvalue()), prompt="A hat on the cat")
    with Image.open(io.BytesIO(base64.b64decode(images.data[0].b64_json))) as image:
        assert image.format == "PNG"


def test_speech_and_what_it_says(client, tmp_path):
    path = tmp_path / "speech.wav"
    asked = {"model": "gpt-4o-mini-tts", "voice": "coral", "input": "Today is a wonderful day.", "response_format": "wav"}
    with client.audio.speech.with_streaming_response.create(**asked) as response:
        response.stream_to_file(path)
    with wave.open(str(path)) as sound:
        assert sound.getnframes() > 0
    with path.open("rb") as file:
        text = client.audio.transcriptions.create(model="gpt-4o-transcribe", file=file).text
    with path.open("rb") as file:
        events = list(client.audio.transcriptions.create(model="gpt-4o-transcribe", file=file, stream=True))
    assert text and "".join(event.delta for event in events[:-1]) == events[-1].text == text


def test_moderations(client):
    def judge(text):
        return client.moderations.create(model="omni-moderation-latest", input=text).results[0]

    harmless, violent = judge("Hello."), judge("I want to kill them.")
    assert (harmless.flagged, violent.flagged, violent.categories.violence) == (False, True, True)
    assert violent.category_scores.violence > harmless.category_scores.violence


def test_models_page_by_page(client):
    ids = [model.id for model in client.models.list()]
    assert len(ids) > 1 and client.models.retrieve(ids[0]).id == ids[0]


def test_the_raw_response(client):
    raw = client.responses.with_raw_response.create(model=MODEL, input=STORY)
    assert raw.headers["x-standin-source"] == "simulator"
    assert raw.request_id == raw.headers["x-request-id"] and raw.parse().output_text


def test_a_model_that_nobody_has(client):
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="gpt-nonexistent", messages=ASKED)
    assert raised.value.code == "model_not_found" and "gpt-nonexistent" in raised.value.message


# The asynchronous client


def test_the_asynchronous_client(client):
    async def ask(client):
        response = await client.responses.create(model=MODEL, input=STORY)
        completion = await client.chat.completions.create(model=MODEL, messages=ASKED)
        heard = ""
        async for event in await client.responses.create(model=MODEL, input=STORY, stream=True):
            heard += event.delta if event.type == "response.output_text.delta" else ""
        return response.output_text, completion.choices[0].message.content, heard

    text, content, heard = run(ask)
    assert text == heard == client.responses.create(model=MODEL, input=STORY).output_text
    assert content == client.chat.completions.create(model=MODEL, messages=ASKED).choices[0].message.content


def test_the_asynchronous_helpers(client):
    async def ask(client):
        async with client.chat.completions.stream(model=MODEL, messages=ASKED) as stream:
            completion = await stream.get_final_completion()
        async with client.responses.stream(model=MODEL, input=STORY) as stream:
            response = await stream.get_final_response()
        return completion.choices[0].message.content, response.output_text

    content, text = run(ask)
    assert content == client.chat.completions.create(model=MODEL, messages=ASKED).choices[0].message.content
    assert text == client.responses.create(model=MODEL, input=STORY).output_text


def test_many_at_once(client):
    async def ask(client):
        calls = (client.responses.create(model=MODEL, input=f"Tell me of number {number}.") for number in range(20))
        return [response.output_text for response in await asyncio.gather(*calls)]

    alone = [client.responses.create(model=MODEL, input=f"Tell me of number {number}.").output_text for number in range(20)]
    assert run(ask) == alone
