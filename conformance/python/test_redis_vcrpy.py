"""vcrpy with a persister that does what LiteLLM's does, and standin, read each other's cassettes in Redis."""

import hashlib
import json
import pathlib

import httpx
import pytest
import requests
import vcr
from vcr.cassette import CassetteNotFoundError
from vcr.serialize import deserialize, serialize

from recording import CHAT, Session, chat
from redises import DAY_MS, LITELLM_PREFIX, redis_server, sharer  # noqa: F401 - fixtures

LITELLM = ["--cassette-prefix", LITELLM_PREFIX]


class Persister:
    """Keeps a cassette under the key that its path has from the root of the tests, as one YAML text, for a day."""

    def __init__(self, client, root):
        self.client, self.root = client, root

    def key(self, path):
        relative = pathlib.Path(path).resolve().relative_to(self.root).as_posix()
        relative = relative.removesuffix(".yaml").replace("/cassettes/", "/").lstrip("./")
        return LITELLM_PREFIX + relative

    def load_cassette(self, path, serializer):
        value = self.client.get(self.key(path))
        if value is None:
            raise CassetteNotFoundError()
        return deserialize(value.decode("utf-8"), serializer)

    def save_cassette(self, path, cassette, serializer):
        self.client.set(self.key(path), serialize(cassette, serializer).encode(), ex=86400)


KEY = "sk-conf-shared-0123456789"
#: In the order in which LiteLLM hashes them.
CREDENTIALS = ["authorization", "x-api-key", "anthropic-api-key", "openai-api-key", "azure-api-key", "api-key", "x-goog-api-key"]


def without_key(request):
    """Puts a fingerprint in the place of the credential, once."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if "x-litellm-key-fp" not in headers:
        lines = [f"{name}={headers[name]}" for name in CREDENTIALS if name in headers]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        request.headers["x-litellm-key-fp"] = digest if lines else "no-key"
        for name in [name for name in request.headers if name.lower() in CREDENTIALS]:
            del request.headers[name]
    return request


def same_key(one, other):
    return one.headers["x-litellm-key-fp"] == other.headers["x-litellm-key-fp"]


def same_bytes(one, other):
    """LiteLLM compares bodies byte by byte."""
    as_bytes = lambda body: (body.encode() if isinstance(body, str) else body) or b""
    return as_bytes(one.body) == as_bytes(other.body)


@pytest.fixture
def litellm(redis_server, tmp_path):
    """vcrpy, set up as LiteLLM's tests have it."""

    def use(name, mode="new_episodes"):
        settings = vcr.VCR(
            record_mode=mode,
            decode_compressed_response=True,
            match_on=["method", "scheme", "host", "port", "path", "query", "key_fingerprint", "safe_body"],
            before_record_request=without_key,
        )
        settings.register_matcher("key_fingerprint", same_key)
        settings.register_matcher("safe_body", same_bytes)
        settings.register_persister(Persister(redis_server.client, tmp_path))
        folder, _, test = name.rpartition("/")
        path = tmp_path / folder / "cassettes" / f"{test}.yaml"
        return settings.use_cassette(str(path), allow_playback_repeats=True)

    return use


HEADERS = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}


def ask_requests(url, body):
    answer = requests.post(url, data=body, headers=HEADERS, timeout=20)
    return answer.status_code, answer.content


def ask_httpx(url, body):
    answer = httpx.post(url, content=body, headers=HEADERS, timeout=20)
    return answer.status_code, answer.content


CLIENTS = [ask_requests, ask_httpx]


@pytest.mark.parametrize("ask", CLIENTS)
def test_vcrpy_s_cassettes_are_replayed_as_they_are(sharer, redis_server, upstream, litellm, ask):
    name = "tests/llm/test_chat"
    with litellm(name):
        live = [ask(upstream.url + CHAT, chat(seed=seed)) for seed in (1, 2)]
    assert redis_server.keys() == [LITELLM_PREFIX + name]
    prior = redis_server.value(name, LITELLM_PREFIX)
    session = Session(sharer(*LITELLM, "--record", "none"), "tests/llm/cassettes/test_chat.yaml")
    for seed, (status, body) in zip((1, 2), live):
        answer = session.post(body=chat(seed=seed), headers=HEADERS)
        assert (answer.status, answer.source, answer.body) == (status, "tape", body)
    assert session.end()["verdict"] == "HIT"
    assert redis_server.value(name, LITELLM_PREFIX) == prior


@pytest.mark.parametrize("ask", CLIENTS)
def test_standin_s_cassettes_are_replayed_by_vcrpy(sharer, redis_server, upstream, litellm, ask):
    name = "tests/llm/test_chat"
    session = Session(sharer(*LITELLM), name)
    live = [session.post(body=chat(seed=seed), headers=HEADERS) for seed in (1, 2)]
    assert session.end()["saved"]
    with litellm(name, mode="none") as cassette:
        for seed, answer in zip((1, 2), live):
            assert ask(upstream.url + CHAT, chat(seed=seed)) == (200, answer.body)
        assert cassette.play_count == 2
    assert len(upstream.calls()) == 2


@pytest.mark.parametrize("ask", CLIENTS)
def test_each_adds_to_what_the_other_began(sharer, redis_server, upstream, litellm, ask):
    name = "tests/llm/test_chat"

    def standin(seed):
        session = Session(sharer(*LITELLM), name)
        source = session.post(body=chat(seed=seed), headers=HEADERS).source
        session.end()
        return source

    with litellm(name):
        ask(upstream.url + CHAT, chat(seed=1))
    assert standin(2) == "upstream"
    assert 0 < redis_server.lifetime_ms(name, LITELLM_PREFIX) <= DAY_MS
    with litellm(name) as cassette:
        for seed in (1, 2, 3):
            ask(upstream.url + CHAT, chat(seed=seed))
        assert cassette.play_count == 2
    assert [standin(seed) for seed in (1, 2, 3)] == ["tape"] * 3
    asked = [json.loads(one["request"]["body"])["seed"] for one in redis_server.interactions(name, LITELLM_PREFIX)]
    assert asked == [1, 2, 3]
    assert len(upstream.calls()) == 3


def test_a_stream_is_the_same_for_both(sharer, redis_server, upstream, litellm):
    name = "tests/llm/test_stream"
    session = Session(sharer(*LITELLM), name)
    live = session.post(body=chat(stream=True), headers=HEADERS)
    assert session.end()["saved"], live
    with litellm(name, mode="none"):
        assert ask_httpx(upstream.url + CHAT, chat(stream=True)) == (200, live.body)
    assert live.body.endswith(b"data: [DONE]\n\n")
