"""What OpenAI tells a project's webhooks of responses in the background and of batches, read by its SDK."""

import json
import time

import openai
import pytest

import mocked
from jobs import advance, control, look
from receiving import Receiver, secret
from test_background import control as act, until_over
from test_jobs_restart import killed
from test_webhooks import AT_ONCE, receiving  # noqa: F401
from wire import all_at_once, exchange

KEY = secret()
PRIVATE = ["--webhook-secret", KEY, "--webhook-allow-private"]
MOCKS = {
    "mocks": [
        {"name": "slow", "match": {"contains": "slowly"}, "answer": "at last", "pace": "ttft=1h"},
        {"name": "polled", "match": {"contains": "polled"}, "answer": "Done.", "stream": {"polls": 3}},
        {"name": "turns", "match": {"contains": "in turn"}, "answers": ["one", "two", "three"]},
        {"name": "any", "answer": "Some words that arrive."},
    ]
}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(MOCKS, *PRIVATE)


@pytest.fixture(scope="module")
def client(server):
    return mocked.gpt(server, webhook_secret=KEY)


def begin(client, receiver=None, text="Hello", **fields):
    headers = {name.replace("_", "-"): fields.pop(name) for name in list(fields) if name.startswith("x_")}
    if receiver:
        headers["x-standin-webhook"] = receiver.url()
    extra = fields.pop("extra_headers", {})
    return client.responses.create(
        model="gpt-5-mini", input=text, background=True, extra_headers={**headers, **extra}, **fields
    )


def unwrapped(client, message):
    """The event, when the SDK has verified that OpenAI, or who has its secret, sent it."""
    event = client.webhooks.unwrap(message.body, message.headers)
    assert event.object == "event" and event.id.startswith("evt_")
    assert json.loads(message.body).keys() == {"id", "object", "created_at", "type", "data"}
    return event


def the_event(client, receiver):
    return unwrapped(client, receiver.got()[0])


def uuid(identity):
    digits = identity.removeprefix("resp_")
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


# Responses


def test_a_response_that_completes(client, receiving):
    receiver = receiving()
    before = time.time()
    response = begin(client, receiver)
    event = the_event(client, receiver)
    assert isinstance(event, openai.types.webhooks.ResponseCompletedWebhookEvent)
    assert (event.type, event.data.id) == ("response.completed", response.id)
    # Nobody has polled, and what is told is true.
    done = client.responses.retrieve(response.id)
    assert (done.status, done.output_text) == ("completed", "Some words that arrive.")
    assert before - 1 <= event.created_at <= time.time() + 1
    assert len(receiver.messages) == 1


def test_a_response_that_fails(client, receiving):
    receiver = receiving()
    response = begin(client, receiver, x_standin_async="status=500")
    event = the_event(client, receiver)
    assert isinstance(event, openai.types.webhooks.ResponseFailedWebhookEvent)
    assert event.data.id == response.id
    assert client.responses.retrieve(response.id).status == "failed"


def test_a_response_that_is_cancelled(client, receiving):
    receiver = receiving()
    response = begin(client, receiver, text="slowly")
    client.responses.cancel(response.id)
    event = the_event(client, receiver)
    assert isinstance(event, openai.types.webhooks.ResponseCancelledWebhookEvent)
    assert event.data.id == response.id
    client.responses.cancel(response.id)
    assert client.responses.retrieve(response.id).status == "cancelled"
    assert len(receiver.messages) == 1


def test_a_response_that_is_incomplete(client, receiving):
    receiver = receiving()
    decides = json.dumps({"outcome": {"status": 200, "body": {"status": "incomplete"}}})
    response = begin(client, receiver, x_standin_async=decides)
    event = the_event(client, receiver)
    assert isinstance(event, openai.types.webhooks.ResponseIncompleteWebhookEvent)
    assert event.data.id == response.id
    assert client.responses.retrieve(response.id).status == "incomplete"


def test_a_simulated_response_that_is_cut_short_is_incomplete(serve, receiving):
    server = serve(*PRIVATE)
    client = mocked.gpt(server, webhook_secret=KEY)
    receiver = receiving()
    response = begin(client, receiver, text="Tell me a long story.", max_output_tokens=16)
    event = the_event(client, receiver)
    status = client.responses.retrieve(response.id).status
    assert event.type == f"response.{status}"
    assert event.data.id == response.id


def test_a_stream_is_told_of_when_it_has_ended(client, receiving):
    receiver = receiving()
    with begin(client, receiver, stream=True) as stream:
        events = list(stream)
    assert events[-1].type == "response.completed"
    assert the_event(client, receiver).data.id == events[-1].response.id


def test_what_a_test_decides_is_told(client, server, receiving):
    receiver = receiving()
    response = begin(client, receiver, x_standin_async="hold")
    other = begin(client, receiver)
    assert the_event(client, receiver).data.id == other.id
    assert client.responses.retrieve(response.id).status == "queued"
    act(server, response.id, "release")
    assert unwrapped(client, receiver.got(2)[1]).data.id == response.id
    # Polls that a test counts are counted.
    response = begin(client, receiver, x_standin_async="polls=1")
    seen = until_over(client, response.id)
    assert [each.status for each in seen][-1] == "completed" and len(seen) == 2
    assert unwrapped(client, receiver.got(3)[2]).data.id == response.id


def test_without_a_webhook_polls_decide(client):
    response = begin(client, text="polled")
    seen = [each.status for each in until_over(client, response.id)]
    assert seen == ["in_progress"] * 3 + ["completed"]


def test_all_go_where_the_server_says(mocking, receiving):
    receiver = receiving()
    server = mocking(MOCKS, *PRIVATE, "--webhook", receiver.url("/all"))
    client = mocked.gpt(server, webhook_secret=KEY)
    response = begin(client)
    assert the_event(client, receiver).data.id == response.id
    assert receiver.messages[0].path == "/all"
    # An ordinary one is told to nobody.
    client.responses.create(model="gpt-5-mini", input="Hello")
    job = look(server, uuid(begin(client, extra_headers={"x-standin-webhook": ""}).id))
    assert job["webhook"] is None
    assert len(receiver.messages) == 1


def test_azure_tells_it_as_well(mocking, receiving):
    receiver = receiving()
    server = mocking(MOCKS, *PRIVATE, "--webhook", receiver.url())
    client = openai.OpenAI(base_url=f"{server.url}/azure/openai/v1", api_key="sk-standin", webhook_secret=KEY)
    response = begin(client)
    assert the_event(client, receiver).data.id == response.id


def test_where_nothing_may_be_sent(mocking, receiving):
    server = mocking(MOCKS)
    with pytest.raises(openai.BadRequestError, match="--webhook-secret"):
        begin(mocked.gpt(server), receiving())
    server = mocking(MOCKS, "--webhook-secret", KEY)
    with pytest.raises(openai.BadRequestError, match="--webhook-allow-private"):
        begin(mocked.gpt(server), receiving())


def test_it_is_sent_again_and_survives_a_kill(serve, receiving, tmp_path):
    receiver = receiving(500, Receiver.hang, 204)
    file = tmp_path / "jobs.sqlite"
    server = serve("--jobs", file, *PRIVATE, *AT_ONCE)
    response = begin(mocked.gpt(server), receiver)
    receiver.got(2)
    killed(server)
    server = serve("--jobs", file, *PRIVATE, *AT_ONCE)
    got = receiver.got(3)
    client = mocked.gpt(server, webhook_secret=KEY)
    events = [unwrapped(client, one) for one in got]
    assert {event.data.id for event in events} == {response.id}
    assert len({event.id for event in events}) == 1 == len({one.id for one in got})
    assert client.responses.retrieve(response.id).status == "completed"


def test_the_wrong_secret_is_noticed(client, receiving):
    receiver = receiving()
    begin(client, receiver)
    (got,) = receiver.got()
    with pytest.raises(openai.InvalidWebhookSignatureError):
        client.webhooks.unwrap(got.body, got.headers, secret=secret())


# The same call, sent again


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
