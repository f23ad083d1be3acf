"""How often the SDKs of OpenAI and Anthropic ask again, as standin's journal counts it."""

import time

import anthropic
import openai
import pytest

from wire import exchange

HELLO = [{"role": "user", "content": "Hello"}]
#: The attempts that both SDKs make without being told how many.
ATTEMPTS = {
    **dict.fromkeys([400, 401, 402, 403, 404, 413, 422, 424], 1),
    **dict.fromkeys([408, 409, 429, 500, 501, 502, 503, 504, 529], 3),
}
SOON = {"retry-after-ms": "1"}


def error(name, status=429, headers=None, **members):
    answer = {"status": status, "error": True, "headers": headers or {}}
    return {"name": name, "match": {"model": name}, "answer": answer, **members}


def fails_first(name, failures, headers=None):
    failed = {"status": 500, "error": True, "headers": headers or SOON}
    return {"name": name, "match": {"model": name}, "answers": [*[failed] * failures, "At last."]}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(
        {
            "mocks": [
                *(error(f"status-{status}", status, SOON) for status in ATTEMPTS),
                error("never", 500, {"x-should-retry": "false", **SOON}),
                error("always", 400, {"x-should-retry": "true", **SOON}),
                error("long", 429, {"retry-after": "121"}),
                error("longer-ms", 429, {"retry-after-ms": "121000"}),
                fails_first("once", 1),
                fails_first("twice", 2),
                fails_first("thrice", 3),
                fails_first("second", 1, {"retry-after": "1"}),
                fails_first("both", 1, {"retry-after": "60", **SOON}),
                {
                    "name": "times",
                    "match": {"model": "times"},
                    "times": 1,
                    "answer": {"status": 503, "error": True, "headers": SOON},
                },
                {"name": "then", "match": {"model": "times"}, "answer": "Now."},
            ]
        }
    )


class Asker:
    """A call of one SDK, and the number of attempts that it takes."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        if name == "openai":
            self.client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin")
        else:
            self.client = anthropic.Anthropic(base_url=server.url, api_key="sk-ant-standin")

    def ask(self, model, client=None, **options):
        client = (client or self.client).with_options(**options) if options else client or self.client
        if self.name == "openai":
            return client.chat.completions.create(model=model, messages=HELLO).choices[0].message.content
        return client.messages.create(model=model, max_tokens=8, messages=HELLO).content[0].text

    @property
    def error(self):
        return openai.APIStatusError if self.name == "openai" else anthropic.APIStatusError

    def in_session(self):
        """A client whose lists begin at their beginning."""
        answer = exchange(self.server.url, "POST", "/_standin/sessions", b"{}", {"Content-Type": "application/json"})
        assert answer.status == 201, answer.body
        base = answer.json()["base_url"]
        return self.client.with_options(base_url=f"{base}/v1" if self.name == "openai" else base)

    def attempts(self):
        entries = exchange(self.server.url, "GET", "/_standin/journal").json()["entries"]
        return len(entries)


@pytest.fixture(params=["openai", "anthropic"])
def asker(server, request):
    exchange(server.url, "DELETE", "/_standin/journal")
    return Asker(server, request.param)


@pytest.mark.parametrize("status", ATTEMPTS)
def test_attempts(asker, status):
    with pytest.raises(asker.error) as raised:
        asker.ask(f"status-{status}")
    assert raised.value.status_code == status
    assert asker.attempts() == ATTEMPTS[status]


def test_as_often_as_the_caller_wants(asker):
    with pytest.raises(asker.error):
        asker.ask("status-500", max_retries=4)
    assert asker.attempts() == 5


def test_should_retry_overrides_the_status(asker):
    with pytest.raises(asker.error):
        asker.ask("never")
    assert asker.attempts() == 1
    with pytest.raises(asker.error):
        asker.ask("always")
    assert asker.attempts() == 4


def test_fail_once_then_succeed(asker):
    for model, attempts in (("once", 2), ("twice", 3)):
        exchange(asker.server.url, "DELETE", "/_standin/journal")
        assert asker.ask(model, asker.in_session()) == "At last."
        assert asker.attempts() == attempts
    with pytest.raises(asker.error):
        asker.ask("thrice", asker.in_session())


def test_a_rule_that_answers_once(asker):
    assert asker.ask("times", asker.in_session()) == "Now."
    assert asker.attempts() == 2


def test_the_seconds_are_waited(asker):
    before = time.monotonic()
    assert asker.ask("second", asker.in_session()) == "At last."
    assert 0.9 < time.monotonic() - before < 5


def test_milliseconds_come_first(asker):
    before = time.monotonic()
    assert asker.ask("both", asker.in_session()) == "At last."
    assert time.monotonic() - before < 5


def test_two_minutes_are_too_long(server):
    """For the SDK of OpenAI; the one of Anthropic would wait."""
    asker = Asker(server, "openai")
    for model in ("long", "longer-ms"):
        exchange(server.url, "DELETE", "/_standin/journal")
        with pytest.raises(openai.RateLimitError):
            asker.ask(model)
        assert asker.attempts() == 1


def test_no_match_is_asked_once(asker):
    with pytest.raises(asker.error) as raised:
        asker.ask("nobody-answers")
    assert raised.value.status_code == 404
    assert asker.attempts() == 1
