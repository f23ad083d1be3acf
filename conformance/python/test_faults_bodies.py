"""Faults in answers that are no streams: what the Python SDKs make of each, and whether they ask again."""

import json
import re

import anthropic
import openai
import pytest

from faulty import Clients, forget, hurried, raised, said, statuses
from wire import exchange

ENDPOINTS = ["chat", "responses", "embeddings", "messages"]


@pytest.fixture(scope="module")
def server(start):
    return start("--pace", "none")


@pytest.fixture(autouse=True)
def forgetful(server):
    forget(server)


@pytest.fixture(scope="module")
def clients(server):
    return Clients(server.url)


def vendor(endpoint):
    return anthropic if endpoint == "messages" else openai


@pytest.mark.parametrize("fault", ["split", "split=7", "drip=256/1ms", "stall=20ms", "content-type=text/html"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_otherwise_delivered_it_stays_the_same(clients, endpoint, fault):
    assert clients.create(endpoint, fault).to_dict() == clients.create(endpoint).to_dict()


@pytest.mark.parametrize("fault", ["truncate", "malformed"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_is_no_json_is_not_asked_again(server, clients, endpoint, fault):
    assert isinstance(raised(lambda: clients.create(endpoint, fault)), json.JSONDecodeError)
    assert statuses(server) == [200]


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("close,after=middle", "RemoteProtocolError"),
        ("close,after=0", "RemoteProtocolError"),
        ("cut,bytes=100", "RemoteProtocolError"),
        ("reset,after=middle", "ReadError"),
    ],
)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_half_an_answer_is_asked_again(server, clients, monkeypatch, endpoint, fault, cause):
    waits = hurried(monkeypatch)
    error = raised(lambda: clients.create(endpoint, fault))
    assert type(error) is vendor(endpoint).APIConnectionError and type(error.__cause__).__name__ == cause
    assert len(waits) == 2 and statuses(server) == [200] * 3
    forget(server)
    asked = said(f"{fault}, and then the answer")
    assert clients.create(endpoint, f"{fault},first=2", asked).to_dict() == clients.create(endpoint, None, asked).to_dict()
    assert statuses(server) == [200] * 4


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_silence_is_asked_again(server, clients, monkeypatch, endpoint):
    waits = hurried(monkeypatch)
    for fault in ("stall=10m", "half-open,after=middle"):
        error = raised(lambda: clients.create(endpoint, fault, timeout=0.3))
        assert type(error) is vendor(endpoint).APITimeoutError
    assert len(waits) == 4 and statuses(server) == [200] * 6


@pytest.mark.parametrize("fault", ["duplicate", "reorder", "error=500,after=2", "failed", "incomplete", "crlf", "crc"])
def test_what_has_no_frames_stays_as_it_is(server, clients, fault):
    for endpoint in ENDPOINTS:
        assert clients.create(endpoint, fault).to_dict() == clients.create(endpoint).to_dict()
    # What did not strike is not said to have done so.
    entries = exchange(server.url, "GET", "/_standin/journal").json()["entries"]
    assert [entry.get("fault") for entry in entries] == [None] * 8


def test_sounds_break_as_well(server, clients, monkeypatch):
    asked = {"model": "tts-1", "voice": "alloy", "input": "Hello there", "response_format": "wav"}

    def say(fault):
        return clients.openai.audio.speech.create(**asked, extra_headers={"X-Standin-Fault": fault}).content

    usual = say("none")
    assert say("split=64") == usual
    short = say("truncate")
    assert 0 < len(short) < len(usual) and usual.startswith(short)
    hurried(monkeypatch)
    assert type(raised(lambda: say("close,after=middle"))) is openai.APIConnectionError


def test_the_answer_says_what_struck_it(server, clients):
    raw = clients.openai.chat.completions.with_raw_response.create(
        model="gpt-4.1", messages=[{"role": "user", "content": "Hi"}], extra_headers={"X-Standin-Fault": "split=7"}
    )
    assert (raw.headers["x-standin-fault"], raw.headers["x-standin-source"]) == ("split=7", "simulator")
    (entry,) = exchange(server.url, "GET", "/_standin/journal").json()["entries"]
    assert (entry["fault"], entry["source"]) == ("split=7", "simulator")
    counted = exchange(server.url, "GET", "/metrics").body.decode()
    assert re.search(r'^standin_faults_total\{[^}]*fault="split"[^}]*\} [1-9]', counted, re.M), counted
