"""Recordings on their way to the disk: whole or not at all, together with what others write, and never in the
way of the call."""

import ctypes
import fcntl
import json
import os
import random
import re
import resource
import sys
import threading

import pytest

import corpus
import recording
from recording import CHAT, Session, chat, files, post, stored, stored_when
from wire import all_at_once, eventually, exchange

SEED = 20261121
KILLS = 25


def big_cassette(path, count=200):
    """One whose save takes long enough to be killed in."""
    exchanges = [
        corpus.Exchange(
            "POST", f"https://api.openai.com{CHAT}", {"content-type": ["application/json"]}, chat(seed=at),
            200, "OK", {"content-type": ["text/plain"]}, f"{at} {'text ' * 1000}".encode(),
        )
        for at in range(count)
    ]  # fmt: skip
    corpus.vcrpy_save(path, exchanges)
    return [one.body for one in exchanges]


def cassettes_in(folder):
    return [name for name in files(folder) if name.endswith((".yaml", ".yml"))]


@pytest.mark.parametrize("format", ["vcrpy", "go-vcr"])
def test_killed_while_it_saves(standin_bin, recorder, upstream, cassettes, format):
    """What stands there is the old file or a new one: everything of before, and whole interactions after it."""
    path = cassettes / "tape.yaml"
    before = big_cassette(path)
    if format == "go-vcr":
        corpus.convert(standin_bin, path, "go-vcr", path.with_suffix(".converted")).rename(path)
    upstream.plan_json("/v1/x", {"new": True})
    dice, sizes = random.Random(SEED), []
    for number in range(KILLS):
        server = recorder("--record", "all")
        # Each call is saved; the last ones are on their way when it is killed, sooner or later.
        for at in range(3):
            assert post(server, "/v1/x", json.dumps({"call": [number, at]}).encode(), cassette="tape").status == 200
        threading.Event().wait(dice.random() * 0.2)
        server.kill()
        found = stored(cassettes)
        assert [one["body"] for one in found[: len(before)]] == before
        new = [json.loads(one["request_body"])["call"] for one in found[len(before) :]]
        assert new == sorted(new) and all(json.loads(one["body"]) == {"new": True} for one in found[len(before) :])
        sizes.append(len(found))
    assert sizes == sorted(sizes)
    # What was left behind is no cassette, and hinders nobody.
    assert cassettes_in(cassettes) == ["tape.yaml"]
    server = recorder("--record", "new_episodes")
    assert post(server, "/v1/x", b'{"call":"last"}', cassette="tape").source == "upstream"
    server.stop()
    assert len(stored(cassettes)) == sizes[-1] + 1


def test_readers_never_see_half_a_file(recorder, cassettes):
    """The file is looked at as often as possible while it is written again and again."""
    path = cassettes / "tape.yaml"
    big_cassette(path)
    server = recorder("--record", "all")
    done, torn = threading.Event(), []

    def watch():
        while not done.is_set():
            data = path.read_bytes()
            whole = data.startswith(b"interactions:\n") and data.endswith(b"\nversion: 1\n")
            if not whole or data.count(b"\n- request:\n") < 200:
                torn.append(data[-100:])

    watcher = threading.Thread(target=watch)
    watcher.start()
    for seed in range(20):
        assert post(server, body=chat(seed=1000 + seed), cassette="tape").status == 200
    server.stop()
    done.set()
    watcher.join(20)
    assert torn == []
    assert len(stored(cassettes)) == 220


@pytest.mark.parametrize("mode", ["new_episodes", "all"])
def test_two_processes_that_record_into_one_cassette_lose_nothing(recorder, upstream, cassettes, mode):
    servers = [recorder("--record", mode) for _ in range(2)]
    answers = all_at_once(40, lambda number: post(servers[number % 2], body=chat(seed=number), cassette="tape"))
    assert {answer.status for answer in answers} == {200}
    for server in servers:
        server.stop()
    assert sorted(json.loads(one["request_body"])["seed"] for one in stored(cassettes)) == list(range(40))


def test_two_processes_that_create_one_cassette_lose_nothing(recorder, cassettes):
    """In `once`: neither found it at its start."""
    servers = [recorder() for _ in range(2)]
    all_at_once(2, lambda number: post(servers[number], body=chat(seed=number), cassette="tape"))
    for server in servers:
        server.stop()
    assert {json.loads(one["request_body"])["seed"] for one in stored(cassettes)} == {0, 1}


def test_what_a_person_changes_meanwhile_is_kept(recorder, cassettes):
    """Interactions that another hand added to the file while a session was open."""
    server = recorder("--record", "new_episodes")
    session = Session(server, "tape", policy="cache")
    session.post(body=chat(seed=1000))
    before = big_cassette(cassettes / "tape.yaml", count=3)
    assert session.end()["saved"]
    server.stop()
    found = stored(cassettes)
    assert [one["body"] for one in found[:3]] == before
    assert len(found) == 4


def test_a_recording_is_visible_at_once(recorder, serve, cassettes):
    """To the next call of the same server, without waiting; and to another server, and on the disk, soon."""
    other = serve("--cassettes", cassettes, "--record", "none")
    server = recorder()
    live = post(server, cassette="tape")
    assert post(server, cassette="tape").source == "tape"
    assert post(server).source == "tape", "a call that names no cassette finds it too"
    stored_when(cassettes, 1)
    eventually(lambda: post(other, cassette="tape").body == live.body, "the other server answers")
    listed = exchange(server.url, "GET", "/_standin/cassettes").body.decode()
    assert '"tape"' in listed


# Saves that fail.


def no_writing(preserved=4000):
    """A disk that is full: no file can grow beyond this, for root too. Without SIGXFSZ, which would end the process,
    writing fails with an error, as on a disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (preserved, preserved))


def without_root():
    """Root writes where it may not; without this capability the permissions bind it too."""
    if os.geteuid() == 0 and sys.platform == "linux":
        drop_from_bounding_set, cap_dac_override = 24, 1
        assert ctypes.CDLL(None, use_errno=True).prctl(drop_from_bounding_set, cap_dac_override, 0, 0, 0) == 0


def full_disk(recorder, cassettes):
    return recorder(preexec_fn=no_writing, restore_signals=False), "tape"


def read_only_folder(recorder, cassettes):
    server = recorder(preexec_fn=without_root)
    cassettes.chmod(0o555)
    return server, "tape"


def read_only_folder_below(recorder, cassettes):
    server = recorder(preexec_fn=without_root)
    cassettes.chmod(0o555)
    return server, "folder/tape"


def file_in_the_way(recorder, cassettes):
    (cassettes / "folder").write_text("not a folder")
    return recorder(), "folder/tape"


def folder_in_the_way(recorder, cassettes):
    server = recorder()
    (cassettes / "tape.yaml").mkdir()
    (cassettes / "tape.yaml" / "file").write_text("a folder that is not empty")
    return server, "tape"


def folder_that_is_gone(recorder, cassettes):
    """And cannot be made again: a file stands in its place."""
    server = recorder()
    cassettes.rmdir()
    cassettes.write_text("not a folder")
    return server, "tape"


FAILURES = [full_disk, read_only_folder, read_only_folder_below, file_in_the_way, folder_in_the_way, folder_that_is_gone]


def failed_recordings(server):
    metrics = exchange(server.url, "GET", "/metrics").body.decode()
    return sum(int(n) for n in re.findall(r'^standin_recordings_total\{[^}]*result="failed"[^}]*\} (\d+)', metrics, re.M))


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_a_failed_save_fails_no_call(recorder, upstream, cassettes, failure):
    upstream.plan_json("/v1/x", {"text": "x" * 10_000})
    upstream.plan_json("/v1/y", {}, status=503)
    server, name = failure(recorder, cassettes)
    assert failed_recordings(server) == 0
    live = post(server, "/v1/x", cassette=name)
    assert (live.status, live.source, live.error) == (200, "upstream", None)
    assert live.json() == {"text": "x" * 10_000}
    eventually(lambda: failed_recordings(server), "the counter shows it")
    # It goes on: with the same call, and with others.
    assert post(server, "/v1/x", cassette=name).json() == live.json()
    assert post(server, "/v1/y", cassette=name).status == 503
    journal = exchange(server.url, "GET", "/_standin/journal").body.decode()
    assert name in journal and "fail" in journal, journal
    server.stop()
    assert name in "".join(server.log), "the log names the cassette"
    if cassettes.is_dir():
        cassettes.chmod(0o755)
        assert not [one for one in cassettes.rglob("*") if one.is_file() and one.stat().st_size > 100]


def test_a_failed_save_leaves_the_old_file(recorder, upstream, cassettes):
    upstream.plan_json("/v1/x", {"text": "x" * 10_000})
    path = cassettes / "tape.yaml"
    big_cassette(path, count=3)
    before = path.read_bytes()
    server = recorder("--record", "all", preexec_fn=no_writing, restore_signals=False)
    assert post(server, "/v1/x", cassette="tape").status == 200
    eventually(lambda: failed_recordings(server), "the counter shows it")
    server.stop()
    assert path.read_bytes() == before
    assert files(cassettes) == ["tape.yaml"]


@pytest.mark.parametrize("failure", [full_disk, read_only_folder], ids=lambda failure: failure.__name__)
def test_a_session_says_that_it_was_not_saved(recorder, upstream, cassettes, failure):
    upstream.plan_json("/v1/x", {"text": "x" * 10_000})
    server, name = failure(recorder, cassettes)
    session = Session(server, name)
    assert session.post("/v1/x").source == "upstream"
    report = session.end()
    cassettes.chmod(0o755)
    assert not report["saved"]
    assert "sav" in report["reason"] or "writ" in report["reason"], report


def test_a_broken_cassette_is_not_written_over(recorder, upstream, cassettes):
    path = cassettes / "tape.yaml"
    path.write_text("interactions: [half")
    for mode in ("once", "new_episodes", "all"):
        server = recorder("--record", mode)
        answer = post(server, cassette="tape")
        assert (answer.status, answer.error) == (500, "cassette_broken")
        server.stop()
    assert path.read_text() == "interactions: [half"
    assert upstream.calls() == []


def test_nothing_recorded_leaves_no_folder(recorder, upstream, cassettes):
    upstream.plan_json(CHAT, {}, status=500)
    server = recorder()
    assert post(server, cassette="some/folder/tape").source == "upstream"
    server.stop()
    assert files(cassettes) == []


def test_a_full_disk_is_one(recorder, upstream, cassettes):
    """The limit of the tests above lets a small save through: it is the writing that fails there."""
    upstream.plan_json("/v1/x", {"a": 1})
    server = recorder(preexec_fn=no_writing, restore_signals=False)
    post(server, "/v1/x", cassette="tape")
    stored_when(cassettes, 1)
    assert failed_recordings(server) == 0
    assert recording.files(cassettes) == ["tape.yaml"]


def test_a_folder_that_somebody_else_has_locked_delays_no_call(recorder, upstream, cassettes):
    """The answers go out, whatever the lock's holder does; what waited is saved when it lets go."""
    server = recorder()
    folder = os.open(cassettes, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        first = post(server, cassette="tape")
        assert (first.status, first.source) == (200, "upstream")
        assert post(server, body=chat(seed=1), cassette="tape").source == "upstream"
        assert post(server, cassette="other").source == "upstream"
        again = post(server, cassette="tape")
        assert (again.status, again.source) == (200, "upstream"), "it has waited for a while, and not for ever"
        assert cassettes_in(cassettes) == []
    finally:
        os.close(folder)
    stored_when(cassettes, 2)
    assert len(stored_when(cassettes, 1, "other")) == 1
    assert post(server, cassette="tape").source == "tape"


def test_a_refusal_beside_a_save_that_hangs_is_one_refusal(recorder, upstream, cassettes):
    """What is on its way into another cassette is none of its business: it is decided and counted once."""
    server = recorder()
    folder = os.open(cassettes, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        assert post(server, cassette="tape").source == "upstream"
        session = Session(server, "other", record="none")
        assert session.post().error == "cassette_missing"
        assert session.end()["missed"] == 1
    finally:
        os.close(folder)
    stored_when(cassettes, 1)
