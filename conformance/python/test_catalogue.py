"""The catalogue as another language reads it: the requests from their files, sent by requests and by the SDKs to a
server that was told nothing, and their cassettes in the real go-vcr."""

import json

import anthropic
import openai
import pytest
import requests

import goprobe
from conftest import REPO

FOLDER = REPO / "fixtures" / "requests"
CASSETTES = REPO / "fixtures" / "catalogue"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
each = pytest.mark.parametrize("name", NAMES)


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def server(start):
    return start()


def send(server, one, **headers):
    content = {}
    if "form" in one:
        # requests chooses a boundary of its own.
        files = [part for part in one["form"] if "file" in part]
        content["files"] = {part["name"]: (part["file"], (FOLDER / part["file"]).read_bytes(), part["type"]) for part in files}
        content["data"] = {part["name"]: part["value"] for part in one["form"] if "value" in part}
    else:
        content["data"] = json.dumps(one["body"], indent=1).encode()
    return requests.request(one["method"], server.url + one["path"], headers={**one["headers"], **headers}, **content)


def test_the_names_are_those_that_gateways_know():
    count = lambda *prefixes: sum(name.startswith(prefixes) for name in NAMES)
    assert count("chat-") == 20 and count("completion-") == 9 and count("embeddings-") == 10
    assert count("image-", "audio-", "azure-") == 4
    assert count("messages-") == 10 and count("responses-") == 6
    assert len(NAMES) == 59


@each
def test_a_request_has_its_cassette(server, name):
    one = read(name)
    assert one["name"] == name
    answer = send(server, one, **{"X-Cassette-Name": name})
    assert (answer.status_code, answer.headers["x-standin-source"]) == (one["status"], "tape"), answer.text
    if answer.headers["content-type"] == "application/json":
        assert answer.json()


def of_sdk(server, one):
    """The method of an official SDK for a request, where its arguments are the body as it stands."""
    chosen = {"default_headers": {"X-Cassette-Name": one["name"]}, "max_retries": 0}
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", **chosen)
    azure = openai.AzureOpenAI(azure_endpoint=server.url, api_key="none", api_version="2024-12-01-preview", **chosen)
    claude = anthropic.Anthropic(base_url=server.url, api_key="none", **chosen)
    return {
        "/v1/chat/completions": client.chat.completions.with_raw_response.create,
        "/v1/completions": client.completions.with_raw_response.create,
        "/v1/embeddings": client.embeddings.with_raw_response.create,
        "/v1/images/generations": client.images.with_raw_response.generate,
        "/v1/responses": client.responses.with_raw_response.create,
        "/v1/messages": claude.messages.with_raw_response.create,
        "/v1/messages/count_tokens": claude.messages.with_raw_response.count_tokens,
        "/openai/deployments/gpt-5-nano/chat/completions": azure.chat.completions.with_raw_response.create,
    }[one["path"].split("?")[0]]


def sendable(name):
    one = read(name)
    # The SDK asks for base64 where a caller asks for nothing.
    encoded = one["path"] != "/v1/embeddings" or "encoding_format" in one["body"]
    return one["status"] == 200 and encoded


@pytest.mark.parametrize("name", [name for name in NAMES if "body" in read(name) and sendable(name)])
def test_official_sdks_get_cassettes_and_understand_them(server, name):
    one = read(name)
    raw = of_sdk(server, one)(**one["body"])
    assert raw.headers["x-standin-cassette"] == f"{name}#0"
    parsed = raw.parse()
    if one["body"].get("stream"):
        assert len(list(parsed)) > 2
    else:
        assert parsed.to_dict()


@pytest.mark.parametrize("name", [name for name in NAMES if "form" in read(name)])
def test_official_sdks_send_the_forms(server, name):
    one = read(name)
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", default_headers={"X-Cassette-Name": name})
    audio = client.audio.transcriptions if one["path"].endswith("transcriptions") else client.audio.translations
    fields = {part["name"]: part["value"] for part in one["form"] if "value" in part}
    (file,) = (part for part in one["form"] if "file" in part)
    given = (file["file"], (FOLDER / file["file"]).read_bytes(), file["type"])
    assert audio.create(file=given, **fields).text


@each
@pytest.mark.parametrize("engine", goprobe.ENGINES)
def test_go_vcr_loads_a_cassette(goprobe_bin, name, engine):
    (one,) = goprobe.exchanges(goprobe.load(goprobe_bin, CASSETTES / f"{name}.yaml", engine))
    data = read(name)
    assert (one.method, one.status) == (data["method"], data["status"])
    assert data["path"].split("?")[0] in one.url and one.url.startswith("https://")
    if "body" in data:
        assert json.loads(one.request_body) == data["body"]
