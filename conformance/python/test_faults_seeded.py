"""Chance that repeats: a seed says what goes wrong with which call, in any order and on any number of threads."""

import collections
import concurrent.futures
import itertools
import json
import random

import pytest

import mocked
from line import Line
from wire import all_at_once, exchange

CHAT = "/v1/chat/completions"
CALLS = 1000
FAULTS = ["status=429,probability=0.1", "status=503,probability=0.2,contains=7", "status=500,probability=0.05"]


def flags(*faults, seed=7):
    return ["--pace", "none", "--seed", seed, *itertools.chain.from_iterable(("--fault", fault) for fault in faults)]


def body(number):
    return {"model": "gpt-4.1", "messages": mocked.question(f"Call {number}")}


def status(server, number):
    return mocked.post(server, CHAT, body(number)).status


def in_order(server):
    return [status(server, number) for number in range(CALLS)]


def on_threads(server, count=64):
    """All calls, shuffled, by so many threads."""
    numbers = list(range(CALLS))
    random.Random(1).shuffle(numbers)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        answered = dict(zip(numbers, pool.map(lambda number: status(server, number), numbers), strict=True))
    return [answered[number] for number in range(CALLS)]


@pytest.fixture(scope="module")
def alone(start):
    """What each of a thousand calls is answered, one after another."""
    return in_order(start(*flags(*FAULTS)))


def test_on_one_thread_and_on_sixty_four(start, alone):
    assert on_threads(start(*flags(*FAULTS))) == alone
    assert on_threads(start(*flags(*FAULTS), "--workers", "1")) == alone


def test_another_seed_is_another_chance(start, alone):
    other = in_order(start(*flags(*FAULTS, seed=8)))
    assert other != alone and collections.Counter(other).keys() == collections.Counter(alone).keys()


def test_chance_is_as_likely_as_it_says(alone):
    """Six deviations of what is binomial: it holds or it does not, for the seed is fixed."""
    counted = collections.Counter(alone)
    assert set(counted) == {200, 429, 500, 503}
    assert abs(counted[429] - 100) < 6 * 90**0.5
    assert {number for number, told in enumerate(alone) if told == 503} <= {n for n in range(CALLS) if "7" in str(n)}


def test_the_second_attempt_has_a_chance_of_its_own(start):
    one, other = start(*flags("status=500,probability=0.5")), start(*flags("status=500,probability=0.5"))
    first = [[status(one, number) for number in range(60)] for _ in range(3)]
    by_call = [[status(other, number) for _ in range(3)] for number in range(60)]
    assert [list(attempts) for attempts in zip(*by_call, strict=True)] == first
    assert first[0] != first[1] != first[2]


def test_the_seed_of_a_request(start):
    one, other = start(*flags("status=500,probability=0.5", seed=1)), start(*flags("status=500,probability=0.5", seed=2))

    def ask(server, number):
        return mocked.post(server, CHAT, body(number), X_Standin_Seed="99").status

    assert [ask(one, number) for number in range(60)] == [ask(other, number) for number in range(60)]
    assert [status(one, number) for number in range(60)] != [status(other, number) for number in range(60)]


def test_a_session_has_the_chances_of_its_seed_whatever_its_id(start):
    server = start(*flags())

    def told():
        settings = json.dumps({"faults": ["status=500,probability=0.5"], "seed": 7}).encode()
        begun = exchange(server.url, "POST", "/_standin/sessions", settings, {"Content-Type": "application/json"})
        prefix = f"/s/{begun.json()['id']}"
        # Attempts are counted for each session by itself: twice the same call.
        return [mocked.post(server, prefix + CHAT, body(number // 2)).status for number in range(60)]

    first = told()
    assert set(first) == {200, 500} and told() == told() == first


def test_the_middle_is_the_same_middle(start):
    def lengths(server, numbers):
        asked = {number: Line(server).send(CHAT, {**body(number), "stream": True}) for number in numbers}
        return {number: asked[number].read().body for number in sorted(asked)}

    one, other = (start(*flags("close,after=middle")) for _ in range(2))
    seen = lengths(one, range(20))
    assert seen == lengths(other, reversed(range(20)))
    assert len({text.count(b"data: ") for text, _ in seen.values()}) > 3 and not any(whole for _, whole in seen.values())


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ("nth=3", {3}),
        ("nth=3+7", {3, 7}),
        ("nth=3..5", {3, 4, 5}),
        ("nth=10..", set(range(10, 21))),
        ("every=4", {4, 8, 12, 16, 20}),
        ("times=5", {1, 2, 3, 4, 5}),
        ("every=4,times=2", {4, 8}),
        ("nth=2..9,every=3", {3, 6, 9}),
    ],
)
def test_calls_by_their_number(start, when, struck):
    server = start(*flags(f"status=500,{when}"))
    assert {number for number in range(1, 21) if status(server, number) == 500} == struck


def test_only_calls_that_it_is_about_are_counted(start):
    server = start(*flags("status=500,nth=2,model=gpt-4o*"))

    def ask(model):
        return mocked.post(server, CHAT, {**body(1), "model": model}).status

    assert [ask(model) for model in ("gpt-4o", "gpt-4.1", "gpt-4o-mini", "gpt-4o")] == [200, 200, 500, 200]


def test_the_first_attempts_of_every_call_at_once(start):
    server = start(*flags("status=503,first=2"))
    told = all_at_once(32, lambda number: [status(server, number) for _ in range(3)])
    assert told == [[503, 503, 200]] * 32
    # One call from many sides fails twice, whoever asks.
    assert sorted(all_at_once(32, lambda _: status(server, "alone"))) == [200] * 30 + [503] * 2


ABOUT = {
    "provider=anthropic": {"messages"},
    "endpoint=chat+responses": {"chat", "responses", "streamed"},
    "model=text-*": {"embeddings"},
    "path=*/completions": {"chat", "streamed"},
    "contains=weather": {"responses"},
    'match="{\\"stream\\":true}"': {"streamed"},
}


@pytest.mark.parametrize("about", ABOUT)
def test_which_calls_it_is_about(start, about):
    server = start(*flags(f"status=418,{about}"))
    claude = {"anthropic_version": "2023-06-01"}
    calls = {
        "chat": (CHAT, body(1), {}),
        "streamed": (CHAT, {**body(1), "stream": True}, {}),
        "responses": ("/v1/responses", {"model": "gpt-4.1", "input": "The weather?"}, {}),
        "embeddings": ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "x"}, {}),
        "messages": ("/v1/messages", {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": mocked.question("Hi")}, claude),
    }
    told = {name: mocked.post(server, path, asked, **headers).status for name, (path, asked, headers) in calls.items()}
    assert {name for name in told if told[name] == 418} == ABOUT[about]
    assert {told[name] for name in told if told[name] != 418} == {200}


def test_the_first_that_strikes_is_the_one(start):
    server = start(*flags("status=501,nth=2", "status=502,contains=2", "status=503"))
    assert [status(server, number) for number in (1, 2, 22, 3)] == [503, 501, 502, 503]
    entries = exchange(server.url, "GET", "/_standin/journal").json()["entries"]
    assert [entry["fault"] for entry in entries] == ["status=503", "status=501,nth=2", "status=502,contains=2", "status=503"]
    assert {entry["source"] for entry in entries} == {"fault"}
