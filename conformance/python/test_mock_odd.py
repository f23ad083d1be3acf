"""Calls that no SDK sends: each has an answer in the vendor's shape, and none is an accident of the server."""

import json

import pytest

import mocked
from wire import exchange

WORDS = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/responses",
    "/anthropic/v1/messages",
    "/openai/deployments/d/chat/completions?api-version=2024-10-21",
]
PATHS = [
    *WORDS,
    "/v1/responses/input_tokens",
    "/v1/embeddings",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/images/variations",
    "/v1/audio/speech",
    "/v1/audio/transcriptions",
    "/v1/audio/translations",
    "/v1/moderations",
    "/anthropic/v1/messages/count_tokens",
]
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer key"}
VERSION = {"Anthropic-Version": "2023-06-01"}
UNREADABLE = [b"", b"{", b"\xff\xfe", b"{'a': 1}", b'{"messages":' + b"[" * 100_000]
ODD = [
    [],
    "x",
    None,
    5,
    {},
    {"messages": None},
    {"messages": []},
    {"messages": [1, None, "x", []]},
    {"messages": [{}]},
    {"messages": [{"role": 5, "content": {"a": 1}}]},
    {"input": 5},
    {"prompt": {"a": []}},
    {"input": [1, None, {"type": 5}, {"type": "function_call_output"}]},
    {
        "model": 5,
        "stream": "yes",
        "messages": mocked.question("x"),
        "input": "x",
        "tools": 5,
        "stream_options": 7,
        "n": [],
    },
    {
        "input": "x",
        "stream": True,
        "previous_response_id": 7,
        "tools": [5, {"type": "function"}],
        "metadata": 5,
        "background": "x",
    },
    {"file": 5, "prompt": "x", "response_format": 7, "timestamp_granularities": 5},
    {"model": "m", "input": [], "encoding_format": 5, "dimensions": "x"},
    {"prompt": "\ud800", "messages": mocked.question("\ud800"), "input": "\ud800"},
]
#: Numbers that nobody means. The answer stays small.
HUGE = [{key: 10**9} for key in ("n", "dimensions", "partial_images", "max_tokens")] + [
    {"n": -1},
    {"n": 1.5},
    {"dimensions": 10**30},
]


@pytest.fixture(scope="module")
def server(mocking):
    image = {"images": ["aGk="]}
    return mocking(
        {
            "mocks": [
                {"name": "prompt", "endpoint": "completions", "answer": "Hello"},
                {"name": "words", "answer": {"text": "Hello", "tool_calls": [{"name": "f", "arguments": {}}]}},
                {"name": "vector", "endpoint": "embeddings", "answer": {"embedding": [0.5, 0.25]}},
                {"name": "image", "endpoint": ["images", "image_edits", "image_variations"], "answer": image},
                {"name": "judge", "endpoint": "moderations", "answer": {"flagged": []}},
                {"name": "voice", "endpoint": "speech", "answer": {"audio": "aGk="}},
                {"name": "ear", "endpoint": ["transcriptions", "translations"], "answer": "Hi there"},
            ]
        }
    )


def post(server, path, body, **headers):
    headers = {**HEADERS, **(VERSION if "anthropic" in path else {}), **headers}
    return exchange(server.url, "POST", path, body, headers)


def assert_answered(answer, path, body):
    assert answer.complete and answer.status in (200, 400), (path, body[:80], answer.status, answer.body[:300])
    if answer.status == 400:
        said = answer.json()
        assert said["error"]["message"], (path, body)
        assert ("anthropic" in path) == (said.get("type") == "error")


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_cannot_be_read(server, path):
    for body in UNREADABLE:
        answer = post(server, path, body)
        assert_answered(answer, path, body)
        if body:
            assert answer.status == 400, body[:80]


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_odd_shape(server, path):
    for value in ODD:
        body = json.dumps(value).encode()
        assert_answered(post(server, path, body), path, body)


@pytest.mark.parametrize("path", PATHS)
def test_huge_numbers(server, path):
    for fields in HUGE:
        for stream in (False, True):
            call = {
                "model": "m",
                "messages": mocked.question("x"),
                "input": "x",
                "prompt": "x",
                "stream": stream,
                **fields,
            }
            answer = post(server, path, json.dumps(call).encode())
            assert_answered(answer, path, b"")
            assert len(answer.body) < 1_000_000


FORMS = [
    ("multipart/form-data", b"--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nhi\r\n--x--\r\n'),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n\xff\r\n--x--\r\n"),
    ("application/x-www-form-urlencoded", b"prompt=a%ff&b"),
    ("text/plain", b"hello"),
]


@pytest.mark.parametrize("path", PATHS)
def test_other_content_types(server, path):
    for kind, body in FORMS:
        assert_answered(post(server, path, body, **{"Content-Type": kind}), path, body)


def test_it_is_alive_after_all_that(server):
    assert exchange(server.url, "GET", "/health").status == 200
    assert not any("panicked" in line for line in server.log)
    assert mocked.ask(mocked.gpt(server), "x") == "Hello"
