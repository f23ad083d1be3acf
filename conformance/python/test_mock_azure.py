"""Azure's forms of address, keys and bodies through the SDK of OpenAI, and the models of all vendors."""

import anthropic
import openai
import pytest

import mocked
import noise
import sse
import stored
from mocked import ask, question

FILTERED = {key: {"filtered": False, "severity": "safe"} for key in ("hate", "self_harm", "sexual", "violence")}
WRITTEN = {
    "choices": [
        {
            "content_filter_results": FILTERED,
            "finish_reason": "stop",
            "index": 0,
            "logprobs": None,
            "message": {"annotations": [], "content": "Written for Azure. ☁", "refusal": None, "role": "assistant"},
        }
    ],
    "created": 1750000900,
    "id": "chatcmpl-azure",
    "model": "gpt-4o-mini-2024-07-18",
    "object": "chat.completion",
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": FILTERED}],
    "system_fingerprint": "fp_azure",
    "usage": {"completion_tokens": 5, "prompt_tokens": 10, "total_tokens": 15},
}
FILTER_ERROR = {
    "error": {
        "message": "The response was filtered.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": FILTERED},
    }
}


@pytest.fixture(scope="module")
def server(mocking):
    document = stored.document("chat", "embeddings", "responses")
    document["mocks"] += [
        {"name": "written", "provider": "azure", "endpoint": "chat", "match": "[written]", "response": WRITTEN},
        {"name": "filter", "endpoint": "chat", "match": "[filter]", "status": 400, "response": FILTER_ERROR},
        {"name": "busy", "match": "[busy]", "answer": {"status": 429, "error": True}},
        {"name": "missing", "match": "[missing]", "answer": {"status": 404, "error": True}},
        {"name": "deployed", "match": {"contains": "[deployed]", "model": "my-deployment"}, "answer": "By the path."},
        {"name": "models", "match": {"model": "gpt-of-*"}, "answer": {"text": "x", "model": "gpt-of-the-mocks"}},
    ]
    return mocking(document)


def azure(server, path="", **options):
    options = {"api_key": "azure-key", "api_version": "2024-10-21", "max_retries": 0, **options}
    return openai.AzureOpenAI(azure_endpoint=server.url + path, **options)


FORMS = {
    "the model is the deployment": lambda server: azure(server),
    "a deployment": lambda server: azure(server, azure_deployment="gpt-4.1-mini"),
    "a mount": lambda server: azure(server, "/azure"),
    "a token": lambda server: azure(server, api_key=None, azure_ad_token="aad-token"),
    "a token's provider": lambda server: azure(server, api_key=None, azure_ad_token_provider=lambda: "aad-token"),
    "the first version of its own": lambda server: openai.OpenAI(
        base_url=f"{server.url}/openai/v1/",
        api_key="azure-key",
        max_retries=0,
        default_query={"api-version": "preview"},
    ),
    "the same at the mount": lambda server: openai.OpenAI(
        base_url=f"{server.url}/azure/openai/v1", api_key="key", max_retries=0
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_address(server, form):
    client = FORMS[form](server)
    chat, vector, response = (
        stored.case("chat", "text-unicode"),
        stored.case("embeddings", "one"),
        stored.case("responses", "text"),
    )
    noise.assert_same(client.chat.completions.create(**chat.call).to_dict(), chat.response)
    with client.chat.completions.stream(**chat.call, stream_options={"include_usage": True}) as stream:
        got = stream.get_final_completion().to_dict()
    noise.assert_same(noise.without(got, chat.response, noise.OPENAI_CHAT), chat.response)
    noise.assert_same(client.embeddings.create(**vector.call).to_dict(), vector.response)
    noise.assert_same(client.responses.create(**response.call).to_dict(), response.response)


def test_the_deployment_of_the_path_wins(server):
    client = azure(server, azure_deployment="my-deployment")
    assert ask(client, "[deployed]", model="another") == "By the path."


def test_an_object_of_azure(server):
    client = azure(server)
    noise.assert_same(mocked.chat(client, "[written]").to_dict(), WRITTEN)
    with client.chat.completions.stream(
        model="m", messages=question("[written]"), stream_options={"include_usage": True}
    ) as stream:
        got = noise.without(stream.get_final_completion().to_dict(), WRITTEN, noise.OPENAI_CHAT)
    # It stands in a first chunk that is none to the SDK, which drops it.
    got.setdefault("prompt_filter_results", WRITTEN["prompt_filter_results"])
    noise.assert_same(got, WRITTEN)


def test_the_first_chunk_is_of_the_filter(server):
    path = "/openai/deployments/d/chat/completions?api-version=2024-10-21"
    body = {"model": "m", "messages": question("[written]"), "stream": True}
    first, *rest = sse.documents(mocked.post(server, path, body, Api_Key="key").body)
    assert first == {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": WRITTEN["prompt_filter_results"],
    }
    assert not any("prompt_filter_results" in chunk for chunk in rest)


def test_a_neutral_answer_is_of_azure(server):
    got = ask_raw(azure(server, azure_deployment="my-deployment"), "[deployed]")
    assert "service_tier" not in got
    assert got["prompt_filter_results"][0]["prompt_index"] == 0
    assert set(got["choices"][0]["content_filter_results"]) == set(FILTERED)


def ask_raw(client, text):
    return client.chat.completions.create(model="m", messages=question(text)).to_dict()


def test_errors_of_azure(server):
    client = azure(server)
    with pytest.raises(openai.BadRequestError) as raised:
        ask(client, "[filter]")
    assert (raised.value.code, raised.value.param) == ("content_filter", "prompt")
    assert raised.value.body["innererror"]["code"] == "ResponsibleAIPolicyViolation"
    with pytest.raises(openai.RateLimitError) as raised:
        ask(client, "[busy]")
    assert raised.value.code == "429"
    with pytest.raises(openai.NotFoundError) as raised:
        ask(client, "[missing]")
    assert raised.value.code == "DeploymentNotFound"


def test_headers_of_azure(server):
    headers = azure(server).chat.completions.with_raw_response.create(model="m", messages=question("[written]")).headers
    assert headers["apim-request-id"] and headers["x-ms-region"] and "openai-organization" not in headers


def test_headers_of_openai(server):
    raw = mocked.gpt(server).chat.completions.with_raw_response.create(**stored.case("chat", "text").call)
    assert raw.parse()._request_id == raw.headers["x-request-id"]
    assert raw.headers["openai-version"] == "2020-10-01" and int(raw.headers["openai-processing-ms"]) >= 0
    assert int(raw.headers["x-ratelimit-remaining-tokens"]) <= int(raw.headers["x-ratelimit-limit-tokens"])


def test_models_of_openai(server):
    """Those that the answers name."""
    client = mocked.gpt(server)
    listed = client.models.list().data
    names = [model.id for model in listed]
    assert {"gpt-of-the-mocks", "gpt-4.1-mini-2025-04-14"} <= set(names) and len(set(names)) == len(names)
    assert all(model.object == "model" and model.created and model.owned_by for model in listed)
    assert client.models.retrieve("gpt-of-the-mocks").to_dict() == listed[names.index("gpt-of-the-mocks")].to_dict()
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.retrieve("gpt-of-nobody")
    assert raised.value.code == "model_not_found" and "gpt-of-nobody" in raised.value.message
    assert client.models.delete("gpt-of-the-mocks").to_dict() == {
        "id": "gpt-of-the-mocks",
        "object": "model",
        "deleted": True,
    }
    with pytest.raises(openai.NotFoundError):
        client.models.delete("gpt-of-nobody")
    assert "gpt-of-the-mocks" in [model.id for model in azure(server).models.list()]


def test_models_of_anthropic(server):
    client = mocked.claude(server)
    page = client.models.list(limit=1000)
    assert "gpt-of-the-mocks" in [model.id for model in page.data]
    assert (page.first_id, page.last_id, page.has_more) == (page.data[0].id, page.data[-1].id, False)
    model = client.models.retrieve("gpt-of-the-mocks")
    assert (model.id, model.type) == ("gpt-of-the-mocks", "model") and model.display_name and model.created_at
    with pytest.raises(anthropic.NotFoundError) as raised:
        client.models.retrieve("gpt-of-nobody")
    assert raised.value.body["error"]["type"] == "not_found_error" and "gpt-of-nobody" in str(raised.value)
