"""What a vendor would refuse: the official SDKs raise the exception that they raise there, with its code and parameter."""

import typing

import anthropic
import openai
import pytest
import requests
from anthropic.types import model_param
from openai.types import (
    audio_model,
    chat_model,
    embedding_model,
    image_model,
    moderation_model,
)
from openai.types.shared import responses_model

HELLO = [{"role": "user", "content": "Hello!"}]


@pytest.fixture(scope="module")
def server(start):
    return start()


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


@pytest.fixture
def claude(server):
    return anthropic.Anthropic(base_url=server.url, api_key="sk-ant-standin", max_retries=0)


def refused(call, kind, **body):
    """The error that an SDK raises for a call with these members, which it would not send by itself."""
    with pytest.raises(kind) as raised:
        call(**body)
    return raised.value


def of(model, **members):
    return {"model": model, "messages": HELLO, **members}


def test_an_unknown_model_is_not_found(client):
    embed = lambda **body: client.embeddings.create(input="x", **body)
    complete = lambda **body: client.completions.create(prompt="x", **body)
    chat = lambda **body: client.chat.completions.create(messages=HELLO, **body)
    for call, model in [(chat, "gpt-4.1-nano-wrong"), (complete, "babbage-002-wrong"), (embed, "text-embedding-4-ultra")]:
        error = refused(call, openai.NotFoundError, model=model)
        assert error.body == {
            "message": f"The model `{model}` does not exist or you do not have access to it.",
            "type": "invalid_request_error",
            "param": None,
            "code": "model_not_found",
        }
        fields = error.response.headers
        assert not [name for name in fields if name.startswith("openai-")], "it has come to no model"
        assert fields["content-type"] == "application/json; charset=utf-8" and fields["vary"] == "Origin"
    error = refused(client.responses.create, openai.BadRequestError, model="my-model", input="x")
    assert (error.code, error.param) == ("model_not_found", "model")
    assert error.body["message"] == "The requested model 'my-model' does not exist."


@pytest.mark.parametrize(
    "body, code, param, words",
    [
        (of("gpt-5-nano", messages=[]), "empty_array", "messages", "empty array. Expected an array with minimum length 1"),
        (
            of("gpt-5-nano", messages=[{"role": "user", "content": None}], temperature=-0.5, max_tokens=0),
            "decimal_below_min_value", "temperature", "Expected a value >= 0, but got -0.5 instead.",
        ),
        (of("gpt-5-nano", max_tokens=10), "unsupported_parameter", "max_tokens", "'max_completion_tokens' instead."),
        (of("o3", temperature=0.2), "unsupported_value", "temperature", "Only the default (1) value is supported."),
        (of("gpt-4o", messages=[{"role": "user", "content": None}]), None, "messages.[0].content", "expected a string, got null"),
        (of("gpt-4o", messages=[{"role": "bot", "content": "x"}]), "invalid_value", "messages[0].role", "'bot'"),
        (of("gpt-4o", messages=[*HELLO, {"role": "tool", "tool_call_id": "c", "content": "x"}]), None, "messages.[1].role", "'tool'"),
        (of("gpt-4o", n=200), "integer_above_max_value", "n", "<= 128"),
        (of("gpt-4o", stop=list("abcde")), "array_above_max_length", "stop", "maximum length 4"),
        (of("gpt-4o", stream_options={"include_usage": True}), None, "stream_options", "'stream'"),
        (of("gpt-4o", response_format={"type": "json_object"}), None, "messages", "'json'"),
        (of("gpt-4o", tool_choice="auto"), None, "tool_choice", "'tools'"),
        (
            of("gpt-4o", tools=[{"type": "function", "function": {"name": "a b"}}]),
            "invalid_value", "tools[0].function.name", "pattern",
        ),
    ],
)
def test_chat_completions(client, body, code, param, words):
    error = refused(client.chat.completions.create, openai.BadRequestError, **body)
    assert (error.code, error.param, error.type) == (code, param, "invalid_request_error")
    assert words in error.body["message"]


def test_other_endpoints(client, tmp_path):
    bad = lambda call, **body: refused(call, openai.BadRequestError, **body)
    error = bad(client.completions.create, model="babbage-002", prompt="x", max_tokens=-1, temperature=3)
    assert (error.code, error.param) == ("integer_below_min_value", "max_tokens")
    error = bad(
        client.embeddings.create, model="text-embedding-3-small", input=[102257], dimensions=-1, encoding_format="invalid"
    )
    assert error.body == {
        "code": None, "message": "-1 is less than the minimum of 1 - 'dimensions'", "param": None, "type": "invalid_request_error"
    }
    error = bad(client.responses.create, model="gpt-4o", input="x", max_output_tokens=5)
    assert (error.code, error.param) == ("integer_below_min_value", "max_output_tokens")
    output = [{"type": "function_call_output", "call_id": "c", "output": "x"}]
    assert "call_id c" in bad(client.responses.create, model="gpt-4o", input=output).body["message"]
    error = bad(client.images.generate, model="gpt-image-1", prompt="x", response_format="url")
    assert (error.code, error.param) == ("unknown_parameter", "response_format")
    assert bad(client.audio.speech.create, model="tts-1", voice="alloy", input="x" * 5000).param == "input"
    sound = ("a.wav", b"RIFF")
    asked = {"model": "gpt-4o-transcribe", "file": sound, "response_format": "srt"}
    assert bad(client.audio.transcriptions.create, **asked).param == "response_format"
    assert client.audio.transcriptions.create(model="whisper-1", file=sound, temperature=0.2).text
    assert bad(client.moderations.create, input=5).param == "input"


def test_who_uses_the_wrong_type_is_told_it(server):
    def post(path, body):
        answer = requests.post(server.url + path, json=body, headers={"authorization": "Bearer k"}, timeout=10)
        return answer.status_code, answer.json()["error"]

    assert post("/v1/chat/completions", {"messages": HELLO}) == (
        400,
        {"message": "you must provide a model parameter", "type": "invalid_request_error", "param": None, "code": None},
    )
    status, error = post("/v1/chat/completions", of("gpt-4o", stream="yes"))
    assert (status, error["code"], error["param"]) == (400, "invalid_type", "stream")
    status, error = post("/openai/deployments/anything/chat/completions?api-version=1", {"messages": []})
    assert (status, error["code"]) == (400, "empty_array"), "a deployment has any name, and the same rules"


@pytest.mark.parametrize(
    "members, message",
    [
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": [{"role": "bot", "content": "x"}]}, "messages.0.role: Input should be 'user', 'assistant' or 'system'"),
        ({"stop_sequences": "x"}, "stop_sequences: Input should be a valid list"),
        ({"tools": [{"name": "f"}]}, "tools.0.input_schema: Field required"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
    ],
)
def test_messages(claude, members, message):
    body = {**of("claude-haiku-4-5"), "max_tokens": 100, **members}
    error = refused(claude.messages.create, anthropic.BadRequestError, **body)
    assert error.body["error"] == {"type": "invalid_request_error", "message": message}
    assert error.response.headers["request-id"] == error.body["request_id"]


def test_calls_without_results_and_models_that_nobody_has(claude):
    call = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
    messages = [*HELLO, {"role": "assistant", "content": [call]}, *HELLO]
    body = {"model": "claude-haiku-4-5", "max_tokens": 100, "messages": messages}
    error = refused(claude.messages.create, anthropic.BadRequestError, **body)
    assert "toolu_1" in error.body["error"]["message"]
    error = refused(claude.messages.create, anthropic.NotFoundError, max_tokens=9, **of("claude-unknown"))
    assert error.body["error"] == {"type": "not_found_error", "message": "model: claude-unknown"}


def names(*aliases):
    """The texts of an SDK's type of names."""
    for alias in aliases:
        for part in typing.get_args(alias) or ():
            yield from [part] if isinstance(part, str) else names(part)


def test_every_model_that_the_sdks_name_is_there(client, claude):
    """What is asked is wrong in another way too, which is told only of models that are there."""
    spoken = sorted(set(names(chat_model.ChatModel, responses_model.ResponsesModel)))
    drawn = names(image_model.ImageModel)
    heard = names(audio_model.AudioModel)
    assert len(spoken) > 60
    for model in spoken:
        error = refused(client.chat.completions.create, openai.BadRequestError, **of(model, n=0))
        assert error.param == "n", model
    for model in names(embedding_model.EmbeddingModel):
        assert refused(client.embeddings.create, openai.BadRequestError, model=model, input="").code is None, model
    for model in drawn:
        assert refused(client.images.generate, openai.BadRequestError, model=model, prompt="x", n=0).param == "n", model
    for model in heard:
        asked = {"model": model, "file": ("a.wav", b"RIFF"), "temperature": 7}
        assert refused(client.audio.transcriptions.create, openai.BadRequestError, **asked).param == "temperature", model
    for model in names(moderation_model.ModerationModel):
        assert client.moderations.create(model=model, input="x").results, model
    claudes = list(names(model_param.ModelParam))
    assert len(claudes) > 10
    for model in claudes:
        assert claude.messages.count_tokens(model=model, messages=HELLO).input_tokens, model


def test_lenient_servers_answer_all_of_it(start):
    server = start("--lenient")
    lenient = openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)
    assert lenient.chat.completions.create(**of("my-model", temperature=-3, max_tokens=40)).choices[0].message.content
    entry = requests.get(f"{server.url}/_standin/journal", timeout=10).json()
    assert "lenient" not in str(entry)


def test_the_journal_says_how_to_be_answered_anyway(start, client):
    server = start()
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)
    error = refused(client.chat.completions.create, openai.NotFoundError, **of("my-model"))
    assert "lenient" not in error.body["message"], "what is answered is the vendor's"
    journal = requests.get(f"{server.url}/_standin/journal", timeout=10).text
    assert "does not exist" in journal and "--lenient" in journal
