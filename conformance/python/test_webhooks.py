"""Webhooks of asynchronous jobs, received by real servers and verified by the official library of Standard Webhooks."""

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
from jobs import accepted, act, control, finished, message, poll, submit
from receiving import secret
from webhooks import HOLD, KEY, NAME, PRIVATE, attempts, free_port, over, to, webhook
from wire import eventually, exchange


@pytest.fixture(scope="module")
def server(start):
    return start(*PRIVATE)


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
