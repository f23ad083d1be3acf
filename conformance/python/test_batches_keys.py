"""Batches of OpenAI and Anthropic, by their own SDKs: whose they are. A file or a batch of a virtual key is there for
callers with that key alone, and what nobody's key made is everybody's."""

import anthropic
import httpx
import openai
import pytest

from jobs import NO_KEY, advance, control
from batching import (
    MOCKS,
    chat_line,
    downloaded,
    ended,
    ended_messages,
    message,
    mocks,
    submit,
    until,
    upload,
)

ONE, TWO, UNKNOWN = "sk-bf-one", "sk-bf-two", "sk-bf-unknown"
KEYS = [
    {"id": "one", "value": ONE},
    {"id": "two", "value": TWO},
    {"id": "idle", "value": "sk-bf-idle", "active": False},
    {"id": "mini", "value": "sk-bf-mini", "models": ["gpt-4o-mini", "anthropic/claude-haiku-4-5"]},
    {"id": "claude", "value": "sk-bf-claude", "providers": ["anthropic"]},
    {"id": "poor", "value": "sk-bf-poor", "budget_requests": 2},
]
#: Who is neither the first nor nobody in particular.
OTHERS = [None, TWO, UNKNOWN]


def keyed(server):
    control(server, "PUT", "virtual-keys", KEYS)
    return server


def headers(key):
    return {} if key is None else {"x-bf-vk": key}


def gpt(server, key, api_key="none"):
    url = f"{server.url}/openai/v1"
    return openai.OpenAI(base_url=url, api_key=api_key, max_retries=0, default_headers=headers(key))


def claude(server, key):
    url = f"{server.url}/anthropic"
    return anthropic.Anthropic(base_url=url, api_key="none", max_retries=0, default_headers=headers(key))


@pytest.fixture(scope="module")
def server(mocking):
    return keyed(mocking(MOCKS))


def not_found(look, id):
    """What is said of something that is not there, whatever is its id."""
    with pytest.raises((openai.NotFoundError, anthropic.NotFoundError)) as refused:
        look(id)
    body = dict(refused.value.body)
    body.pop("request_id", None)
    return str(body).replace(id, "ID")


def test_a_file_is_there_for_its_owner_alone(server):
    one = gpt(server, ONE)
    file = upload(one, [chat_line("a", "hi")])
    for key in OTHERS:
        other = gpt(server, key)
        for look in other.files.retrieve, other.files.content, other.files.delete:
            assert not_found(look, file.id) == not_found(look, "file-none"), key
        assert file.id not in [listed.id for listed in other.files.list()]
        with pytest.raises(openai.NotFoundError):
            other.files.list(after=file.id)
    assert one.files.retrieve(file.id) == file
    assert file.id in [listed.id for listed in one.files.list()]
    assert b"custom_id" in one.files.content(file.id).read()
    assert one.files.delete(file.id).deleted
    not_found(one.files.retrieve, file.id)


def refusal_of_input(client, id):
    with pytest.raises(openai.BadRequestError) as refused:
        client.batches.create(input_file_id=id, endpoint="/v1/chat/completions", completion_window="24h")
    assert refused.value.param == "input_file_id"
    return str(refused.value.body).replace(id, "ID")


def test_a_file_is_read_by_its_owners_batches_alone(server):
    file = upload(gpt(server, ONE), [chat_line("a", "hi")])
    for key in None, TWO:
        other = gpt(server, key)
        assert refusal_of_input(other, file.id) == refusal_of_input(other, "file-none")
    one = gpt(server, ONE)
    create = {"input_file_id": file.id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    assert ended(one, one.batches.create(**create)).status == "completed"


def test_a_batch_and_its_results_are_there_for_its_owner_alone(server):
    one = gpt(server, ONE)
    batch = ended(one, submit(one, [chat_line("a", "hi"), chat_line("b", "refuse me")]))
    for key in OTHERS:
        other = gpt(server, key)
        for look in other.batches.retrieve, other.batches.cancel:
            assert not_found(look, batch.id) == not_found(look, "batch_none"), key
        for file in batch.output_file_id, batch.error_file_id:
            for look in other.files.retrieve, other.files.content, other.files.delete:
                assert not_found(look, file) == not_found(look, "file-none"), key
        assert batch.id not in [listed.id for listed in other.batches.list()]
        with pytest.raises(openai.NotFoundError):
            other.batches.list(after=batch.id)
    assert batch.id in [listed.id for listed in one.batches.list()]
    assert {batch.output_file_id, batch.error_file_id} <= {file.id for file in one.files.list()}
    assert [line["custom_id"] for line in downloaded(one, batch.output_file_id)] == ["a"]


def test_a_batch_is_cancelled_by_its_owner_alone(serve, tmp_path):
    server = keyed(serve("--mocks", mocks(tmp_path)))
    one, two = gpt(server, ONE), gpt(server, TWO)
    batch = submit(one, [chat_line("slow", "slowly")])
    until(lambda: one.batches.retrieve(batch.id), lambda found: found.status == "in_progress")
    not_found(two.batches.cancel, batch.id)
    assert one.batches.retrieve(batch.id).status == "in_progress"
    assert one.batches.cancel(batch.id).status == "cancelling"
    advance(server, "10m")
    assert ended(one, batch).status == "cancelled"


def test_a_batch_of_messages_is_there_for_its_owner_alone(server):
    one = claude(server, ONE)
    batch = ended_messages(one, one.messages.batches.create(requests=[message("a", "hi")]))
    for key in OTHERS:
        other = claude(server, key)
        batches = other.messages.batches
        for look in batches.retrieve, batches.cancel, batches.delete:
            assert not_found(look, batch.id) == not_found(look, "msgbatch_none"), key
        # The SDK asks for the batch before it asks for the results.
        asked = httpx.get(batch.results_url, headers={"x-api-key": "none", "anthropic-version": "2023-06-01"} | headers(key))
        assert (asked.status_code, asked.json()["error"]["type"]) == (404, "not_found_error")
        assert batch.id not in [listed.id for listed in batches.list()]
    assert batch.id in [listed.id for listed in one.messages.batches.list()]
    assert [result.custom_id for result in one.messages.batches.results(batch.id)] == ["a"]
    assert one.messages.batches.delete(batch.id).id == batch.id


def test_what_nobodys_key_made_is_everybodys(server):
    nobody = gpt(server, None)
    file = upload(nobody, [chat_line("a", "hi")])
    create = {"input_file_id": file.id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    batch = ended(nobody, nobody.batches.create(**create))
    nobodys = claude(server, None).messages.batches.create(requests=[message("a", "hi")])
    assert batch.id in [listed.id for listed in nobody.batches.list()]
    for key in [ONE, TWO, UNKNOWN]:
        client = gpt(server, key)
        assert client.batches.retrieve(batch.id) == batch
        assert downloaded(client, batch.output_file_id) == downloaded(nobody, batch.output_file_id)
        assert claude(server, key).messages.batches.retrieve(nobodys.id).id == nobodys.id
        # A list has what is one's own. An unknown key has nothing of its own.
        listed = [listed.id for listed in client.batches.list()]
        assert (batch.id in listed) == (key == UNKNOWN)
    one = gpt(server, ONE)
    batch = ended(one, one.batches.create(**create))
    assert batch.status == "completed"
    not_found(nobody.files.retrieve, batch.output_file_id)


def test_an_unknown_key_makes_nothing(server):
    client, other = gpt(server, UNKNOWN), claude(server, UNKNOWN)
    file = upload(gpt(server, None), [chat_line("a", "hi")])
    create = {"input_file_id": file.id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    for make in lambda: upload(client, []), lambda: client.batches.create(**create):
        with pytest.raises(openai.BadRequestError) as refused:
            make()
        assert (refused.value.body["message"], refused.value.type) == (NO_KEY, "virtual_key_not_found")
    with pytest.raises(anthropic.BadRequestError) as refused:
        other.messages.batches.create(requests=[message("a", "hi")])
    assert refused.value.body["type"] == "error"
    assert (refused.value.body["error"]["message"], refused.value.type) == (NO_KEY, "virtual_key_not_found")


def test_a_key_where_the_vendors_own_is(server):
    one = gpt(server, None, api_key=ONE)
    file = upload(one, [chat_line("a", "hi")])
    assert gpt(server, ONE).files.retrieve(file.id) == file
    not_found(gpt(server, None).files.retrieve, file.id)


def answers(server, key, *models):
    """The status and the type of the error, where there is one, that each line of a batch is answered with."""
    client = gpt(server, key)
    lines = [chat_line(str(at), "hi") for at in range(len(models))]
    for line, model in zip(lines, models, strict=True):
        line["body"]["model"] = model
    batch = ended(client, submit(client, lines))
    assert batch.status == "completed" and batch.request_counts.total == len(models)
    files = [file for file in (batch.output_file_id, batch.error_file_id) if file]
    found = [line for file in files for line in downloaded(client, file)]
    found.sort(key=lambda line: int(line["custom_id"]))
    responses = [line["response"] for line in found]
    return [(one["status_code"], one["body"].get("error", {}).get("type")) for one in responses]


def test_lines_are_answered_with_the_owners_rights(server):
    assert answers(server, "sk-bf-idle", "gpt-4o") == [(403, "virtual_key_blocked")]
    assert answers(server, "sk-bf-claude", "gpt-4o") == [(403, "provider_blocked")]
    assert answers(server, "sk-bf-mini", "gpt-4o-mini") == [(200, None)]
    assert answers(server, "sk-bf-mini", "gpt-4o") == [(403, "model_blocked")]
    assert answers(server, ONE, "gpt-4o") == answers(server, None, "gpt-4o") == [(200, None)]
    counted = answers(server, "sk-bf-poor", *["gpt-4o"] * 5)
    assert sorted(counted, key=str) == [(200, None)] * 2 + [(402, "budget_exceeded")] * 3


def test_messages_are_answered_with_the_owners_rights(server):
    for key, model, told in [
        ("sk-bf-mini", "claude-haiku-4-5", None),
        ("sk-bf-mini", "claude-sonnet-4-5", "model_blocked"),
        ("sk-bf-claude", "claude-sonnet-4-5", None),
        ("sk-bf-idle", "claude-sonnet-4-5", "virtual_key_blocked"),
    ]:
        client = claude(server, key)
        request = message("a", "hi")
        request["params"]["model"] = model
        batch = ended_messages(client, client.messages.batches.create(requests=[request]))
        [result] = [found.result for found in client.messages.batches.results(batch.id)]
        assert result.type == ("succeeded" if told is None else "errored"), key
        assert told is None or result.error.error.type == told


def test_a_key_is_asked_for_when_lines_are_answered(serve, tmp_path):
    server = keyed(serve("--mocks", mocks(tmp_path), "--jobs-without-key", "fail"))
    assert answers(server, None, "gpt-4o") == [(401, "virtual_key_required")]
    assert answers(server, ONE, "gpt-4o") == [(200, None)]


def test_a_key_is_asked_for_at_once(serve, tmp_path):
    server = keyed(serve("--mocks", mocks(tmp_path), "--jobs-without-key", "refuse"))
    with pytest.raises(openai.AuthenticationError):
        upload(gpt(server, None), [chat_line("a", "hi")])
    with pytest.raises(anthropic.AuthenticationError):
        claude(server, None).messages.batches.create(requests=[message("a", "hi")])
    assert answers(server, ONE, "gpt-4o") == [(200, None)]


def test_an_owner_outlives_a_kill_and_the_keys_value(serve, tmp_path):
    arguments = ["--mocks", mocks(tmp_path), "--jobs", tmp_path / "jobs.sqlite"]
    first = keyed(serve(*arguments))
    one = gpt(first, ONE)
    batch = ended(one, submit(one, [chat_line("a", "hi")]))
    messages = claude(first, ONE).messages.batches.create(requests=[message("a", "hi")])
    first.kill()
    second = serve(*arguments)
    # Whoever knows no keys knows of nothing that belongs to one.
    not_found(gpt(second, ONE).batches.retrieve, batch.id)
    control(second, "PUT", "virtual-keys", [{"id": "one", "value": "sk-bf-new"}])
    new = gpt(second, "sk-bf-new")
    assert new.batches.retrieve(batch.id) == batch
    assert [listed.id for listed in new.batches.list()] == [batch.id]
    assert {file.id for file in new.files.list()} == {batch.input_file_id, batch.output_file_id}
    assert ended_messages(claude(second, "sk-bf-new"), messages).id == messages.id
    for key in None, ONE:
        assert list(gpt(second, key).batches.list()) == list(gpt(second, key).files.list()) == []
        not_found(claude(second, key).messages.batches.retrieve, messages.id)
