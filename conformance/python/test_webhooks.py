"""Webhooks of asynchronous jobs, received by real servers and verified by the official library of Standard Webhooks."""

import json
import os
import re
import socket
import subprocess
import sys
import time

import openai
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import mocked
from jobs import accepted, act, advance, control, ended, finished, look, message, poll, submit
from receiving import Receiver, secret
from test_jobs_restart import killed
from wire import eventually, exchange

NAME = "chat/completions"
KEY = secret()
PRIVATE = ["--webhook-secret", KEY, "--webhook-allow-private"]
HOLD = {"x-standin-async": "hold"}
#: Attempts follow each other at once.
AT_ONCE = ["--webhook-retries", "0"]


@pytest.fixture
def receiving():
    receivers = []

    def receiving(*script, **options):
        receivers.append(Receiver(*script, **options))
        return receivers[-1]

    yield receiving
    for receiver in receivers:
        receiver.stop()


@pytest.fixture(scope="module")
def server(start):
    return start(*PRIVATE)


def to(url, **others):
    return {"x-standin-webhook": url} | {name.replace("_", "-"): value for name, value in others.items()}


def webhook(server, job):
    return look(server, job)["webhook"]


def attempts(server, job):
    """What happened at each attempt, as the control API tells it."""
    return [event["data"] for event in look(server, job)["events"] if event["event"] == "webhook"]


def over(server, job, state, patience=20):
    eventually(lambda: webhook(server, job)["state"] == state, f"the webhook is {state}", patience)
    return webhook(server, job)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def metric(server, name, **labels):
    """The value of a metric."""
    text = exchange(server.url, "GET", "/metrics").body.decode()
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    for line in text.splitlines():
        if line.startswith(name) and wanted <= set(line.partition("{")[2].partition("}")[0].split(",")):
            return float(line.rsplit(" ", 1)[1])
    return 0.0


# What is told


def test_a_job_that_completes(server, receiving):
    receiver = receiving()
    before = time.time()
    done = finished(server, headers=to(receiver.url("/hooks?team=a")))
    (got,) = receiver.got()
    told = got.verified(KEY)
    assert told == {"type": "job.completed", "timestamp": done["completed_at"], "data": done}
    assert got.path == "/hooks?team=a" and got.headers["content-type"] == "application/json"
    assert before - 1 <= int(got.headers["webhook-timestamp"]) <= time.time() + 1
    assert over(server, done["id"], "delivered")["attempts"] == 1
    assert attempts(server, done["id"]) == [{"id": got.id, "attempt": 1, "state": "delivered", "status": 204}]


def test_a_job_that_fails(server, receiving):
    receiver = receiving()
    failed = finished(server, headers=to(receiver.url(), x_standin_async="status=503"))
    told = receiver.got()[0].verified(KEY)
    assert told["type"] == "job.failed" and told["data"] == failed
    assert failed["status_code"] == 503


def test_a_job_that_is_cancelled(server, receiving):
    receiver = receiving()
    job = accepted(server, headers={**to(receiver.url()), **HOLD})
    assert exchange(server.url, "DELETE", f"/v1/async/{NAME}/{job}").status == 200
    told = receiver.got()[0].verified(KEY)
    assert told["type"] == "job.cancelled" and told["data"] == poll(server, NAME, job).json()


def test_nothing_is_told_before_the_end(server, receiving):
    receiver = receiving()
    job = accepted(server, headers={**to(receiver.url()), **HOLD})
    other = accepted(server, headers=to(receiver.url()))
    assert receiver.got()[0].about == other
    assert webhook(server, job)["state"] == "awaiting"
    act(server, job, "complete", {"body": {"done": True}})
    assert [one.about for one in receiver.got(2)] == [other, job]
    assert receiver.messages[1].verified(KEY)["data"]["result"] == {"done": True}


def test_a_large_result_is_left_to_be_asked_for(server, receiving):
    receiver = receiving()
    job = accepted(server, headers={**to(receiver.url()), **HOLD})
    act(server, job, "complete", {"body": {"text": "x" * 300_000}})
    data = receiver.got()[0].verified(KEY)["data"]
    assert data["result_omitted"] is True and "result" not in data
    assert len(poll(server, NAME, job).json()["result"]["text"]) == 300_000


def test_each_job_has_its_own_message(server, receiving):
    receiver = receiving()
    jobs = {accepted(server, headers=to(receiver.url())) for _ in range(30)}
    got = receiver.got(30)
    assert {one.about for one in got} == jobs and len({one.id for one in got}) == 30
    assert all(one.verified(KEY)["type"] == "job.completed" for one in got)


# Signatures


def test_a_wrong_key_does_not_verify(server, receiving):
    receiver = receiving()
    finished(server, headers=to(receiver.url()))
    (got,) = receiver.got()
    got.verified(KEY)
    with pytest.raises(WebhookVerificationError):
        got.verified(secret())
    for part in ("webhook-id", "webhook-timestamp"):
        with pytest.raises(WebhookVerificationError):
            changed = {**got.headers, part: str(int(time.time()) + 1) if part.endswith("p") else "msg_other"}
            Webhook(KEY).verify(got.body, changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(KEY).verify(got.body.replace(b"completed", b"cancelled"), got.headers)


def test_while_a_secret_is_replaced_both_verify(serve, receiving):
    new, old = secret(), secret()
    server = serve("--webhook-secret", new, "--webhook-secret", old, "--webhook-allow-private")
    receiver = receiving()
    finished(server, headers=to(receiver.url()))
    (got,) = receiver.got()
    assert got.verified(new) == got.verified(old)
    with pytest.raises(WebhookVerificationError):
        got.verified(secret())


def test_a_secret_that_is_made_is_told(serve, receiving):
    receiver = receiving()
    server = serve("--webhook-secret", "new", "--webhook-allow-private", "--webhook", receiver.url())
    finished(server)
    (told,) = eventually(lambda: [line for line in server.log if "whsec_" in line], "the secret is told")
    receiver.got()[0].verified(told.split()[-1])


# Where to


def test_all_go_where_the_server_says(serve, receiving, tmp_path):
    usual, named, own = receiving(), receiving(), receiving()
    file = tmp_path / "standin.toml"
    file.write_text(f'[webhook-endpoints]\nteam-a = "{named.url("/team-a")}"\n')
    server = serve("--config", file, *PRIVATE, "--webhook", usual.url())
    first = finished(server)["id"]
    second = finished(server, headers={"x-bf-async-webhook": "team-a"})["id"]
    third = finished(server, headers=to(own.url()))["id"]
    silent = finished(server, headers=to(""))["id"]
    assert [one.about for one in usual.got()] == [first]
    assert [(one.path, one.about) for one in named.got()] == [("/team-a", second)]
    assert [one.about for one in own.got()] == [third]
    assert webhook(server, silent) is None
    unknown = submit(server, NAME, headers={"x-bf-async-webhook": "team-b"})
    assert "team-b" in message(unknown)


def test_without_a_secret_nothing_is_promised(serve, receiving):
    server = serve()
    receiver = receiving()
    assert "--webhook-secret" in message(submit(server, NAME, headers=to(receiver.url())))
    assert control(server, "GET", "jobs")["jobs"] == []


# Again


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


# The page


def shown(repo, word):
    """The block of Python of the page in which this stands."""
    page = (repo / "docs" / "jobs.md").read_text()
    (block,) = [text for text in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S) if word in text]
    return block


def test_the_receiver_of_the_page_receives(repo, serve, tmp_path):
    program = tmp_path / "receiver.py"
    program.write_text(shown(repo, "serve_forever"))
    port = free_port()
    environment = {**os.environ, "WEBHOOK_SECRET": KEY, "PORT": str(port)}
    command = [sys.executable, program]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        try:
            eventually(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, "it listens")
            server, other = serve(*PRIVATE), serve("--webhook-secret", secret(), "--webhook-allow-private")
            forged = finished(other, headers=to(f"http://127.0.0.1:{port}/"))["id"]
            eventually(lambda: attempts(other, forged), "an attempt is made")
            assert attempts(other, forged)[0]["status"] == 400
            job = finished(server, headers=to(f"http://127.0.0.1:{port}/"))["id"]
            assert run.stdout.readline() == f"job.completed {job}\n"
            over(server, job, "delivered")
        finally:
            run.kill()


def test_what_the_page_says_of_openai(repo, mocking, receiving, capsys):
    receiver = receiving()
    server = mocking({"mocks": [{"name": "any", "answer": "Told at last."}]}, *PRIVATE, "--webhook", receiver.url())
    client = mocked.gpt(server)
    client.responses.create(model="gpt-5-mini", input="Hello", background=True)
    (got,) = receiver.got()
    names = {"body": got.body, "headers": got.headers, "os": os, "openai": openai}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEBHOOK_SECRET", KEY)
        patch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        patch.setenv("OPENAI_API_KEY", "none")
        exec(shown(repo, "webhooks.unwrap"), names)  # noqa: S102
    assert capsys.readouterr().out == "Told at last.\n"
