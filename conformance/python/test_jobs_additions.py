"""Asynchronous jobs: what the original has not. Repeated submissions, cancelling, lists, waiting, events, control."""

import base64
import json

import pytest

from jobs import CHAT, MISSING, accepted, act, advance, control, count, ended, finished, look, message, poll, problem, submit
from test_jobs_lifecycle import ends
from wire import Call, all_at_once, eventually, exchange

NAME = "chat/completions"
HOLD = {"x-standin-async": "hold"}
SLOW = {"x-standin-pace": "ttft=10m"}
ONE, TWO = {"x-bf-vk": "sk-bf-one"}, {"x-bf-vk": "sk-bf-two"}


@pytest.fixture(scope="module")
def server(start):
    server = start()
    control(server, "PUT", "virtual-keys", [{"id": "one", "value": "sk-bf-one"}, {"id": "two", "value": "sk-bf-two"}])
    return server


@pytest.fixture
def fresh(serve):
    server = serve()
    control(server, "PUT", "virtual-keys", [{"id": "one", "value": "sk-bf-one"}, {"id": "two", "value": "sk-bf-two"}])
    return server


def keyed(key, **others):
    return {"Idempotency-Key": key} | {name.replace("_", "-"): value for name, value in others.items()}


def test_the_same_again_is_the_same_job(server):
    first = submit(server, NAME, headers=keyed("same", **HOLD))
    assert first.status == 202 and first.header("idempotent-replayed") is None
    again = submit(server, NAME, headers=keyed("same", **HOLD))
    assert (again.status, again.header("idempotent-replayed")) == (202, "true")
    assert again.json() == first.json()
    job = first.json()["id"]
    act(server, job, "release")
    done = ended(server, NAME, job).json()
    after = submit(server, NAME, headers=keyed("same"))
    assert (after.status, after.json(), after.header("idempotent-replayed")) == (200, done, "true")
    other_order = json.dumps(dict(reversed(CHAT.items())), indent=1).encode()
    assert submit(server, NAME, other_order, keyed("same")).json()["id"] == job
    assert look(server, job)["executions"] == 1


def test_the_same_key_for_something_else(server):
    job = accepted(server, headers=keyed("other"))
    before = count(server)
    problem(submit(server, NAME, {**CHAT, "user": "x"}, keyed("other")), 422)
    problem(submit(server, NAME, {**CHAT, "model": "azure/gpt-4o"}, keyed("other")), 422)
    assert count(server) == before
    assert submit(server, NAME, headers=keyed("other")).json()["id"] == job


def test_without_a_key_each_is_its_own(server):
    assert accepted(server) != accepted(server)
    assert accepted(server, headers=keyed("")) != accepted(server, headers=keyed(""))


def test_many_at_once_are_one(fresh):
    answers = all_at_once(50, lambda _: submit(fresh, NAME, headers=keyed("many")))
    assert {answer.status for answer in answers} <= {200, 202, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status != 409}) == 1
    assert count(fresh) == 1


def test_whose_key_it_is(server):
    jobs = [accepted(server, headers=keyed("whose", **owner)) for owner in ({}, ONE, TWO)]
    assert len(set(jobs)) == 3
    assert [submit(server, NAME, headers=keyed("whose", **owner)).json()["id"] for owner in ({}, ONE, TWO)] == jobs
    elsewhere = submit(server, "responses", headers=keyed("whose"))
    assert elsewhere.status == 202 and elsewhere.json()["id"] not in jobs


def test_keys_at_providers_paths(server):
    body = {"model": "gpt-4o", "input": "x"}

    def post():
        headers = keyed("vendor", x_bf_async="true", Content_Type="application/json")
        return exchange(server.url, "POST", "/openai/v1/responses", json.dumps(body).encode(), headers)

    assert post().header("x-bf-async-id") == post().header("x-bf-async-id")


def test_a_key_is_kept_for_a_day(fresh):
    headers = keyed("day", x_bf_async_job_result_ttl="60")
    job = finished(fresh, headers=headers)["id"]
    advance(fresh, "25h")
    assert accepted(fresh, headers=headers) != job
    long = finished(fresh, headers=keyed("long", x_bf_async_job_result_ttl=str(48 * 3600)))["id"]
    advance(fresh, "47h")
    assert submit(fresh, NAME, headers=keyed("long", x_bf_async_job_result_ttl=str(48 * 3600))).json()["id"] == long


def stop(server, job, how, headers=()):
    method, path = ("POST", f"{job}/cancel") if how == "post" else ("DELETE", job)
    return exchange(server.url, method, f"/v1/async/{NAME}/{path}", b"", headers)


CANCELLED = (200, "failed", 499, "job_cancelled")


def told(answer):
    envelope = answer.json()
    return answer.status, envelope["status"], envelope["status_code"], envelope["error"]["error"]["type"]


@pytest.mark.parametrize("how", ["post", "delete"])
def test_cancelling(server, how):
    pending = accepted(server, headers=HOLD)
    assert told(stop(server, pending, how)) == CANCELLED == told(poll(server, NAME, pending))
    running = accepted(server, headers=SLOW)
    eventually(lambda: poll(server, NAME, running).json()["status"] == "processing", "it is run")
    assert stop(server, running, how).status in (200, 202)
    assert told(ended(server, NAME, running)) == CANCELLED
    eventually(lambda: look(server, running)["worker"] is None, "nobody works on it")
    for job in (pending, running):
        assert told(stop(server, job, how)) == CANCELLED, "as often as one likes"
        assert ends(server, job) == ["failed"]
    done = finished(server)
    answer = stop(server, done["id"], how)
    assert (answer.status, answer.json()) == (200, done)


@pytest.mark.parametrize("how", ["post", "delete"])
def test_cancelling_what_is_somebody_elses(server, how):
    job = accepted(server, headers={**HOLD, **ONE})
    for headers in ((), TWO, {"x-bf-vk": "sk-bf-unknown"}):
        assert message(stop(server, job, how, headers), 404) == MISSING
    assert message(stop(server, "nope", how), 404) == MISSING
    assert poll(server, NAME, job, ONE).status == 202
    assert told(stop(server, job, how, ONE)) == CANCELLED


def test_cancelling_while_it_ends(server):
    for _ in range(10):
        job = accepted(server, headers=HOLD)
        calls = [lambda: act(server, job, "release"), *[lambda: stop(server, job, "delete")] * 3]
        all_at_once(4, lambda number: calls[number]())
        envelope = ended(server, NAME, job).json()
        assert ends(server, job) == [envelope["status"]] and envelope["status_code"] in (200, 499)


def listed(server, query="", headers=()):
    answer = exchange(server.url, "GET", f"/v1/async/jobs{query}", b"", headers)
    assert answer.status == 200, answer.body
    return answer.json()


def test_lists(fresh):
    jobs = [finished(fresh, NAME if number % 2 else "rerank")["id"] for number in range(10)]
    jobs.append(accepted(fresh, headers=HOLD))
    page = listed(fresh)
    assert (page["object"], page["has_more"]) == ("list", False)
    ids = [entry["id"] for entry in page["data"]]
    assert ids == jobs[::-1] and (page["first_id"], page["last_id"]) == (ids[0], ids[-1])
    assert [entry["id"] for entry in listed(fresh, "?status=pending")["data"]] == jobs[-1:]
    assert [entry["id"] for entry in listed(fresh, "?type=rerank")["data"]] == jobs[0:10:2][::-1]
    assert len(listed(fresh, "?type=rerank&status=completed&limit=2")["data"]) == 2
    for query in ("?status=done", "?type=chat", "?limit=0", "?limit=x", "?after=nope"):
        problem(exchange(fresh.url, "GET", f"/v1/async/jobs{query}"), 400)


def test_pages_stay_as_they_are_while_jobs_come(fresh):
    jobs = [accepted(fresh) for _ in range(9)]
    seen, query = [], "?limit=2"
    while query:
        page = listed(fresh, query)
        seen += [entry["id"] for entry in page["data"]]
        accepted(fresh)
        query = f"?limit=2&after={page['last_id']}" if page["has_more"] else None
    assert seen == jobs[::-1]


def test_whose_jobs_are_listed(fresh):
    public, one, two = (accepted(fresh, headers=headers) for headers in ({}, ONE, TWO))
    for headers, job in ((), public), (ONE, one), (TWO, two), ({"x-bf-vk": "sk-bf-unknown"}, public):
        assert [entry["id"] for entry in listed(fresh, "", headers)["data"]] == [job]
        assert exchange(fresh.url, "GET", f"/v1/async/jobs/{job}", b"", headers).status in (200, 202)
    answer = exchange(fresh.url, "GET", f"/v1/async/jobs/{one}", b"", TWO)
    assert message(answer, 404) == MISSING


def test_waiting(fresh):
    answer = submit(fresh, NAME, headers={"Prefer": "wait=30"})
    assert (answer.status, answer.json()["status"]) == (200, "completed")
    job = accepted(fresh, headers=HOLD)
    waited = poll(fresh, NAME, job, {"Prefer": "wait=1"})
    assert (waited.status, waited.json()["status"]) == (202, "pending")
    waited = submit(fresh, NAME, headers={**HOLD, "Prefer": "wait=1"})
    assert waited.status == 202


def test_who_waits_keeps_nobody(serve):
    """Many wait for one job, and the only worker runs another one meanwhile."""
    server = serve("--job-workers", "1")
    job = accepted(server, headers=HOLD)

    def run(number):
        if number < 20:
            return poll(server, NAME, job, {"Prefer": "wait=60"}).json()["status"]
        assert finished(server)["status"] == "completed"
        act(server, job, "release")
        return "completed"

    assert set(all_at_once(21, run)) == {"completed"}


class Events:
    """Server-sent events of a job, one after the other."""

    def __init__(self, server, job, last=None):
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        self.call = Call(server.url, "GET", f"/v1/async/{NAME}/{job}/events", b"", headers)
        head = self.call.head()
        assert (head.status, head.getheader("content-type")) == (200, "text/event-stream")

    def __iter__(self):
        event = {}
        for line in self.call.response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif event:
                yield int(event["id"]), event["event"], json.loads(event["data"])
                event = {}


def test_events(server):
    job = accepted(server, headers={"x-standin-async": "polls=2"})
    following = iter(Events(server, job))
    first = next(following)
    assert first[1] == "status"
    for _ in range(3):
        poll(server, NAME, job)
    events = [first, *following]
    numbers = [number for number, _, _ in events]
    assert numbers == sorted(set(numbers))
    assert events[-1][1] == "completed" and events[-1][2] == poll(server, NAME, job).json()
    assert {name for _, name, _ in events} <= {"status", "progress", "completed"}
    assert list(Events(server, job)) == events, "the same for who comes later"
    for number, (seen, _, _) in enumerate(events):
        assert list(Events(server, job, seen)) == events[number + 1 :], "no gap, and nothing twice"


def test_events_of_a_failure_and_of_others(server):
    job = finished(server, headers={"x-standin-async": "status=500"})["id"]
    assert [name for _, name, _ in Events(server, job)][-1] == "failed"
    owned = accepted(server, headers={**HOLD, **ONE})
    answer = exchange(server.url, "GET", f"/v1/async/{NAME}/{owned}/events", b"", TWO)
    assert message(answer, 404) == MISSING


def test_who_does_not_read_keeps_nobody(server):
    job = accepted(server, headers=HOLD)
    following = [Call(server.url, "GET", f"/v1/async/{NAME}/{job}/events", receive_buffer=1024) for _ in range(20)]
    act(server, job, "release")
    assert ended(server, NAME, job).json()["status"] == "completed"
    for call in following:
        call.connection.close()


@pytest.mark.parametrize(("pending", "all_of_them"), [(0, 0), (0, 1), (1, 2), (2, 5), (3, 3)])
def test_polls_decide(server, pending, all_of_them):
    job = accepted(server, headers={"x-standin-async": f"pending-polls={pending},polls={all_of_them}"})
    # Where all are seen pending, there is one more, for it is run before it ends.
    unfinished = max(all_of_them, pending + 1) if pending else all_of_them
    seen = [poll(server, NAME, job) for _ in range(unfinished + 1)]
    words = ["pending"] * pending + ["processing"] * (unfinished - pending) + ["completed"]
    if not pending and unfinished == 0:
        assert ended(server, NAME, job).json()["status"] == "completed"
    else:
        assert [answer.json()["status"] for answer in seen] == words
        assert [answer.status for answer in seen] == [202] * unfinished + [200]


def test_held_and_released(server):
    job = accepted(server, headers=HOLD)
    assert [poll(server, NAME, job).json()["status"] for _ in range(3)] == ["pending"] * 3
    act(server, job, "release")
    assert ended(server, NAME, job).json()["status"] == "completed"


def test_a_delay_passes_with_the_clock(fresh):
    job = accepted(fresh, headers={"x-standin-async": "delay=2h"})
    advance(fresh, "119m")
    assert poll(fresh, NAME, job).json()["status"] == "pending"
    advance(fresh, "2m")
    assert ended(fresh, NAME, job).json()["status"] == "completed"


def test_an_end_that_a_test_decides(server):
    failing, completing = (accepted(server, headers=HOLD) for _ in range(2))
    act(server, failing, "fail", {"status": 503})
    envelope = poll(server, NAME, failing).json()
    assert (envelope["status"], envelope["status_code"]) == ("failed", 503) and envelope["error"]["error"]["message"]
    act(server, completing, "complete", {"body": {"choices": [{"index": 0}]}})
    envelope = poll(server, NAME, completing).json()
    assert (envelope["status"], envelope["status_code"], envelope["result"]) == ("completed", 200, {"choices": [{"index": 0}]})


@pytest.mark.parametrize("text", ["dely=2s", "status=9", "hold,hold", "polls=-1", "{", '{"a":1}', "fail-status=500"])
def test_what_decides_nothing_is_refused(server, text):
    before = count(server)
    assert message(submit(server, NAME, headers={"x-standin-async": text}))
    assert count(server) == before


def test_bytes_of_a_result(server):
    for name, get in (("audio/speech", lambda result: result["audio"]), ("images/generations", lambda result: result["data"][0]["b64_json"])):
        envelope = finished(server, name)
        answer = exchange(server.url, "GET", f"/v1/async/{name}/{envelope['id']}/content")
        assert answer.status == 200 and answer.body == base64.b64decode(get(envelope["result"]))
        assert answer.header("content-type").partition("/")[0] == name.partition("/")[0].removesuffix("s")
