"""The official SDKs under workers, from the first run to the last."""

import pytest

from conftest import SDKS, tags

SUITE = """
import uuid

pytestmark = pytest.mark.standin

@pytest.mark.parametrize("number", range(4))
def test_openai(number):
    assert chat(f"Call {number}").startswith("answer")

def test_openai_streams():
    stream = openai.OpenAI().chat.completions.create(
        model="gpt-5-nano", messages=[{"role": "user", "content": "Stream!"}], stream=True
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream).startswith("answer")

@pytest.mark.asyncio
async def test_openai_async():
    client = openai.AsyncOpenAI()
    answer = await client.chat.completions.create(model="gpt-5-nano", messages=[{"role": "user", "content": "Async!"}])
    assert answer.choices[0].message.content.startswith("answer")

@pytest.mark.parametrize("number", range(4))
def test_anthropic(number):
    assert say(f"Call {number}").startswith("answer")

def test_both():
    assert chat("One") != say("Two")
"""
FAILING = """
import os

@pytest.mark.standin
def test_fails():
    chat("What is it?")
    assert "FAIL" not in os.environ, chat("Why?")
"""
OVERFLOWING = """
import secrets
import openai
import pytest

@pytest.mark.standin
def test_asks_something_else_each_time():
    client = openai.OpenAI()
    for _ in range(26):
        messages = [{"role": "user", "content": f"Request {secrets.token_hex(6)}"}]
        client.chat.completions.create(model="gpt-5-nano", messages=messages)
"""


@pytest.fixture(params=["folder", "redis"])
def stored(request, project):
    """What is stored by now: in files, or in a Redis."""
    return project.files if request.param == "folder" else request.getfixturevalue("shared").values


@pytest.fixture
def suite(project):
    project.write("test_suite.py", SUITE, SDKS)
    project.write("test_failing.py", FAILING, SDKS)
    return project


def test_the_first_run_records_the_second_asks_nobody_and_a_failure_changes_nothing(suite, stored):
    first = suite.run("-n", "4", "-v")
    first.assert_outcomes(passed=12)
    assert set(tags(first).values()) == {"MISS:RECORDED"}
    assert len(suite.provider.calls) == 13
    files = stored()
    assert len(files) == 12

    second = suite.run("-n", "4", "-v", "--record-mode=none", "--block-network")
    second.assert_outcomes(passed=12)
    assert set(tags(second).values()) == {"HIT"}
    second.stdout.fnmatch_lines(["  ?HIT? 12", "  PASS: *"])
    assert len(suite.provider.calls) == 13
    assert stored() == files

    suite.env.setenv("FAIL", "1")
    third = suite.run("-n", "4", "-v", "--record-mode=new_episodes")
    third.assert_outcomes(passed=11, failed=1)
    assert tags(third)["test_failing.py::test_fails"] == "PARTIAL"
    assert len(suite.provider.calls) == 14
    assert stored() == files


def test_random_ids_end_in_overflow(project, stored):
    project.write("test_overflow.py", OVERFLOWING, "")
    seen = []
    for expected in ("MISS:RECORDED", "MISS:OVERFLOW"):
        result = project.run("-n", "4", "-v", "--standin-policy=cache")
        result.assert_outcomes(passed=1)
        assert list(tags(result).values()) == [expected]
        seen.append(stored())
    assert seen[0] == seen[1]
    result.stdout.fnmatch_lines(["  FAIL: MISS:OVERFLOW=1", "*random id or the time.", "*52 interactions, and 50 are the most"])
