"""Faults of the calls that make, look at and download batches, as the SDKs of OpenAI and Anthropic meet them; what a
submission's own header fields say is about its lines."""

import time

import anthropic
import httpx
import openai
import pytest

from batching import (
    MOCKS,
    anthropic_at,
    chat_line,
    downloaded,
    ended,
    ended_messages,
    message,
    openai_at,
    submit,
    upload,
)
from jobs import control

LINES = [chat_line("first", "hi"), chat_line("second", "hi again")]


def patient(client):
    """The client with the SDK's own number of retries, and no time between them."""
    client.max_retries = 2
    client._calculate_retry_timeout = lambda *_: 0
    return client


def calls(server, method, path):
    entries = control(server, "GET", "journal")["entries"]
    return [entry for entry in entries if (entry["method"], entry["target"]) == (method, path)]


def test_an_sdk_gets_over_what_fails_at_first(mocking):
    server = mocking(MOCKS, "--fault", "status=503,path=/v1/files*,first=2;status=503,path=/v1/batches*,first=1")
    client = patient(openai_at(server))
    batch = ended(client, submit(client, LINES))
    assert batch.status == "completed" and len(downloaded(client, batch.output_file_id)) == 2
    uploads = calls(server, "POST", "/v1/files")
    assert [(entry["source"], entry["status"]) for entry in uploads] == [("fault", 503), ("fault", 503), ("job", 200)]
    submissions = calls(server, "POST", "/v1/batches")
    assert [entry["status"] for entry in submissions] == [503, 200]
    # What failed had no effect.
    assert len(client.batches.list().data) == 1
    assert len(client.files.list(purpose="batch").data) == 1


def test_messages_meet_them_in_their_own_words(mocking):
    server = mocking(MOCKS, "--fault", "status=529,path=*/batches,times=1")
    client = anthropic_at(server)
    with pytest.raises(anthropic.APIStatusError) as told:
        client.messages.batches.create(requests=[message("a", "hi")])
    assert told.value.status_code == 529 and told.value.body["error"]["type"] == "overloaded_error"
    assert client.messages.batches.list().data == []
    batch = client.messages.batches.create(requests=[message("a", "hi")])
    assert ended_messages(client, batch).request_counts.succeeded == 1


def test_fields_of_a_submission_are_about_its_lines(mocking):
    server = mocking(MOCKS)
    client = openai_at(server)
    headers = {"X-Standin-Fault": "status=500"}
    batch = ended(client, submit(client, LINES, extra_headers=headers))
    assert (batch.request_counts.completed, batch.request_counts.failed) == (0, 2)
    claude = anthropic_at(server)
    batch = claude.messages.batches.create(requests=[message("a", "hi")], extra_headers=headers)
    assert ended_messages(claude, batch).request_counts.errored == 1


def test_fields_of_other_calls_are_about_these(mocking):
    server = mocking(MOCKS)
    client = openai_at(server)
    batch = ended(client, submit(client, LINES))
    headers = {"X-Standin-Fault": "status=500"}
    for call in (
        lambda: client.batches.retrieve(batch.id, extra_headers=headers),
        lambda: client.batches.list(extra_headers=headers),
        lambda: client.files.content(batch.output_file_id, extra_headers=headers),
        lambda: client.files.create(file=("a.jsonl", b"{}\n"), purpose="batch", extra_headers=headers),
    ):
        with pytest.raises(openai.InternalServerError):
            call()
    assert client.batches.retrieve(batch.id).status == "completed"


def test_what_is_refused_is_told_as_before(mocking):
    """No fault changes what says why there is no answer, and the journal has it."""
    server = mocking(MOCKS, "--fault", "truncate,bytes=5,path=/v1/batches/*")
    with pytest.raises(openai.NotFoundError) as told:
        openai_at(server).batches.retrieve("batch_none")
    assert "batch_none" in told.value.message
    (entry,) = calls(server, "GET", "/v1/batches/batch_none")
    assert (entry["status"], entry["error"]) == (404, "job_refused")


def test_a_download_is_cut(mocking):
    server = mocking(MOCKS)
    client = openai_at(server)
    batch = ended(client, submit(client, LINES))
    whole = client.files.content(batch.output_file_id).content
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        client.files.content(batch.output_file_id, extra_headers={"X-Standin-Fault": "close,bytes=100"})
    short = client.files.content(batch.output_file_id, extra_headers={"X-Standin-Fault": "truncate,bytes=100"})
    assert short.content == whole[:100] and short.response.headers["x-standin-fault"] == "truncate,bytes=100"


def test_a_session_has_its_own(mocking):
    server = mocking(MOCKS)
    session = control(server, "POST", "sessions", {"faults": ["status=500,path=/v1/batches"]})
    inside = openai_at(server).with_options(base_url=f"{session['base_url']}/openai/v1")
    file = upload(inside, LINES)
    create = {"input_file_id": file.id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    with pytest.raises(openai.InternalServerError):
        inside.batches.create(**create)
    assert openai_at(server).batches.create(**create).input_file_id == file.id


def test_the_time_of_a_model_is_its_lines_alone(mocking):
    """A server whose models take an hour tells of batches at once."""
    server = mocking(MOCKS, "--pace", "ttft=1h")
    client = openai_at(server).with_options(timeout=30)
    batch = submit(client, LINES)
    while (found := client.batches.retrieve(batch.id)).status == "validating":
        time.sleep(0.01)
    assert found.status == "in_progress" and client.batches.cancel(batch.id).status == "cancelling"
