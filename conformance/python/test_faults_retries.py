"""Faults in the place of an answer: how often an SDK asks by itself, after what time, and what it says in the end."""

import anthropic
import openai
import pytest

import faulty
from faulty import forget, hurried, raised, said, statuses

#: What is asked, and whether for a stream.
CALLS = {
    "chat": ("chat", {}),
    "chat, streamed": ("chat", {"stream": True}),
    "responses": ("responses", {}),
    "responses, streamed": ("responses", {"stream": True}),
    "embeddings": ("embeddings", {}),
    "messages": ("messages", {}),
    "messages, streamed": ("messages", {"stream": True}),
}
#: The error of each status, by OpenAI's SDK and by Anthropic's.
ONCE = {
    400: ("BadRequestError", "BadRequestError"),
    401: ("AuthenticationError", "AuthenticationError"),
    402: ("APIStatusError", "PaymentRequiredError"),
    403: ("PermissionDeniedError", "PermissionDeniedError"),
    404: ("NotFoundError", "NotFoundError"),
    413: ("APIStatusError", "ContentTooLargeError"),
    422: ("UnprocessableEntityError", "UnprocessableEntityError"),
    424: ("APIStatusError", "APIStatusError"),
}
THRICE = {
    408: ("APIStatusError", "RequestTimeoutError"),
    409: ("ConflictError", "ConflictError"),
    429: ("RateLimitError", "RateLimitError"),
    500: ("InternalServerError", "InternalServerError"),
    501: ("InternalServerError", "HTTPNotImplementedError"),
    502: ("InternalServerError", "InternalServerError"),
    503: ("InternalServerError", "ServiceUnavailableError"),
    504: ("InternalServerError", "GatewayTimeoutError"),
    529: ("InternalServerError", "OverloadedError"),
}


@pytest.fixture(scope="module")
def server(start):
    return start("--pace", "none")


@pytest.fixture(autouse=True)
def forgetful(server):
    forget(server)


@pytest.fixture(params=CALLS)
def ask(server, request):
    """Asks with the SDK's own settings, or others."""
    endpoint, streamed = CALLS[request.param]
    clients = faulty.Clients(server.url)

    def ask(fault, text="Hello", timeout=None, max_retries=None):
        asking = faulty.Clients(server.url, max_retries=max_retries) if max_retries is not None else clients
        timeouts = {"timeout": timeout} if timeout else {}
        return asking.create(endpoint, fault, said(f"{request.param}: {text}"), **streamed, **timeouts)

    ask.vendor = anthropic if endpoint == "messages" else openai
    return ask


@pytest.mark.parametrize("status", ONCE | THRICE)
def test_attempts(server, ask, status):
    error = raised(lambda: ask(f"status={status},retry-after=1ms"))
    of_openai, of_anthropic = (ONCE | THRICE)[status]
    assert type(error).__name__ == (of_openai if ask.vendor is openai else of_anthropic)
    assert isinstance(error, ask.vendor.APIStatusError) and error.status_code == status
    assert statuses(server) == [status] * (1 if status in ONCE else 3)


def test_two_failures_and_then_the_answer(server, ask):
    assert ask("status=503,retry-after=1ms,first=2", "twice")
    assert statuses(server) == [503, 503, 200]


def test_three_failures_are_one_too_many(server, ask):
    fault = "status=503,retry-after=1ms,first=3"
    assert raised(lambda: ask(fault, "thrice")).status_code == 503
    # It is the same call, whoever asks again.
    assert ask(fault, "thrice")
    assert statuses(server) == [503, 503, 503, 200]


def test_every_call_fails_by_itself(server, ask):
    for text in ("one", "other"):
        assert ask("status=500,retry-after=1ms,first=1", text)
    assert statuses(server) == [500, 200, 500, 200]


def test_as_often_as_the_caller_wants(server, ask):
    raised(lambda: ask("status=500,retry-after=1ms", max_retries=4))
    raised(lambda: ask("status=500,retry-after=1ms", max_retries=0))
    assert statuses(server) == [500] * 6


@pytest.mark.parametrize(("told", "waited"), [("7ms", 0.007), ("1s", 1), ("1500ms", 1.5), ("120s", 120)])
def test_they_wait_as_they_are_told(server, ask, monkeypatch, told, waited):
    waits = hurried(monkeypatch)
    assert raised(lambda: ask(f"status=429,retry-after={told}")).status_code == 429
    assert waits == [waited, waited] and len(statuses(server)) == 3


def test_two_minutes_are_enough_for_the_sdk_of_openai(server, ask, monkeypatch):
    waits = hurried(monkeypatch)
    raised(lambda: ask("status=429,retry-after=121s"))
    assert waits == ([121, 121] if ask.vendor is anthropic else [])
    assert len(statuses(server)) == 1 + len(waits)


def test_milliseconds_come_first(server, ask, monkeypatch):
    waits = hurried(monkeypatch)
    headers = raised(lambda: ask("status=429,retry-after=1500ms")).response.headers
    assert (headers["retry-after"], headers["retry-after-ms"]) == ("2", "1500") and waits == [1.5, 1.5]


def test_half_a_second_and_then_a_second_where_nobody_says_it(server, ask, monkeypatch):
    waits = hurried(monkeypatch)
    headers = raised(lambda: ask("status=429,retry-after=none")).response.headers
    assert "retry-after" not in headers and "retry-after-ms" not in headers
    first, second = waits
    assert 0.375 <= first <= 0.5 and 0.75 <= second <= 1


@pytest.mark.parametrize("fault", ["reset", "close"])
def test_no_answer_at_all(server, ask, monkeypatch, fault):
    waits = hurried(monkeypatch)
    error = raised(lambda: ask(fault))
    assert type(error) is ask.vendor.APIConnectionError
    assert type(error.__cause__).__name__ == {"reset": "ReadError", "close": "RemoteProtocolError"}[fault]
    assert len(waits) == 2 and len(statuses(server)) == 3


def test_a_reset_and_then_the_answer(server, ask, monkeypatch):
    waits = hurried(monkeypatch)
    assert ask("reset,first=1", "reset")
    assert len(waits) == 1 and statuses(server)[1:] == [200]


def test_silence_is_asked_again_after_the_time_limit(server, ask, monkeypatch):
    waits = hurried(monkeypatch)
    for fault in ("half-open", "status=200,wait=10m"):
        assert type(raised(lambda: ask(fault, timeout=0.3))) is ask.vendor.APITimeoutError
    assert len(waits) == 4


def test_a_port_that_is_closed_for_a_while(server):
    clients = faulty.Clients(server.url, max_retries=10)
    for endpoint in faulty.ENDPOINTS:
        assert clients.create(endpoint, "refused=600ms,first=1", said("The port"))
    assert [status for status in statuses(server) if status == 200] == [200] * 3


def test_ones_own_words(server, ask):
    error = raised(lambda: ask('status=418,type=teapot,code=short,message="I am, in short, a teapot",param=handle'))
    assert type(error) is ask.vendor.APIStatusError
    if ask.vendor is openai:
        assert (error.type, error.code, error.param) == ("teapot", "short", "handle")
        assert error.body["message"] == "I am, in short, a teapot"
    else:
        assert error.type == "teapot"
        told = error.body["error"]
        assert (told["type"], told["message"]) == ("teapot", "I am, in short, a teapot")


def test_the_usual_words_and_a_request_id(server, ask):
    error = raised(lambda: ask("status=429,retry-after=1ms"))
    assert error.request_id.startswith("req_")
    usual = ("requests", "rate_limit_exceeded") if ask.vendor is openai else ("rate_limit_error", None)
    assert (error.type, getattr(error, "code", None)) == usual
    quota = "status=429,type=insufficient_quota,code=insufficient_quota,retry-after=1ms"
    assert raised(lambda: ask(quota)).type == "insufficient_quota"


@pytest.mark.parametrize(("body", "read"), [("html", "<!DOCTYPE html>"), ('"bad gateway"', "bad gateway")])
def test_what_is_no_json_is_the_body(server, ask, body, read):
    error = raised(lambda: ask(f"status=502,body={body},retry-after=1ms"))
    assert type(error) is ask.vendor.InternalServerError
    assert isinstance(error.body, str) and error.body.startswith(read)
    assert error.response.headers["content-type"].startswith("text/html" if body == "html" else "text/plain")
    assert statuses(server) == [502] * 3


def test_json_of_another_type_is_read(server, ask):
    error = raised(lambda: ask("status=500,content-type=text/plain,retry-after=1ms"))
    assert error.response.headers["content-type"] == "text/plain" and error.type in ("server_error", "api_error")


def test_a_fault_that_nobody_knows(server, ask):
    error = raised(lambda: ask("statos=429"))
    assert type(error) is ask.vendor.BadRequestError and "status" in error.message
    headers = error.response.headers
    assert (headers["x-standin-error"], headers["x-should-retry"]) == ("shape_invalid", "false")
    assert statuses(server) == [400]
