"""What agents are built with: the SDKs' own helpers for tools, schemas and tool loops."""

import anthropic
import openai
import pydantic
import pytest

import mocked
from mocked import question


class Weather(pydantic.BaseModel):
    city: str
    degrees: float | None


SUNNY = Weather(city="Paris ☀", degrees=None)
CALL = {"id": "call_helper", "name": "Weather", "arguments": {"city": "Paris ☀", "degrees": None}}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(
        {
            "mocks": [
                {
                    "name": "calls",
                    "match": {"contains": "[tool]", "tools": ["Weather"]},
                    "answer": {"tool_calls": [CALL]},
                },
                {"name": "says", "match": "[schema]", "answer": SUNNY.model_dump_json()},
                {
                    "name": "loop",
                    "match": {"user": "[loop]"},
                    "steps": "since_user",
                    "answers": [
                        {
                            "text": "I look.",
                            "tool_calls": [
                                {"name": "temperature", "arguments": {"city": "Paris"}},
                                {"name": "clock", "arguments": {}},
                            ],
                        },
                        {"tool_calls": [{"name": "temperature", "arguments": {"city": "Rome"}}]},
                        "Paris 21, Rome 21.",
                    ],
                },
            ]
        }
    )


@pytest.fixture(scope="module")
def gpt(server):
    return mocked.gpt(server)


@pytest.fixture(scope="module")
def claude(server):
    return mocked.claude(server)


def test_strict_tools_of_chat(gpt):
    call = {"model": "m", "messages": question("[tool]"), "tools": [openai.pydantic_function_tool(Weather)]}
    (parsed,) = gpt.chat.completions.parse(**call).choices[0].message.tool_calls
    assert parsed.function.parsed_arguments == SUNNY
    with gpt.chat.completions.stream(**call) as stream:
        events = list(stream)
        (parsed,) = stream.get_final_completion().choices[0].message.tool_calls
    assert parsed.function.parsed_arguments == SUNNY
    done = [event for event in events if event.type == "tool_calls.function.arguments.done"]
    assert [event.parsed_arguments for event in done] == [SUNNY]


def test_strict_tools_of_responses(gpt):
    call = {"model": "m", "input": "[tool]", "tools": [openai.pydantic_function_tool(Weather)]}
    (item,) = gpt.responses.parse(**call).output
    assert item.parsed_arguments == SUNNY
    with gpt.responses.stream(**call) as stream:
        (item,) = stream.get_final_response().output
    assert item.parsed_arguments == SUNNY


def test_a_schema_of_anthropic(claude):
    call = {"model": "m", "max_tokens": 64, "messages": question("[schema]"), "output_format": Weather}
    assert claude.messages.parse(**call).parsed_output == SUNNY
    with claude.messages.stream(**call) as stream:
        assert stream.get_final_message().parsed_output == SUNNY


@anthropic.beta_tool
def temperature(city: str) -> str:
    """The temperature of a city.

    Args:
        city: Its name.
    """
    return f"{city}: 21"


@anthropic.beta_tool
def clock() -> str:
    """The time."""
    return "12:00"


@pytest.mark.parametrize("stream", [False, True])
def test_the_tool_runner_of_anthropic(claude, stream):
    """The SDK calls the tools and asks on, until an answer calls none."""
    call = {"model": "m", "max_tokens": 64, "messages": question("[loop]"), "tools": [temperature, clock]}
    if stream:
        messages = [one.get_final_message() for one in claude.beta.messages.tool_runner(**call, stream=True)]
    else:
        messages = list(claude.beta.messages.tool_runner(**call))
    assert [[block.type for block in message.content] for message in messages] == [
        ["text", "tool_use", "tool_use"],
        ["tool_use"],
        ["text"],
    ]
    assert messages[-1].content[0].text == "Paris 21, Rome 21."


@pytest.mark.parametrize("stateful", [False, True])
def test_a_tool_loop_of_responses(gpt, stateful):
    """With the whole history, and with the id of the answer before."""
    tools = [
        {"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}}
        for name in ("temperature", "clock")
    ]
    items, kinds, response = [{"role": "user", "content": "[loop]"}], [], None
    while response is None or any(item.type == "function_call" for item in response.output):
        before = {"previous_response_id": response.id} if stateful and response else {}
        response = gpt.responses.create(model="m", input=items, tools=tools, **before)
        kinds.append([item.type for item in response.output])
        told = [
            {"type": "function_call_output", "call_id": item.call_id, "output": "21"}
            for item in response.output
            if item.type == "function_call"
        ]
        items = told if stateful else [*items, *(item.to_dict() for item in response.output), *told]
    assert kinds == [["message", "function_call", "function_call"], ["function_call"], ["message"]]
    assert response.output_text == "Paris 21, Rome 21."
