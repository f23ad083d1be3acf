"""The stub upstream by itself: what the other tests take from it is so without standin between."""

import json
import subprocess

import anthropic
import openai
import pytest
import requests
import vcr

import recording
from recording import CHAT, CLOSE, RESET, gate, post
from wire import Call, all_at_once, eventually, exchange


def test_official_sdks_understand_it(upstream):
    client = openai.OpenAI(base_url=f"{upstream.url}/v1", api_key="sk-direct")
    answer = client.chat.completions.create(model="gpt-5-nano", messages=recording.HELLO)
    assert answer.choices[0].message.content.startswith("Hello!")
    stream = client.chat.completions.create(model="gpt-5-nano", messages=recording.HELLO, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "Hello! How can I help?"
    claude = anthropic.Anthropic(base_url=upstream.url, api_key="sk-ant-direct")
    with claude.messages.stream(model="claude-haiku-4-5", max_tokens=64, messages=recording.HELLO) as stream:
        assert "".join(stream.text_stream) == "Hello! How can I help?"
    assert [call["path"] for call in upstream.calls()] == [CHAT, CHAT, "/v1/messages"]


def test_vcrpy_records_it(upstream, tmp_path):
    recorder = vcr.VCR(record_mode="once")
    for _ in range(2):
        with recorder.use_cassette(str(tmp_path / "tape.yaml")):
            assert requests.post(upstream.url + CHAT, data=recording.chat(), timeout=20).status_code == 200
    assert len(upstream.calls()) == 1


def test_it_says_what_reached_it(upstream):
    exchange(upstream.url, "PUT", "/v1/a%20b?x=1&x=2", b"\x00\xff", [("X-One", "1"), ("X-One", "2")])
    call = upstream.only_call()
    assert (call["method"], call["path"], call["body"]) == ("PUT", "/v1/a%20b?x=1&x=2", b"\x00\xff")
    assert [value for name, value in call["headers"] if name == "x-one"] == ["1", "2"]
    eventually(upstream.answered, "it knows that its answer was sent")


def test_curl_shows_what_was_planned(upstream):
    upstream.plan_json("/v1/x", {"a": 1}, status=429, headers=[("Retry-After", "7")], reason="Slow Down")
    shown = subprocess.run(["curl", "-si", f"{upstream.url}/v1/x"], capture_output=True, text=True, timeout=20)
    assert shown.stdout.splitlines()[0] == "HTTP/1.1 429 Slow Down"
    assert "Retry-After: 7" in shown.stdout and shown.stdout.endswith('{"a": 1}')


def test_a_gate_holds_the_next_frame_back(upstream):
    upstream.plan_sse("/v1/x", "one", gate(), "two")
    call = Call(upstream.url, "POST", "/v1/x")
    call.head()
    assert call.read(3) == b"one"
    assert upstream.answered() == 0
    upstream.release()
    assert call.rest() == (b"two", True)


@pytest.mark.parametrize("how", [CLOSE, RESET], ids=["close", "reset"])
@pytest.mark.parametrize("framing", ["chunked", "short"])
def test_a_cut_is_seen(upstream, how, framing):
    upstream.plan_sse("/v1/x", "one", gate(), how, framing=framing)
    call = Call(upstream.url, "POST", "/v1/x")
    call.head()
    assert call.read(3) == b"one"
    upstream.release()
    assert call.rest() == (b"", False)
    assert upstream.answered() == 0


def test_plans_are_used_up_in_order(upstream):
    upstream.plan_json("/v1/x", 1, times=1)
    upstream.plan_json("/v1/x", 2)
    assert [json.loads(post(upstream, "/v1/x").body) for _ in range(3)] == [1, 2, 2]


def test_a_hundred_at_once(upstream):
    upstream.plan_json("/v1/x", 1)
    answers = all_at_once(100, lambda _: post(upstream, "/v1/x"))
    assert [answer.status for answer in answers] == [200] * 100
    assert len(upstream.calls()) == 100


def test_identical_calls_are_numbered(upstream):
    answers = [post(upstream, body=recording.chat(recording.WHICH_STEP)) for _ in range(3)]
    assert [recording.step_of(answer) for answer in answers] == [1, 2, 3]


def test_a_listener_counts(listener):
    with pytest.raises((ConnectionError, OSError)):
        post(listener)
    eventually(lambda: listener.connections == 1, "the listener counted one")
