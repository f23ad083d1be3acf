"""Where recording meets something else: modes and policies, ends that nobody waits for, other standins, and keys in
what is told."""

import json
import socket
import urllib.parse

import pytest

from recording import CHAT, OPENAI_KEY, Session, chat, files, post, source_keys, stored, stored_when
from wire import eventually, exchange


def raw(server, method, path, body=b""):
    """A request whose answer is left to the test."""
    address = urllib.parse.urlsplit(server.url)
    head = f"{method} {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    client = socket.create_connection((address.hostname, address.port))
    client.sendall(head.encode() + body)
    return client


@pytest.mark.parametrize("told", [("--record", "none"), ()], ids=["mode none", "CI"])
def test_a_policy_does_not_make_a_server_record(serve, listener, cassettes, told):
    """A miss must not reach the network because a test chose how its cassette is kept."""
    keys = source_keys(listener.url)
    server = serve("--cassettes", cassettes, *told, env=keys if told else {**keys, "CI": "true"})
    answer = Session(server, "tape", policy="cache").post()
    assert (answer.status, answer.error, listener.connections) == (500, "cassette_missing", 0)


def test_a_policy_of_a_session_leaves_the_servers_own_knobs(recorder, upstream, cassettes):
    upstream.plan_json("/v1/x", {"gone": 1}, status=404)
    server = recorder("--statuses", "settled")
    session = Session(server, "tape", policy="cache")
    session.post("/v1/x")
    assert session.end()["saved"], "the cache's own choice is 2xx"
    assert [one["status"] for one in stored(cassettes)] == [404]


def test_a_session_whose_end_nobody_waits_for_is_saved(recorder, upstream, cassettes):
    """A client with a short patience: the end of its session waits for an answer that is still arriving."""
    upstream.plan_sse(CHAT, "data: a\n\n", {"gate": "next"}, "data: [DONE]\n\n")
    server = recorder()
    session = Session(server, "tape", policy="cache")
    with raw(server, "POST", f"{session.prefix}{CHAT}", chat()) as client:
        assert client.recv(1)
        path = f"/_standin/sessions/{session.id}"
        with raw(server, "DELETE", path):
            eventually(lambda: exchange(server.url, "GET", path).status == 404, "the session is ending")
        upstream.release()
        assert len(stored_when(cassettes, 1)) == 1


def test_what_arrives_after_its_session_is_told_and_not_stored(recorder, upstream, cassettes):
    upstream.plan_sse(CHAT, "data: a\n\n", {"gate": "next"}, "data: [DONE]\n\n")
    server = recorder()
    session = Session(server, "tape", policy="cache")
    with raw(server, "POST", f"{session.prefix}{CHAT}", chat()) as client:
        assert client.recv(1)
        report = session.end()
        upstream.release()
    assert (report["saved"], report["dropped"], report["verdict"]) == (False, 1, "MISS")
    journal = lambda: exchange(server.url, "GET", "/_standin/journal").json()["entries"]
    entry = eventually(lambda: (entries := journal()) and entries[-1], "the journal tells")
    assert entry["recording"] == "not_stored" and "session had ended" in entry["message"]
    assert files(cassettes) == []


def test_a_refusal_of_another_standin_is_no_recording(serve, cassettes, tmp_path):
    (tmp_path / "inner").mkdir()
    inner = serve("--cassettes", tmp_path / "inner", "--record", "none")
    outer = serve("--cassettes", cassettes, env=source_keys(inner.url))
    answer = post(outer, cassette="tape")
    assert (answer.status, answer.error) == (400, "cassette_not_named"), "passed on as it is"
    outer.stop()
    assert files(cassettes) == []


def test_an_error_inside_a_stream_tells_no_key(recorder, upstream, cassettes):
    told = f'data: {{"error": {{"message": "Incorrect API key provided: {OPENAI_KEY}"}}}}\n\n'
    upstream.plan_sse(CHAT, told)
    server = recorder("--log", "debug")
    session = Session(server, "tape")
    assert session.post().body == told.encode()
    report = session.end()
    journal = exchange(server.url, "GET", "/_standin/journal").body.decode()
    server.stop()
    assert "Incorrect API key" in report["reason"] and "Incorrect API key" in journal
    assert OPENAI_KEY not in json.dumps(report) + journal + "".join(server.log)


def test_the_head_alone_keeps_its_length(recorder, replayer, upstream, cassettes):
    upstream.plan("/v1/x", headers=[("Content-Type", "application/json"), ("Content-Length", "1234")], framing="none")
    ask = lambda server: exchange(server.url, "HEAD", "/v1/x", headers=[("X-Cassette-Name", "tape")])
    server = recorder()
    live = ask(server)
    server.stop()
    replayed = ask(replayer())
    for answer, source in ((live, "upstream"), (replayed, "tape")):
        assert (answer.source, answer.header("content-length"), answer.body) == (source, "1234", b"")


def test_nothing_is_recorded_where_nothing_may_be(recorder, upstream, cassettes):
    server = recorder("--max-recording", "0")
    answer = post(server, cassette="tape")
    assert answer.source == "upstream" and answer.body
    server.stop()
    assert files(cassettes) == []
