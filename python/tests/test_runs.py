"""Runs of other shapes: workers, tries, loops, threads and processes."""

import re
import time
import urllib.request
from importlib.metadata import version

import pytest

from conftest import tags

MANY = """
@pytest.mark.standin
@pytest.mark.parametrize("number", range(12))
def test_chat(number):
    assert chat(f"Call {number}").startswith("answer")
"""


def test_workers_share_one_server_and_tell_the_controller(project):
    project.write("test_a.py", MANY)
    project.write("test_b.py", MANY + "\n@pytest.mark.standin\ndef test_url():\n    print(os.environ['STANDIN_URL'])\n    assert not chat()\n")
    first = project.run("-v", "-n", "4", "--dist", "load")
    first.assert_outcomes(passed=24, failed=1)
    verdicts = tags(first)
    assert sorted(verdicts.values()) == ["MISS:NOT_PERSISTED"] + ["MISS:RECORDED"] * 24
    first.stdout.fnmatch_lines(["  ?MISS:NOT_PERSISTED? 1", "  ?MISS:RECORDED? 24", "  FAIL: MISS:NOT_PERSISTED=1"])
    assert len(project.files()) == 24
    second = project.run("-v", "-n", "4", "--deselect", "test_b.py::test_url")
    second.assert_outcomes(passed=24)
    assert set(tags(second).values()) == {"HIT"}
    assert len(project.provider.calls) == 25


def test_one_server_for_all_workers(project):
    body = """
import pathlib

@pytest.mark.standin
@pytest.mark.parametrize("number", range(8))
def test_where(number, standin, worker_id):
    port = standin.url.split("/s/")[0]
    pathlib.Path(__file__).with_name(f"port-{worker_id}-{number}").write_text(port)
"""
    project.write("test_where.py", body)
    project.run("-n", "4").assert_outcomes(passed=8)
    told = list(project.path.glob("port-*"))
    assert len({path.name.split("-")[1] for path in told}) > 1
    assert len({path.read_text() for path in told}) == 1


def test_a_worker_that_dies_leaves_the_cassette_as_it_was(project):
    body = """
@pytest.mark.standin
def test_chat():
    chat(os.environ.get("SAY", "Hello!"))
    if "DIE" in os.environ:
        os._exit(1)
"""
    project.write("test_calls.py", body)
    project.run("-n", "2").assert_outcomes(passed=1)
    before = project.files()
    project.env.setenv("DIE", "1")
    project.env.setenv("SAY", "Goodbye!")
    result = project.run("-n", "2", "--max-worker-restart=0", "--record-mode=new_episodes")
    assert "crashed" in result.stdout.str()
    assert len(project.provider.calls) == 2
    assert project.files() == before


def test_of_several_tries_the_last_one_counts(project):
    body = """
TRIES = []

@pytest.mark.standin
@pytest.mark.flaky(reruns=3)
def test_chat():
    TRIES.append(1)
    chat(f"Try {len(TRIES)}")
    assert len(TRIES) == 3
"""
    project.write("test_calls.py", body)
    result = project.run("-v")
    lines = [line for line in result.outlines if line.startswith("[STANDIN")]
    told = [re.match(r"\[STANDIN ([\w:]+)\]", line)[1] for line in lines]
    # Older releases report the last try alone.
    reports_all = int(version("pytest-rerunfailures").partition(".")[0]) >= 16
    assert told == ["MISS:NOT_PERSISTED"] * (2 if reports_all else 0) + ["MISS:RECORDED"]
    result.stdout.fnmatch_lines(["  ?MISS:RECORDED? 1", "  PASS: *"])
    (cassette,) = project.files().values()
    assert b"Try 3" in cassette and b"Try 1" not in cassette and b"Try 2" not in cassette


def test_tries_in_workers(project):
    body = """
@pytest.mark.standin
@pytest.mark.parametrize("number", range(4))
def test_chat(number, request):
    tries = request.node.stash.setdefault("tries", [])
    tries.append(1)
    chat(f"Test {number}, try {len(tries)}")
    assert len(tries) == 2
"""
    project.write("test_calls.py", body)
    project.run("-n", "2", "--reruns", "2")
    files = project.files()
    assert len(files) == 4
    assert all(b"try 2" in cassette and b"try 1" not in cassette for cassette in files.values())


def test_asyncio_threads_and_processes(project):
    body = """
import asyncio
import subprocess
import sys
import threading

@pytest.mark.standin
@pytest.mark.asyncio
async def test_loop():
    answers = await asyncio.gather(*(asyncio.to_thread(chat, f"Call {number}") for number in range(5)))
    assert len(set(answers)) == 5

@pytest.mark.standin
def test_threads():
    threads = [threading.Thread(target=chat, args=(f"Call {number}",)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

@pytest.mark.standin
def test_process():
    code = "import test_calls; test_calls.chat('from another process')"
    subprocess.run([sys.executable, "-c", code], check=True)
"""
    project.write("test_calls.py", body)
    first = project.run("-v")
    first.assert_outcomes(passed=3)
    assert set(tags(first).values()) == {"MISS:RECORDED"}
    assert len(project.provider.calls) == 11
    second = project.run("-v", "--block-network")
    second.assert_outcomes(passed=3)
    assert set(tags(second).values()) == {"HIT"}
    assert len(project.provider.calls) == 11


def test_unittest_cases(project):
    body = """
import unittest

class TestCalls(unittest.TestCase):
    def test_chat(self):
        chat()
"""
    project.ini(standin="all")
    project.write("test_calls.py", body)
    assert project.verdicts() == {"test_calls.py::TestCalls::test_chat": "MISS:RECORDED"}
    assert list(project.files()) == ["cassettes/test_calls/TestCalls.test_chat.yaml"]


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_server_that_does_not_start_fails_the_tests_that_want_it(project, workers):
    body = "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n\ndef test_other():\n    pass\n"
    project.write("test_calls.py", body)
    project.env.setenv("STANDIN_BIN", "/nowhere/standin")
    result = project.run(*workers)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*standin: STANDIN_BIN names /nowhere/standin, which is not a program*"])


def test_a_run_that_is_killed_takes_its_server_along(project):
    body = """
import signal
import pathlib

@pytest.mark.standin
def test_chat(standin):
    pathlib.Path("url").write_text(standin.url.split("/s/")[0])
    os.kill(os.getpid(), signal.SIGKILL)
"""
    project.write("test_calls.py", body)
    project.run()
    url = (project.path / "url").read_text() + "/health"
    for _ in range(600):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail(f"{url} still answers")
