"""The official SDKs of OpenAI and Anthropic, pointed at standin, replay plain and streamed chats."""

import anthropic
import openai
import pytest

import conftest

HELLO = [{"role": "user", "content": "Hello!"}]
TEXT = "Hello! How can I help you today? Überall ☕."
STREAMED = "Hello! How can I help?"


@pytest.fixture(scope="module")
def server(start):
    return start("--cassettes", conftest.FIXTURES)


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin")


def test_openai_chat(client):
    answer = client.chat.completions.create(model="gpt-5-nano", messages=HELLO)
    assert answer.choices[0].message.content == TEXT
    assert answer.usage.total_tokens == 16


def test_openai_chat_streamed(client):
    stream = client.chat.completions.create(model="gpt-5-nano", messages=HELLO, stream=True)
    deltas = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(deltas) == STREAMED
    assert len(deltas) == 9


def test_openai_error_is_the_recorded_one(client):
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="gpt-unknown", messages=HELLO)
    assert raised.value.code == "model_not_found"


def test_azure(server):
    azure = openai.AzureOpenAI(
        azure_endpoint=f"{server.url}/azure", api_key="standin", api_version="2025-01-01-preview",
        azure_deployment="gpt-5-nano", default_headers={"X-Cassette-Name": "go-vcr/azure-chat"},
    )
    # The SDK adds the model to the body, which the recorder's client did not send.
    with pytest.raises(openai.APIStatusError) as raised:
        azure.chat.completions.create(model="gpt-5-nano", messages=HELLO)
    assert raised.value.status_code == 409
    assert "2025-01-01-preview" in str(raised.value) and "/model" in str(raised.value)


def test_anthropic_messages(server):
    client = anthropic.Anthropic(base_url=f"{server.url}/anthropic", api_key="sk-ant-standin")
    answer = client.messages.create(model="claude-haiku-4-5", max_tokens=64, messages=HELLO)
    assert answer.content[0].text == "Hello! How can I help?"


def test_anthropic_messages_streamed(server):
    client = anthropic.Anthropic(base_url=server.url, api_key="sk-ant-standin")
    with client.messages.stream(model="claude-haiku-4-5", max_tokens=64, messages=HELLO) as stream:
        assert "".join(stream.text_stream) == STREAMED
        assert stream.get_final_message().usage.output_tokens == 12


def test_a_refusal_explains_itself_once(server):
    """The SDK raises its own error with the explanation in it, and does not retry."""
    requests = []

    def count(request):
        requests.append(request)

    import httpx2 as httpx_of_the_sdk  # the client library that this SDK is built on

    http_client = httpx_of_the_sdk.Client(event_hooks={"request": [count]})
    client = openai.OpenAI(base_url=f"{server.url}/c/go-vcr%2Fchat-basic/v1", api_key="sk", http_client=http_client)
    with pytest.raises(openai.ConflictError) as raised:
        client.chat.completions.create(model="gpt-5-nano", messages=[{"role": "user", "content": "Bye!"}])
    assert '/messages/0/content' in str(raised.value)
    assert '"Hello!"' in str(raised.value.body["message"]) and '"Bye!"' in str(raised.value.body["message"])
    assert len(requests) == 1


def test_anthropic_refusal(server):
    client = anthropic.Anthropic(base_url=f"{server.url}/c/nothing-here", api_key="sk-ant")
    with pytest.raises(anthropic.InternalServerError) as raised:
        client.messages.create(model="claude-haiku-4-5", max_tokens=1, messages=HELLO)
    # It would be recorded, if there were a key to record it with.
    assert "nothing-here" in str(raised.value) and "ANTHROPIC_API_KEY" in str(raised.value)
    assert raised.value.response.headers["x-standin-error"] == "credential_missing"
