"""Messages through the SDK of Anthropic: what is stored is what the caller gets, whole and streamed."""

import asyncio
import json

import anthropic
import pytest

import noise
import stored

#: Blocks that only the beta client puts together.
BETA = {"beta-mcp"}
#: A usage is counted for this one.
COUNTED = {"minimal"}
#: The SDK says so of a block that it does not know, and hands it on.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(stored.document("messages"))


@pytest.fixture(scope="module")
def client(server):
    return anthropic.Anthropic(base_url=server.url, api_key="sk-ant-standin", max_retries=0)


@pytest.fixture
def async_client(server):
    return anthropic.AsyncAnthropic(base_url=server.url, api_key="sk-ant-standin", max_retries=0)


def streamed(messages, case):
    with messages.stream(**case.call) as stream:
        return stream.get_final_message().to_dict(mode="json")


@pytest.mark.parametrize("name", stored.names("messages", but=COUNTED))
def test_whole(client, name):
    case = stored.case("messages", name)
    raw = client.messages.with_raw_response.create(**case.call)
    noise.assert_identical(raw.text(), case.response)
    noise.assert_same(raw.parse().to_dict(mode="json"), case.response)
    noise.assert_same(client.beta.messages.create(**case.call).to_dict(mode="json"), case.response)


@pytest.mark.parametrize("name", stored.names("messages", but=COUNTED | BETA))
def test_streamed(client, name):
    case = stored.case("messages", name)
    got = streamed(client.messages, case)
    noise.assert_same(noise.without(got, case.response, noise.ANTHROPIC), case.response)


@pytest.mark.parametrize("name", stored.names("messages", but=COUNTED))
def test_streamed_to_the_beta_client(client, name):
    case = stored.case("messages", name)
    got = streamed(client.beta.messages, case)
    noise.assert_same(noise.without(got, case.response, noise.ANTHROPIC), case.response)


@pytest.mark.parametrize("name", ["text-unicode", "thinking", "tools", "web-search", "code-execution"])
def test_streamed_to_an_asynchronous_client(async_client, name):
    case = stored.case("messages", name)

    async def run(messages):
        async with messages.stream(**case.call) as stream:
            return (await stream.get_final_message()).to_dict(mode="json")

    async def both():
        return [await run(async_client.messages), await run(async_client.beta.messages)]

    for got in asyncio.run(both()):
        noise.assert_same(noise.without(got, case.response, noise.ANTHROPIC), case.response)


@pytest.mark.parametrize("split", ["characters*1", "tokens", "whole"])
@pytest.mark.parametrize("name", ["tool-escapes", "tools", "text-unicode"])
def test_streamed_in_other_pieces(mocking, split, name):
    case = stored.case("messages", name)
    server = mocking({"mocks": [case.rule(stream={"split": split})]})
    client = anthropic.Anthropic(base_url=server.url, api_key="sk-ant-standin", max_retries=0)
    noise.assert_same(noise.without(streamed(client.messages, case), case.response, noise.ANTHROPIC), case.response)


def test_a_usage_is_counted_where_none_is_stored(client):
    case = stored.case("messages", "minimal")
    body = json.loads(client.messages.with_raw_response.create(**case.call).text())
    usage = body.pop("usage")
    noise.assert_identical(json.dumps(body), case.response)
    assert usage["input_tokens"] > 3 and usage["output_tokens"] >= 5
    got = streamed(client.messages, case)
    assert got["usage"]["output_tokens"] == usage["output_tokens"]
    assert got["usage"]["input_tokens"] == usage["input_tokens"]
    assert got["content"] == case.response["content"] and got["stop_reason"] == "end_turn"


def test_the_texts_on_the_way(client):
    case = stored.case("messages", "text-unicode")
    text = case.response["content"][0]["text"]
    with client.messages.stream(**case.call) as stream:
        deltas = list(stream.text_stream)
    assert "".join(deltas) == text and len(deltas) > 5

    case = stored.case("messages", "tools")
    with client.messages.stream(**case.call) as stream:
        inputs = [event.snapshot for event in stream if event.type == "input_json"]
    assert case.response["content"][1]["input"] in inputs
    assert inputs[-1] == {}


def test_raw_events(client):
    """What `create(stream=True)` hands on."""
    case = stored.case("messages", "thinking")
    found = [event.to_dict(mode="json") for event in client.messages.create(**case.call, stream=True)]
    signatures = [event["delta"] for event in found if event.get("delta", {}).get("type") == "signature_delta"]
    assert [one["signature"] for one in signatures] == ["EqQBCgIYAhIkConfSignature+/a2V5==", "EqQBEmptyThinking=="]


def test_headers(client):
    """Those that the SDK and its callers read."""
    raw = client.messages.with_raw_response.create(**stored.case("messages", "text").call)
    assert raw.parse()._request_id == raw.headers["request-id"]
    assert raw.headers["request-id"].startswith("req_")
    assert raw.headers["anthropic-organization-id"]
    assert int(raw.headers["anthropic-ratelimit-requests-remaining"]) >= 0
