"""A server that was told nothing, and the first calls that the SDKs' own documentation shows."""

import anthropic
import openai
import pydantic
import pytest


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
