"""What the two policies store: `fixture`, files for review, and `cache`, what only a test that passed may fill."""

import datetime
import re

import pytest

from recording import Session, chat, files, post, stored
from wire import exchange

#: Complete answers of a provider that say nothing about the call but about the moment, or the key.
OF_THE_MOMENT = (401, 403, 408, 429, 500, 502, 503, 504, 529)
OF_THE_CALL = (200, 201, 202, 300, 307, 400, 402, 404, 409, 413, 418, 422, 424, 451)


def plan_status(upstream, status):
    upstream.plan_json("/v1/x", {"status": status}, status=status)


@pytest.mark.parametrize("status", [*OF_THE_CALL, *OF_THE_MOMENT])
def test_fixture_stores_what_is_about_the_call(recorder, upstream, cassettes, status):
    plan_status(upstream, status)
    server = recorder()
    live = post(server, "/v1/x", cassette="tape")
    assert (live.status, live.json(), live.source) == (status, {"status": status}, "upstream")
    again = post(server, "/v1/x", cassette="tape")
    server.stop()
    if status in OF_THE_CALL:
        assert (again.status, again.source) == (status, "tape")
        assert [one["status"] for one in stored(cassettes)] == [status]
    else:
        # Asked again it may be better: the next call goes to the upstream too.
        assert (again.status, again.source) == (status, "upstream")
        assert files(cassettes) == []
        assert len(upstream.calls()) == 2


@pytest.mark.parametrize("status", [200, 201, 202, 299, 300, 307, 400, 401, 404, 429, 500, 503])
def test_cache_stores_success_alone(recorder, upstream, cassettes, status):
    plan_status(upstream, status)
    server = recorder("--policy", "cache")
    session = Session(server, "tape")
    live = session.post("/v1/x")
    assert (live.status, live.source) == (status, "upstream")
    report = session.end()
    server.stop()
    kept = status < 300
    assert report["saved"] == kept, report
    assert [one["status"] for one in stored(cassettes)] == ([status] if kept else [])


GATE = {"passed": True, "unknown": True, "failed": False}


@pytest.mark.parametrize("outcome", GATE)
@pytest.mark.parametrize("before", [0, 1])
def test_cache_stores_nothing_of_a_test_that_failed(recorder, cassettes, outcome, before):
    server = recorder("--policy", "cache")
    for seed in range(before):
        session = Session(server, "tape")
        session.post(body=chat(seed=seed))
        session.end()
    prior = (cassettes / "tape.yaml").read_bytes() if before else None
    session = Session(server, "tape")
    assert session.post(body=chat(seed=100)).source == "upstream"
    # What the test has not yet passed for is nowhere.
    assert len(stored(cassettes)) == before
    report = session.end(outcome)
    assert report["saved"] == GATE[outcome], report
    server.stop()
    assert len(stored(cassettes)) == before + GATE[outcome]
    if not GATE[outcome]:
        assert report["reason"]
        assert ((cassettes / "tape.yaml").read_bytes() if before else None) == prior


@pytest.mark.parametrize("end", ["stop", "kill", "reset"])
def test_cache_stores_nothing_of_a_test_that_nobody_ended(recorder, cassettes, end):
    server = recorder("--policy", "cache")
    ended = Session(server, "tape")
    assert ended.post(body=chat(seed=1)).source == "upstream"
    assert ended.end()["saved"]
    prior = (cassettes / "tape.yaml").read_bytes()
    assert Session(server, "tape").post(body=chat(seed=2)).source == "upstream"
    if end == "reset":
        assert exchange(server.url, "POST", "/_standin/reset").status == 200
        server.stop()
    else:
        getattr(server, end)()
    assert (cassettes / "tape.yaml").read_bytes() == prior
    assert len(stored(cassettes)) == 1


@pytest.mark.parametrize("policy", ["fixture", "cache"])
def test_a_session_says_its_policy(recorder, cassettes, policy):
    server = recorder("--policy", {"fixture": "cache", "cache": "fixture"}[policy])
    session = Session(server, "tape", policy=policy)
    assert session.post().source == "upstream"
    assert session.end("failed")["saved"] == (policy == "fixture")
    server.stop()
    assert len(stored(cassettes)) == (policy == "fixture")


@pytest.mark.parametrize("calls,kept", [(50, True), (51, False)])
def test_cache_holds_fifty(recorder, cassettes, calls, kept):
    """A test that asks for ever more is one whose requests change each time."""
    server = recorder("--policy", "cache")
    session = Session(server, "tape")
    for seed in range(calls):
        assert session.post(body=chat(seed=seed)).source == "upstream"
    report = session.end()
    assert report["saved"] == kept, report
    server.stop()
    assert len(stored(cassettes)) == (50 if kept else 0)


def test_cache_keeps_the_fifty_where_more_come(recorder, cassettes):
    server = recorder("--policy", "cache")
    session = Session(server, "tape")
    for seed in range(50):
        session.post(body=chat(seed=seed))
    assert session.end()["saved"]
    prior = (cassettes / "tape.yaml").read_bytes()
    session = Session(server, "tape")
    assert session.post(body=chat(seed=0)).source == "tape"
    assert session.post(body=chat(seed=50)).source == "upstream"
    assert not session.end()["saved"]
    server.stop()
    assert (cassettes / "tape.yaml").read_bytes() == prior


def test_fixture_has_no_such_limit(recorder, cassettes):
    server = recorder()
    for seed in range(60):
        post(server, body=chat(seed=seed), cassette="tape")
    server.stop()
    assert len(stored(cassettes)) == 60


def test_cache_tells_keys_apart(recorder, upstream, cassettes):
    """A test with a wrong key does not get the answer that the right key got."""
    server = recorder("--policy", "cache")
    one, other = ({"Authorization": f"Bearer sk-fingerprint-{key}-0123456789"} for key in ("one", "other"))
    session = Session(server, "tape")
    session.post(headers=one)
    report = session.end()
    assert report["saved"], report
    (kept,) = stored(cassettes)
    assert "x-litellm-key-fp" in {name.lower() for name, _ in kept["request_headers"]}
    assert b"sk-fingerprint" not in (cassettes / "tape.yaml").read_bytes()
    session = Session(server, "tape", record="none")
    assert session.post(headers=one).source == "tape"
    assert session.post(headers=other).error == "interaction_out_of_date"
    session.end()
    session = Session(server, "tape")
    assert session.post(headers=other).source == "upstream"
    session.end()
    assert len(upstream.calls()) == 2


@pytest.mark.parametrize("policy,hours,source", [("cache", 23, "tape"), ("cache", 25, "upstream"), ("fixture", 9999, "tape")])
def test_cache_forgets_after_a_day(recorder, cassettes, policy, hours, source):
    """What is older says too little about the provider of today. A file in git has no age."""
    server = recorder("--policy", policy)
    session = Session(server, "tape")
    session.post()
    assert session.end()["saved"]
    server.stop()
    path = cassettes / "tape.yaml"
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours)
    dated, times = re.subn(r"recorded: .*", f"recorded: '{then:%Y-%m-%dT%H:%M:%S.000Z}'", path.read_text())
    assert times == 1, "the interaction says when it was recorded"
    path.write_text(dated)
    session = Session(recorder("--policy", policy), "tape")
    assert session.post().source == source
    session.end()


def test_fixture_does_not_tell_keys_apart(recorder, replayer):
    server = recorder()
    post(server, cassette="tape", headers={"Authorization": "Bearer sk-one"})
    server.stop()
    assert post(replayer(), cassette="tape", headers={"Authorization": "Bearer sk-other"}).source == "tape"


def test_a_session_without_a_call_leaves_nothing(recorder, cassettes):
    for policy in ("fixture", "cache"):
        server = recorder("--policy", policy)
        report = Session(server, f"folder/{policy}").end()
        assert (report["verdict"], report["saved"]) == ("NOOP", False)
        server.stop()
    assert files(cassettes) == []


def test_a_session_is_over_when_it_is_ended(recorder, upstream):
    server = recorder()
    session = Session(server, "tape")
    session.end()
    assert session.post().error == "session_unknown"
    assert exchange(server.url, "DELETE", f"/_standin/sessions/{session.id}", b"{}").status == 404
    assert upstream.calls() == []
