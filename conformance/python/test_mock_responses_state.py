"""What Responses keep: answers that are asked for again, continued, made in the background, deleted."""

import openai
import pytest

import noise
import stored


@pytest.fixture(scope="module")
def server(mocking):
    document = stored.document("responses")
    document["mocks"] += [
        stored.case("responses", "background").rule(name="slow", match={"contains": "Slowly"}, stream={"polls": 2}),
        {
            "name": "second turn",
            "endpoint": "responses",
            "match": {"contains": "And then?", "turns": 1},
            "answer": "The second.",
        },
        {
            "name": "third turn",
            "endpoint": "responses",
            "match": {"contains": "And then?", "turns": 2},
            "answer": "The third.",
        },
        {"name": "first turn", "endpoint": "responses", "match": {"contains": "begin"}, "answer": "The first."},
        {"name": "echo", "endpoint": "responses", "answer": "I heard you."},
    ]
    return mocking(document)


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-standin", max_retries=0)


def ask(client, text, **fields):
    return client.responses.create(model="gpt-5-mini", input=text, **fields)


def test_an_answer_is_there_again(client):
    case = stored.case("responses", "text-unicode")
    client.responses.create(**case.call)
    noise.assert_same(client.responses.retrieve(case.response["id"]).to_dict(), case.response)


def test_one_that_was_streamed_too(client):
    case = stored.case("responses", "url-citations")
    with client.responses.stream(**case.call) as stream:
        stream.until_done()
    noise.assert_same(client.responses.retrieve(case.response["id"]).to_dict(), case.response)


def test_one_that_is_not_stored_is_not(client):
    answer = ask(client, "Forget this", store=False)
    with pytest.raises(openai.NotFoundError) as raised:
        client.responses.retrieve(answer.id)
    assert answer.id in raised.value.message
    assert raised.value.type == "invalid_request_error"


def test_a_stream_is_there_again(client):
    case = stored.case("responses", "all-hosted")
    first = [event.to_dict() for event in client.responses.create(**case.call, stream=True)]
    again = [event.to_dict() for event in client.responses.retrieve(case.response["id"], stream=True)]
    assert again == first
    rest = client.responses.retrieve(case.response["id"], stream=True, starting_after=7)
    rest = [event.to_dict() for event in rest]
    assert rest == first[8:]
    assert rest[0]["sequence_number"] == 8


def test_the_helper_goes_on_in_a_stream(client):
    case = stored.case("responses", "text-unicode")
    client.responses.create(**case.call)
    with client.responses.stream(response_id=case.response["id"], starting_after=4) as stream:
        events = list(stream)
        got = stream.get_final_response().to_dict()
    assert events[0].sequence_number == 5
    noise.assert_same(noise.without(got, case.response, noise.OPENAI_RESPONSES), case.response)


def test_delete(client):
    answer = ask(client, "Delete me")
    client.responses.delete(answer.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve("resp_that_never_was")


def test_input_items(client):
    said = [{"role": "user", "content": f"Item {number}"} for number in range(5)]
    answer = ask(client, [*said, {"type": "function_call_output", "call_id": "call_1", "output": "42"}])
    page = client.responses.input_items.list(answer.id, limit=2)
    assert [item.type for item in page.data] == ["function_call_output", "message"]
    assert page.has_more
    newest_first = list(client.responses.input_items.list(answer.id, limit=2))
    assert [item.type for item in newest_first] == ["function_call_output"] + ["message"] * 5
    oldest_first = list(client.responses.input_items.list(answer.id, order="asc"))
    assert oldest_first == newest_first[::-1]
    assert [item.content[0].text for item in oldest_first[:5]] == [f"Item {number}" for number in range(5)]
    assert len({item.id for item in oldest_first}) == 6
    text = ask(client, "Only a text")
    (item,) = client.responses.input_items.list(text.id)
    assert (item.type, item.role, item.content[0].text) == ("message", "user", "Only a text")


def test_a_chain(client):
    first = ask(client, "Let us begin")
    second = ask(client, "And then?", previous_response_id=first.id)
    third = ask(client, "And then?", previous_response_id=second.id)
    assert [one.output_text for one in (first, second, third)] == ["The first.", "The second.", "The third."]
    assert [one.previous_response_id for one in (first, second, third)] == [None, first.id, second.id]
    branch = ask(client, "And then?", previous_response_id=first.id)
    assert branch.output_text == "The second."


def test_a_chain_from_nowhere(client):
    with pytest.raises(openai.BadRequestError) as raised:
        ask(client, "And then?", previous_response_id="resp_that_never_was")
    assert raised.value.code == "previous_response_not_found"
    assert raised.value.param == "previous_response_id"
    assert "resp_that_never_was" in raised.value.message


def test_in_the_background(client):
    case = stored.case("responses", "background")
    queued = client.responses.create(**{**case.call, "input": "Slowly"})
    assert (queued.status, queued.output, queued.id) == ("queued", [], case.response["id"])
    polled = [client.responses.retrieve(queued.id) for _ in range(3)]
    assert polled[0].status in ("queued", "in_progress") and polled[0].output == []
    assert polled[-1].status == "completed"
    noise.assert_same(polled[-1].to_dict(), case.response)


def test_in_the_background_and_streamed(client):
    case = stored.case("responses", "background")
    kinds = [event.type for event in client.responses.create(**case.call, stream=True)]
    assert kinds[:3] == ["response.created", "response.queued", "response.in_progress"]
    assert kinds[-1] == "response.completed"


def test_cancel(client):
    running = ask(client, "Take your time", background=True)
    assert running.status == "queued"
    cancelled = client.responses.cancel(running.id)
    assert (cancelled.id, cancelled.status) == (running.id, "cancelled")
    assert client.responses.retrieve(running.id).status == "cancelled"
    done = ask(client, "At once")
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(done.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.cancel("resp_that_never_was")


def test_input_tokens(client):
    short = client.responses.input_tokens.count(model="gpt-5-mini", input="Hello")
    long = client.responses.input_tokens.count(model="gpt-5-mini", input="Hello " * 50)
    assert short.object == "response.input_tokens"
    assert 0 < short.input_tokens < long.input_tokens


def test_the_same_question_again_is_another_answer(client):
    """Two made-up answers in a row do not share an id: a chain would lead to the wrong one."""
    one, two = ask(client, "Once more"), ask(client, "Once more, please")
    assert one.id != two.id
