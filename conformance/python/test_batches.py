"""Batches of OpenAI and Anthropic, by their own SDKs: submitted, polled to their end, downloaded, cancelled, listed,
and gone on with by a server that was started after a kill."""

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
    mocks,
    openai_at,
    submit,
    until,
    upload,
)


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(MOCKS)


@pytest.fixture(scope="module")
def client(server):
    return openai_at(server)


@pytest.fixture(scope="module")
def claude(server):
    return anthropic_at(server)


def test_lines_are_answered_by_the_mocks_that_answer_calls(client):
    lines = [chat_line("first", "hi"), chat_line("second", "refuse me"), chat_line("third", "hi again")]
    batch = submit(client, lines, metadata={"for": "a test"})
    assert batch.status == "validating" and batch.metadata == {"for": "a test"}
    batch = ended(client, batch)
    counts = batch.request_counts
    assert (batch.status, counts.total, counts.completed, counts.failed) == ("completed", 3, 2, 1)
    assert batch.created_at <= batch.in_progress_at <= batch.finalizing_at <= batch.completed_at < batch.expires_at
    output = downloaded(client, batch.output_file_id)
    assert [line["custom_id"] for line in output] == ["first", "third"]
    for line in output:
        completion = openai.types.chat.ChatCompletion.model_validate(line["response"]["body"])
        assert completion.choices[0].message.content == "as it was written"
        assert (line["response"]["status_code"], line["error"]) == (200, None)
    [refused] = downloaded(client, batch.error_file_id)
    assert (refused["custom_id"], refused["response"]["status_code"]) == ("second", 429)
    assert refused["response"]["body"]["error"]["code"] == "rate_limit_exceeded"


def test_other_endpoints_are_answered_too(serve):
    client = openai_at(serve())
    for endpoint, body, look in [
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "a"}, lambda body: len(body["data"])),
        ("/v1/responses", {"model": "gpt-4o", "input": "a"}, lambda body: len(body["output"])),
        ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "a"}, lambda body: len(body["choices"])),
        ("/v1/moderations", {"model": "omni-moderation-latest", "input": "a"}, lambda body: len(body["results"])),
    ]:
        line = {"custom_id": "a", "method": "POST", "url": endpoint, "body": body}
        batch = ended(client, submit(client, [line], endpoint))
        assert (batch.status, batch.error_file_id) == ("completed", None), endpoint
        [line] = downloaded(client, batch.output_file_id)
        assert look(line["response"]["body"]) == 1


def test_what_is_wrong_with_a_file_is_told_line_by_line(client):
    lines = [chat_line("a", "x"), chat_line("a", "x"), chat_line("b", "x", "/v1/embeddings"), {"custom_id": "c"}]
    batch = ended(client, submit(client, lines))
    assert batch.status == "failed" and batch.output_file_id is None and batch.failed_at
    told = [(error.line, error.code) for error in batch.errors.data]
    assert told == [(2, "duplicate_custom_id"), (3, "invalid_url"), (4, "missing_required_parameter")]
    assert ended(client, submit(client, [])).errors.data[0].code == "empty_file"


def test_what_cannot_be_is_refused_at_once(client):
    file = upload(client, [chat_line("a", "x")])
    with pytest.raises(openai.BadRequestError) as refused:
        client.batches.create(input_file_id=file.id, endpoint="/v1/none", completion_window="24h")
    assert refused.value.param == "endpoint"
    with pytest.raises(openai.BadRequestError) as refused:
        client.batches.create(input_file_id="file-none", endpoint="/v1/embeddings", completion_window="24h")
    assert refused.value.param == "input_file_id"
    other = client.files.create(file=("a.txt", b"a"), purpose="user_data")
    with pytest.raises(openai.BadRequestError):
        client.batches.create(input_file_id=other.id, endpoint="/v1/embeddings", completion_window="24h")
    with pytest.raises(openai.BadRequestError):
        client.files.create(file=("a.txt", b"a"), purpose="fun")
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_none")
    keyless = httpx.get(f"{client.base_url}batches")
    assert keyless.status_code == 401


def test_files_are_kept_and_deleted(client):
    content = "{}\nwith ümläuts\n".encode()
    file = client.files.create(file=("a.jsonl", content), purpose="batch")
    assert (file.bytes, file.filename, file.purpose) == (len(content), "a.jsonl", "batch")
    assert client.files.retrieve(file.id) == file
    assert client.files.content(file.id).read() == content
    assert file.id in [listed.id for listed in client.files.list(purpose="batch")]
    assert file.id not in [listed.id for listed in client.files.list(purpose="vision")]
    assert client.files.delete(file.id).deleted
    for look in client.files.retrieve, client.files.content, client.files.delete:
        with pytest.raises(openai.NotFoundError):
            look(file.id)


def test_lists_have_pages(serve):
    client = openai_at(serve())
    batches = [submit(client, [chat_line("a", "x")]).id for _ in range(5)]
    newest_first = batches[::-1]
    page = client.batches.list(limit=2)
    assert ([batch.id for batch in page.data], page.has_more) == (newest_first[:2], True)
    assert [batch.id for batch in client.batches.list(limit=2)] == newest_first
    files = [file.id for file in client.files.list(limit=3, order="asc", purpose="batch")]
    assert len(files) == 5 and files == [client.batches.retrieve(id).input_file_id for id in batches]
    claude = anthropic_at(serve())
    batches = [claude.messages.batches.create(requests=[message("a", "x")]).id for _ in range(5)]
    assert [batch.id for batch in claude.messages.batches.list(limit=2)] == batches[::-1]
    before = claude.messages.batches.list(limit=2, before_id=batches[1])
    assert ([batch.id for batch in before.data], before.has_more) == ([batches[3], batches[2]], True)
    assert (before.first_id, before.last_id) == (batches[3], batches[2])
    assert {batch.id for batch in before} == set(batches[2:])


def test_a_cancelled_batch_keeps_what_was_answered(serve, tmp_path):
    server = serve("--mocks", mocks(tmp_path))
    client = openai_at(server)
    # More lines that never end than are answered at once: the rest waits behind them.
    lines = [chat_line("quick", "hi"), *(chat_line(f"slow-{at}", "slowly") for at in range(30))]
    batch = submit(client, lines)
    until(lambda: client.batches.retrieve(batch.id), lambda found: found.request_counts.completed == 1)
    cancelled = client.batches.cancel(batch.id)
    assert cancelled.status == "cancelling" and cancelled.cancelling_at
    assert client.batches.retrieve(batch.id).status == "cancelling"
    # Lines that are being answered are waited for, as the vendor does, and no longer than it does.
    advance(server, "10m")
    batch = ended(client, batch)
    assert (batch.status, batch.request_counts.completed, batch.completed_at) == ("cancelled", 1, None)
    assert [line["custom_id"] for line in downloaded(client, batch.output_file_id)] == ["quick"]
    errors = downloaded(client, batch.error_file_id)
    assert [line["custom_id"] for line in errors] == [line["custom_id"] for line in lines[1:]]
    assert {line["error"]["code"] for line in errors} == {"batch_cancelled"}


def advance(server, by):
    httpx.post(f"{server.url}/_standin/jobs/advance", json={"by": by}).raise_for_status()


def test_messages_are_answered_by_the_mocks_that_answer_calls(claude, server):
    requests = [message("first", "hi"), message("second", "refuse me")]
    batch = claude.messages.batches.create(requests=requests)
    assert batch.processing_status == "in_progress" and batch.results_url is None
    batch = ended_messages(claude, batch)
    counts = batch.request_counts
    assert (counts.processing, counts.succeeded, counts.errored) == (0, 1, 1)
    assert batch.results_url.startswith(f"{server.url}/anthropic/v1/messages/batches/")
    results = {result.custom_id: result.result for result in claude.messages.batches.results(batch.id)}
    assert results["first"].type == "succeeded"
    assert results["first"].message.content[0].text == "as it was written"
    assert results["second"].type == "errored"
    assert results["second"].error.error.type == "rate_limit_error"


def test_a_batch_of_messages_is_cancelled_and_deleted(serve, tmp_path):
    server = serve("--mocks", mocks(tmp_path))
    claude = anthropic_at(server)
    batch = claude.messages.batches.create(requests=[message(f"slow-{at}", "slowly") for at in range(30)])
    with pytest.raises(anthropic.AnthropicError):
        claude.messages.batches.results(batch.id)
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.batches.delete(batch.id)
    cancelled = claude.messages.batches.cancel(batch.id)
    assert cancelled.processing_status == "canceling" and cancelled.cancel_initiated_at
    advance(server, "10m")
    batch = ended_messages(claude, batch)
    assert (batch.request_counts.canceled, batch.request_counts.processing) == (30, 0)
    assert {result.result.type for result in claude.messages.batches.results(batch.id)} == {"canceled"}
    over = claude.messages.batches.create(requests=[message("a", "hi")])
    over = ended_messages(claude, over)
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.batches.cancel(over.id)
    assert claude.messages.batches.delete(over.id).id == over.id
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.batches.retrieve(over.id)


def test_requests_that_cannot_be_are_refused_at_once(claude):
    for requests in [], [message("a", "x"), message("a", "x")], [message("not a name", "x")]:
        with pytest.raises(anthropic.BadRequestError):
            claude.messages.batches.create(requests=requests)


def test_time_that_is_moved_on_ends_batches_and_files(serve, tmp_path):
    server = serve("--mocks", mocks(tmp_path))
    client, claude = openai_at(server), anthropic_at(server)
    batch = submit(client, [chat_line("quick", "hi"), chat_line("slow", "slowly")])
    messages = claude.messages.batches.create(requests=[message("quick", "hi"), message("slow", "slowly")])
    until(lambda: client.batches.retrieve(batch.id), lambda found: found.request_counts.completed == 1)
    advance(server, "24h")
    batch = ended(client, batch)
    assert batch.status == "expired" and batch.expired_at
    assert [line["custom_id"] for line in downloaded(client, batch.output_file_id)] == ["quick"]
    [late] = downloaded(client, batch.error_file_id)
    assert (late["custom_id"], late["error"]["code"]) == ("slow", "batch_expired")
    messages = ended_messages(claude, messages)
    assert messages.request_counts.expired >= 1
    results = {result.custom_id: result.result.type for result in claude.messages.batches.results(messages.id)}
    assert results["slow"] == "expired"
    advance(server, "720h")
    for file in batch.input_file_id, batch.output_file_id:
        with pytest.raises(openai.NotFoundError):
            client.files.retrieve(file)
    archived = claude.messages.batches.retrieve(messages.id)
    assert archived.archived_at and archived.results_url is None


def test_any_custom_id_of_a_sane_length_comes_back(serve, tmp_path):
    client = openai_at(serve("--mocks", mocks(tmp_path), "--jobs", tmp_path / "jobs.sqlite"))
    ids = ["\0", "a\0b", "ä" * 512, " ", '"']
    batch = ended(client, submit(client, [chat_line(id, "hi") for id in ids]))
    assert [line["custom_id"] for line in downloaded(client, batch.output_file_id)] == ids
    refused = ended(client, submit(client, [chat_line("x" * 513, "hi")]))
    assert (refused.status, refused.errors.data[0].code) == ("failed", "string_above_max_length")


def test_a_batch_goes_on_after_a_kill(serve, tmp_path):
    # Nobody else has the file: no lease is waited for.
    arguments = ["--jobs", tmp_path / "jobs.sqlite", "--job-lease", "1h"]
    first = serve("--mocks", mocks(tmp_path), *arguments)
    client, claude = openai_at(first), anthropic_at(first)
    # The slow lines hold all places after the quick ones have been answered.
    lines = [chat_line(f"quick-{at}", "hi") for at in range(20)] + [
        chat_line(f"slow-{at}", "slowly") for at in range(20)
    ]
    batch = submit(client, lines)
    messages = claude.messages.batches.create(requests=[message("quick", "hi"), message("slow", "slowly")])
    before = until(lambda: client.batches.retrieve(batch.id), lambda found: found.request_counts.completed == 20)
    first.kill()
    # The one that goes on answers all of them at once.
    second = serve(*arguments)
    client, claude = openai_at(second), anthropic_at(second)
    after = ended(client, batch)
    assert (after.status, after.request_counts.completed) == ("completed", 40)
    assert (after.created_at, after.in_progress_at) == (before.created_at, before.in_progress_at)
    output = downloaded(client, after.output_file_id)
    assert [line["custom_id"] for line in output] == [line["custom_id"] for line in lines]
    said = [line["response"]["body"]["choices"][0]["message"]["content"] for line in output]
    # What was answered before the kill is not answered again, and the other lines are.
    assert all((text == "as it was written") == (at < 20) for at, text in enumerate(said))
    ended_messages(claude, messages)
    assert {result.result.type for result in claude.messages.batches.results(messages.id)} == {"succeeded"}
