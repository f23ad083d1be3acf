"""Asynchronous jobs: how they end, whatever goes wrong with their runs, and many of them at once."""

import json
import random

import pytest

from jobs import (
    CHAT, ELEVEN, accepted, act, body_of, control, count, ended, finished, look, message, poll, problem, submit,
)
from wire import Call, all_at_once, eventually

NAME = "chat/completions"
ORDER = ["pending", "processing", "completed"]
#: A run that takes longer than any test.
SLOW = {"x-standin-pace": "ttft=10m"}


@pytest.fixture(scope="module")
def server(start):
    return start()


def ends(server, job):
    """What ended a job, by its own events."""
    return [event["event"] for event in look(server, job)["events"] if event["event"] in ("completed", "failed")]


def processing(server, job):
    eventually(lambda: poll(server, NAME, job).json()["status"] == "processing", "it is run")
    return job


def test_a_result_is_the_same_for_everybody(server):
    job = finished(server)["id"]
    answers = all_at_once(20, lambda _: [poll(server, NAME, job) for _ in range(50)])
    bodies = {(answer.status, answer.body) for each in answers for answer in each}
    assert len(bodies) == 1 and next(iter(bodies))[0] == 200


@pytest.mark.parametrize("pace", ["none", "ttft=300ms"])
def test_nothing_goes_backwards(server, pace):
    """A status as its body says, in this order, for each of many who ask without a pause."""
    jobs = [accepted(server, headers={"x-standin-pace": pace}) for _ in range(4)]

    def watched(number):
        seen = []
        while not seen or seen[-1] != "completed":
            answer = poll(server, NAME, jobs[number % len(jobs)])
            status = answer.json()["status"]
            assert answer.status == (200 if status == "completed" else 202)
            assert ("result" in answer.json()) == (status == "completed")
            seen.append(status)
        return seen

    for seen in all_at_once(16, watched):
        assert seen == sorted(seen, key=ORDER.index)


@pytest.mark.parametrize("read", [False, True])
def test_a_client_that_leaves(serve, read):
    """Before or after it reads that its job was accepted: there is one job, and it is run."""
    server = serve()
    data = json.dumps(CHAT).encode()
    for number in range(20):
        call = Call(server.url, "POST", f"/v1/async/{NAME}", data, {"Content-Type": "application/json"})
        if read:
            assert call.head().status == 202
            call.leave()
        else:
            eventually(lambda: count(server) == number + 1, "it is there")
            call.connection.close()
    eventually(lambda: control(server, "GET", "jobs").get("counts", {}).get("completed") == 20, "all are run")
    assert count(server) == 20


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503, 529])
@pytest.mark.parametrize("name", [NAME, "embeddings", "images/edits", "rerank"])
def test_an_error_of_the_provider(server, name, status):
    fault = f'status={status},message="It is broken, alas."'
    envelope = finished(server, name, headers={"x-standin-fault": fault})
    assert (envelope["status"], envelope["status_code"]) == ("failed", status)
    error = envelope["error"]
    assert (error["status_code"], error["error"]["message"]) == (status, "It is broken, alas.")
    assert error["extra_fields"]["request_type"] == ELEVEN[name][0]


@pytest.mark.parametrize("fault", ["reset", "close", "truncate", "reset,after=1"])
def test_a_provider_that_breaks_off(server, fault):
    envelope = finished(server, headers={"x-standin-fault": fault})
    assert envelope["status"] == "failed" and 500 <= envelope["status_code"] < 600, envelope
    assert envelope["error"]["error"]["message"]


def test_a_page_instead_of_json(server):
    envelope = finished(server, headers={"x-standin-fault": "status=502,body=html"})
    assert (envelope["status"], envelope["status_code"]) == ("failed", 502)


def test_a_run_that_takes_too_long(serve):
    server = serve("--job-timeout", "2s")
    for headers in (SLOW, {"x-standin-fault": "half-open"}):
        envelope = finished(server, headers=headers)
        assert (envelope["status"], envelope["status_code"]) == ("failed", 504)
    assert finished(server)["status"] == "completed", "who runs jobs is there for the next one"


@pytest.mark.parametrize("fault", ["status=429,model=gpt-4o", "status=503,model=gpt-4o", "reset,model=gpt-4o"])
@pytest.mark.parametrize("others", [["openai/gpt-4o-mini"], ["nosuch/x", "openai/gpt-4o", "anthropic/claude-haiku-4-5"]])
def test_fallbacks(server, fault, others):
    """One job, and one id."""
    job = accepted(server, body={**CHAT, "fallbacks": others}, headers={"x-standin-fault": fault})
    envelope = ended(server, NAME, job).json()
    assert (envelope["id"], envelope["status"]) == (job, "completed")
    assert envelope["result"]["extra_fields"]["resolved_model_used"] == others[-1].partition("/")[2]
    assert look(server, job)["executions"] == 1


def test_fallbacks_that_fail_too(server):
    body = {**CHAT, "fallbacks": ["openai/gpt-4o-mini"]}
    envelope = finished(server, body=body, headers={"x-standin-fault": "status=503"})
    assert (envelope["status"], envelope["status_code"]) == ("failed", 503)


def test_one_attempt_unless_more_are_asked_for(serve):
    server = serve("--job-backoff", "1ms")
    once = finished(server, headers={"x-standin-fault": "status=503,first=2"})
    assert (once["status"], look(server, once["id"])["attempt"]) == ("failed", 1)


def test_more_attempts(serve):
    server = serve("--job-backoff", "1ms")
    headers = {"x-standin-async": "fail-first=2,fail-status=500", "x-standin-max-attempts": "3"}
    job = finished(server, headers=headers)
    assert (job["status"], look(server, job["id"])["attempt"]) == ("completed", 3)
    assert len(ends(server, job["id"])) == 1
    headers = {"x-standin-async": "status=429", "x-standin-max-attempts": "2"}
    job = finished(server, headers=headers)
    assert (job["status_code"], look(server, job["id"])["attempt"]) == (429, 2)
    headers = {"x-standin-async": "status=400", "x-standin-max-attempts": "5"}
    job = finished(server, headers=headers)
    assert (job["status_code"], look(server, job["id"])["attempt"]) == (400, 1), "it would be wrong again"


@pytest.mark.parametrize("attempts", ["0", "-1", "x", "1000000"])
def test_attempts_that_are_no_number(server, attempts):
    before = count(server)
    assert message(submit(server, NAME, headers={"x-standin-max-attempts": attempts}))
    assert count(server) == before


def test_a_full_queue(serve):
    server = serve("--job-queue", "2")
    held = [accepted(server, headers={"x-standin-async": "hold"}) for _ in range(2)]
    answer = submit(server, NAME)
    assert problem(answer, 429)["error"]["type"] == "queue_full" and int(answer.header("retry-after")) > 0
    assert count(server) == 2
    for job in held:
        act(server, job, "release")
        ended(server, NAME, job)
    assert finished(server)["status"] == "completed"


def test_who_works_is_not_kept_by_slow_ones(serve):
    server = serve("--job-workers", "2")
    slow = processing(server, accepted(server, headers=SLOW))
    assert all(finished(server)["status"] == "completed" for _ in range(20))
    second, third = (accepted(server, headers=SLOW) for _ in range(2))
    processing(server, second)
    assert poll(server, NAME, third).json()["status"] == "pending"
    act(server, slow, "cancel")
    processing(server, third)


@pytest.fixture(scope="module")
def echo(mocking):
    """A server whose answers are the questions."""
    return mocking({"mocks": [{"match": {"regex": "."}, "template": True, "answer": {"text": "{{ message }}"}}]})


def test_jobs_know_nothing_of_each_other(echo):
    """Each has its own answer, its own header fields and its own owner, many at once."""
    control(echo, "PUT", "virtual-keys", [{"id": f"key-{number}", "value": f"sk-bf-{number}"} for number in range(4)])

    def many(thread):
        for number in range(25):
            name, key = f"{thread}-{number}-{random.random()}", f"sk-bf-{thread % 4}"
            body = {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": name}]}
            headers = [("x-bf-vk", key), ("x-request-id", name), ("x-bf-eh-name", name)]
            job = accepted(echo, NAME, body, headers)
            envelope = ended(echo, NAME, job, [("x-bf-vk", key)]).json()
            assert envelope["result"]["choices"][0]["message"]["content"] == name
            seen = look(echo, job)
            sent = dict(seen["request"]["headers"])
            assert (sent["x-request-id"], sent["x-bf-eh-name"], seen["virtual_key_id"]) == (name, name, f"key-{thread % 4}")
            assert key not in json.dumps(seen)

    all_at_once(12, many)


def test_no_credential_is_kept(server):
    headers = [
        ("Authorization", "Bearer sk-proj-secret"), ("x-api-key", "sk-ant-secret"), ("api-key", "azure-secret"),
        ("x-goog-api-key", "google-secret"), ("Cookie", "session=secret"), ("x-bf-api-key", "bf-secret"),
    ]
    job = accepted(server, headers=headers)
    ended(server, NAME, job)
    assert "secret" not in json.dumps([look(server, job), control(server, "GET", "journal")])


def test_every_type_at_once(server):
    def run(number):
        name = list(ELEVEN)[number % 11]
        return finished(server, name, body_of(name))["status"]

    assert set(all_at_once(22, run)) == {"completed"}


def test_a_worker_that_lost_its_job(server):
    """Its lease has passed, and somebody else runs the job: there is one end."""
    job = processing(server, accepted(server, headers={"x-standin-pace": "ttft=1s"}))
    assert control(server, "POST", "jobs/crash")["lapsed"] >= 1
    assert ended(server, NAME, job).json()["status"] == "completed"
    assert ends(server, job) == ["completed"] and look(server, job)["executions"] == 2


def test_a_job_that_is_interrupted_each_time(serve):
    server = serve("--job-executions", "2")
    job = processing(server, accepted(server, headers=SLOW))
    control(server, "POST", "jobs/crash")
    eventually(lambda: look(server, job)["executions"] == 2, "it is begun again")
    control(server, "POST", "jobs/crash")
    envelope = ended(server, NAME, job).json()
    assert (envelope["status"], envelope["status_code"]) == ("failed", 500)
    assert envelope["error"]["error"]["type"] == "job_interrupted"
    assert {"completed_at", "expires_at"} <= envelope.keys()
