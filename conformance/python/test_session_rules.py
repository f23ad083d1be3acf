"""What a session says of its calls: what counts when they are compared, and what is secret in them beside what is secret
everywhere."""

import json

import pytest

from recording import Session, files, stored
from wire import exchange

RULES = {"headers": ["X-Tenant"], "names": ["tenant", "tenant_id"], "pointers": ["/metadata/owner"], "patterns": ["ACME-([0-9]+)"]}


def body(tenant):
    said = {
        "model": "gpt-5-nano",
        "tenant_id": f"{tenant}-id",
        "metadata": {"owner": f"{tenant}-owner"},
        "messages": [{"role": "user", "content": f"For ACME-{sum(map(ord, tenant))}: hello"}],
    }
    return json.dumps(said).encode()


def ask(session, tenant, page=2):
    headers = [("X-Tenant", f"{tenant}-header"), ("X-Page", "kept")]
    return session.post(f"/v1/chat/completions?tenant={tenant}-query&page={page}", body(tenant), headers=headers)


def test_it_is_stored_nowhere_and_another_one_is_replayed(recorder, replayer, upstream, cassettes):
    upstream.plan_json("/v1/chat/completions", {"owner": "acme-owner", "tenant_id": "acme-id", "said": "ACME-404"})
    server = recorder()
    session = Session(server, "tape", scrub=RULES)
    assert b"acme-owner" in ask(session, "acme").body
    assert session.end()["saved"]
    server.stop()
    text = (cassettes / "tape.yaml").read_text()
    assert "acme" not in text and "ACME-4" not in text, text
    (one,) = stored(cassettes)
    assert "X-Page" in text and "page=2" in one["url"]

    server = replayer()
    session = Session(server, "tape", scrub=RULES)
    again = ask(session, "umbrella")
    assert (again.status, again.source) == (200, "tape"), again
    other = ask(session, "umbrella", page=3)
    assert other.error == "interaction_out_of_date"
    assert "umbrella" not in json.dumps(other.json()["standin"]["near_misses"])
    session.end()
    # Whoever does not say so has other calls.
    session = Session(server, "tape")
    assert ask(session, "umbrella").error == "interaction_out_of_date"


def test_other_sessions_store_it(recorder, upstream, cassettes):
    upstream.plan_json("/v1/chat/completions", {"said": "hello"})
    server = recorder()
    for name, rules in (("scrubbed", {"names": ["tenant"]}), ("plain", {})):
        session = Session(server, name, scrub=rules)
        ask(session, "acme")
        session.end()
    server.stop()
    assert "acme-query" not in (cassettes / "scrubbed.yaml").read_text()
    assert "acme-id" in (cassettes / "scrubbed.yaml").read_text()
    assert "acme-query" in (cassettes / "plain.yaml").read_text()


def test_what_the_server_scrubs_is_scrubbed_too(recorder, upstream, cassettes, tmp_path):
    config = tmp_path / "standin.toml"
    config.write_text('[scrub]\nheaders = ["x-tenant"]\n')
    upstream.plan_json("/v1/chat/completions", {"said": "hello"})
    server = recorder("--config", config)
    session = Session(server, "tape", scrub={"names": ["tenant"]})
    ask(session, "acme")
    session.end()
    server.stop()
    text = (cassettes / "tape.yaml").read_text()
    assert "acme-query" not in text and "acme-header" not in text and "acme-id" in text


def test_requests_are_filtered_and_answers_stay(recorder, replayer, upstream, cassettes):
    upstream.plan_json("/v1/chat/completions", {"tenant_id": "acme-id", "owner": "acme-owner"})
    rules = {"request_headers": ["x-tenant"], "request_names": ["tenant", "tenant_id", "metadata"]}
    server = recorder()
    session = Session(server, "tape", scrub=rules)
    ask(session, "acme")
    session.end()
    server.stop()
    (one,) = stored(cassettes)
    text = (cassettes / "tape.yaml").read_text()
    assert "acme-query" not in text and "acme-header" not in text
    # Once as the answer has it.
    assert text.count("acme-id") == text.count("acme-owner") == 1, text

    server = replayer()
    session = Session(server, "tape", scrub=rules)
    again = ask(session, "cmea")
    assert (again.source, again.json()["tenant_id"]) == ("tape", "acme-id")
    # The same words, and nothing of what is filtered.
    bare = {name: value for name, value in json.loads(body("acme")).items() if name in ("model", "messages")}
    assert session.post("/v1/chat/completions?page=2", json.dumps(bare).encode()).source == "tape"
    other = ask(session, "umbrella", page=3)
    assert other.error == "interaction_out_of_date" and "umbrella-" not in other.body.decode(), other.body


def test_a_session_without_a_cassette_compares_nothing(recorder):
    server = recorder()
    for name, rules in (("scrub", {"names": ["a"]}), ("match_on", ["path"]), ("normalise", {"uuids": True})):
        answer = exchange(server.url, "POST", "/_standin/sessions", json.dumps({name: rules}).encode())
        assert answer.status == 400 and f"or leave {name} out" in answer.json()["error"]["message"]


def test_what_counts(recorder, replayer, upstream, cassettes):
    upstream.plan_json("/v1/chat/completions", {"said": "hello"})
    server = recorder()
    session = Session(server, "tape")
    ask(session, "acme")
    session.end()
    server.stop()

    server = replayer()
    for matchers, found in (
        (["method", "path"], True),
        (["method", "path", "query"], False),
        (["method", "path", "body"], False),
        (["method", "path", "header:x-page"], True),
        (["method", "path", "header:x-tenant"], False),
        (None, False),
    ):
        session = Session(server, "tape", match_on=matchers, scrub=None, normalise=None)
        answer = ask(session, "umbrella")
        assert (answer.source == "tape") == found, (matchers, answer)
        session.end()


def test_what_does_not_count(recorder, replayer, upstream, cassettes, tmp_path):
    upstream.plan_json("/v1/x", {"said": "hello"})
    server = recorder()
    session = Session(server, "tape")
    session.post("/v1/x", json.dumps({"run": 1, "at": 1760000000, "for": "build-1"}).encode())
    session.end()
    server.stop()

    config = tmp_path / "standin.toml"
    config.write_text('[normalise]\nignore = ["/run"]\n')
    server = replayer("--config", config)
    other = json.dumps({"run": 2, "at": 1760000999, "for": "build-2"}).encode()
    patterns = [{"pattern": "build-[0-9]+"}]
    for rules, found in (
        ({"epoch_times": True, "patterns": patterns}, True),
        ({"ignore": ["/at", "/for"]}, True),
        ({"epoch_times": True}, False),
        ({}, False),
    ):
        session = Session(server, "tape", normalise=rules)
        answer = session.post("/v1/x", other)
        assert (answer.source == "tape") == found, (rules, answer)
        session.end()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"match_on": ["cookies"]}, "match_on: `cookies` is not a matcher: use method, path"),
        ({"match_on": []}, "match_on: without a matcher every recording answers every call"),
        ({"normalise": {"ignore": ["run"]}}, "normalise: `run` is not a JSON pointer: start it with `/`"),
        ({"normalise": {"iso-time": True}}, "unknown field `iso-time`"),
        ({"scrub": {"pointers": ["owner"]}}, "scrub: `owner` is not a JSON pointer: start it with `/`"),
        ({"scrub": {"patterns": ["("]}}, "scrub: `(` is not a regular expression"),
        ({"scrub": {"header": ["x-tenant"]}}, "unknown field `header`, expected one of `headers`"),
    ],
)
def test_rules_that_cannot_be_are_told(recorder, cassettes, rules, words):
    server = recorder()
    asked = json.dumps({"cassette": "tape", **rules}).encode()
    answer = exchange(server.url, "POST", "/_standin/sessions", asked)
    assert answer.status == 400 and words in answer.json()["error"]["message"]
    assert files(cassettes) == []
