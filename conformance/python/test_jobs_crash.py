"""A server that is killed or stopped while jobs wait and run, and goes on with the same file.

Every id that was answered 202 ends, once, with the result of its own request. Calls to the provider may be made again;
what was told of an end never changes.
"""

import collections
import json
import random

import pytest

import crashing
from crashing import accepted, ended, kinds, looked, poll
from wire import eventually, exchange

SEED = 20_06
KILLS = 20
ENDS = {"completed", "failed"}


@pytest.fixture
def provider():
    provider = crashing.Provider()
    yield provider
    provider.stop()


@pytest.fixture
def restarting(serve, tmp_path):
    """Starts servers one after the other, on one file of jobs and one port."""
    port = crashing.free_port()

    def restarting(*arguments, **options):
        return serve("--jobs", tmp_path / "jobs.sqlite", *arguments, port=port, **options)

    return restarting


def killed_under_load(start, total, longest):
    """Kills a server again and again at random moments while jobs are submitted, polled and run.

    Answers the clients, and the server that is left."""
    moments = random.Random(SEED)
    server = start()
    clients = crashing.Clients(server.url, SEED)
    clients.begin(f"job {number}" for number in range(total))
    for kill in range(KILLS):
        clients.allow(total // KILLS)
        # In one of three rounds the kill hits the submissions, in the others mostly what runs.
        clients.stopped.wait(moments.uniform(0, longest / 10 if kill % 3 == 0 else longest))
        server.kill()
        server = start()
    clients.finish(total, patience=60)
    return clients, server


def all_jobs(server):
    """The ids of all jobs that there are, over the public list."""
    ids, after = [], ""
    while True:
        page = exchange(server.url, "GET", f"/v1/async/jobs?limit=100{after}").json()
        ids += [job["id"] for job in page["data"]]
        if not page["has_more"]:
            return ids
        after = f"&after={page['last_id']}"


def content_of(job):
    return json.loads(job["request"]["body"])["messages"][0]["content"]


def text_of(job):
    return job["result"]["choices"][0]["message"]["content"]


def ended_once(clients, server, total):
    """Holds what every job has to come to against what is there. Answers the jobs by content."""
    for id in clients.accepted:
        clients.sees(id, ended(server.url, id, patience=60))
    assert not clients.changed
    jobs = {id: looked(server.url, id) for id in all_jobs(server)}
    assert set(clients.accepted) <= set(jobs)
    for id, job in jobs.items():
        # Also one whose 202 nobody has read.
        ended(server.url, id, patience=60)
        job = jobs[id] = looked(server.url, id)
        assert job["status"] == "completed", (job["error"], job["events"])
        events = kinds(job)
        assert events[0] == "created" and events[-1] == "completed", events
        assert sum(kind in ENDS for kind in events) == 1, events
        assert content_of(job) == clients.accepted.get(id, content_of(job))
    by_content = collections.Counter(map(content_of, jobs.values()))
    assert set(by_content.values()) == {1}, by_content.most_common(3)
    # What was accepted, and some of what may have been.
    assert set(clients.accepted.values()) <= set(by_content) <= {f"job {number}" for number in range(total)}
    assert set(by_content) - set(clients.accepted.values()) <= clients.unsure
    return {content_of(job): job for job in jobs.values()}


def test_a_thousand_jobs_under_twenty_kills(restarting, provider, tmp_path):
    pauses = random.Random(SEED + 1)
    took = {f"job {number}": pauses.uniform(0, 0.3) for number in range(1_000)}
    provider.pause = took.get
    asked, env = crashing.recorder(provider, tmp_path / "cassettes")

    def start():
        return restarting("--job-workers", 32, "--job-lease", "500ms", "--job-executions", 100, *asked, env=env)

    clients, server = killed_under_load(start, 1_000, longest=0.4)
    jobs = ended_once(clients, server, 1_000)
    again = 0
    for content, job in jobs.items():
        calls = provider.calls[content]
        assert text_of(job) in {crashing.answer(content, number + 1) for number in range(calls)}, job
        assert 1 <= calls <= job["executions"], (calls, job)
        again += calls > 1
    # Kills have hit calls that were being made, or this shows little.
    assert again >= KILLS, again


def test_kills_between_an_answer_and_its_end(restarting, tmp_path):
    mocks = tmp_path / "mocks.yaml"
    mocks.write_text('mocks: [{template: true, answer: {text: "{{ user }}, answered"}}]')

    def start():
        return restarting("--mocks", mocks, "--job-lease", "200ms", "--job-executions", 100)

    clients, server = killed_under_load(start, 1_000, longest=0.05)
    jobs = ended_once(clients, server, 1_000)
    assert {content: text_of(job) for content, job in jobs.items()} == {c: f"{c}, answered" for c in jobs}
    assert any(job["executions"] > 1 for job in jobs.values())


def test_a_stop_lets_jobs_end_or_gives_them_back(restarting, provider, tmp_path):
    contents = [f"job {number}" for number in range(50)]
    quick, slow = contents[:25], contents[25:]
    provider.shut(*contents)
    asked, env = crashing.recorder(provider, tmp_path / "cassettes")
    server = restarting(*asked, env=env)
    ids = {content: accepted(server.url, content) for content in contents}
    eventually(lambda: len(provider.calls) == 50, "all fifty run")
    server.process.terminate()
    # It takes no more calls, and so it has heard.
    eventually(lambda: refuses(server.url), "the server stops")
    provider.open(*quick)
    server.stop()

    provider.open(*slow)
    server = restarting(*asked, env=env)
    for content, id in ids.items():
        given_back = content in slow
        ended(server.url, id)
        job = looked(server.url, id)
        events = ["released", "again"] if given_back else []
        assert text_of(job) == crashing.answer(content, 2 if given_back else 1)
        assert kinds(job) == ["created", "started", *events, "completed"]
        assert (job["attempt"], job["executions"]) == (1, 2 if given_back else 1)
        assert provider.calls[content] == job["executions"]


def refuses(url):
    try:
        return exchange(url, "GET", "/v1/async/jobs").status >= 500
    except OSError:
        return True


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_jobs_are_abandoned_where_that_is_asked_for(restarting, provider, tmp_path, how):
    left = [f"job {number}" for number in range(10)]
    provider.shut(*left)
    asked, env = crashing.recorder(provider, tmp_path / "cassettes")

    def start():
        flags = ("--jobs-on-restart", "abandon", "--job-workers", 4, "--job-lease", "200ms")
        return restarting(*flags, *asked, env=env)

    server = start()
    ids = [accepted(server.url, content) for content in left]
    eventually(lambda: len(provider.calls) == 4, "four run")
    for restart in range(2):
        getattr(server, how)()
        provider.open(*left)
        server = start()
        # This waits longer than any lease.
        new = [accepted(server.url, f"new {restart}{n}", **{"x-standin-async": f"delay={n}s"}) for n in (0, 1)]
        assert [ended(server.url, id)["status"] for id in new] == ["completed"] * 2
        polled = [poll(server.url, id) for id in ids]
        assert {answer.status for answer in polled} == {202}, [(kinds(looked(server.url, i)), looked(server.url, i)["error"], looked(server.url,i)["held"]) for i in ids]
        assert [answer.json()["status"] for answer in polled] == ["processing"] * 4 + ["pending"] * 6
    assert [provider.calls[content] for content in left] == [1] * 4 + [0] * 6
