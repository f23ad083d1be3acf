"""`standin cassette flush`: the keys under a prefix, and no others. Row 38."""

import json
import os
import pty
import subprocess

import pytest

from conftest import environment
from redises import LITELLM_PREFIX, PREFIX, redis_server  # noqa: F401 - a fixture


def flush(standin_bin, redis_server, *arguments, **options):
    command = [standin_bin, "cassette", "flush", "--cassettes", redis_server.url, *arguments]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, **options)


def fill(redis_server, prefix, count):
    with redis_server.client.pipeline(transaction=False) as pipe:
        for number in range(count):
            pipe.set(f"{prefix}tests/test_{number}", "x", ex=1000)
        pipe.execute()


DECOYS = ["standin:cassett", "standin:cassette", "xstandin:cassette:a", "litellm:vcr:cassette:a", "jobs", "STANDIN:CASSETTE:a"]


@pytest.mark.parametrize("count", [0, 1, 500, 1200])
def test_only_what_is_under_the_prefix_goes(standin_bin, redis_server, count):
    fill(redis_server, PREFIX, count)
    for decoy in DECOYS:
        redis_server.client.set(decoy, "kept")
    done = flush(standin_bin, redis_server, "--yes")
    assert (done.returncode, done.stdout) == (0, f"Deleted {count} VCR cassette key(s) under '{PREFIX}'\n"), done
    assert redis_server.keys() == sorted(DECOYS)


def test_another_prefix(standin_bin, redis_server):
    fill(redis_server, PREFIX, 3)
    fill(redis_server, LITELLM_PREFIX, 1200)
    done = flush(standin_bin, redis_server, "--prefix", LITELLM_PREFIX, "--yes")
    assert done.stdout == f"Deleted 1200 VCR cassette key(s) under '{LITELLM_PREFIX}'\n"
    assert len(redis_server.keys()) == 3


@pytest.mark.parametrize("prefix", ["team*:", "t[ea]m:", "te?m:", "back\\slash:", "^a-z:"])
def test_a_prefix_is_no_pattern(standin_bin, redis_server, prefix):
    fill(redis_server, prefix, 2)
    for decoy in ["team:a", "teamster:a", "tem:a", "backslash:a", "a:a"]:
        redis_server.client.set(decoy, "kept")
    assert json.loads(flush(standin_bin, redis_server, "--prefix", prefix, "--yes", "--json").stdout)["deleted"] == 2
    assert len(redis_server.keys()) == 5


def test_as_json(standin_bin, redis_server):
    fill(redis_server, PREFIX, 2)
    done = json.loads(flush(standin_bin, redis_server, "--yes", "--json").stdout)
    assert (done["deleted"], done["prefix"]) == (2, PREFIX)
    assert done["address"] == redis_server.url


def test_nobody_to_ask(standin_bin, redis_server):
    fill(redis_server, PREFIX, 2)
    done = flush(standin_bin, redis_server, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "--yes" in done.stderr
    assert len(redis_server.keys()) == 2


def test_an_empty_prefix_is_refused(standin_bin, redis_server):
    fill(redis_server, PREFIX, 2)
    assert flush(standin_bin, redis_server, "--prefix", "", "--yes").returncode == 2
    assert len(redis_server.keys()) == 2


def test_a_folder_is_refused(standin_bin, tmp_path):
    command = [standin_bin, "cassette", "flush", "--cassettes", str(tmp_path), "--yes"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "redis://" in done.stderr


def test_a_redis_that_is_gone(standin_bin, redis_server):
    redis_server.kill()
    done = flush(standin_bin, redis_server, "--yes")
    assert done.returncode == 2 and "ConnectionError" in done.stderr


@pytest.mark.parametrize("answer,left", [("y", 0), ("n", 2), ("", 2)])
def test_a_person_is_asked(standin_bin, redis_server, answer, left):
    """On a terminal."""
    fill(redis_server, PREFIX, 2)
    ours, theirs = pty.openpty()
    command = [standin_bin, "cassette", "flush", "--cassettes", redis_server.url]
    process = subprocess.Popen(command, env=environment(), stdin=theirs, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(ours, 1024)
    assert PREFIX.encode() in said
    os.write(ours, answer.encode() + b"\n")
    assert process.wait(timeout=30) == (0 if left == 0 else 1)
    process.stdout.close()
    os.close(ours)
    assert len(redis_server.keys()) == left
