"""Responses through the SDK of OpenAI: what is stored is what the caller gets, whole and streamed."""

import asyncio

import openai
import pydantic
import pytest

import noise
import stored

#: The SDK says so of an item that it does not know, and hands it on.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")

#: Its answer comes later; see test_mock_responses_state.
LATER = {"background"}
#: The helper of a stream has no final response of these.
UNFINISHED = {"incomplete", "failed"}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(stored.document("responses"))


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


@pytest.mark.parametrize("name", stored.names("responses", but=LATER))
def test_whole(client, name):
    case = stored.case("responses", name)
    raw = client.responses.with_raw_response.create(**case.call)
    noise.assert_identical(raw.text, case.response)
    noise.assert_same(raw.parse().to_dict(), case.response)


@pytest.mark.parametrize("name", stored.names("responses", but=UNFINISHED))
def test_streamed(client, name):
    case = stored.case("responses", name)
    done = []
    with client.responses.stream(**case.call) as stream:
        for event in stream:
            if event.type == "response.output_item.done":
                done.append(event.item.to_dict())
        got = stream.get_final_response().to_dict()
    noise.assert_same(noise.without(got, case.response, noise.OPENAI_RESPONSES), case.response)
    noise.assert_same(done, case.response["output"])


@pytest.mark.parametrize("name", ["text-unicode", "reasoning-summaries", "function-calls", "all-hosted", "refusal"])
def test_streamed_to_an_asynchronous_client(server, name):
    case = stored.case("responses", name)
    client = openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)

    async def run():
        async with client.responses.stream(**case.call) as stream:
            return (await stream.get_final_response()).to_dict()

    got = asyncio.run(run())
    noise.assert_same(noise.without(got, case.response, noise.OPENAI_RESPONSES), case.response)


@pytest.mark.parametrize("name", stored.names("responses", but=UNFINISHED))
def test_what_the_helper_puts_together_on_the_way(client, name):
    """The snapshots that applications show while they wait, from deltas alone."""
    case = stored.case("responses", name)
    with client.responses.stream(**case.call) as stream:
        events = list(stream)
    texts = [
        part["text"]
        for item in case.response["output"]
        if item["type"] == "message"
        for part in item["content"]
        if part["type"] == "output_text"
    ]
    arguments = [item["arguments"] for item in case.response["output"] if item["type"] == "function_call"]
    assert last_snapshots(events, "response.output_text.delta", texts) == [text for text in texts if text]
    assert last_snapshots(events, "response.function_call_arguments.delta", arguments) == arguments
    completed = [event.response.to_dict() for event in events if event.type == "response.completed"]
    assert [noise.without(one, case.response, noise.OPENAI_RESPONSES) for one in completed] == [case.response]


def last_snapshots(events, kind, expected):
    """The last snapshot of each part."""
    found = {}
    for event in events:
        if event.type == kind:
            found[event.output_index, getattr(event, "content_index", 0)] = event.snapshot
    assert len(found) <= len(expected)
    return [found[at] for at in sorted(found)]


def test_an_incomplete_one(client):
    case = stored.case("responses", "incomplete")
    with client.responses.stream(**case.call) as stream:
        events = list(stream)
        with pytest.raises(RuntimeError, match="response.completed"):
            stream.get_final_response()
    assert events[-1].type == "response.incomplete"
    noise.assert_same(events[-1].response.to_dict(), case.response)


def test_a_failed_one(client):
    case = stored.case("responses", "failed")
    with client.responses.stream(**case.call) as stream, pytest.raises(openai.APIError) as raised:
        list(stream)
    assert raised.value.message == case.response["error"]["message"]
    assert raised.value.code == case.response["error"]["code"]


class Weather(pydantic.BaseModel):
    city: str
    degrees: float
    tags: list[str]
    note: str | None


SUNNY = Weather(city="Paris", degrees=21.5, tags=["sunny", "☀"], note=None)


def test_a_class_parses_the_text(client):
    call = stored.case("responses", "json-text").call
    assert client.responses.parse(**call, text_format=Weather).output_parsed == SUNNY
    with client.responses.stream(**call, text_format=Weather) as stream:
        assert stream.get_final_response().output_parsed == SUNNY


def test_texts_together(client):
    case = stored.case("responses", "two-parts-and-messages")
    assert client.responses.create(**case.call).output_text == "Let me see.First.Second. 👍🏽"
