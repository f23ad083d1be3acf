"""Asynchronous jobs: for how long results are kept. Time is moved on by the control API; no test waits for it."""

import pytest

from jobs import MISSING, accepted, act, advance, control, count, ended, finished, kept_for, message, poll
from wire import eventually, exchange

TTL = "x-bf-async-job-result-ttl"
CHAT = "chat/completions"
HOUR = 3600
MONTH = 30 * 24 * HOUR


@pytest.fixture(scope="module")
def server(start):
    return start()


@pytest.fixture(scope="module")
def longer(start):
    """A server whose results are kept for two hours."""
    return start("--job-result-ttl", "2h", "--job-max-result-ttl", "24h")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, HOUR),
        ("", HOUR),
        ("60", 60),
        (" 60 ", 60),
        ("+60", 60),
        ("1", 1),
        ("60.0", HOUR),
        ("1.5", HOUR),
        ("1e2", HOUR),
        ("60s", HOUR),
        ("0x10", HOUR),
        ("not-a-number", HOUR),
        ("-1", HOUR),
        ("0", HOUR),
        (str(MONTH), MONTH),
        (str(MONTH + 1), MONTH),
        ("9300000000", MONTH),
        ("9223372036854775808", MONTH),
        ("12345678901234567890", MONTH),
    ],
)
@pytest.mark.parametrize("name", [CHAT, "images/edits"])
def test_what_the_header_says(server, name, header, seconds):
    headers = {} if header is None else {TTL: header}
    envelope = finished(server, name, headers=headers)
    assert kept_for(envelope) == seconds
    assert poll(server, name, envelope["id"]).status == 200


@pytest.mark.parametrize("header", [None, "", "0", "-5", "soon", "60s"])
def test_the_default_of_the_server(longer, header):
    assert kept_for(finished(longer, headers={} if header is None else {TTL: header})) == 2 * HOUR


def test_the_most_of_the_server(longer):
    assert kept_for(finished(longer, headers={TTL: str(MONTH)})) == 24 * HOUR
    assert kept_for(finished(longer, headers={TTL: "60"})) == 60


@pytest.mark.parametrize("outcome", ["", "status=500"])
def test_a_result_is_there_until_its_time_is_up(serve, outcome):
    server = serve()
    job = finished(server, headers={TTL: "60", "x-standin-async": outcome})["id"]
    advance(server, "58s")
    for _ in range(2):
        # What a poll says about it is nothing.
        assert poll(server, CHAT, job, {TTL: "7200"}).status == 200
    advance(server, "3s")
    assert message(poll(server, CHAT, job), 404) == MISSING
    assert message(poll(server, "ocr", job), 404) == MISSING


def test_also_at_providers_paths(serve):
    server = serve()
    job = finished(server, "responses", headers={TTL: "60"})["id"]
    paths = ("/openai/v1/responses", "/anthropic/v1/messages")
    headers = {"x-bf-async-id": job, TTL: "7200"}
    assert [exchange(server.url, "POST", path, b"{}", headers).status for path in paths] == [200, 200]
    advance(server, "61s")
    assert [exchange(server.url, "POST", path, b"{}", headers).status for path in paths] == [404, 404]


@pytest.mark.parametrize("decided", ["hold", "pending-polls=0,polls=1000"])
def test_the_time_begins_with_the_end(serve, decided):
    """A job that takes longer than its result is kept."""
    server = serve()
    job = accepted(server, headers={TTL: "1", "x-standin-async": decided})
    advance(server, "2h")
    assert poll(server, CHAT, job).status == 202
    act(server, job, "release" if decided == "hold" else "complete", {"body": {"choices": []}} if decided != "hold" else None)
    envelope = ended(server, CHAT, job).json()
    assert envelope["status"] == "completed" and kept_for(envelope) == 1
    assert envelope["completed_at"] > envelope["created_at"]
    advance(server, "2s")
    assert message(poll(server, CHAT, job), 404) == MISSING


def test_what_expired_is_removed(serve):
    """Every minute, and nothing else is."""
    server = serve()
    short = [finished(server, headers={TTL: "5"})["id"] for _ in range(250)]
    long, held = finished(server)["id"], accepted(server, headers={"x-standin-async": "hold"})
    advance(server, "10s")
    assert all(poll(server, CHAT, job).status == 404 for job in short[:3])
    advance(server, "61s")
    eventually(lambda: count(server) == 2, "expired jobs are removed")
    assert {job["id"] for job in control(server, "GET", "jobs")["jobs"]} == {long, held}
    assert (poll(server, CHAT, long).status, poll(server, CHAT, held).status) == (200, 202)


def test_expired_by_the_control_api(server):
    job = finished(server)["id"]
    act(server, job, "expire")
    assert message(poll(server, CHAT, job), 404) == MISSING


def test_a_result_of_a_file_expires_while_nothing_runs(serve, tmp_path):
    """As it does for a server that was away."""
    server = serve("--jobs", tmp_path / "jobs.sqlite")
    short, long = (finished(server, headers={TTL: seconds})["id"] for seconds in ("60", "36000"))
    server.stop()
    server = serve("--jobs", tmp_path / "jobs.sqlite")
    assert [poll(server, CHAT, job).status for job in (short, long)] == [200, 200]
    advance(server, "2m")
    assert [poll(server, CHAT, job).status for job in (short, long)] == [404, 200]
