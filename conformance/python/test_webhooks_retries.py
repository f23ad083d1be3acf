"""Webhooks that do not arrive at once: sent again, given up, and told after the server was killed."""

import json

import pytest

from jobs import accepted, advance, ended, finished, poll
from receiving import Receiver
from test_jobs_restart import killed
from webhooks import AT_ONCE, KEY, NAME, PRIVATE, attempts, free_port, metric, over, to, webhook
from wire import eventually


@pytest.fixture(scope="module")
def server(start):
    return start(*PRIVATE)


def test_it_is_sent_again_after_errors(serve, receiving):
    receiver = receiving(500, 503, 404, 204)
    server = serve(*PRIVATE, *AT_ONCE)
    job = finished(server, headers=to(receiver.url()))["id"]
    assert over(server, job, "delivered")["attempts"] == 4
    got = receiver.got(4)
    assert len({one.id for one in got}) == 1 == len({one.body for one in got})
    for one in got:
        one.verified(KEY)
    stamps = [int(one.headers["webhook-timestamp"]) for one in got]
    assert stamps == sorted(stamps)
    assert [attempt.get("status") for attempt in attempts(server, job)] == [500, 503, 404, 204]


def test_it_waits_longer_each_time(server, receiving):
    receiver = receiving(500, 500, 204)
    job = finished(server, headers=to(receiver.url()))["id"]
    for number, wait in ((1, 5), (2, 300)):
        eventually(lambda: webhook(server, job)["attempts"] == number, f"attempt {number} is made")
        assert webhook(server, job)["state"] == "due" and len(receiver.messages) == number
        advance(server, f"{wait + 1}s")
    over(server, job, "delivered")
    # Its own clock is what a receiver compares with: the time of jobs that is moved on is no business of it.
    assert len({one.verified(KEY)["timestamp"] for one in receiver.got(3)}) == 1


def test_a_receiver_that_was_not_there(serve, receiving):
    port = free_port()
    server = serve(*PRIVATE)
    job = finished(server, headers=to(f"http://127.0.0.1:{port}/hooks"))["id"]
    eventually(lambda: attempts(server, job), "an attempt is made")
    (first,) = attempts(server, job)
    assert first["state"] == "due" and "refused" in first["reason"] and "status" not in first
    receiver = receiving(port=port)
    advance(server, "6s")
    over(server, job, "delivered")
    (got,) = receiver.got()
    assert got.verified(KEY)["data"]["id"] == job and got.id == first["id"]


def test_a_receiver_that_hangs(serve, receiving):
    receiver, other = receiving(Receiver.hang, 204), receiving()
    server = serve(*PRIVATE, *AT_ONCE)
    job = finished(server, headers=to(receiver.url()))["id"]
    receiver.got()
    # Nobody else waits for it.
    quick = finished(server, headers=to(other.url()))["id"]
    over(server, quick, "delivered")
    assert webhook(server, job)["attempts"] == 0
    assert over(server, job, "delivered", patience=60)["attempts"] == 2
    assert "no answer" in attempts(server, job)[0]["reason"]
    first, second = receiver.got(2)
    assert first.id == second.id and first.body == second.body
    second.verified(KEY)


def test_it_is_given_up_at_last(serve, receiving):
    receiver = receiving(500)
    server = serve(*PRIVATE, *AT_ONCE)
    job = finished(server, headers=to(receiver.url()))["id"]
    state = over(server, job, "given_up")
    assert (state["attempts"], state["status"], state["reason"]) == (10, 500, "answered with 500")
    assert len(receiver.got(10)) == 10
    tried = attempts(server, job)
    assert [attempt["attempt"] for attempt in tried] == list(range(1, 11))
    assert [attempt["state"] for attempt in tried] == ["due"] * 9 + ["given_up"]
    assert any("is given up after 10 attempts" in line for line in server.log)
    assert metric(server, "standin_webhook_attempts_total", result="again") == 9
    assert metric(server, "standin_webhook_attempts_total", result="given_up") == 1
    assert metric(server, "standin_webhook_attempts_total", result="delivered") == 0
    assert poll(server, NAME, job).json()["status"] == "completed", "it is a matter of the message alone"
    advance(server, "30m")
    finished(server, headers=to(receiving().url()))
    assert len(receiver.messages) == 10


def test_a_receiver_that_wants_no_more(serve, receiving):
    receiver = receiving(410)
    server = serve(*PRIVATE, *AT_ONCE)
    job = finished(server, headers=to(receiver.url()))["id"]
    assert over(server, job, "given_up")["attempts"] == 1
    assert metric(server, "standin_webhook_attempts_total", result="given_up") == 1


def test_who_is_busy_says_for_how_long(serve, receiving):
    receiver = receiving((429, {"Retry-After": "600"}), 204)
    server = serve(*PRIVATE, *AT_ONCE)
    job = finished(server, headers=to(receiver.url()))["id"]
    eventually(lambda: webhook(server, job)["attempts"] == 1, "an attempt is made")
    advance(server, "9m")
    finished(server, headers=to(receiving().url()))
    assert len(receiver.messages) == 1
    advance(server, "61s")
    over(server, job, "delivered")


def test_the_job_stays_until_it_is_told(serve, receiving):
    receiver = receiving(500, 204)
    server = serve(*PRIVATE)
    job = finished(server, headers=to(receiver.url(), x_bf_async_job_result_ttl="1"))["id"]
    eventually(lambda: webhook(server, job)["attempts"] == 1, "an attempt is made")
    advance(server, "2m")
    (_, got) = receiver.got(2)
    assert got.verified(KEY)["data"]["id"] == job


# Restarts


def test_what_a_killed_server_has_not_told(serve, receiving, tmp_path):
    """Each end is told at least once, and under one id, whatever the server was doing when it was killed."""
    file = tmp_path / "jobs.sqlite"
    receiver = receiving(500)
    server = serve("--jobs", file, *PRIVATE)
    jobs = [accepted(server, headers=to(receiver.url(f"/{number}"))) for number in range(40)]
    # Some have been tried in vain, some have not, and some jobs may not have ended.
    receiver.got(10)
    killed(server)
    before = len(receiver.messages)
    receiver.script = [204]
    server = serve("--jobs", file, *PRIVATE)
    advance(server, "6s")
    for job in jobs:
        over(server, job, "delivered", patience=60)
    assert {one.about for one in receiver.messages[before:]} == set(jobs)
    by_job = {}
    for one in receiver.messages:
        one.verified(KEY)
        by_job.setdefault(one.about, set()).add((one.id, one.body))
    assert set(by_job) == set(jobs) and all(len(seen) == 1 for seen in by_job.values())


def test_what_was_being_sent_when_the_server_was_killed(serve, receiving, tmp_path):
    """Whoever comes next does not wait until its predecessor's turn would be over."""
    file = tmp_path / "jobs.sqlite"
    receiver = receiving(Receiver.hang, 204)
    server = serve("--jobs", file, *PRIVATE)
    job = finished(server, headers=to(receiver.url()))["id"]
    (first,) = receiver.got()
    assert webhook(server, job)["state"] == "sending"
    killed(server)
    server = serve("--jobs", file, *PRIVATE)
    over(server, job, "delivered")
    first, second = receiver.got(2)
    assert first.id == second.id and first.body == second.body
    second.verified(KEY)


def test_what_was_told_is_not_told_again(serve, receiving, tmp_path):
    file = tmp_path / "jobs.sqlite"
    receiver = receiving()
    server = serve("--jobs", file, *PRIVATE)
    told = finished(server, headers=to(receiver.url()))["id"]
    over(server, told, "delivered")
    killed(server)
    server = serve("--jobs", file, *PRIVATE)
    finished(server, headers=to(receiver.url()))
    assert [one.about for one in receiver.got(2)].count(told) == 1
    assert webhook(server, told)["state"] == "delivered"


def test_a_stop_waits_for_what_is_being_sent(serve, receiving, tmp_path):
    file = tmp_path / "jobs.sqlite"
    receiver = receiving()
    server = serve("--jobs", file, *PRIVATE)
    jobs = {accepted(server, headers=to(receiver.url())) for _ in range(20)}
    for job in jobs:
        ended(server, NAME, job)
    server.stop()
    server = serve("--jobs", file, *PRIVATE)
    for job in jobs:
        over(server, job, "delivered")
    assert {one.about for one in receiver.messages} == jobs
    assert json.loads(receiver.messages[0].body)["type"] == "job.completed"
