"""Paces on plain sockets and through the SDKs: what is there before the wait, and that nothing comes before it is due.

That it comes no later is nothing that a machine with other work can promise: see the benchmarks.
"""

import time

import anthropic
import openai
import pytest

import conftest
import faulty
import mocked
from faulty import hurried, raised
from line import Line
from wire import eventually, exchange

CHAT = "/v1/chat/completions"
ASKED = {"model": "gpt-4.1", "messages": mocked.question("Tell me of whales 🐋.")}


@pytest.fixture(scope="module")
def server(start):
    server = start("--pace", "none")
    # The first answer counts its tokens, and takes longer.
    assert mocked.post(server, CHAT, ASKED).status == 200
    return server


def ask(server, pace, stream=True, path=CHAT, asked=ASKED, **headers):
    body = {**asked, "stream": True} if stream else asked
    return Line(server).send(path, body, {"X-Standin-Pace": pace, **headers})


@pytest.fixture(scope="module")
def frames(server):
    return ask(server, "flush").read().frames


@pytest.mark.parametrize("pace", ["none", "flush", "fast", "recorded", "recorded*2", "ttft=1ms,itl=1ms", "tps=100000"])
def test_the_bytes_are_the_same(server, frames, pace):
    seen = ask(server, pace).read()
    assert seen.frames == frames and seen.body[1]


def test_each_frame_is_a_write_of_its_own(server, frames):
    for pace in ("flush", "itl=1ms"):
        assert ask(server, pace).read().chunks == (frames, True)


def test_before_the_first_frame_there_is_the_head(server):
    seen = ask(server, "ttft=10m").read()
    assert (seen.status, seen.raw, seen.end) == (200, b"", "silent")
    # A whole body has no other frame to wait for.
    assert ask(server, "ttft=10m", stream=False).silence() is None
    assert ask(server, "itl=10m", stream=False).read().status == 200


TEN_MINUTES = ["10m", "constant(10m)", "normal(10m,0ms)", "samples(10m,11m)", "uniform(5m,10m)"]


@pytest.mark.parametrize("pace", [f"itl={spread}" for spread in TEN_MINUTES])
def test_between_frames(server, frames, pace):
    assert ask(server, pace).read().frames == frames[:1]


def test_tokens_in_a_second(server, frames):
    # The first frame has a role and no text, and the second a token, for which a thousand seconds are to be waited.
    seen = ask(server, "tps=0.001").read()
    assert seen.end == "silent" and seen.frames == frames[: len(seen.frames)] and 0 < len(seen.frames) < 3


def test_prompts_cost_what_is_not_cached(server, frames):
    assert ask(server, "prefill=10m").read().raw == b""
    assert ask(server, "prefill=10m,cached=1").read().frames == frames


@pytest.mark.parametrize(("pace", "due"), [("ttft=250ms", 0.25), ("itl=10ms", 0.01), ("ttft=100ms,itl=5ms", 0.1)])
def test_nothing_comes_before_it_is_due(server, frames, pace, due):
    before = time.monotonic()
    line = ask(server, pace)
    seen = line.read()
    arrived = time.monotonic() - before
    assert seen.frames == frames
    each = 0.01 if pace.startswith("itl") else 0.005 if "itl" in pace else 0
    first = due if pace.startswith("ttft") else 0
    assert arrived >= first + each * (len(frames) - 1)


def test_the_load_of_others(start):
    """Alone a frame takes a second, beside another call ten minutes."""
    alone = start("--pace", "none")
    slow = "itl=1s,load=600@2"
    waiting = ask(alone, "ttft=10m")
    assert waiting.read().status == 200
    seen = ask(alone, slow).read(patience=3)
    assert len(seen.frames) == 1 and seen.end == "silent"


@pytest.mark.parametrize("pace", ["brisk", "steady", "bursty", "thinking", "longtail", "local", "overloaded"])
def test_a_profile_is_written_out_as_its_page_says(server, pace):
    page = (conftest.REPO / "docs" / "pace.md").read_text()
    (line,) = [line for line in page.splitlines() if line.startswith(f"| `{pace}` |") and "ttft=" in line]
    written = line.rsplit("`", 2)[1]
    assert control(server, "PUT", pace) == control(server, "PUT", written)
    assert control(server, "DELETE") == {"pace": "none"}


def control(server, method, pace=None):
    body = b"" if pace is None else b'{"pace": "%s"}' % pace.encode()
    answer = exchange(server.url, method, "/_standin/pace", body, {"Content-Type": "application/json"})
    assert answer.status == 200, answer.body
    return answer.json()


@pytest.mark.parametrize("endpoint", faulty.ENDPOINTS)
def test_the_sdks_meet_their_time_limit(server, monkeypatch, endpoint):
    waits = hurried(monkeypatch)
    clients = faulty.Clients(server.url, timeout=0.3)
    vendor = anthropic if endpoint == "messages" else openai
    error = raised(lambda: clients.create(endpoint, headers={"X-Standin-Pace": "ttft=10m"}))
    # A whole answer is asked for again; a stream has begun with its head, and is not.
    assert type(error) is vendor.APITimeoutError and len(waits) == 2
    stream = clients.create(endpoint, headers={"X-Standin-Pace": "ttft=10m"}, stream=True)
    assert "Timeout" in type(raised(lambda: list(stream))).__name__ and len(waits) == 2


@pytest.mark.parametrize("endpoint", faulty.ENDPOINTS)
def test_a_slow_answer_is_the_same_answer(server, endpoint):
    clients = faulty.Clients(server.url)
    paced = {"X-Standin-Pace": "ttft=uniform(1ms,9ms),itl=lognormal(1ms,0.5)"}
    usual = list(clients.create(endpoint, stream=True))
    assert list(clients.create(endpoint, headers=paced, stream=True)) == usual


def test_a_server_that_starts(start, monkeypatch):
    server = start("--startup-delay", "10m")
    waits = hurried(monkeypatch)
    clients = faulty.Clients(server.url)
    for endpoint, vendor, kind in (("chat", openai, "InternalServerError"), ("messages", anthropic, "ServiceUnavailableError")):
        error = raised(lambda: clients.create(endpoint))
        assert type(error).__name__ == kind and isinstance(error, vendor.APIStatusError) and error.status_code == 503
        assert 0 < int(error.response.headers["retry-after"]) <= 600
    # Anthropic's SDK would wait as long as it is told, OpenAI's does not.
    assert len(waits) == 2 and all(500 < wait <= 600 for wait in waits)
    health = exchange(server.url, "GET", "/health")
    assert health.status == 503 and b"starting" in health.body


def test_a_server_that_has_started(start):
    server = start("--startup-delay", "500ms")
    eventually(lambda: exchange(server.url, "GET", "/health").status == 200, "it has started")
    assert faulty.Clients(server.url).create("chat").choices[0].message.content
