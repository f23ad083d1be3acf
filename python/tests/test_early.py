"""Clients that are made before any test runs."""

import pytest

from conftest import tags

#: An application that has one client for its whole life.
APP = """
import os
import openai

client = openai.OpenAI(max_retries=0)
SEEN = dict(os.environ)

def ask(text):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-5-nano", messages=messages).choices[0].message.content
"""
BODY = """
import pytest
from app import ask

@pytest.mark.parametrize("number", range(6))
def test_ask(number):
    assert ask(f"Call {number}").startswith("answer")
"""


@pytest.fixture
def app(project):
    project.ini(standin="all", pythonpath=".")
    project.write("app.py", APP, "")
    return project


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
@pytest.mark.parametrize("importer", ["test", "conftest"])
def test_a_client_of_a_module_calls_for_the_test_that_runs(app, workers, importer):
    app.write("test_calls.py", BODY, "")
    if importer == "conftest":
        app.write("conftest.py", "import app\n", "")
    for expected, calls in (("MISS:RECORDED", 6), ("HIT", 6)):
        result = app.run("-v", *workers)
        result.assert_outcomes(passed=6)
        assert set(tags(result).values()) == {expected}
        assert len(app.provider.calls) == calls
    assert len(app.files()) == 6


def test_a_test_that_is_opted_out_finds_the_environment_as_it_was(app):
    app.env.setenv("OPENAI_API_KEY", "sk-of-its-own")
    body = """
import os
import pytest

def key():
    return os.environ["OPENAI_API_KEY"]

IMPORTED = key()

def test_ours():
    assert key() == IMPORTED != "sk-of-its-own"

@pytest.mark.no_standin
def test_not_ours():
    assert key() == "sk-of-its-own"
    assert "STANDIN_URL" not in os.environ

def test_ours_again():
    assert key() == IMPORTED
"""
    app.write("test_keys.py", body, "")
    for workers in ((), ("-n", "1")):
        app.run(*workers).assert_outcomes(passed=3)


def test_what_is_called_while_there_is_no_test_asks_nobody(app):
    app.write("test_calls.py", "from app import ask\n\nask('Too early')\n\ndef test_none():\n    pass\n", "")
    result = app.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*No cassette*"])
    assert app.provider.calls == []


def test_a_server_that_does_not_start_fails_tests_and_no_import(app):
    app.write("test_calls.py", "def test_none():\n    pass\n", "")
    result = app.run("--standin-args=--nonsense")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*serve did not start*", "*--nonsense*"])


@pytest.mark.parametrize("ini, arguments", [("marked", []), ("all", ["--standin-disable"]), ("all", ["--version"])])
def test_nothing_is_begun_where_not_every_test_has_a_session(project, ini, arguments):
    project.ini(standin=ini, pythonpath=".")
    project.write("test_calls.py", "import os\n\nassert 'STANDIN_URL' not in os.environ\n\ndef test_none():\n    pass\n", "")
    project.env.setenv("STANDIN_BIN", "/nowhere/standin")
    assert project.run(*arguments).ret == 0
