"""What OpenAI tells a project's webhooks of responses in the background and of batches, read by its SDK."""

import json
import time

import openai
import pytest

import mocked
from jobs import advance, look
from receiving import Receiver, secret
from test_background import control as act, until_over
from batching import anthropic_at, chat_line, message, openai_at, until
from batching import ended as batch_ended, submit as submit_batch
from test_jobs_restart import killed
from webhooks import AT_ONCE, metric
from wire import eventually

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


# Batches


def refused_line():
    return {"custom_id": "a", "method": "GET", "url": "/v1/chat/completions", "body": {}}


def told_of(client, receiver, batch):
    """The event of a batch, the only one that there is."""
    event = the_event(client, receiver)
    assert event.data.id == batch.id and len(receiver.messages) == 1
    return event


def here(receiver):
    return {"extra_headers": {"x-standin-webhook": receiver.url()}}


def test_a_batch_that_completes(client, server, receiving):
    receiver = receiving()
    batch = submit_batch(openai_at(server), [chat_line("a", "Hello")], **here(receiver))
    event = told_of(client, receiver, batch)
    assert isinstance(event, openai.types.webhooks.BatchCompletedWebhookEvent)
    done = client.batches.retrieve(batch.id)
    # Its results are there when that is told.
    assert done.status == "completed" and client.files.content(done.output_file_id).text
    assert event.created_at == done.completed_at


def test_a_batch_that_fails(client, server, receiving):
    receiver = receiving()
    batch = submit_batch(openai_at(server), [refused_line()], **here(receiver))
    event = told_of(client, receiver, batch)
    assert isinstance(event, openai.types.webhooks.BatchFailedWebhookEvent)
    assert event.created_at == client.batches.retrieve(batch.id).failed_at


def test_a_batch_that_is_cancelled(client, server, receiving):
    receiver = receiving()
    batch = submit_batch(openai_at(server), [chat_line("a", "slowly")], **here(receiver))
    client.batches.cancel(batch.id)
    advance(server, "11m")
    event = told_of(client, receiver, batch)
    assert isinstance(event, openai.types.webhooks.BatchCancelledWebhookEvent)
    assert event.created_at == client.batches.retrieve(batch.id).cancelled_at


def test_a_batch_that_expires(mocking, receiving):
    receiver = receiving()
    server = mocking(MOCKS, *PRIVATE)
    client = openai_at(server)
    batch = submit_batch(client, [chat_line("a", "slowly")], **here(receiver))
    advance(server, "25h")
    event = told_of(mocked.gpt(server, webhook_secret=KEY), receiver, batch)
    assert isinstance(event, openai.types.webhooks.BatchExpiredWebhookEvent)
    assert event.created_at == client.batches.retrieve(batch.id).expired_at


def test_all_batches_of_openai_go_where_the_server_says(mocking, receiving):
    receiver = receiving()
    server = mocking(MOCKS, *PRIVATE, "--webhook", receiver.url())
    client = openai_at(server)
    silent = submit_batch(client, [chat_line("a", "Hello")], extra_headers={"x-standin-webhook": ""})
    # Anthropic tells nobody.
    other = anthropic_at(server).messages.batches.create(requests=[message("a", "Hello")])
    until(lambda: anthropic_at(server).messages.batches.retrieve(other.id), lambda it: it.processing_status == "ended")
    assert batch_ended(client, silent).status == "completed"
    batch = submit_batch(client, [chat_line("a", "Hello")])
    told_of(mocked.gpt(server, webhook_secret=KEY), receiver, batch)


def test_a_batch_where_nothing_may_be_sent(mocking, receiving):
    server = mocking(MOCKS)
    with pytest.raises(openai.BadRequestError, match="--webhook-secret"):
        submit_batch(openai_at(server), [chat_line("a", "Hello")], **here(receiving()))
    assert openai_at(server).batches.list().data == []
    server = mocking(MOCKS, "--webhook-secret", KEY)
    with pytest.raises(openai.BadRequestError, match="--webhook-allow-private"):
        submit_batch(openai_at(server), [chat_line("a", "Hello")], **here(receiving()))


def test_a_batch_is_told_again_and_given_up(mocking, receiving):
    receiver, patient = receiving(500, 204), receiving(500)
    server = mocking(MOCKS, *PRIVATE, *AT_ONCE)
    client = openai_at(server)
    sdk = mocked.gpt(server, webhook_secret=KEY)
    batch = submit_batch(client, [chat_line("a", "Hello")], **here(receiver))
    got = receiver.got(2)
    assert {unwrapped(sdk, one).data.id for one in got} == {batch.id}
    assert len({one.id for one in got}) == 1 == len({one.body for one in got})
    submit_batch(client, [chat_line("a", "Hello")], **here(patient))
    patient.got(10)
    eventually(lambda: attempts(server, "given_up") == 1, "it is given up")
    assert (attempts(server, "delivered"), attempts(server, "again")) == (1, 10)
    assert any("is given up after 10 attempts" in line for line in server.log)
    advance(server, "72h")
    last = submit_batch(client, [chat_line("a", "Hello")], **here(receiving()))
    batch_ended(client, last)
    assert len(patient.messages) == 10


def attempts(server, result):
    return metric(server, "standin_webhook_attempts_total", result=result)


def test_receivers_that_hang_stop_no_batch(mocking, receiving):
    receiver = receiving(Receiver.hang)
    server = mocking(MOCKS, *PRIVATE)
    client = openai_at(server)
    for _ in range(6):
        submit_batch(client, [chat_line("a", "Hello")], **here(receiver))
    receiver.got(6)
    other = receiving()
    batch = submit_batch(client, [chat_line("a", "Hello")], **here(other))
    told_of(mocked.gpt(server, webhook_secret=KEY), other, batch)


def test_the_end_of_a_batch_outlives_a_kill(serve, receiving, tmp_path):
    receiver = receiving(500)
    file = tmp_path / "jobs.sqlite"
    server = serve("--jobs", file, *PRIVATE)
    batches = [submit_batch(openai_at(server), [chat_line("a", "Hello")], **here(receiver)) for _ in range(5)]
    receiver.got(2)
    killed(server)
    receiver.script = [204]
    server = serve("--jobs", file, *PRIVATE, "--job-lease", "1s")
    # What was being told, or run, is somebody's for a while; the others wait for their next attempt.
    advance(server, "30s")
    sdk = mocked.gpt(server, webhook_secret=KEY)
    eventually(lambda: {one.about for one in receiver.messages} == {batch.id for batch in batches}, "all are told", 60)
    eventually(lambda: attempts(server, "delivered") == 5, "all are taken", 60)
    ids = {}
    for one in receiver.messages:
        assert unwrapped(sdk, one).type == "batch.completed"
        ids.setdefault(one.about, set()).add((one.id, one.body))
    assert all(len(seen) == 1 for seen in ids.values())
