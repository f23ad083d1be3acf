"""A server that was told nothing, and the first calls that the SDKs' own documentation shows."""

import base64
import io
import math
import struct
import wave

import anthropic
import av
import openai
import pydantic
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def server(start):
    return start()


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin")


@pytest.fixture
def claude(server):
    return anthropic.Anthropic(base_url=server.url, api_key="sk-ant-standin")


def test_responses(client):
    asked = {
        "model": "gpt-4o",
        "instructions": "You are a coding assistant that talks like a pirate.",
        "input": "How do I check if a Python object is an instance of a class?",
    }
    response = client.responses.create(**asked)
    assert response.status == "completed" and len(response.output_text) > 20
    with client.responses.stream(**asked) as stream:
        assert stream.get_final_response().output_text == response.output_text


def test_chat_completions(client):
    messages = [
        {"role": "developer", "content": "Talk like a pirate."},
        {"role": "user", "content": "How do I check if a Python object is an instance of a class?"},
    ]
    completion = client.chat.completions.create(model="gpt-4o", messages=messages)
    content = completion.choices[0].message.content
    assert len(content) > 20
    streamed = client.chat.completions.create(model="gpt-4o", messages=messages, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == content


def test_messages(claude):
    asked = {"model": "claude-haiku-4-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hello, Claude"}]}
    message = claude.messages.create(**asked)
    assert message.stop_reason == "end_turn" and len(message.content[0].text) > 20
    with claude.messages.stream(**asked) as stream:
        assert stream.get_final_message().content[0].text == message.content[0].text


class Step(pydantic.BaseModel):
    explanation: str
    output: str


class Solution(pydantic.BaseModel):
    steps: list[Step]
    final_answer: str


def test_a_structured_answer_is_parsed_by_the_sdk(client):
    asked = [{"role": "user", "content": "solve 8x + 7 = -23"}]
    solution = client.chat.completions.parse(model="gpt-4o", messages=asked, response_format=Solution)
    assert isinstance(solution.choices[0].message.parsed, Solution)
    response = client.responses.parse(model="gpt-4o", input=asked, text_format=Solution)
    assert isinstance(response.output_parsed, Solution)


def test_a_tool_loop_ends(client, claude):
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "get_weather", "description": "The weather of a city.", "parameters": parameters}}
    messages = [{"role": "user", "content": "What is the weather like in Paris?"}]
    first = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[tool]).choices[0]
    assert first.finish_reason == "tool_calls"
    call = first.message.tool_calls[0]
    assert call.function.name == "get_weather" and "city" in call.function.arguments
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    last = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[tool]).choices[0]
    assert last.finish_reason == "stop" and last.message.content
    theirs = {"name": "get_weather", "description": "The weather of a city.", "input_schema": parameters}
    asked = {"model": "claude-haiku-4-5", "max_tokens": 300, "tools": [theirs], "messages": messages[:1]}
    answer = claude.messages.create(**asked)
    assert answer.stop_reason == "tool_use" and "city" in answer.content[-1].input


def test_embeddings(client):
    def embed(text, **options):
        return client.embeddings.create(model="text-embedding-3-small", input=text, **options).data

    near = sum(a * b for a, b in zip(*(one.embedding for one in embed(["the cat sat", "the cat sat down"]))))
    far = sum(a * b for a, b in zip(*(one.embedding for one in embed(["the cat sat", "stock market news"]))))
    assert near > far
    assert len(embed("x", dimensions=256)[0].embedding) == 256
    assert sum(a * a for a in embed("x")[0].embedding) == pytest.approx(1, abs=1e-4)


def test_every_choice_says_something_else(client):
    asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Name an otter"}], "n": 3}
    choices = client.chat.completions.create(**asked).choices
    assert len({choice.message.content for choice in choices}) == 3
    heard = {}
    for chunk in client.chat.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            heard[choice.index] = heard.get(choice.index, "") + (choice.delta.content or "")
    assert heard == {choice.index: choice.message.content for choice in choices}


def test_log_probabilities_are_read_by_the_sdk(client):
    asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Überraschung 🦦"}], "logprobs": True, "top_logprobs": 4}
    choice = client.chat.completions.create(**asked).choices[0]
    entries = choice.logprobs.content
    assert b"".join(bytes(entry.bytes) for entry in entries).decode() == choice.message.content
    for entry in entries:
        top = [other.logprob for other in entry.top_logprobs]
        assert len(top) == 4 and top == sorted(top, reverse=True) and sum(map(math.exp, top)) < 1
        assert entry.token in [other.token for other in entry.top_logprobs]
    with client.chat.completions.stream(**asked) as stream:
        assert stream.get_final_completion().choices[0].logprobs.content == entries
    response = client.responses.create(model="gpt-4o", input="Otters", include=["message.output_text.logprobs"], top_logprobs=2)
    part = response.output[0].content[0]
    assert "".join(entry.token for entry in part.logprobs) == part.text
    completion = client.completions.create(model="babbage-002", prompt=["a", "b"], n=2, echo=True, logprobs=3, max_tokens=5)
    assert [choice.text[0] for choice in completion.choices] == list("aabb")
    assert all("".join(choice.logprobs.tokens) == choice.text for choice in completion.choices)


def test_models_that_reason_count_what_they_think(client):
    asked = {"model": "o4-mini", "messages": [{"role": "user", "content": "Why?"}]}
    usage = client.chat.completions.create(**asked).usage
    thought = usage.completion_tokens_details.reasoning_tokens
    assert 0 < thought < usage.completion_tokens and usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    short = client.chat.completions.create(**asked, max_completion_tokens=50)
    assert short.choices[0].finish_reason == "length" and short.choices[0].message.content == ""
    assert short.usage.completion_tokens_details.reasoning_tokens == 50
    told = client.responses.create(model="gpt-5", input="Why?", reasoning={"effort": "low", "summary": "auto"})
    assert told.output[0].type == "reasoning" and told.output[0].summary[0].text and told.output_text
    silent = client.responses.create(model="gpt-5", input="Why?")
    assert silent.output[0].summary == [] and silent.usage.output_tokens_details.reasoning_tokens > 0


HOSTED = {
    "web_search": ("What is the latest news?", {}),
    "file_search": ("What do my files say?", {"vector_store_ids": ["vs_1"]}),
    "code_interpreter": ("Calculate something", {"container": {"type": "auto"}}),
    "image_generation": ("Draw a picture", {"size": "1024x1536", "partial_images": 2}),
    "mcp": ("Ask the wiki", {"server_label": "wiki", "server_url": "https://example.com", "require_approval": "never"}),
}


@pytest.mark.parametrize("kind", HOSTED)
def test_hosted_tools_are_called(client, kind):
    question, options = HOSTED[kind]
    asked = {"model": "gpt-4o", "input": question, "tools": [{"type": kind, **options}]}
    response = client.responses.create(**asked)
    call = response.output[-2]
    assert call.type == f"{kind}_call" and call.status == "completed" and response.output_text
    assert type(call).__module__.startswith("openai.types.responses")
    if kind == "image_generation":
        assert picture(call.result)[:2] == ("PNG", (1024, 1536))
    if kind == "web_search":
        (cited,) = response.output[-1].content[0].annotations
        assert cited.url in response.output_text[cited.start_index : cited.end_index]
    with client.responses.stream(**asked) as stream:
        assert stream.get_final_response().output_text == response.output_text


def test_custom_tools_are_called_with_a_text(client):
    tool = {"type": "custom", "custom": {"name": "run", "description": "Runs a text."}}
    asked = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hello"}], "tools": [tool], "tool_choice": "required"}
    call = client.chat.completions.create(**asked).choices[0].message.tool_calls[0]
    assert call.type == "custom" and call.custom.name == "run" and isinstance(call.custom.input, str)
    flat = {"type": "custom", "name": "run"}
    items = client.responses.create(model="gpt-5", input="Hello", tools=[flat], tool_choice=flat).output
    assert items[-1].type == "custom_tool_call" and items[-1].input


def picture(data):
    """The format, the size and the colours of an image in base64, as Pillow reads it."""
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        image.load()
        return image.format, image.size, image.convert("RGB").getcolors()


@pytest.mark.parametrize(("given", "made"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_images_are_read_by_a_decoder(client, given, made):
    images = client.images.generate(model="gpt-image-1", prompt="an otter", output_format=given, size="1536x1024", n=2).data
    read = [picture(image.b64_json) for image in images]
    assert [image[:2] for image in read] == [(made, (1536, 1024))] * 2
    assert all(len(colours) == 1 for _, _, colours in read) and read[0] != read[1]


def sound(content):
    """The seconds of a file, and its samples that are not silent, as FFmpeg decodes it."""
    with av.open(io.BytesIO(content)) as file:
        frames = list(file.decode(audio=0))
        rate = file.streams.audio[0].rate
        return sum(frame.samples for frame in frames) / rate, sum(any(bytes(plane)) for frame in frames for plane in frame.planes)


@pytest.mark.parametrize("given", ["mp3", "wav", "flac", "opus", "aac", "pcm"])
def test_speech_is_read_by_a_decoder(client, given):
    def say(text):
        content = client.audio.speech.create(model="tts-1", voice="alloy", input=text, response_format=given).content
        return (len(content) / 48_000, any(content)) if given == "pcm" else sound(content)

    (short, heard), (long, also) = say("Hello there, you"), say("word " * 20)
    assert not heard and not also
    assert short == pytest.approx(0.18, abs=0.06) and long == pytest.approx(1.2, abs=0.06)


def test_a_chat_is_said_aloud(client):
    asked = {
        "model": "gpt-4o-audio-preview", "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"},
        "messages": [{"role": "user", "content": "Tell me of otters"}],
    }
    audio = client.chat.completions.create(**asked).choices[0].message.audio
    with wave.open(io.BytesIO(base64.b64decode(audio.data))) as file:
        assert file.getnframes() > 0 and "otters" in audio.transcript


def test_other_audio_is_heard_otherwise(client):
    def hear(content, **options):
        return client.audio.transcriptions.create(model="whisper-1", file=("a.wav", content), **options)

    assert hear(b"one").text == hear(b"one").text != hear(b"two").text
    verbose = hear(b"one", response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert "".join(segment.text for segment in verbose.segments) == verbose.text
    assert [word.word for word in verbose.words] == verbose.text.split()
    assert hear(b"one", response_format="srt").startswith("1\n00:00:00,000 --> ")


def test_an_embedding_of_tokens_is_that_of_their_text(client):
    def embed(given, **options):
        return client.embeddings.create(model="text-embedding-3-small", input=given, **options).data[0].embedding

    # "tiktoken is great!" in cl100k_base, as tiktoken's own documentation has it.
    assert embed([83, 1609, 5963, 374, 2294, 0]) == embed("tiktoken is great!")
    packed = embed("tiktoken is great!", encoding_format="base64")
    numbers = struct.unpack(f"<{1536}f", base64.b64decode(packed)) if isinstance(packed, str) else packed
    assert list(numbers) == pytest.approx(embed("tiktoken is great!", encoding_format="float"), abs=1e-7)


def test_documents_are_ranked_and_read(client):
    ranked = client.post("/rerank", cast_to=object, body={"model": "r", "query": "river otters", "documents": ["a storm", "an otter in a river"]})
    assert [result["index"] for result in ranked["results"]] == [1, 0]
    document = {"type": "document_url", "document_url": "https://example.com/a.pdf"}
    read = client.post("/ocr", cast_to=object, body={"model": "o", "document": document})
    assert read["pages"][0]["markdown"] and read["usage_info"]["pages_processed"] == len(read["pages"])


def test_claude_thinks_calls_and_counts(claude):
    asked = {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "Why?"}]}
    counted = claude.messages.count_tokens(**asked).input_tokens
    thinking = {"type": "enabled", "budget_tokens": 1024}
    message = claude.messages.create(**asked, max_tokens=2000, thinking=thinking)
    assert message.content[0].type == "thinking" and message.content[0].signature
    assert message.usage.input_tokens == counted
    stopped = claude.messages.create(**asked, max_tokens=2000, stop_sequences=[" "])
    assert stopped.stop_reason == "stop_sequence" and stopped.stop_sequence == " "
    tool = {"name": "look", "input_schema": {"type": "object"}}
    for choice in ({"type": "any"}, {"type": "tool", "name": "look"}):
        called = claude.messages.create(**asked, max_tokens=2000, tools=[tool], tool_choice=choice)
        assert called.stop_reason == "tool_use" and called.content[0].name == "look"
    search = {"type": "web_search_20250305", "name": "web_search"}
    asked = {"model": "claude-haiku-4-5", "max_tokens": 500, "tools": [search], "messages": [{"role": "user", "content": "The latest news?"}]}
    searched = claude.messages.create(**asked)
    assert [block.type for block in searched.content] == ["server_tool_use", "web_search_tool_result", "text"]
    assert searched.content[2].citations[0].url == searched.content[1].content[0].url
    with claude.messages.stream(**asked) as stream:
        assert stream.get_final_message().content == searched.content
