"""A call that asks for a response in the background, sent again with the same `Idempotency-Key`."""

import json

import openai
import pytest

import mocked
from jobs import advance, control
from test_background import until_over
from test_jobs_restart import killed
from test_webhooks_openai import MOCKS, begin, client, server  # noqa: F401
from wire import all_at_once, exchange


def keyed(key, **others):
    return {"extra_headers": {"Idempotency-Key": key}} | others


def responses(server):
    return len(control(server, "GET", "jobs")["jobs"])


def test_the_same_again_is_the_same_response(client, server):
    before = responses(server)
    first = begin(client, **keyed("same"))
    assert client.responses.with_raw_response.retrieve(first.id).headers.get("idempotent-replayed") is None
    raw = client.responses.with_raw_response.create(
        model="gpt-5-mini", input="Hello", background=True, extra_headers={"Idempotency-Key": "same"}
    )
    assert raw.headers["idempotent-replayed"] == "true"
    assert raw.parse().id == first.id
    done = until_over(client, first.id)[-1]
    again = begin(client, **keyed("same"))
    assert again == done
    assert responses(server) == before + 1


def test_the_order_of_members_is_no_difference(client, server):
    body = {"model": "gpt-5-mini", "input": "order", "background": True}
    headers = {"Content-Type": "application/json", "Authorization": "Bearer x", "Idempotency-Key": "order"}

    def post(body):
        return exchange(server.url, "POST", "/v1/responses", json.dumps(body, indent=2).encode(), headers)

    first = post(body)
    assert first.status == 200 and first.header("idempotent-replayed") is None
    assert post(dict(reversed(body.items()))).json()["id"] == first.json()["id"]


def test_the_same_key_for_something_else(client, server):
    first = begin(client, text="in turn", **keyed("other"))
    before = responses(server)
    with pytest.raises(openai.UnprocessableEntityError, match="Idempotency-Key"):
        begin(client, text="in turn, but otherwise", **keyed("other"))
    assert responses(server) == before
    assert begin(client, text="in turn", **keyed("other")).id == first.id
    # Nobody's turn was used up by what was refused or repeated.
    texts = [until_over(client, begin(client, text="in turn").id)[-1].output_text for _ in range(2)]
    assert texts == ["two", "three"]


def test_without_a_key_or_with_an_empty_one_each_is_its_own(client):
    assert begin(client).id != begin(client).id
    assert begin(client, **keyed("")).id != begin(client, **keyed("")).id


def test_a_key_that_is_too_long(client, server):
    before = responses(server)
    with pytest.raises(openai.BadRequestError, match="Idempotency-Key"):
        begin(client, **keyed("k" * 256))
    assert responses(server) == before


def test_many_at_once_are_one(mocking):
    server = mocking(MOCKS)
    client = mocked.gpt(server)
    answers = all_at_once(30, lambda _: begin(client, **keyed("many")))
    assert len({answer.id for answer in answers}) == 1
    assert responses(server) == 1


def test_a_stream_again(client):
    def read():
        with begin(client, stream=True, **keyed("stream")) as stream:
            return list(stream)

    first, second = read(), read()
    assert [event.type for event in first] == [event.type for event in second]
    assert first[-1].response == second[-1].response


def test_one_message_for_both(client, receiving):
    receiver = receiving()
    first = begin(client, receiver, **keyed("told"))
    receiver.got()
    assert begin(client, receiver, **keyed("told")).id == first.id
    begin(client, receiver, text="another")
    assert [one.about for one in receiver.got(2)].count(first.id) == 1


def test_a_key_outlives_a_kill(serve, tmp_path):
    file = tmp_path / "jobs.sqlite"
    server = serve("--jobs", file)
    first = begin(mocked.gpt(server), **keyed("kill"))
    killed(server)
    server = serve("--jobs", file)
    assert begin(mocked.gpt(server), **keyed("kill")).id == first.id
    until_over(mocked.gpt(server), first.id)
    advance(server, "25h")
    assert begin(mocked.gpt(server), **keyed("kill")).id != first.id


def test_a_key_means_nothing_for_what_is_answered_at_once(client, server):
    before = responses(server)
    for text in ("Hello", "Hello", "Something else"):
        raw = client.responses.with_raw_response.create(
            model="gpt-5-mini", input=text, extra_headers={"Idempotency-Key": "plain"}
        )
        assert raw.parse().status == "completed" and "idempotent-replayed" not in raw.headers
    assert responses(server) == before
