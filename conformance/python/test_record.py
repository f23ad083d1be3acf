"""A call that is recorded: what reaches the upstream, what the client sees of it, and that it replays."""

import openai
import pytest

import recording
import tape
from recording import CHAT, HELLO, OPENAI_KEY, chat, files, post, stored
from wire import exchange

DATE = ("Date", "Thu, 09 Oct 2025 08:53:20 GMT")
FORMATS = {"go-vcr": ([], b"---\n"), "vcrpy": (["--cassette-format", "vcrpy"], b"interactions:")}


@pytest.mark.parametrize("format", FORMATS)
def test_recorded_once_and_replayed_ever_after(recorder, replayer, upstream, cassettes, format):
    arguments, start = FORMATS[format]
    server = recorder(*arguments)
    live = post(server, cassette="tape")
    assert (live.status, live.source) == (200, "upstream")
    again = post(server, cassette="tape")
    assert (again.status, again.source, again.body) == (200, "tape", live.body)
    assert len(upstream.calls()) == 1
    server.stop()
    assert (cassettes / "tape.yaml").read_bytes().startswith(start)
    (one,) = stored(cassettes)
    replayed = post(replayer(), cassette="tape")
    assert (replayed.status, replayed.source, replayed.body) == (200, "tape", live.body)
    for header in tape.replayed_headers(one):
        assert header in replayed.headers


@pytest.mark.parametrize("path", ["/c/tape", "/c/some%2Ffolder%2Ftape", "/c/%C3%BC%20%27x%27"])
def test_the_path_names_the_cassette(recorder, upstream, cassettes, path):
    server = recorder()
    assert post(server, path + CHAT).source == "upstream"
    assert post(server, path + CHAT).source == "tape"
    assert [call["path"] for call in upstream.calls()] == [CHAT]
    server.stop()
    assert [one for one in files(cassettes) if one.endswith(".yaml")] == [
        {"/c/tape": "tape.yaml", "/c/some%2Ffolder%2Ftape": "some/folder/tape.yaml"}.get(path, "ü 'x'.yaml")
    ]


def test_an_existing_file_keeps_its_format(recorder, cassettes):
    for arguments, _ in FORMATS.values():
        server = recorder(*arguments)
        post(server, cassette=f"by-{len(arguments)}")
        server.stop()
    server = recorder("--record", "new_episodes", "--cassette-format", "vcrpy")
    post(server, body=chat(seed=1), cassette="by-0")
    server.stop()
    server = recorder("--record", "new_episodes")
    post(server, body=chat(seed=1), cassette="by-2")
    server.stop()
    assert (cassettes / "by-0.yaml").read_bytes().startswith(b"---\n")
    assert (cassettes / "by-2.yaml").read_bytes().startswith(b"interactions:")
    assert len(stored(cassettes, "by-0")) == len(stored(cassettes, "by-2")) == 2


def test_the_upstream_gets_the_clients_request(recorder, upstream):
    """But for the selectors, which are standin's, and the credential."""
    server = recorder()
    body = b'{ "model":"gpt-5-nano", "n": 1.0, "u": "\\u00e9" }\n'
    sent = {
        "Content-Type": "application/json",
        "Accept-Encoding": "zstd, br",
        "User-Agent": "conformance/1",
        "OpenAI-Beta": "assistants=v2",
        "X-Stainless-Lang": "python",
        "X-Cassette-Name": "tape",
        "X-Standin-Seed": "1",
        "Authorization": "Bearer sk-of-the-client",
        "Api-Key": "of-the-client",
        "X-Api-Key": "of-the-client-too",
    }
    path = "/v1/files/a%2Fb%20c?limit=2&after=&x=%20+&x="
    assert exchange(server.url, "PATCH", path, body, sent).status == 404
    call = upstream.only_call()
    assert (call["method"], call["path"], call["body"]) == ("PATCH", path, body)
    got = dict(call["headers"])
    assert got.pop("host") == upstream.authority
    assert got.pop("authorization") == f"Bearer {OPENAI_KEY}"
    assert got.pop("content-length") == str(len(body))
    got.pop("connection", None)
    kept = ("Content-Type", "Accept-Encoding", "User-Agent", "OpenAI-Beta", "X-Stainless-Lang")
    assert got == {name.lower(): sent[name] for name in kept}


def test_a_chunked_request_arrives_whole(recorder, replayer, upstream, cassettes):
    server = recorder()
    body = chat()
    chunked = b"".join(b"%x\r\n%s\r\n" % (1, body[at : at + 1]) for at in range(len(body))) + b"0\r\n\r\n"
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "application/json", "X-Cassette-Name": "tape"}
    assert exchange(server.url, "POST", CHAT, chunked, headers).source == "upstream"
    assert upstream.only_call()["body"] == body
    server.stop()
    assert post(replayer(), cassette="tape").source == "tape"


VIEWS = {
    "plain": (200, [("Content-Type", "application/json"), ("X-Empty", ""), ("x-lower", "1")], b'{"a": 1}'),
    "several of a name": (200, [("Set-Cookie", "a=1"), ("Via", "1.1 x"), ("Set-Cookie", "b=2")], b"x"),
    "not UTF-8": (200, [("X-Latin", "caf\u00e9"), ("Content-Type", "text/plain")], b"caf\xe9"),
    "redirect": (307, [("Location", "/v1/elsewhere"), ("Content-Type", "text/plain")], b"there"),
    "bad request": (400, [("Content-Type", "application/json")], b'{"error":{"message":"no"}}'),
    "HTML": (413, [("Content-Type", "text/html")], b"<html>\r\n</html>\r\n"),
    "slow down": (
        429,
        [("Retry-After", "7"), ("retry-after-ms", "7000"), ("x-ratelimit-reset-tokens", "6m0s")],
        b'{"error":{"code":"rate_limit_exceeded"}}',
    ),
    "server error": (500, [("x-request-id", "req_1")], b"upstream connect error"),
    "overloaded": (529, [("x-should-retry", "true")], b'{"type":"error","error":{"type":"overloaded_error"}}'),
    "nothing": (200, [("Content-Type", "application/json")], b""),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_the_clients_view_is_the_upstreams(recorder, upstream, view, framing):
    status, headers, body = VIEWS[view]
    upstream.plan("/v1/x", *filter(None, [body]), status=status, headers=[DATE, *headers], framing=framing)
    answer = post(recorder(), "/v1/x", cassette="tape")
    assert (answer.status, answer.body, answer.complete) == (status, body, True)
    # Those of the connection, and those that say where the answer comes from, are standin's.
    own = {"connection", "transfer-encoding"}
    seen = [(name, value) for name, value in answer.headers if name not in own and not name.startswith("x-standin-")]
    length = [("content-length", str(len(body)))] if framing == "length" else []
    assert sorted(seen) == sorted([(name.lower(), value) for name, value in [DATE, *headers]] + length)
    assert (answer.source, answer.error) == ("upstream", None)
    assert len(upstream.calls()) == 1


def test_a_reason_phrase_does_not_stand_in_the_way(recorder, upstream):
    upstream.plan_json("/v1/x", {}, status=429, reason="Slow Down, Please")
    assert post(recorder(), "/v1/x", cassette="tape").status == 429


def test_headers_of_the_connection_end_with_it(recorder, replayer, upstream, cassettes):
    hop = [("Connection", "keep-alive, X-Hop"), ("Keep-Alive", "timeout=5"), ("X-Hop", "1"), ("X-End", "2")]
    upstream.plan_json("/v1/x", {}, headers=hop)
    server = recorder()
    live = post(server, "/v1/x", cassette="tape")
    server.stop()
    for answer in (live, post(replayer(), "/v1/x", cassette="tape")):
        assert (answer.header("x-hop"), answer.header("keep-alive"), answer.header("x-end")) == (None, None, "2")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_recorded(recorder, replayer, upstream, method):
    upstream.plan_json("/v1/x", {"a": 1})
    call = {"headers": {"X-Cassette-Name": "tape"}}
    server = recorder()
    live = exchange(server.url, method, "/v1/x", **call)
    assert (live.status, live.source) == (200, "upstream")
    assert upstream.only_call()["method"] == method
    server.stop()
    replayed = exchange(replayer().url, method, "/v1/x", **call)
    assert (replayed.status, replayed.source, replayed.body) == (200, "tape", live.body)


def test_an_answer_without_a_body_is_recorded(recorder, replayer, upstream):
    upstream.plan("/v1/x", status=204, framing="none")
    server = recorder()
    assert post(server, "/v1/x", cassette="tape").status == 204
    server.stop()
    assert post(replayer(), "/v1/x", cassette="tape").status == 204


def test_an_upstream_that_hangs_up_between_calls_is_called_again(recorder, upstream):
    """Providers close idle connections; the next call does not suffer for it."""
    upstream.plan("/v1/x", "x", recording.CLOSE, headers=[("Content-Length", "1")], framing="none")
    server = recorder("--record", "all")
    answers = [post(server, "/v1/x", cassette="tape") for _ in range(5)]
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"x")] * 5


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "all"])
def test_an_unnamed_call_is_never_recorded(recorder, upstream, cassettes, mode):
    server = recorder("--record", mode)
    answer = post(server)
    assert (answer.status, answer.error) == (400, "cassette_not_named")
    server.stop()
    assert (upstream.calls(), files(cassettes)) == ([], [])


@pytest.fixture
def sdk():
    def client(server, **options):
        return openai.OpenAI(base_url=f"{server.url}/c/tape/v1", api_key="sk-standin", **options)

    return client


def test_the_official_sdk_records_and_replays(recorder, replayer, sdk):
    def ask(client):
        answer = client.chat.completions.create(model="gpt-5-nano", messages=HELLO)
        stream = client.chat.completions.create(model="gpt-5-nano", messages=HELLO, stream=True)
        with pytest.raises(openai.NotFoundError) as raised:
            client.chat.completions.create(model="gpt-unknown", messages=HELLO)
        return answer, list(stream), raised.value.code

    server = recorder()
    live = ask(sdk(server))
    assert live[0].choices[0].message.content.startswith("Hello!") and len(live[1]) == 9
    server.stop()
    assert ask(sdk(replayer())) == live


def test_a_429_with_retry_after_arrives_as_one(recorder, upstream, cassettes, sdk):
    error = {"error": {"message": "Slow down", "type": "requests", "code": "rate_limit_exceeded"}}
    upstream.plan_json(CHAT, error, status=429, headers=[("Retry-After", "7"), ("retry-after-ms", "1")], times=3)
    server = recorder()
    with pytest.raises(openai.RateLimitError) as raised:
        sdk(server, max_retries=0).chat.completions.create(model="gpt-5-nano", messages=HELLO)
    assert raised.value.response.headers["retry-after"] == "7"
    assert raised.value.code == "rate_limit_exceeded"
    # With retries left it tries again, as it does with the provider, and its third attempt is what is kept.
    answer = sdk(server, max_retries=2).chat.completions.create(model="gpt-5-nano", messages=HELLO)
    assert answer.choices[0].message.content.startswith("Hello!")
    assert len(upstream.calls()) == 4
    server.stop()
    assert [one["status"] for one in stored(cassettes)] == [200]
