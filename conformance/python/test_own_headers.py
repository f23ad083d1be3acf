"""Header fields that are meant for standin and that it does not know, as the SDKs send them."""

import json
import re

import anthropic
import openai
import pytest

import jobs
import mocked
from wire import exchange

RULES = {
    "mocks": [
        {"match": {"headers": {"x-standin-scenario": "rainy"}}, "answer": "Rain."},
        {"answer": "Sun."},
    ]
}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(RULES)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("X-Standin-Falt", "x-standin-fault"),
        ("X-Standin-Sesion", "x-standin-session"),
        ("X-Standin-Cassette", "x-cassette-name"),
    ],
)
def test_a_mistake_is_told_with_what_was_meant(server, wrong, right):
    # What was answered once to the same bytes is no answer to these.
    assert mocked.ask(mocked.gpt(server), "Hi") == "Sun."
    for client in (mocked.gpt(server), mocked.claude(server)):
        with pytest.raises((openai.BadRequestError, anthropic.BadRequestError)) as told:
            mocked.ask(client, "Hi", extra_headers={wrong: "status=500"})
        assert f"`{wrong.lower()}`" in str(told.value) and f"Did you mean `{right}`?" in str(told.value)
        assert told.value.response.headers["x-standin-error"] == "header_unknown"


def test_one_that_is_like_none_is_told_with_all(server):
    with pytest.raises(openai.BadRequestError) as told:
        mocked.ask(mocked.gpt(server), "Hi", extra_headers={"X-Standin-Latency": "3s"})
    assert "x-standin-pace" in told.value.message and "x-standin-fault" in told.value.message


def test_one_that_a_mock_asks_for_is_known(server):
    client = mocked.gpt(server)
    assert mocked.ask(client, "Hi", extra_headers={"X-Standin-Scenario": "rainy"}) == "Rain."
    assert mocked.ask(client, "Hi", extra_headers={"X-Standin-Scenario": "sunny"}) == "Sun."


def test_one_that_a_mock_of_the_session_asks_for_is_known_there(server):
    base = mocked.session(server)
    rule = {"match": {"headers": {"x-standin-weather": "rainy"}}, "answer": "Rain."}
    path = f"{base.removeprefix(server.url).replace('/s/', '/_standin/sessions/')}/mocks"
    exchange(server.url, "PATCH", path, json.dumps({"mocks": [rule]}).encode())
    headers = {"X-Standin-Weather": "rainy"}
    assert mocked.ask(mocked.gpt(base), "Hi", extra_headers=headers) == "Rain."
    with pytest.raises(openai.BadRequestError):
        mocked.ask(mocked.gpt(server), "Hi", extra_headers=headers)
    with pytest.raises(openai.BadRequestError):
        mocked.ask(mocked.gpt(base), "Hi", extra_headers={"X-Standin-Wether": "rainy"})


def test_no_job_is_made_with_a_mistake(server):
    expected = re.compile("The header `x-standin-asynk` .* Did you mean `x-standin-async`[?]")
    jobs.refused(server, "chat/completions", None, expected, {"x-standin-asynk": "hold"})


def test_a_job_that_was_accepted_is_run(mocking):
    """Whatever becomes of the mock that asked for its header."""
    server = mocking(RULES)
    headers = {"x-standin-scenario": "rainy", "x-standin-async": "hold"}
    job = jobs.accepted(server, headers=headers)
    jobs.control(server, "PUT", "mocks", {"mocks": [{"answer": "Sun."}]})
    jobs.act(server, job, "release")
    envelope = jobs.ended(server, "chat/completions", job).json()
    assert envelope["status"] == "completed", envelope


def test_a_session_counts_it_as_refused(server):
    base = mocked.session(server)
    with pytest.raises(openai.BadRequestError):
        mocked.ask(mocked.gpt(base), "Hi", extra_headers={"X-Standin-Falt": "status=500"})
    id = base.rpartition("/")[2]
    assert jobs.control(server, "GET", f"sessions/{id}")["classification"] == "MISS:REFUSED"
    assert [entry["error"] for entry in mocked.journal(server) if entry.get("session") == id] == ["header_unknown"]


def test_no_batch_or_file_is_made_with_a_mistake(server):
    headers = {"X-Standin-Webhok": "https://example.com/"}
    with pytest.raises(openai.BadRequestError) as told:
        mocked.gpt(server).files.create(file=("a.jsonl", b"{}\n"), purpose="batch", extra_headers=headers)
    assert "Did you mean `x-standin-webhook`?" in told.value.message
    assert mocked.gpt(server).files.list().data == []
