"""Where faults, paces and limits are said: the nearest wins, what is taken back is as before, what is wrong is told."""

import json
import subprocess

import pytest

import conftest
import mocked
from line import Line
from wire import exchange

CHAT = "/v1/chat/completions"
ASKED = {"model": "gpt-4.1", "messages": mocked.question("Hi")}


def control(server, method, path, body=None):
    data = b"" if body is None else json.dumps(body).encode()
    return exchange(server.url, method, f"/_standin/{path}", data, {"Content-Type": "application/json"})


def session(server, **members):
    """The id of a new session."""
    answer = control(server, "POST", "sessions", members)
    assert answer.status == 201, answer.body
    return answer.json()["id"]


def status(server, session=None, fault=None, **fields):
    headers = {"X-Standin-Fault": fault} if fault else {}
    return mocked.post(server, f"/s/{session}{CHAT}" if session else CHAT, {**ASKED, **fields}, **headers).status


@pytest.fixture
def levels(mocking):
    """A server with 501 everywhere and 502 of one mock."""
    rules = [
        {"name": "faulty", "match": {"model": "faulty"}, "answer": "Hi.", "faults": ["status=502"]},
        {"name": "sound", "match": {"model": "sound"}, "answer": "Hi.", "faults": []},
        {"name": "plain", "answer": "Hi."},
    ]
    return mocking({"mocks": rules}, "--pace", "none", "--fault", "status=501")


def test_the_nearest_wins(levels):
    of_session = session(levels, faults=["status=503"])
    assert status(levels) == 501
    assert status(levels, model="faulty") == 502
    assert status(levels, of_session, model="faulty") == 503
    assert status(levels, of_session, "status=504", model="faulty") == 504


def test_nothing_is_said_as_well(levels):
    silent = session(levels, faults=[])
    assert status(levels, fault="none") == 200
    assert status(levels, model="sound") == 200
    assert status(levels, silent) == status(levels, silent, model="faulty") == 200
    assert status(levels, session(levels), model="faulty") == 502


def test_a_server_while_it_runs(levels):
    shown = control(levels, "GET", "faults").json()
    assert shown["faults"] == [{"fault": "status=501"}]
    assert control(levels, "PUT", "faults", {"faults": ["status=505,first=1"], "seed": 3}).json()["seed"] == 3
    assert [status(levels), status(levels)] == [505, 200]
    # What is added is asked first.
    assert len(control(levels, "PATCH", "faults", {"faults": ["status=506,times=1"]}).json()["faults"]) == 2
    assert [status(levels, temperature=1) for _ in range(2)] == [506, 200]
    assert control(levels, "PUT", "faults", []).status == 200 and status(levels, temperature=0) == 200
    assert control(levels, "DELETE", "faults").json() == shown and status(levels) == 501
    control(levels, "PUT", "faults", ["status=505"])
    assert status(levels) == 505
    assert control(levels, "POST", "reset").status == 200 and status(levels) == 501


def test_a_session_while_it_runs(levels):
    one, other = session(levels), session(levels)
    path = f"sessions/{one}/faults"
    assert control(levels, "PUT", path, {"faults": ["status=507"]}).status == 200
    assert (status(levels, one), status(levels, other), status(levels)) == (507, 501, 501)
    assert control(levels, "DELETE", path).status == 200 and status(levels, one) == 501
    assert control(levels, "GET", "sessions/nobody/faults").status == 404


def test_an_object_says_the_same_as_a_text(levels):
    rule = {"fault": "status=429", "retry_after": "2s", "first": 2, "match": {"model": "gpt-*", "stream": True}}
    control(levels, "PUT", "faults", {"faults": [rule]})
    answers = [mocked.post(levels, CHAT, {**ASKED, "stream": True}) for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 200]
    assert answers[0].header("retry-after") == "2" and status(levels) == 200


# Paces: one of them waits for ten minutes, so that what comes at once is told from it.

SLOW = "ttft=10m"


def at_once(server, session=None, pace=None, **fields):
    """Whether the answer comes."""
    line = Line(server)
    headers = {"X-Standin-Pace": pace} if pace else {}
    line.send(f"/s/{session}{CHAT}" if session else CHAT, {**ASKED, **fields}, headers)
    return line.silence() is not None


def test_the_nearest_pace_wins(mocking):
    rules = [{"match": {"model": name}, "answer": "Hi.", "pace": pace} for name, pace in (("slow", SLOW), ("quick", "none"))]
    server = mocking({"mocks": [*rules, {"answer": "Hi."}]}, "--pace", "none")
    # The first answer counts its tokens, and takes longer.
    assert status(server) == 200
    assert at_once(server) and not at_once(server, model="slow") and at_once(server, pace="none", model="slow")
    quick, slow = session(server, pace="none"), session(server, pace=SLOW)
    assert at_once(server, quick, model="slow") and not at_once(server, slow, model="quick")
    assert at_once(server, slow, pace="none") and not at_once(server, quick, pace=SLOW)
    assert control(server, "PUT", "pace", {"pace": SLOW}).json() == {"pace": "ttft=600s,itl=0s"}
    assert not at_once(server) and at_once(server, model="quick") and at_once(server, quick)
    assert control(server, "DELETE", "pace").json() == {"pace": "none"} and at_once(server)
    assert control(server, "PUT", f"sessions/{quick}/pace", {"pace": SLOW}).status == 200 and not at_once(server, quick)
    assert control(server, "DELETE", f"sessions/{quick}/pace").status == 200 and at_once(server, quick)


def test_limits_of_a_session_and_while_it_runs(start):
    server = start("--pace", "none", "--limit", "rpm=1,window=24h")
    assert [status(server), status(server)] == [200, 429]
    free = session(server, limits=[])
    assert [status(server, free) for _ in range(3)] == [200] * 3
    two = session(server, limits=[{"rpm": 2, "window": "24h"}])
    assert [status(server, two) for _ in range(3)] == [200, 200, 429]
    # New limits begin with nothing used.
    assert control(server, "PUT", "limits", {"limits": ["rpm=1,window=24h"]}).status == 200
    assert [status(server), status(server)] == [200, 429]
    assert control(server, "PUT", "limits", []).status == 200 and status(server) == 200
    assert control(server, "DELETE", "limits").json()["limits"][0]["rpm"] == 1
    assert [status(server), status(server)] == [200, 429]
    assert control(server, "DELETE", f"sessions/{two}/limits").status == 200 and status(server, two) == 429


# The configuration

STEADY = "ttft=normal(400ms,60ms),itl=normal(18ms,3ms)"


def written(tmp_path, text):
    path = tmp_path / "standin.toml"
    path.write_text(text)
    return path


def test_the_configuration_file(serve, tmp_path):
    text = """
    pace = "none"
    seed = 3
    faults = [{ fault = "status=501", model = "bad-*" }, "status=502,model=worse-*"]
    [[limits]]
    rpm = 1
    window = "24h"
    model = "gpt-4o"
    """
    server = serve("--config", written(tmp_path, text), "--lenient")
    assert [status(server, model=model) for model in ("bad-1", "worse-1", "gpt-4.1")] == [501, 502, 200]
    assert [status(server, model="gpt-4o") for _ in range(2)] == [200, 429]
    assert control(server, "GET", "pace").json() == {"pace": "none"}
    assert control(server, "GET", "faults").json()["seed"] == 3


def test_a_flag_wins_over_the_environment_and_that_over_the_file(serve, tmp_path):
    path = written(tmp_path, 'pace = "none"\n[[faults]]\nfault = "status=501"\n')
    of_env = {"STANDIN_FAULT": "status=502", "STANDIN_PACE": "flush"}
    assert status(serve("--config", path)) == 501
    assert status(serve("--config", path, env=of_env)) == 502
    server = serve("--config", path, "--fault", "status=503", "--pace", "steady", env=of_env)
    assert status(server) == 503 and control(server, "GET", "pace").json() == {"pace": STEADY}


#: Settings that are wrong, and words of what is said.
WRONG = {
    ("--fault", "statos=429"): ["statos", "status"],
    ("--fault", "status=999"): ["999", "200", "599"],
    ("--fault", "status=429,probability=2"): ["probability", "2"],
    ("--pace", "slowly"): ["slowly", "steady", "ttft=200ms,itl=20ms"],
    ("--limit", "rpm=many"): ["rpm", "many"],
    ("--limit", "rps=3"): ["rps", "rpm"],
    ("--seed", "seven"): ["--seed", "seven"],
    ("--startup-delay", "soon"): ["soon", "10s"],
}


@pytest.mark.parametrize(("flag", "value"), WRONG)
def test_a_wrong_flag_ends_with_2(standin_bin, flag, value):
    command = [standin_bin, "serve", "--port", "0", flag, value]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=conftest.environment())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert all(word in ended.stderr for word in WRONG[flag, value]), ended.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('faults = ["statos=429"]', ["standin.toml", "statos", "status"]),
        ('[[faults]]\nfault = "status=429"\nfrist = 2', ["standin.toml", "frist", "first"]),
        ('pace = "slowly"', ["slowly", "steady"]),
        ("[[limits]]\nrps = 3", ["standin.toml", "rps", "rpm"]),
    ],
)
def test_a_wrong_file_ends_with_2(standin_bin, tmp_path, text, words):
    command = [standin_bin, "serve", "--port", "0", "--config", written(tmp_path, text)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=conftest.environment())
    assert ended.returncode == 2
    assert all(word in ended.stderr for word in words), ended.stderr


@pytest.mark.parametrize(
    ("header", "value", "words"),
    [
        ("X-Standin-Fault", "statos=429", ["statos", "status"]),
        ("X-Standin-Fault", "status=429,probability=2", ["probability"]),
        ("X-Standin-Pace", "slowly", ["slowly", "steady"]),
        ("X-Standin-Seed", "seven", ["seven"]),
    ],
)
@pytest.mark.parametrize("path", [CHAT, "/v1/messages", "/azure/openai/deployments/gpt/chat/completions"])
def test_a_wrong_header_is_told_in_the_words_of_the_vendor(levels, path, header, value, words):
    version = {"anthropic-version": "2023-06-01"} if "messages" in path else {}
    answer = mocked.post(levels, path, {**ASKED, "max_tokens": 9}, **{header: value}, **version)
    assert (answer.status, answer.error, answer.header("x-should-retry")) == (400, "shape_invalid", "false")
    message = answer.json()["error"]["message"]
    assert header.lower() in message.lower() and all(word in message for word in words), message


WRONG_CHANGES = [("faults", ["statos=1"]), ("pace", {"pace": "slowly"}), ("limits", ["rps=3"]), ("faults", {"fault": []})]


@pytest.mark.parametrize(("path", "body"), WRONG_CHANGES)
def test_a_wrong_change_changes_nothing(levels, path, body):
    before = control(levels, "GET", path).json()
    for address in (path, f"sessions/{session(levels)}/{path}"):
        answer = control(levels, "PUT", address, body)
        assert answer.status == 400 and answer.json()["error"]["code"] == "bad_request", answer.body
    assert control(levels, "GET", path).json() == before
    assert control(levels, "POST", "sessions", {path: body}).status == 400


def test_a_wrong_mock_is_told_with_its_place(standin_bin, tmp_path):
    path = tmp_path / "mocks.json"
    for member, words in (({"faults": ["statos=1"]}, ["statos"]), ({"pace": "slowly"}, ["slowly"])):
        path.write_text(json.dumps({"mocks": [{"name": "one", "answer": "Hi.", **member}]}))
        checked = subprocess.run([standin_bin, "mocks", "check", path], capture_output=True, text=True, timeout=60)
        assert checked.returncode != 0 and all(word in checked.stdout + checked.stderr for word in [*words, "mocks.json:1"])
