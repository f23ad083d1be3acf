"""Responses that are made in the background, as the SDK asks for them."""

import openai
import pytest

import mocked
from wire import exchange

MOCKS = {
    "mocks": [
        {"name": "second", "match": {"contains": "And then?", "turns": 1}, "answer": "The second."},
        {"name": "slow", "match": {"contains": "Slowly"}, "answer": "Slow and steady wins.", "stream": {"polls": 3}},
        {
            "name": "tools",
            "match": {"contains": "weather"},
            "answer": {"tool_calls": [{"name": "weather", "arguments": {"city": "Paris"}}]},
        },
        {"name": "any", "answer": "Some words that arrive one after the other."},
    ]
}
WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}, "strict": False}
OVER = {"completed", "failed", "incomplete", "cancelled"}


@pytest.fixture(scope="module")
def server(mocking):
    return mocking(MOCKS)


@pytest.fixture(scope="module")
def client(server):
    return mocked.gpt(server)


def begin(client, text="Hello", decides=None, **fields):
    headers = {"x-standin-async": decides} if decides else None
    return client.responses.create(model="gpt-5-mini", input=text, background=True, extra_headers=headers, **fields)


def until_over(client, identity):
    seen = []
    while not seen or seen[-1].status not in OVER:
        seen.append(client.responses.retrieve(identity))
    return seen


def control(server, identity, verb):
    digits = identity.removeprefix("resp_")
    uuid = "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])
    assert exchange(server.url, "POST", f"/_standin/jobs/{uuid}/{verb}").status == 200


def test_polled_until_it_is_done(client):
    response = begin(client, "Slowly, please")
    assert (response.status, response.output, response.background, response.usage) == ("queued", [], True, None)
    seen = until_over(client, response.id)
    assert [each.status for each in seen] == ["in_progress"] * 3 + ["completed"]
    assert {each.id for each in seen} == {response.id}
    assert seen[-1].output_text == "Slow and steady wins."
    assert seen[-1].background is True and seen[-1].usage.output_tokens > 0
    items = client.responses.input_items.list(response.id)
    assert items.data[0].content[0].text == "Slowly, please"


def test_two_that_ask_the_same_are_two(client):
    assert begin(client).id != begin(client).id


def test_a_tool_is_called(client):
    response = until_over(client, begin(client, "The weather?", tools=[WEATHER]).id)[-1]
    [call] = response.output
    assert (call.type, call.name, call.arguments) == ("function_call", "weather", '{"city":"Paris"}')
    done = client.responses.create(
        model="gpt-5-mini",
        previous_response_id=response.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "Sunny"}],
    )
    assert done.previous_response_id == response.id


def test_gone_on_with(client):
    first = begin(client)
    until_over(client, first.id)
    assert client.responses.create(model="gpt-5", input="And then?", previous_response_id=first.id).output_text == "The second."
    second = begin(client, "And then?", previous_response_id=first.id)
    assert until_over(client, second.id)[-1].output_text == "The second."


def test_cancelled(client):
    response = begin(client, decides="hold")
    for _ in range(2):
        cancelled = client.responses.cancel(response.id)
        assert (cancelled.id, cancelled.status, cancelled.output) == (response.id, "cancelled", [])
    assert client.responses.retrieve(response.id).status == "cancelled"
    plain = client.responses.create(model="gpt-5-mini", input="Hello")
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(plain.id)


def test_deleted(client):
    response = begin(client)
    client.responses.delete(response.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_failed(client):
    response = until_over(client, begin(client, decides="status=500").id)[-1]
    assert (response.status, response.error.code, response.output) == ("failed", "server_error", [])
    again = until_over(client, begin(client, decides="fail-first=1,fail-status=503").id)[-1]
    assert again.status == "completed"


def test_not_to_be_stored(client):
    with pytest.raises(openai.BadRequestError) as raised:
        begin(client, store=False)
    assert raised.value.param == "store"


def test_streamed_and_resumed(client):
    whole = list(begin(client, stream=True))
    assert [event.sequence_number for event in whole] == list(range(len(whole)))
    assert [event.type for event in whole[:3]] == ["response.created", "response.queued", "response.in_progress"]
    assert whole[0].response.status == whole[1].response.status == "queued"
    identity = whole[0].response.id
    for after in (0, 2, len(whole) // 2, len(whole) - 2):
        rest = list(client.responses.retrieve(identity, stream=True, starting_after=after))
        assert rest == whole[after + 1 :]
    assert list(client.responses.retrieve(identity, stream=True)) == whole
    assert whole[-1].response == client.responses.retrieve(identity)


def test_left_and_resumed(client):
    stream = begin(client, stream=True)
    seen = []
    for event in stream:
        seen.append(event)
        if event.type == "response.output_text.delta":
            break
    stream.close()
    identity, last = seen[0].response.id, seen[-1].sequence_number
    rest = list(client.responses.retrieve(identity, stream=True, starting_after=last))
    everything = seen + rest
    assert [event.sequence_number for event in everything] == list(range(len(everything)))
    text = "".join(event.delta for event in everything if event.type == "response.output_text.delta")
    assert text == everything[-1].response.output_text == "Some words that arrive one after the other."


def test_what_was_broken_off_is_resumed(client):
    stream = client.responses.create(
        model="gpt-5-mini", input="Hello", background=True, stream=True, extra_headers={"x-standin-fault": "reset,after=6"}
    )
    seen = []
    with pytest.raises(Exception):
        for event in stream:
            seen.append(event)
    rest = list(client.responses.retrieve(seen[0].response.id, stream=True, starting_after=seen[-1].sequence_number))
    numbers = [event.sequence_number for event in seen + rest]
    assert len(rest) > 0 and numbers == list(range(len(numbers)))
    assert rest[-1].type == "response.completed"


def test_the_helper_streams_what_is_begun(server, client):
    response = begin(client, "Slowly, please", decides="hold")
    control(server, response.id, "release")
    with client.responses.stream(response_id=response.id) as stream:
        final = stream.get_final_response()
    assert (final.id, final.output_text) == (response.id, "Slow and steady wins.")
    with client.responses.stream(response_id=response.id, starting_after=4) as stream:
        assert [event.sequence_number for event in stream if hasattr(event, "sequence_number")][0] == 5


def test_released_while_it_is_read(server, client):
    kinds = []
    for event in begin(client, stream=True, decides="hold"):
        kinds.append(event.type)
        if event.type == "response.queued":
            control(server, event.response.id, "release")
    assert kinds[:3] == ["response.created", "response.queued", "response.in_progress"]
    assert kinds[-1] == "response.completed"


def test_cancelled_while_it_is_read(client):
    kinds = []
    for event in begin(client, stream=True, decides="hold"):
        kinds.append(event.type)
        if event.type == "response.queued":
            client.responses.cancel(event.response.id)
    assert kinds == ["response.created", "response.queued"]
