"""The examples of docs/mocks.md answer what the page says."""

import re

import openai
import pytest

import conftest
import mocked

PAGE = (conftest.REPO / "docs" / "mocks.md").read_text()
README = (conftest.REPO / "README.md").read_text()
BLOCKS = re.findall(r"^```(yaml|json)\n(.*?)^```", PAGE, re.M | re.S)


@pytest.fixture
def example(tmp_path):
    """Writes the one example of the page that holds a text."""

    def example(text):
        ((kind, block),) = [found for found in BLOCKS if text in found[1]]
        path = tmp_path / f"mocks.{kind}"
        path.write_text(block)
        return path

    return example


def test_the_smallest_one(serve, example):
    """Through all endpoints of words, as the page says."""
    path = example("- match: weather\n    answer: It is sunny")
    server = serve("--mocks", path)
    gpt, claude = mocked.gpt(server), mocked.claude(server)
    assert (
        mocked.ask(gpt, "How is the weather?") == mocked.ask(claude, "How is the weather?") == "It is sunny in Paris."
    )
    assert gpt.responses.create(model="m", input="weather").output_text == "It is sunny in Paris."
    assert gpt.completions.create(model="m", prompt="weather").choices[0].text == "It is sunny in Paris."
    assert "- match: weather\n    answer: It is sunny in Paris." in README


@pytest.mark.parametrize("text", ["name: asks for the weather", "steps: since_user"])
def test_a_tool_loop(serve, example, text):
    client = mocked.gpt(serve("--mocks", example(text)))
    messages = mocked.question("How is the weather?")
    first = client.chat.completions.create(model="m", messages=messages).choices[0].message
    (call,) = first.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city":"Paris"}')
    messages += [first.to_dict(), {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    assert mocked.ask(client, messages) == "It is sunny in Paris."


def test_an_error(serve, example):
    with pytest.raises(openai.RateLimitError) as raised:
        mocked.ask(mocked.gpt(serve("--mocks", example("gpt-busy"))), "x", model="gpt-busy")
    assert raised.value.body["message"] == "Too fast"
    assert raised.value.response.headers["retry-after"] == "2"
