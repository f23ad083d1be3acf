"""Faults in the middle of a stream: what each official SDK makes of it.

OpenAI's SDK, in the pinned version, wraps the errors of its HTTP library where a connection breaks in a stream. Earlier
ones raise them as they are, as Anthropic's does: `is_broken` is what to look at when the pin moves.
"""

import json

import anthropic
import openai
import pytest

from faulty import ENDPOINTS, Clients, forget, raised, statuses, text_of, text_of_event

#: What HTTP's own errors are called where they are told.
BROKEN = {"close": "RemoteProtocolError", "cut": "RemoteProtocolError", "reset": "ReadError"}


@pytest.fixture(scope="module")
def server(start):
    return start("--pace", "flush")


@pytest.fixture(scope="module")
def clients(server):
    return Clients(server.url)


@pytest.fixture(scope="module")
def whole(clients):
    """What is heard where nothing goes wrong."""
    return {endpoint: clients.events(endpoint) for endpoint in ENDPOINTS}


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def hear(clients, request):
    return clients.events_async if request.param else clients.events


def is_broken(error, endpoint, name):
    """Whether it is the error of a broken connection, as the SDK of the endpoint tells it."""
    if endpoint == "messages":
        return type(error).__name__ == name
    return type(error) is openai.APIConnectionError and type(error.__cause__).__name__ == name


def beginning(events, usual):
    """Whether some events came, and were the first of all, without the last."""
    return 0 < len(events) < len(usual) and events == usual[: len(events)]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_without_a_fault(clients, whole, hear, endpoint):
    heard = hear(endpoint)
    assert heard.error is None and heard.events == whole[endpoint].events and len(heard.events) > 10
    assert len(heard.text) > 20 and text_of(clients.put_together(endpoint)) == heard.text
    assert text_of(clients.create(endpoint)) == heard.text


#: wire.md calls it case 15: however it is delivered, it is the same object.
@pytest.mark.parametrize("fault", ["split", "split=7", "crlf", "drip=64/1ms", "stall=20ms,after=3"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_otherwise_delivered_it_stays_the_same(clients, whole, hear, endpoint, fault):
    heard = hear(endpoint, fault)
    assert heard.error is None and heard.events == whole[endpoint].events
    together, usual = clients.put_together(endpoint, fault), clients.put_together(endpoint)
    assert json.loads(together.to_json()) == json.loads(usual.to_json())


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_connection_that_breaks(server, clients, whole, hear, endpoint, kind):
    forget(server)
    heard = hear(endpoint, f"{kind},after=5")
    assert is_broken(heard.error, endpoint, BROKEN[kind])
    assert beginning(heard.events, whole[endpoint].events)
    # What has begun is not asked again.
    assert statuses(server) == [200]
    assert is_broken(raised(lambda: clients.put_together(endpoint, f"{kind},after=5")), endpoint, BROKEN[kind])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_early_end_is_an_end(server, whole, hear, endpoint):
    forget(server)
    heard = hear(endpoint, "truncate,after=6")
    assert heard.error is None and beginning(heard.events, whole[endpoint].events)
    assert heard.text and whole[endpoint].text.startswith(heard.text)
    assert statuses(server) == [200]


def test_what_the_helpers_make_of_an_early_end(clients, whole):
    completion = clients.put_together("chat", "truncate,after=6")
    assert completion.choices[0].finish_reason is None
    message = clients.put_together("messages", "truncate,after=6")
    assert message.stop_reason is None
    for endpoint, answer in (("chat", completion), ("messages", message)):
        assert text_of(answer) and whole[endpoint].text.startswith(text_of(answer))
    error = raised(lambda: clients.put_together("responses", "truncate,after=6"))
    assert type(error) is RuntimeError and "response.completed" in str(error)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_half_an_event_is_none(clients, whole, hear, endpoint):
    for fault in ("truncate,bytes=300", "truncate,bytes=1000"):
        heard = hear(endpoint, fault)
        assert heard.error is None and heard.events == whole[endpoint].events[: len(heard.events)]
        assert len(heard.events) < len(whole[endpoint].events)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_vendors_error(server, clients, whole, hear, endpoint):
    forget(server)
    fault = 'error=503,after=5,type=overload,message="Come again"'
    heard = hear(endpoint, fault)
    assert beginning(heard.events, whole[endpoint].events) and statuses(server) == [200]
    for error in (heard.error, raised(lambda: clients.put_together(endpoint, fault))):
        assert error.type == "overload" and "Come again" in str(error)
        if endpoint == "messages":
            assert type(error) is anthropic.APIStatusError and error.status_code == 200
            assert error.body["error"] == {"type": "overload", "message": "Come again"}
        else:
            assert type(error) is openai.APIError and error.message == "Come again"


def test_the_type_that_a_status_has(clients):
    assert clients.events("messages", "error=529,after=5").error.type == "overloaded_error"
    assert clients.events("chat", "error=429,after=5,code=rate_limit_exceeded").error.code == "rate_limit_exceeded"
    assert clients.events("responses", "error,after=5").error.type == "server_error"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_error_before_all_else_is_not_asked_again(server, hear, endpoint):
    forget(server)
    heard = hear(endpoint, "error=503,after=0")
    assert heard.error is not None and heard.events == [] and statuses(server) == [200]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_silence_ends_with_the_time_limit_for_reads(server, whole, hear, endpoint):
    impatient = Clients(server.url, timeout=0.4)
    listen = impatient.events_async if hear.__name__ == "events_async" else impatient.events
    for fault in ("stall=10m,after=5", "half-open,after=5"):
        forget(server)
        heard = listen(endpoint, fault)
        if endpoint == "messages":
            assert type(heard.error).__name__ == "ReadTimeout"
        else:
            assert type(heard.error) is openai.APITimeoutError
        assert beginning(heard.events, whole[endpoint].events) and statuses(server) == [200]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_json_that_is_none(clients, whole, hear, endpoint):
    heard = hear(endpoint, "malformed,after=5")
    assert isinstance(heard.error, json.JSONDecodeError) and beginning(heard.events, whole[endpoint].events)
    assert isinstance(raised(lambda: clients.put_together(endpoint, "malformed,after=5")), json.JSONDecodeError)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_event_that_comes_twice(clients, whole, hear, endpoint):
    heard, usual = hear(endpoint, "duplicate,after=5"), whole[endpoint].events
    at = next(place for place in range(1, len(heard.events)) if heard.events[place] == heard.events[place - 1])
    assert heard.events[:at] + heard.events[at + 1 :] == usual and text_of_event(heard.events[at])
    assert text_of(clients.create(endpoint)) != heard.text


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_events_that_change_places(whole, hear, endpoint):
    heard, usual = hear(endpoint, "reorder,after=5"), whole[endpoint].events
    at = next(place for place, event in enumerate(heard.events) if event != usual[place])
    assert heard.events == [*usual[:at], usual[at + 1], usual[at], *usual[at + 2 :]]
    assert heard.text != whole[endpoint].text and sorted(heard.text) == sorted(whole[endpoint].text)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_another_content_type_is_not_looked_at(clients, whole, hear, endpoint):
    assert hear(endpoint, "content-type=text/html").events == whole[endpoint].events
    assert text_of(clients.put_together(endpoint, "content-type=text/html")) == whole[endpoint].text


def test_a_response_that_fails(clients, whole, hear):
    fault = "failed,after=6,code=server_error,message=Broken"
    heard = hear("responses", fault)
    last = heard.events[-1]
    assert heard.error is None and (last.type, last.response.status) == ("response.failed", "failed")
    assert (last.response.error.code, last.response.error.message) == ("server_error", "Broken")
    assert [event.sequence_number for event in heard.events] == list(range(len(heard.events)))
    assert heard.text and whole["responses"].text.startswith(heard.text)
    # The helper knows no other end than a completed one.
    assert type(raised(lambda: clients.put_together("responses", fault))) is RuntimeError
    for endpoint in ("chat", "messages"):
        assert isinstance(hear(endpoint, fault).error, (openai.APIError, anthropic.APIError))


def test_a_response_that_is_incomplete(whole, hear):
    heard = hear("responses", "incomplete,after=6,code=content_filter")
    last = heard.events[-1]
    assert heard.error is None and (last.type, last.response.status) == ("response.incomplete", "incomplete")
    assert last.response.incomplete_details.reason == "content_filter"
    assert last.response.output_text == heard.text and whole["responses"].text.startswith(heard.text)
    assert hear("responses", "incomplete,after=6").events[-1].response.incomplete_details.reason == "max_output_tokens"


def test_no_more_tokens(clients, whole, hear):
    chat, messages = hear("chat", "incomplete,after=6"), hear("messages", "incomplete,after=6")
    assert chat.error is None and chat.events[-1].choices[0].finish_reason == "length"
    assert messages.error is None and messages.events[-1].type == "message_stop"
    assert messages.events[-2].delta.stop_reason == "max_tokens"
    for endpoint, heard in (("chat", chat), ("messages", messages)):
        assert heard.text and heard.text != whole[endpoint].text and whole[endpoint].text.startswith(heard.text)
    message = clients.put_together("messages", "incomplete,after=6")
    assert (message.stop_reason, text_of(message)) == ("max_tokens", messages.text)
    error = raised(lambda: clients.put_together("chat", "incomplete,after=6"))
    assert type(error) is openai.LengthFinishReasonError
    assert text_of(error.completion) == chat.text
