"""Limits that count: what both SDKs are told, how it is counted down, and that who waits is admitted."""

import datetime
import itertools
import re

import anthropic
import openai
import pytest

import mocked
from faulty import forget, hurried, raised, statuses
from wire import all_at_once, eventually

#: Within a day nothing comes back while a test runs.
DAY = "window=24h"
HELLO = mocked.question("Hello")
CHAT = {"model": "gpt-4.1", "messages": HELLO}
MESSAGES = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": HELLO}


class Limited:
    """A server with limits, and its clients."""

    def __init__(self, server, **options):
        given = {"api_key": "one", "max_retries": 0, **options}
        self.server = server
        self.openai = openai.OpenAI(base_url=f"{server.url}/v1", **given)
        self.anthropic = anthropic.Anthropic(base_url=server.url, **given)
        self.azure = openai.AzureOpenAI(azure_endpoint=f"{server.url}/azure", api_version="2024-10-21", **given)

    def chat(self, **more):
        return self.openai.chat.completions.with_raw_response.create(**{**CHAT, **more})

    def messages(self, **more):
        return self.anthropic.messages.with_raw_response.create(**{**MESSAGES, **more})


@pytest.fixture
def limited(serve):
    def limited(*limits, **options):
        return Limited(serve("--pace", "none", *(part for limit in limits for part in ("--limit", limit))), **options)

    return limited


def test_openai_counts_calls_down_and_is_refused(limited):
    clients = limited(f"rpm=3,{DAY}")
    answers = [clients.chat() for _ in range(3)]
    told = [[answer.headers[f"x-ratelimit-{what}-requests"] for what in ("limit", "remaining")] for answer in answers]
    assert told == [["3", "2"], ["3", "1"], ["3", "0"]]
    assert all(re.fullmatch(r"(\d+h)?(\d+m)?[\d.]+m?s", answer.headers["x-ratelimit-reset-requests"]) for answer in answers)
    error = raised(clients.chat)
    assert type(error) is openai.RateLimitError
    assert (error.status_code, error.type, error.code) == (429, "requests", "rate_limit_exceeded")
    headers = error.response.headers
    assert headers["x-ratelimit-remaining-requests"] == "0" and int(headers["retry-after"]) > 0
    # It is the same time, to the second and to the millisecond.
    assert 0 <= int(headers["retry-after"]) * 1000 - int(headers["retry-after-ms"]) < 1000
    assert "Please try again in " in error.message


def test_who_shares_a_limit(limited):
    clients = limited(f"rpm=1,{DAY}")
    clients.chat()
    assert raised(clients.chat).status_code == 429
    # Another model or another key is another caller; another endpoint is the same one.
    clients.chat(model="gpt-4.1-mini")
    clients.openai.with_options(api_key="two").chat.completions.create(**CHAT)
    assert raised(lambda: clients.openai.responses.create(model="gpt-4.1", input="Hi")).status_code == 429
    clients.openai.models.list()
    together = limited(f"rpm=2,per=all,{DAY}")
    together.chat()
    together.messages()
    assert raised(together.chat).status_code == raised(together.messages).status_code == 429


def test_anthropic_counts_calls_down_and_is_refused(limited):
    clients = limited(f"rpm=2,{DAY}")
    fields = [clients.messages().headers for _ in range(2)]
    assert [headers["anthropic-ratelimit-requests-remaining"] for headers in fields] == ["1", "0"]
    assert [headers["anthropic-ratelimit-requests-limit"] for headers in fields] == ["2", "2"]
    resets = [datetime.datetime.fromisoformat(headers["anthropic-ratelimit-requests-reset"]) for headers in fields]
    assert resets[0] < resets[1] and resets[0].tzinfo is not None
    error = raised(clients.messages)
    assert type(error) is anthropic.RateLimitError and error.type == "rate_limit_error"
    assert int(error.response.headers["retry-after"]) > 0 and error.request_id.startswith("req_")


def test_azure_is_refused_in_its_own_words(limited):
    clients = limited(f"rpm=1,{DAY}")
    clients.azure.chat.completions.create(**CHAT)
    error = raised(lambda: clients.azure.chat.completions.create(**CHAT))
    assert type(error) is openai.RateLimitError and error.code == "429"
    assert re.search(r"retry after \d+ seconds", error.message) and int(error.response.headers["retry-after"]) > 0


def test_streams_are_counted_as_well(limited):
    clients = limited(f"rpm=1,{DAY}")
    for ask in (
        lambda: clients.openai.chat.completions.create(**CHAT, stream=True),
        lambda: clients.anthropic.messages.create(**MESSAGES, stream=True),
    ):
        assert len(list(ask())) > 2 and raised(lambda: list(ask())).status_code == 429


def test_calls_that_are_refused_do_not_count(limited):
    clients = limited(f"rpm=2,{DAY}", f"rpm=1,model=gpt-4.1,per=all,{DAY}")
    clients.chat()
    refused = [raised(clients.chat) for _ in range(5)]
    assert {error.status_code for error in refused} == {429}
    # Of the wider limit one call is left, which refusals did not take.
    assert clients.chat(model="gpt-4.1-mini").headers["x-ratelimit-remaining-requests"] == "1"


def test_tokens_of_openai(limited):
    """A call costs its prompt, which is alike, and what its answer says that it said."""
    clients = limited(f"tpm=4000,{DAY}")
    before, prompts = 4000, []
    for most in (5, 9, 20, 64):
        answer = clients.chat(max_completion_tokens=most)
        left = int(answer.headers["x-ratelimit-remaining-tokens"])
        prompts.append(before - left - answer.parse().usage.completion_tokens)
        before = left
    assert prompts[0] > 0 and len(set(prompts)) == 1
    error = raised(lambda: clients.chat(max_completion_tokens=3950))
    assert (error.type, error.code) == ("tokens", "rate_limit_exceeded") and "retry-after" in error.response.headers
    # More than the limit has is never there.
    assert "retry-after" not in raised(lambda: clients.chat(max_completion_tokens=5000)).response.headers


def test_tokens_of_anthropic(limited):
    clients = limited(f"itpm=3000,otpm=5000,{DAY}")
    inputs, output = [3000], 5000
    for _ in range(3):
        answer = clients.messages()
        told = {kind: int(answer.headers[f"anthropic-ratelimit-{kind}-remaining"]) for kind in KINDS}
        output -= answer.parse().usage.output_tokens
        inputs.append(told["input-tokens"])
        assert told["output-tokens"] == output and told["tokens"] == output + inputs[-1]
    costs = {before - after for before, after in itertools.pairwise(inputs)}
    assert len(costs) == 1 and min(costs) > 0


KINDS = ["input-tokens", "output-tokens", "tokens"]


def test_a_stream_costs_what_a_whole_answer_does(limited):
    clients = limited(f"tpm=4000,{DAY}")
    cost = 4000 - int(clients.chat().headers["x-ratelimit-remaining-tokens"])
    # With its usage and without it.
    list(clients.openai.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True}))
    list(clients.openai.chat.completions.create(**CHAT, stream=True))
    assert clients.chat().headers["x-ratelimit-remaining-tokens"] == str(4000 - 4 * cost)


def test_a_budget_that_is_spent(limited):
    clients = limited("budget=2req,per=key")
    clients.chat()
    clients.messages()
    error = raised(clients.chat)
    assert type(error) is openai.RateLimitError
    assert (error.type, error.code) == ("insufficient_quota", "insufficient_quota")
    theirs = raised(clients.messages)
    assert theirs.type == "rate_limit_error"
    assert all("retry-after" not in one.response.headers for one in (error, theirs))
    assert raised(limited("budget=0").chat).code == "insufficient_quota"
    tokens = limited("budget=100,per=key")
    used = tokens.chat(max_completion_tokens=90).parse().usage.total_tokens
    while used < 100:
        used += tokens.chat().parse().usage.total_tokens
    assert raised(tokens.chat).code == "insufficient_quota"


def test_one_at_once_and_a_client_that_leaves_gives_its_place_back(limited):
    clients = limited("concurrent=1")
    # The head of a stream comes at once, and holds the place.
    stream = clients.openai.chat.completions.create(**CHAT, stream=True, extra_headers={"X-Standin-Pace": "ttft=10m"})
    error = raised(clients.chat)
    assert type(error) is openai.RateLimitError and error.response.headers["retry-after"] == "1"
    stream.close()
    patient = clients.openai.with_options(max_retries=5)
    assert patient.chat.completions.create(**CHAT).choices[0].message.content


def test_so_many_at_once_and_no_more(limited):
    clients = limited("concurrent=3,per=all")
    told = []

    def hold(_):
        slow = {"X-Standin-Pace": "ttft=10m"}
        try:
            stream = clients.openai.chat.completions.create(**CHAT, stream=True, extra_headers=slow)
        except openai.RateLimitError as error:
            told.append(error.code)
        else:
            told.append(200)
            eventually(lambda: len(told) == 8, "all were told")
            stream.close()

    all_at_once(8, hold)
    assert told.count(200) == 3 and told.count("rate_limit_exceeded") == 5


def test_of_many_at_once_so_many_are_admitted(limited):
    clients = limited(f"rpm=20,{DAY}")
    told = all_at_once(50, lambda _: mocked.post(clients.server, "/v1/chat/completions", CHAT).status)
    assert told.count(200) == 20 and told.count(429) == 30


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_who_waits_as_it_is_told_is_admitted(limited, vendor):
    clients = limited("rpm=1,window=3s", max_retries=2)
    for _ in range(2):
        assert (clients.chat if vendor == "openai" else clients.messages)().http_response.status_code == 200
    assert statuses(clients.server) == [200, 429, 200]


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_how_long_they_mean_to_wait(limited, monkeypatch, vendor):
    clients = limited("rpm=2,window=100s", max_retries=1)
    ask = clients.chat if vendor == "openai" else clients.messages
    for _ in range(2):
        ask()
    forget(clients.server)
    waits = hurried(monkeypatch)
    error = raised(ask)
    headers = error.response.headers
    assert statuses(clients.server) == [429, 429] and len(waits) == 1
    # A call comes back every fifty seconds: it is waited for what is left of them, and the second refusal is later.
    assert 0 < int(headers["retry-after"]) <= 50 and waits[0] <= 50
    assert waits[0] >= int(headers["retry-after"]) - 1


def test_what_no_limit_is_about_is_as_it_is_without(limited):
    clients = limited(f"rpm=1,model=gpt-4.1-mini,{DAY}")
    plain = limited()
    assert [clients.chat().headers.get(name) for name in LIMITS] == [plain.chat().headers.get(name) for name in LIMITS]
    assert clients.chat(model="gpt-4.1-mini").headers["x-ratelimit-limit-requests"] == "1"


LIMITS = ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-limit-tokens"]


def test_the_journal_says_that_a_limit_struck(limited):
    clients = limited(f"rpm=1,{DAY}")
    clients.chat()
    raised(clients.chat)
    entries = mocked.journal(clients.server)
    assert [(entry["status"], entry.get("fault")) for entry in entries] == [(200, None), (429, "limit")]
