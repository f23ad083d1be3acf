"""Asynchronous jobs in a file: servers that are killed, stopped, frozen, or share it. What was accepted ends once."""

import json
import random
import signal
import sqlite3
import subprocess

import pytest

from crashing import free_port
from jobs import CHAT, accepted, act, control, count, ended, finished, look, message, poll, submit
from test_jobs_lifecycle import ends
from wire import eventually, exchange

NAME = "chat/completions"
#: Leases that pass soon: who takes a job over waits for them. Not so soon that a busy machine loses them.
SOON = ["--job-lease", "3s"]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "jobs.sqlite"


def slow(time):
    return {"x-standin-pace": f"ttft={time}"}


def status(server, job):
    return poll(server, NAME, job).json()["status"]


def running(server, job):
    eventually(lambda: status(server, job) == "processing", "it is run")


def killed(server):
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(20)


def said(envelope):
    return envelope["result"]["choices"][0]["message"]["content"]


def saying(tmp_path, name):
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps({"mocks": [{"match": {"regex": "."}, "answer": f"It is {name}."}]}))
    return ["--mocks", path]


def test_what_a_killed_server_had_accepted(serve, file, tmp_path):
    """One that ran, some that waited, one that is over and one that is held."""
    server = serve("--jobs", file, *SOON, *saying(tmp_path, "one"), "--job-workers", "1")
    over = finished(server)
    held = accepted(server, headers={"x-standin-async": "hold"})
    first = accepted(server, headers=slow("2s"))
    running(server, first)
    waiting = [accepted(server) for _ in range(5)]
    assert {status(server, job) for job in waiting} == {"pending"}
    killed(server)

    server = serve("--jobs", file, *SOON, *saying(tmp_path, "two"))
    assert poll(server, NAME, over["id"]).json() == over
    for job in (first, *waiting):
        assert ended(server, NAME, job).json()["status"] == "completed"
        assert ends(server, job) == ["completed"]
    assert look(server, first)["executions"] >= 2 and look(server, first)["attempt"] >= 2
    assert all(look(server, job)["executions"] == 1 for job in waiting)
    assert status(server, held) == "pending"
    act(server, held, "release")
    assert ended(server, NAME, held).json()["status"] == "completed"


def test_killed_again_and_again(serve, file):
    """No job is lost, and none has two ends."""
    jobs = []
    chance = random.Random(5)
    for _ in range(4):
        server = serve("--jobs", file, *SOON, "--job-executions", "100")
        jobs += [accepted(server, headers=slow(f"{chance.randrange(1, 400)}ms")) for _ in range(30)]
        number = chance.randrange(len(jobs))
        eventually(lambda: status(server, jobs[number]) == "completed", "one of them has ended")
        killed(server)
    server = serve("--jobs", file, *SOON, "--job-executions", "100")
    for job in jobs:
        assert ended(server, NAME, job).json()["status"] == "completed"
        assert ends(server, job) == ["completed"]
    assert count(server) == len(jobs)


def test_a_stop_lets_jobs_end(serve, file):
    server = serve("--jobs", file)
    jobs = [accepted(server, headers=slow("1s")) for _ in range(50)]
    for job in jobs:
        running(server, job)
    server.stop()
    server = serve("--jobs", file)
    for job in jobs:
        assert status(server, job) == "completed", "before the server ended"
        assert ends(server, job) == ["completed"] and look(server, job)["executions"] == 1


def test_a_stop_gives_back_what_takes_longer(serve, file):
    server = serve("--jobs", file)
    jobs = [accepted(server, headers=slow("30m")) for _ in range(10)]
    for job in jobs:
        running(server, job)
    server.stop()
    server = serve("--jobs", file)
    for job in jobs:
        assert status(server, job) == "processing", "it never goes back"
        eventually(lambda: look(server, job)["executions"] == 2, "it is run again")
        assert look(server, job)["attempt"] == 1, "what was given back was no attempt"
        act(server, job, "cancel")
        assert ended(server, NAME, job).json()["status_code"] == 499


def test_as_the_original_does(serve, file):
    """What a killed server had begun stays as it is for ever."""
    server = serve("--jobs", file, *SOON)
    begun = accepted(server, headers=slow("1s"))
    running(server, begun)
    killed(server)
    server = serve("--jobs", file, *SOON, "--jobs-on-restart", "abandon")
    control(server, "POST", "jobs/advance", {"by": "23h"})
    assert finished(server)["status"] == "completed"
    answer = poll(server, NAME, begun)
    assert (answer.status, answer.json()["status"]) == (202, "processing")
    assert list(answer.json()) == ["id", "status", "created_at"]


def test_two_servers_share_a_file(serve, file, tmp_path):
    """Submitted to one, asked for at the other, and each run once."""
    one, two = (serve("--jobs", file, *saying(tmp_path, name)) for name in ("one", "two"))
    jobs = [accepted((one, two)[number % 2]) for number in range(100)]
    envelopes = [ended((two, one)[number % 2], NAME, job).json() for number, job in enumerate(jobs)]
    assert {said(envelope) for envelope in envelopes} <= {"It is one.", "It is two."}
    for job, envelope in zip(jobs, envelopes):
        seen = look(one, job)
        assert (seen["executions"], ends(two, job)) == (1, ["completed"])
        assert poll(one, NAME, job).body == poll(two, NAME, job).body and poll(one, NAME, job).json() == envelope


def test_one_of_two_is_killed(serve, file, tmp_path):
    one = serve("--jobs", file, *SOON, *saying(tmp_path, "one"), "--pace", "ttft=10m")
    jobs = [accepted(one) for _ in range(20)]
    for job in jobs:
        running(one, job)
    two = serve("--jobs", file, *SOON, *saying(tmp_path, "two"))
    killed(one)
    for job in jobs:
        assert said(ended(two, NAME, job).json()) == "It is two."
        # Leases are short here: a busy machine may lose one more.
        assert ends(two, job) == ["completed"] and look(two, job)["executions"] >= 2


def frozen(server, file):
    """Stops a process where it is. Not in the middle of a write: nobody else could write then, with any file."""

    def between_writes():
        server.process.send_signal(signal.SIGSTOP)
        lock = sqlite3.connect(file, isolation_level=None, timeout=0)
        try:
            lock.execute("BEGIN IMMEDIATE")
            lock.execute("ROLLBACK")
        except sqlite3.OperationalError:
            server.process.send_signal(signal.SIGCONT)
            return False
        finally:
            lock.close()
        return True

    eventually(between_writes, "it writes nothing")


def test_who_was_frozen_changes_nothing(serve, file, tmp_path):
    """Its lease has passed meanwhile and another has answered: what it writes then is refused."""
    one = serve("--jobs", file, *SOON, *saying(tmp_path, "one"), "--pace", "ttft=9s")
    job = accepted(one)
    running(one, job)
    frozen(one, file)
    try:
        two = serve("--jobs", file, *SOON, *saying(tmp_path, "two"))
        first = ended(two, NAME, job)
        assert said(first.json()) == "It is two."
    finally:
        one.process.send_signal(signal.SIGCONT)
    # It has had its answer when it has run another one as slow.
    finished(one, headers=slow("10s"))
    assert [poll(server, NAME, job).body for server in (one, two)] == [poll(two, NAME, job).body] * 2
    assert poll(one, NAME, job).json() == first.json()
    assert ends(one, job) == ["completed"]


def test_a_store_that_is_not_to_be_had(serve, tmp_path):
    """Where no path was given, it is told, nothing is accepted, and it goes on without a restart when the store is there."""
    folder = tmp_path / ".standin"
    folder.write_text("in the way")
    server = serve(port=free_port(), cwd=tmp_path)
    assert exchange(server.url, "GET", "/health").status == 200, "nothing has been asked of it"
    assert message(submit(server, NAME), 503)
    assert message(poll(server, NAME, "00000000-0000-4000-8000-000000000000"), 503)
    health = exchange(server.url, "GET", "/health")
    assert (health.status, health.json()["components"]) == (503, {"db_pings": "failed"})
    assert message(exchange(server.url, "POST", "/openai/v1/responses", b'{"input":"x"}', {"x-bf-async": "1"}), 503)
    folder.unlink()
    assert exchange(server.url, "GET", "/health").status == 200
    assert message(poll(server, NAME, "00000000-0000-4000-8000-000000000000"), 404)
    assert finished(server)["status"] == "completed"


def test_a_store_that_is_locked(serve, file):
    server = serve("--jobs", file)
    job = finished(server)["id"]
    assert exchange(server.url, "GET", "/health").status == 200
    lock = sqlite3.connect(file, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        assert message(submit(server, NAME), 503)
        assert poll(server, NAME, job).status == 200, "reading goes on"
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    assert poll(server, NAME, job).status == 200
    assert finished(server)["status"] == "completed"


def test_a_file_that_is_none(standin_bin, file):
    file.write_bytes(b"This is no database, and long enough to look like one. " * 100)
    assert "is not a file of jobs" in refused(standin_bin, file)
    assert file.read_bytes().startswith(b"This is no database"), "nothing is lost"


def test_a_file_of_somebody_else(standin_bin, file):
    with sqlite3.connect(file) as theirs:
        theirs.execute("CREATE TABLE theirs (name)")
        theirs.execute("INSERT INTO theirs VALUES ('kept')")
    theirs.close()
    assert "is not a file of jobs" in refused(standin_bin, file)
    with sqlite3.connect(file) as theirs:
        assert theirs.execute("SELECT * FROM theirs").fetchall() == [("kept",)]
    theirs.close()


def test_a_damaged_file(serve, standin_bin, file):
    """Its head is there and the rest is not: it is refused at the start, with what helps."""
    server = serve("--jobs", file)
    finished(server)
    killed(server)
    whole = sqlite3.connect(file)
    whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole.close()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    said = refused(standin_bin, file)
    assert "is damaged" in said and "move it away" in said


def test_a_path_that_cannot_be_opened(standin_bin, tmp_path):
    assert "cannot be opened to keep jobs" in refused(standin_bin, tmp_path / ("x" * 300))
    missing = refused(standin_bin, tmp_path / "none" / "jobs.sqlite")
    assert f"there is no folder {tmp_path / 'none'}; make it" in missing
    assert not (tmp_path / "none").exists(), "a path that was mistyped makes no folders"


def refused(standin_bin, file):
    """What is said by a server that does not start."""
    command = [standin_bin, "serve", "--port", "0", "--jobs", file]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, ""), ended
    return ended.stderr


def test_a_repeated_submission_after_a_restart(serve, file):
    headers = {"Idempotency-Key": "a-key"}
    server = serve("--jobs", file)
    job = accepted(server, headers=headers)
    killed(server)
    server = serve("--jobs", file)
    again = submit(server, NAME, headers=headers)
    assert (again.json()["id"], again.header("idempotent-replayed")) == (job, "true")
    assert submit(server, NAME, {**CHAT, "user": "x"}, headers).status == 422


def test_files_survive_a_restart(serve, file):
    """A form with a file in it is run as it came."""
    server = serve("--jobs", file, "--job-workers", "1", *SOON)
    blocking = accepted(server, headers=slow("20m"))
    running(server, blocking)
    edit, spoken = accepted(server, "images/edits"), accepted(server, "audio/transcriptions")
    killed(server)
    server = serve("--jobs", file, *SOON)
    assert ended(server, "images/edits", edit).json()["status"] == "completed"
    assert ended(server, "audio/transcriptions", spoken).json()["status"] == "completed"
