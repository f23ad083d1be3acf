"""A run whose cassettes are in a Redis of the test's own."""

import signal

import pytest
import yaml

from conftest import tags
from shared import PREFIX

DAY = 24 * 60 * 60


def test_cassettes_are_yaml_for_a_day(project, shared):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    project.run().assert_outcomes(passed=1)
    ((name, value),) = shared.values().items()
    assert name == "test_calls/test_chat"
    assert 0 < shared.client.ttl(PREFIX + name.encode()) <= DAY
    assert yaml.safe_load(value)["version"] == 1
    assert project.files() == {}


def test_another_key_is_another_call(project, shared):
    body = """
@pytest.mark.standin
def test_chat(monkeypatch):
    if "KEY" in os.environ:
        monkeypatch.setenv("OPENAI_API_KEY", os.environ["KEY"])
    chat()
"""
    project.write("test_calls.py", body)
    node = "test_calls.py::test_chat"
    assert project.verdicts() == {node: "MISS:RECORDED"}
    assert project.verdicts() == {node: "HIT"}
    project.env.setenv("KEY", "sk-of-somebody-else")
    assert project.verdicts() == {node: "MISS:RECORDED"}
    assert project.verdicts() == {node: "HIT"}
    assert len(project.provider.calls) == 2
    assert b"sk-of-somebody-else" not in shared.values()["test_calls/test_chat"]


def test_a_mark_says_how_long_its_cassette_lives(project, shared):
    body = """
@pytest.mark.standin(expiry="1h")
def test_hour():
    chat()

@pytest.mark.standin(expiry="never")
def test_ever():
    chat()
"""
    project.write("test_calls.py", body)
    project.run().assert_outcomes(passed=2)
    assert 0 < shared.client.ttl(PREFIX + b"test_calls/test_hour") <= 3600
    assert shared.client.ttl(PREFIX + b"test_calls/test_ever") == -1


def test_names_do_not_depend_on_where_pytest_is_started(project, shared):
    project.write("deep/test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    assert set(project.verdicts().values()) == {"MISS:RECORDED"}
    project.env.chdir(project.path / "deep")
    assert set(project.verdicts("--rootdir", "..").values()) == {"HIT"}
    assert list(shared.values()) == ["deep/test_calls/test_chat"]


def test_a_killed_run_leaves_the_value(project, shared):
    body = """
import signal

@pytest.mark.standin
def test_chat():
    chat("One")
    if "KILL" in os.environ:
        chat("Two")
        os.kill(os.getpid(), signal.SIGKILL)
"""
    project.write("test_calls.py", body)
    project.run().assert_outcomes(passed=1)
    stored = shared.values()
    project.env.setenv("KILL", "1")
    assert project.run().ret == -signal.SIGKILL
    assert len(project.provider.calls) == 2
    project.env.delenv("KILL")
    assert set(project.verdicts().values()) == {"HIT"}
    assert shared.values() == stored


@pytest.mark.parametrize("address", ["redis:/oops", "http://127.0.0.1:6379"])
def test_what_is_no_address_is_no_folder(project, address):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    result = project.run(f"--standin-cassettes={address}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*`{address}` is no address of a Redis: *redis://?USER:PASSWORD@?HOST*"])


def test_a_redis_that_is_gone_costs_calls_but_no_test(project, shared):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    shared.stop()
    result = project.run("-v")
    result.assert_outcomes(passed=1)
    assert list(tags(result).values()) == ["MISS:NOT_PERSISTED"]
    result.stdout.fnmatch_lines(["  FAIL: MISS:NOT_PERSISTED=1", "*CASSETTE CACHE DEGRADED*", "  1 load failures *, 1 save failures"])


@pytest.mark.parametrize("start,arguments", [(".", ()), ("tests", ()), ("tests/deep", ("test_calls.py",)), ("/", ("ABSOLUTE",))])
def test_without_a_file_of_settings_names_begin_at_the_repository(project, shared, start, arguments):
    """There pytest's own root is where it is started, or what is asked for."""
    (project.path / "pytest.ini").unlink()
    (project.path / ".git").mkdir()
    path = project.write("tests/deep/test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    project.env.chdir(project.path / start)
    arguments = [str(path) if argument == "ABSOLUTE" else argument for argument in arguments]
    for workers in ((), ("-n", "1")):
        project.run(*workers, *arguments).assert_outcomes(passed=1)
    assert list(shared.values()) == ["tests/deep/test_calls/test_chat"]


def test_the_application_s_own_redis_is_warned_about(project, shared):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    assert "REDIS_URL" not in project.run().stdout.str()
    project.env.setenv("REDIS_URL", shared.url.replace("127.0.0.1", "localhost"))
    project.run().stdout.fnmatch_lines(["  the cassettes are in the application's own Redis *REDIS_URL*"])


def test_a_redis_that_is_nearly_full_is_told(project, shared):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    shared.client.setrange("of-another", 20_000_000, "x")
    used = shared.client.info("memory")["used_memory"]
    shared.client.config_set("maxmemory-policy", "noeviction")
    shared.client.config_set("maxmemory", int(used * 1.08))
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*NEAR CAPACITY*", "  Cassette Redis usage: ??.? MiB / ??.? MiB (9?.?% of maxmemory)"])
