"""The fixture `standin`, marks, and what a test sees in its environment."""

import pytest

from conftest import tags
from pytest_standin.settings import Settings


def test_a_mock_is_for_one_test_alone(project):
    body = """
RULES = [{"match": "weather", "answer": "Sunny."}]

def test_mocked(standin):
    standin.mock(match="weather", answer="Rainy.")
    assert chat("What is the weather?") == "Rainy."
    standin.mock({"match": "weather", "answer": "Foggy."})
    assert chat("What is the weather?") == "Foggy."
    assert standin.verdict == "HIT"
    assert [entry["source"] for entry in standin.journal()] == ["mock", "mock"]

@pytest.mark.standin(mocks=RULES)
def test_marked():
    assert chat("What is the weather?") == "Sunny."

@pytest.mark.standin
def test_not_mocked():
    assert chat("What is the weather?").startswith("answer")

@pytest.mark.standin(cassette=None, mocks="mocks: [{answer: hi}]")
def test_no_cassette(standin):
    assert chat() == "hi"
    assert standin.cassette is None
"""
    project.write("test_calls.py", body)
    verdicts = project.verdicts("-n", "2")
    names = {name.partition("::")[2]: tag for name, tag in verdicts.items()}
    assert names == {
        "test_mocked": "HIT",
        "test_marked": "HIT",
        "test_not_mocked": "MISS:RECORDED",
        "test_no_cassette": "HIT",
    }
    assert list(project.files()) == ["cassettes/test_calls/test_not_mocked.yaml"]


def test_lists_of_a_mock_are_counted_and_stay_when_more_come(project):
    body = """
def test_steps(standin):
    standin.mock(match="go", answers=["one", "two", "three"])
    assert [chat("go"), chat("go")] == ["one", "two"]
    standin.mock(match="stop", answer="stopped")
    assert [chat("stop"), chat("go")] == ["stopped", "three"]
"""
    project.write("test_calls.py", body)
    project.run().assert_outcomes(passed=1)


def test_a_broken_mock_says_where(project):
    project.write("test_calls.py", "\ndef test_mocked(standin):\n    standin.mock(mach='x', answer='y')\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ControlError*mach*"])


def test_the_session_says_where_it_is(project):
    body = """
def test_urls(standin):
    assert os.environ["STANDIN_URL"] == standin.url
    assert os.environ["OPENAI_BASE_URL"] == standin.openai_base_url
    assert os.environ["ANTHROPIC_BASE_URL"] == standin.anthropic_base_url
    assert os.environ["AZURE_OPENAI_ENDPOINT"] == standin.azure_endpoint
    assert os.environ["OPENAI_API_KEY"] == "sk-standin"
    assert os.environ["OPENAI_API_VERSION"] == "2031-01-01"
    assert "ANTHROPIC_AUTH_TOKEN" not in os.environ
    assert os.environ["NO_PROXY"].startswith("127.0.0.1,")
    assert standin.cassette == "cassettes/test_calls/test_urls"
    chat(url=standin.to(os.environ["AUTHORITY"]) + "/v1")
    assert (standin.verdict, standin.report()["recorded"]) == ("MISS:NOT_PERSISTED", 1)

def test_afterwards():
    assert os.environ["OPENAI_API_KEY"].startswith("sk-real")
    assert os.environ["ANTHROPIC_AUTH_TOKEN"] == "token"
    assert "STANDIN_URL" not in os.environ and "NO_PROXY" not in os.environ
    assert "AZURE_OPENAI_ENDPOINT" not in os.environ
"""
    project.write("test_calls.py", body)
    project.env.setenv("OPENAI_API_VERSION", "2031-01-01")
    project.env.setenv("ANTHROPIC_AUTH_TOKEN", "token")
    project.env.setenv("AUTHORITY", project.provider.url.removeprefix("http://"))
    project.env.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    result = project.run("--standin-args=--upstream " + project.provider.url)
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("mark,said", [
    ("standin('a', 'b')", "takes one cassette"),
    ("standin(colour='red')", "has no colour; it has cassette"),
    ("standin(record='sometimes')", "sometimes"),
    ("standin('../../../out')", "is not below"),
])  # fmt: skip
def test_a_wrong_mark_is_an_error(project, mark, said):
    project.write("test_calls.py", f"\n@pytest.mark.{mark}\ndef test_chat():\n    chat()\n")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*standin: *{said}*"])


@pytest.mark.parametrize("settings,option", [({"standin": "some"}, []), ({"standin_unplayed": "x"}, [])])
def test_a_wrong_setting_is_an_error(project, settings, option):
    project.ini(**settings)
    project.write("test_calls.py", "\ndef test_chat():\n    pass\n")
    result = project.run(*option)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: standin* = *: use *"])


def test_every_test_and_those_that_are_left_out(project):
    body = """
def test_plain():
    chat()

@pytest.mark.no_standin
def test_marked_out():
    pass

def test_listed():
    pass
"""
    project.ini(standin="all", standin_skip="\n  test_out.py\n  ::test_listed")
    project.write("test_calls.py", body)
    project.write("test_out.py", "\ndef test_chat():\n    assert 'STANDIN_URL' not in os.environ\n")
    result = project.run("-v")
    result.assert_outcomes(passed=4)
    assert tags(result) == {"test_calls.py::test_plain": "MISS:RECORDED"}
    result.stdout.fnmatch_lines(["  ?UNMARKED:NO_TRAFFIC? 3", "  file_opt_out: 1", "  item_opt_out: 2"])


@pytest.mark.parametrize("how", ["--standin-disable", "--disable-recording", "STANDIN_DISABLE", "LITELLM_VCR_DISABLE"])
def test_it_can_be_switched_off(project, how):
    body = "\n@pytest.mark.standin\ndef test_chat():\n    assert os.environ['OPENAI_API_KEY'].startswith('sk-real')\n    chat()\n"
    project.write("test_calls.py", body + "\ndef test_mocked(standin):\n    pass\n")
    if not how.startswith("--"):
        project.env.setenv(how, "1")
    result = project.run("-v", *([how] if how.startswith("--") else []))
    result.assert_outcomes(passed=1, skipped=1)
    assert set(tags(result).values()) == {"DISABLED"}
    assert len(project.provider.calls) == 1
    assert project.files() == {}


UNPLAYED = """
@pytest.mark.standin
def test_chat():
    chat()
    if "LESS" not in os.environ:
        chat("and this")
"""


@pytest.mark.parametrize("how,outcome", [("ignore", "passed"), ("list", "passed"), ("error", "errors")])
def test_recorded_calls_that_are_not_made(project, how, outcome):
    project.write("test_calls.py", UNPLAYED)
    project.run().assert_outcomes(passed=1)
    project.env.setenv("LESS", "1")
    result = project.run(f"--standin-unplayed={how}")
    result.assert_outcomes(**{"passed": 1, outcome: 1})
    shown = "test_calls.py::test_chat: 1: POST " in result.stdout.str()
    assert shown == (how != "ignore")


def test_nothing_is_said_where_nobody_uses_it(project):
    project.write("test_calls.py", "\ndef test_chat():\n    pass\n")
    assert "STANDIN" not in project.run("-v", "--junit-xml=report.xml").stdout.str()
    assert "standin" not in (project.path / "report.xml").read_text()


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_no_server_is_started_where_nobody_uses_it(project, workers):
    started = project.path / "started"
    fake = project.path / "standin"
    fake.write_text(f"#!/bin/sh\ntouch {started}\nexit 1\n")
    fake.chmod(0o755)
    project.env.setenv("STANDIN_BIN", str(fake))
    project.write("test_calls.py", "\ndef test_chat():\n    assert 'STANDIN_URL' not in os.environ\n")
    project.run(*workers).assert_outcomes(passed=1)
    assert not started.exists()
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    pass\n")
    project.run(*workers).assert_outcomes(errors=1)
    assert started.exists()


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
@pytest.mark.parametrize("address", ["redis://user:hunter2@127.0.0.1/x", "REDIS-x://user:hunter2@127.0.0.1"])
def test_a_password_is_not_told(project, address, workers):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    result = project.run("-v", "--standin-cassettes", address, *workers)
    result.assert_outcomes(errors=1)
    said = result.stdout.str() + result.stderr.str()
    assert "is no address of a Redis" in said and "hunter2" not in said
    assert not [path for path in project.path.rglob("*") if "hunter2" in path.name]


def test_flags_of_the_server_have_no_password(project):
    settings = Settings(False, False, "redis://user:hunter2@h/0", None, None, "list", (), False, (), ())
    assert "hunter2" not in " ".join(settings.server_arguments("/r"))
    assert settings.server_environment() == {"STANDIN_CASSETTES": "redis://user:hunter2@h/0"}


def test_a_refusal_is_told_in_the_failure(project):
    body = "\n@pytest.mark.standin\ndef test_chat():\n    try:\n        chat()\n    except OSError as error:\n        pytest.fail(error.read().decode())\n"
    project.write("test_calls.py", body)
    result = project.run("--record-mode=none")
    result.stdout.fnmatch_lines(["*cassette_missing*"])


@pytest.mark.parametrize("name", ["STANDIN_CASSETTES", "CASSETTE_REDIS_URL"])
def test_a_shared_place_is_the_servers_to_read(project, name):
    """What cannot be reached is told by the server, and no folder is used in its place."""
    project.env.setenv(name, "redis://127.0.0.1:1/0")
    settings = Settings(False, False, "redis://127.0.0.1:1/0", None, None, "list", (), False, (), ())
    flags, variables = settings.server_arguments("/r"), settings.server_environment()
    assert list(variables) == [name] * (name == "STANDIN_CASSETTES")
    # Its prefix would be LiteLLM's, or standin's.
    assert "--cassettes" not in flags
    assert "--load" not in flags and flags[flags.index("--policy") + 1] == "cache"
