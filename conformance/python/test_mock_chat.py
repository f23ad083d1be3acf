"""Chat Completions through the SDK of OpenAI: what is stored is what the caller gets, whole and streamed."""

import json

import openai
import pydantic
import pytest

import noise
import stored

#: The helper of a stream raises at the end where the answer was cut.
CUT = {"length-empty", "length-text", "three-choices"}
FILTERED = {"content-filter"}
#: No helper puts one together from a stream; see test_mock_chat_chunks.
CUSTOM = {"custom-tool-call"}
#: A usage is counted for this one.
COUNTED = {"minimal"}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(stored.document("chat"))


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


@pytest.fixture
def async_client(server):
    return openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


def streamed(client, case):
    """What the helper makes of the stream, as JSON."""
    with client.chat.completions.stream(**helped(case), stream_options={"include_usage": True}) as stream:
        for _ in stream:
            pass
        if case.name in CUT | FILTERED:
            return stream.current_completion_snapshot.to_dict()
        return stream.get_final_completion().to_dict()


def helped(case):
    """The call as the helper of streams takes it: it reads schemas as classes, and functions as tools."""
    return {key: value for key, value in case.call.items() if key not in ("response_format", "tools")}


@pytest.mark.parametrize("name", stored.names("chat", but=COUNTED))
def test_whole(client, name):
    case = stored.case("chat", name)
    raw = client.chat.completions.with_raw_response.create(**case.call)
    noise.assert_identical(raw.text, case.response)
    noise.assert_same(raw.parse().to_dict(), case.response)


@pytest.mark.parametrize("name", stored.names("chat", but=COUNTED | CUSTOM))
def test_streamed(client, name):
    case = stored.case("chat", name)
    noise.assert_same(noise.without(streamed(client, case), case.response, noise.OPENAI_CHAT), case.response)


@pytest.mark.parametrize("name", sorted(CUT | FILTERED))
def test_the_helper_raises_where_an_answer_was_cut(client, name):
    raised = openai.ContentFilterFinishReasonError if name in FILTERED else openai.LengthFinishReasonError
    with client.chat.completions.stream(**helped(stored.case("chat", name))) as stream, pytest.raises(raised):
        stream.get_final_completion()


@pytest.mark.parametrize("name", ["text-unicode", "parallel-tool-calls", "refusal", "two-choices", "logprobs"])
def test_streamed_to_an_asynchronous_client(async_client, name):
    case = stored.case("chat", name)

    async def run():
        manager = async_client.chat.completions.stream(**helped(case), stream_options={"include_usage": True})
        async with manager as stream:
            return (await stream.get_final_completion()).to_dict()

    import asyncio

    got = asyncio.run(run())
    noise.assert_same(noise.without(got, case.response, noise.OPENAI_CHAT), case.response)


def test_a_usage_is_counted_where_none_is_stored(client):
    case = stored.case("chat", "minimal")
    whole = client.chat.completions.with_raw_response.create(**case.call)
    body = json.loads(whole.text)
    usage = body.pop("usage")
    noise.assert_identical(json.dumps(body), case.response)
    assert usage["completion_tokens"] == 5
    assert usage["prompt_tokens"] > 5
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    got = noise.without(streamed(client, case), {**case.response, "usage": usage}, noise.OPENAI_CHAT)
    assert got["usage"] == usage
    assert got["choices"][0]["message"]["content"] == case.response["choices"][0]["message"]["content"]


class Weather(pydantic.BaseModel):
    city: str
    degrees: float
    tags: list[str]
    note: str | None


SUNNY = Weather(city="Paris", degrees=21.5, tags=["sunny", "☀"], note=None)


def test_a_class_parses_the_content(client):
    call = {**stored.case("chat", "json-content").call, "response_format": Weather}
    whole = client.chat.completions.parse(**call)
    assert whole.choices[0].message.parsed == SUNNY
    with client.chat.completions.stream(**call) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == SUNNY


def test_the_events_of_the_helper(client):
    """Those that an application shows while it waits."""
    case = stored.case("chat", "text-unicode")
    content = case.response["choices"][0]["message"]["content"]
    with client.chat.completions.stream(**helped(case)) as stream:
        events = list(stream)
    deltas = [event.delta for event in events if event.type == "content.delta"]
    assert "".join(deltas) == content and len(deltas) > 10
    assert [event.content for event in events if event.type == "content.done"] == [content]

    case = stored.case("chat", "parallel-tool-calls")
    with client.chat.completions.stream(**helped(case)) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
    assert [(event.index, event.name) for event in done] == [(0, "get_weather"), (1, "get_time")]
    assert [event.arguments for event in done] == ['{"city":"Paris","unit":"celsius"}', "{}"]


def test_without_include_usage_there_is_none(client):
    case = stored.case("chat", "text")
    with client.chat.completions.stream(**helped(case)) as stream:
        assert stream.get_final_completion().usage is None
