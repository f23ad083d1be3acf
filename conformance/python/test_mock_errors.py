"""Errors that a mock answers: their class, code, parameter and request id in the SDKs of OpenAI and Anthropic."""

import re

import anthropic
import openai
import pytest

HELLO = [{"role": "user", "content": "Hello"}]

OPENAI = {
    400: (openai.BadRequestError, "invalid_request_error"),
    401: (openai.AuthenticationError, "invalid_request_error"),
    403: (openai.PermissionDeniedError, None),
    404: (openai.NotFoundError, "invalid_request_error"),
    409: (openai.ConflictError, None),
    413: (openai.APIStatusError, None),
    422: (openai.UnprocessableEntityError, "invalid_request_error"),
    429: (openai.RateLimitError, None),
    500: (openai.InternalServerError, "server_error"),
    502: (openai.InternalServerError, "server_error"),
    503: (openai.InternalServerError, None),
}
ANTHROPIC = {
    400: (anthropic.BadRequestError, "invalid_request_error"),
    401: (anthropic.AuthenticationError, "authentication_error"),
    402: (anthropic.PaymentRequiredError, "billing_error"),
    403: (anthropic.PermissionDeniedError, "permission_error"),
    404: (anthropic.NotFoundError, "not_found_error"),
    409: (anthropic.ConflictError, "conflict_error"),
    413: (anthropic.ContentTooLargeError, "request_too_large"),
    422: (anthropic.UnprocessableEntityError, None),
    429: (anthropic.RateLimitError, "rate_limit_error"),
    500: (anthropic.InternalServerError, "api_error"),
    504: (anthropic.GatewayTimeoutError, "timeout_error"),
    529: (anthropic.OverloadedError, "overloaded_error"),
}

STATUSES = sorted({*OPENAI, *ANTHROPIC})
WRITTEN = {
    "type": "made_up_error",
    "code": "made_up_code",
    "message": "Written “here”\nand there.",
    "param": "messages[0]",
}


@pytest.fixture(scope="module")
def server(mocking):
    usual = [
        {"name": f"usual {status}", "match": {"model": f"usual-{status}"}, "answer": {"status": status, "error": True}}
        for status in STATUSES
    ]
    written = [
        {
            "name": f"written {status}",
            "match": {"model": f"written-{status}"},
            "answer": {"status": status, "error": WRITTEN},
        }
        for status in STATUSES
    ]
    more = [
        {"match": {"model": "text"}, "answer": {"status": 400, "error": "Only a message"}},
        {
            "match": {"model": "headers"},
            "answer": {
                "status": 429,
                "error": True,
                "headers": {"x-request-id": "req_written", "request-id": "req_written", "retry-after": "7"},
            },
        },
        {
            "match": {"model": "plain"},
            "endpoint": ["chat", "messages"],
            "status": 503,
            "response": "<html>Busy</html>",
            "headers": {"content-type": "text/html"},
        },
    ]
    return mocking({"mocks": usual + written + more})


@pytest.fixture(scope="module")
def gpt(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


@pytest.fixture(scope="module")
def claude(server):
    return anthropic.Anthropic(base_url=server.url, api_key="sk-ant-standin", max_retries=0)


def ways(client, model):
    """All endpoints that answer in words, whole and streamed."""
    if isinstance(client, anthropic.Anthropic):
        call = {"model": model, "max_tokens": 8, "messages": HELLO}
        return [lambda: client.messages.create(**call), lambda: client.messages.create(**call, stream=True)]
    chat, response = {"model": model, "messages": HELLO}, {"model": model, "input": "Hello"}
    return [
        lambda: client.chat.completions.create(**chat),
        lambda: client.chat.completions.create(**chat, stream=True),
        lambda: client.responses.create(**response),
        lambda: client.responses.create(**response, stream=True),
        lambda: client.completions.create(model=model, prompt="Hello"),
    ]


def errors(client, kind, model):
    for way in ways(client, model):
        with pytest.raises(kind) as raised:
            way()
        yield raised.value


@pytest.mark.parametrize("status", OPENAI)
def test_what_openai_usually_says(gpt, status):
    kind, expected = OPENAI[status]
    for error in errors(gpt, kind, f"usual-{status}"):
        assert type(error) is kind and error.status_code == status
        assert set(error.body) == {"message", "type", "param", "code"}
        assert error.message and isinstance(error.body["type"], str)
        if expected:
            assert error.type == expected
        assert re.fullmatch(r"req_[0-9a-f]{32}", error.request_id), error.request_id


def test_codes_of_openai(gpt):
    for status, code in ((401, "invalid_api_key"), (404, "model_not_found"), (429, "rate_limit_exceeded"), (500, None)):
        (first, *_) = errors(gpt, OPENAI[status][0], f"usual-{status}")
        assert first.code == code, status


def test_the_model_that_is_not_there(gpt, claude):
    (first, *_) = errors(gpt, openai.NotFoundError, "usual-404")
    assert first.body["message"] == "The model `usual-404` does not exist or you do not have access to it."
    (first, *_) = errors(claude, anthropic.NotFoundError, "usual-404")
    assert first.body["error"]["message"] == "model: usual-404"


@pytest.mark.parametrize("status", OPENAI)
def test_what_is_written_for_openai(gpt, status):
    for error in errors(gpt, OPENAI[status][0], f"written-{status}"):
        assert error.body == WRITTEN
        assert (error.code, error.param, error.type) == ("made_up_code", "messages[0]", "made_up_error")
        assert WRITTEN["message"] in str(error.body["message"])


@pytest.mark.parametrize("status", ANTHROPIC)
def test_what_anthropic_usually_says(claude, status):
    kind, expected = ANTHROPIC[status]
    for error in errors(claude, kind, f"usual-{status}"):
        assert type(error) is kind and error.status_code == status
        assert error.body["type"] == "error" and error.body["error"]["message"]
        if expected:
            assert error.body["error"]["type"] == expected == error.type
        assert error.request_id.startswith("req_")
        assert error.body["request_id"] == error.request_id, "in the body as in the header"


@pytest.mark.parametrize("status", ANTHROPIC)
def test_what_is_written_for_anthropic(claude, status):
    for error in errors(claude, ANTHROPIC[status][0], f"written-{status}"):
        assert error.body["error"]["type"] == "made_up_error"
        assert error.body["error"]["message"] == WRITTEN["message"]


def test_a_message_alone(gpt, claude):
    for error in errors(gpt, openai.BadRequestError, "text"):
        assert (error.body["message"], error.type) == ("Only a message", "invalid_request_error")
    for error in errors(claude, anthropic.BadRequestError, "text"):
        assert error.body["error"] == {"type": "invalid_request_error", "message": "Only a message"}


def test_written_headers_win(gpt, claude):
    for client, kind in ((gpt, openai.RateLimitError), (claude, anthropic.RateLimitError)):
        for error in errors(client, kind, "headers"):
            assert error.request_id == "req_written"
            assert error.response.headers.get_list("retry-after") == ["7"]
            assert error.response.headers.get_list("x-request-id") in (["req_written"], [])


def test_a_body_that_is_no_json(gpt, claude):
    """A load balancer's page: the SDKs keep its text."""
    with pytest.raises(openai.InternalServerError) as raised:
        gpt.chat.completions.create(model="plain", messages=HELLO)
    assert "Busy" in str(raised.value.body)
    with pytest.raises(anthropic.ServiceUnavailableError) as raised:
        claude.messages.create(model="plain", max_tokens=8, messages=HELLO)
    assert "Busy" in str(raised.value.body)


def test_an_error_says_where_it_is_from(gpt):
    with pytest.raises(openai.RateLimitError) as raised:
        gpt.chat.completions.create(model="usual-429", messages=HELLO)
    headers = raised.value.response.headers
    assert headers["x-standin-source"] == "mock"
    assert headers["x-standin-mock"] == "usual 429"
    assert "x-standin-error" not in headers and "x-should-retry" not in headers


def test_rate_limit_headers(gpt, claude):
    """The callers that slow down read them."""
    with pytest.raises(openai.BadRequestError) as raised:
        gpt.chat.completions.create(model="usual-400", messages=HELLO)
    for what in ("requests", "tokens"):
        limit, remaining = (
            int(raised.value.response.headers[f"x-ratelimit-{key}-{what}"]) for key in ("limit", "remaining")
        )
        assert 0 <= remaining <= limit
        assert re.fullmatch(
            r"(\d+h)?(\d+m)?(\d+(\.\d+)?m?s)?", raised.value.response.headers[f"x-ratelimit-reset-{what}"]
        )
    with pytest.raises(openai.NotFoundError) as raised:
        gpt.chat.completions.create(model="usual-404", messages=HELLO)
    assert "x-ratelimit-limit-requests" not in raised.value.response.headers
    with pytest.raises(anthropic.RateLimitError) as raised:
        claude.messages.create(model="usual-429", max_tokens=8, messages=HELLO)
    headers = raised.value.response.headers
    assert "retry-after" in headers
    for what in ("requests", "tokens", "input-tokens", "output-tokens"):
        assert int(headers[f"anthropic-ratelimit-{what}-remaining"]) <= int(
            headers[f"anthropic-ratelimit-{what}-limit"]
        )
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", headers[f"anthropic-ratelimit-{what}-reset"])
