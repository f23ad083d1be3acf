"""No secret reaches the disk: not by its value, not by its look, not by its name, in no place and no encoding.

The search is in canaries.py, the places are in hiding.py.
"""

import json

import pytest

import canaries
import conftest
import hiding
import recording
from recording import ANTHROPIC_KEY, OPENAI_KEY, Session, chat, post, source_keys, stored, stored_when
from wire import eventually, exchange

CLIENT_KEY = "opaque7of0the4client1d8e6a0539f2b"
#: What standin knows by value; the rest it has to know by its look.
KNOWN = {"the client's key": CLIENT_KEY, "standin's key": OPENAI_KEY}
LOOKS = {
    "sk-": "sk-7Qf2Kx9Lm4Rt8Wz3Yb6Nc1VdQ5sJ0pGh",
    "sk-proj-": "sk-proj-Zk3Tn8Vq1Ws6Xd9Rf4Cg7Bh2Yj5Ul0Pm",
    "sk-ant-": "sk-ant-api03-Hv5Jt2Mn8Bq4Xw7Zs1Ld6Fg9Rk3Cy0",
    "AKIA": "AKIA3QX7MZL5RV2TWN6D",
    "JWT": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjYW5hcnkiLCJpYXQiOjE3NjB9.Qm7Zt3Xr9Lk2Wv8Ns5Hd1Pf6Yc4Jb0Gq",
}
NAMES = ["api_key", "API-Key", "password", "client_secret", "access_token", "refresh_token", "id_token", "secret"]
OPAQUE = "opaque5under0a3name9c7b2e8d1f64"
CREDENTIALS = [("Authorization", f"Bearer {CLIENT_KEY}")]



def without_the_callers_key(target):
    """The query as the upstream gets it: standin puts a key of its own into a header."""
    path, mark, query = target.partition("?")
    keys = {"key", "api_key", "api-key", "apikey", "access_token"}
    pairs = [pair for pair in query.split("&") if pair.partition("=")[0].lower() not in keys]
    return f"{path}?{'&'.join(pairs)}" if pairs and mark else path


class Lab:
    """A server that records, and one that replays without a key from the same folder."""

    def __init__(self, binary, folder):
        self.folder, self.upstream = folder, recording.Upstream()
        arguments = ["--cassettes", folder, "--pace", "none", "--log", "debug"]
        keys = source_keys(self.upstream.url)
        self.recorder = conftest.Server(binary, *arguments, "--record", "new_episodes", env=keys)
        self.replayer = conftest.Server(binary, *arguments, "--record", "none")
        self.count = 0

    def record(self, request, answer, credentials=CREDENTIALS):
        """Records one call and says into which file; the client and the upstream see everything as it is, but for the
        caller's own key."""
        self.count += 1
        name, before = f"case-{self.count}", len(self.upstream.calls())
        path = request["path"].partition("?")[0]
        framing = "length" if len(answer["steps"]) == 1 else "chunked"
        steps = [step for step in answer["steps"] if step]
        self.upstream.plan(path, *steps, status=answer["status"], headers=answer["headers"], framing=framing, times=1)
        live = self.call(self.recorder, request, name, credentials)
        assert (live.status, live.source) == (answer["status"], "upstream"), live
        assert live.body == b"".join(answer["steps"])
        (call,) = self.upstream.calls()[before:]
        assert (call["path"], call["body"]) == (without_the_callers_key(request["path"]), request["body"])
        stored_when(self.folder, 1, name)
        return self.folder / f"{name}.yaml", name

    @staticmethod
    def call(server, request, name, credentials=CREDENTIALS):
        headers = [*request["headers"], *credentials, ("X-Cassette-Name", name)]
        return exchange(server.url, request["method"], request["path"], request["body"], headers)

    def replay(self, request, name):
        """The answer of the server without a key, when it has seen the file."""

        def look():
            answer = self.call(self.replayer, request, name)
            return answer.error != "cassette_missing" and answer

        return eventually(look, f"{name} is replayed")

    def stop(self):
        self.recorder.kill()
        self.replayer.kill()
        self.upstream.stop()


@pytest.fixture(scope="module")
def lab(standin_bin, tmp_path_factory):
    lab = Lab(standin_bin, tmp_path_factory.mktemp("secrets"))
    yield lab
    lab.stop()


def assert_clean(path, secret):
    assert not canaries.leaks(path, secret), canaries.leaks(path, secret)
    said = "".join(text for _, text in canaries.readings(path.read_bytes()))
    # What was base64 is base64 again, and too short to be searched for.
    assert "SCRUBBED" in said or "U0NSVUJCRU" in said, "something stands in its place"


def each(values, places):
    return [pytest.param(value, place, id=f"{kind}-{name}") for kind, value in values.items() for name, place in places.items()]


@pytest.mark.parametrize("secret,place", each({**KNOWN, **LOOKS}, hiding.REQUESTS) + each(KNOWN, hiding.REQUESTS_BY_VALUE))
def test_a_secret_of_the_request(lab, secret, place):
    request = place(secret)
    path, name = lab.record(request, hiding.answer('{"ok":1}', path=request["path"]))
    assert_clean(path, secret)


#: Not standin's own key: who replays does not have it.
OF_THE_CLIENT = {"the client's key": CLIENT_KEY, **LOOKS}


@pytest.mark.parametrize("secret,place", each(OF_THE_CLIENT, hiding.REQUESTS))
def test_a_request_with_a_secret_finds_its_recording(lab, secret, place):
    """Else it could be recorded, and never be replayed."""
    request = place(secret)
    _, name = lab.record(request, hiding.answer('{"ok":1}', path=request["path"]))
    assert lab.call(lab.recorder, request, name).source == "tape"
    replayed = lab.replay(request, name)
    assert (replayed.source, replayed.body) == ("tape", b'{"ok":1}')


@pytest.mark.parametrize("place", ["JSON", "JSON in JSON", "query", "form"])
def test_the_key_of_another_provider(lab, place):
    """An agent that shows what it finds may show any key that standin has."""
    request = hiding.REQUESTS[place](ANTHROPIC_KEY)
    path, _ = lab.record(request, hiding.answer(f'{{"echo":"{ANTHROPIC_KEY}"}}'))
    assert_clean(path, ANTHROPIC_KEY)


@pytest.mark.parametrize("secret,place", each({**KNOWN, **LOOKS}, hiding.ANSWERS))
def test_a_secret_of_the_answer(lab, secret, place):
    if place(secret)["path"] == "/v1/messages" and secret == OPENAI_KEY:
        secret = ANTHROPIC_KEY  # it is the one that is injected there
    answer = place(secret)
    request = hiding.request(chat(), path=answer["path"])
    path, name = lab.record(request, answer)
    assert_clean(path, secret)
    replayed = lab.replay(request, name)
    assert (replayed.status, replayed.source) == (answer["status"], "tape")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", hiding.NAMED)
def test_a_named_secret_of_the_request(lab, name, place):
    request = hiding.NAMED[place](name, OPAQUE)
    path, _ = lab.record(request, hiding.answer('{"ok":1}'))
    assert_clean(path, OPAQUE)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", hiding.NAMED)
def test_a_request_with_a_named_secret_finds_its_recording(lab, name, place):
    request = hiding.NAMED[place](name, OPAQUE)
    _, cassette = lab.record(request, hiding.answer('{"ok":1}'))
    assert lab.replay(request, cassette).source == "tape"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", hiding.NAMED_ANSWERS)
def test_a_named_secret_of_the_answer(lab, name, place):
    answer = hiding.NAMED_ANSWERS[place](name, OPAQUE)
    request = hiding.request(chat(), path=answer["path"])
    path, cassette = lab.record(request, answer)
    assert_clean(path, OPAQUE)
    assert lab.replay(request, cassette).source == "tape"


def test_the_query_key_of_google(lab):
    request = hiding.request(path=f"/v1/models?alt=sse&key={OPAQUE}")
    path, name = lab.record(request, hiding.answer('{"ok":1}'))
    assert not canaries.leaks(path, OPAQUE)
    assert lab.replay(request, name).source == "tape"


REQUEST_HEADERS = [
    *("Authorization", "Proxy-Authorization", "Api-Key", "X-Api-Key", "X-Goog-Api-Key", "Cookie", "OpenAI-Organization"),
    *("OpenAI-Project", "X-Amz-Security-Token", "Anthropic-Api-Key", "b3", "traceparent", "tracestate", "X-B3-TraceId"),
]
ANSWER_HEADERS = ["Set-Cookie", "OpenAI-Organization"]


@pytest.mark.parametrize("spelling", [str, str.lower, str.upper], ids=["usual", "lower", "upper"])
@pytest.mark.parametrize("header", REQUEST_HEADERS)
def test_a_header_of_the_request_is_removed(lab, header, spelling):
    request = hiding.request(headers=[hiding.JSON, (spelling(header), OPAQUE)])
    path, name = lab.record(request, hiding.answer('{"ok":1}'), credentials=())
    assert not canaries.leaks(path, OPAQUE)
    (one,) = stored(lab.folder, name)
    assert header.lower() not in {key.lower() for key, _ in one["request_headers"]}
    assert lab.replay(request, name).source == "tape"


@pytest.mark.parametrize("spelling", [str, str.lower, str.upper], ids=["usual", "lower", "upper"])
@pytest.mark.parametrize("header", ANSWER_HEADERS)
def test_a_header_of_the_answer_is_removed(lab, header, spelling):
    headers = [(spelling(header), f"{OPAQUE}=1"), (spelling(header), f"x={OPAQUE}")]
    path, name = lab.record(hiding.request(), hiding.answer('{"ok":1}', headers=headers))
    assert not canaries.leaks(path, OPAQUE)
    assert header.lower() not in {key.lower() for key, _ in stored(lab.folder, name)[0]["headers"]}


def test_one_secret_has_one_stand_in(lab):
    """In the request and in the answer, so that what was echoed still is; another secret has another."""
    one, other = LOOKS["sk-"], LOOKS["sk-proj-"]
    answer = hiding.answer(f'{{"echo":"{one}","other":"{other}"}}')
    _, name = lab.record(hiding.request({"a": one, "b": [one]}), answer)
    (kept,) = stored(lab.folder, name)
    request, response = (json.loads(kept[side]) for side in ("request_body", "body"))
    assert request["a"] == request["b"][0] == response["echo"] != response["other"]
    assert {request["a"], response["other"]} == {"SCRUBBED-1", "SCRUBBED-2"}


INNOCENT = [
    b'{"usage":{"prompt_tokens":9,"total_tokens":16},"max_tokens":64,"logprobs":{"token":"Hello","bytes":[72]}}',
    b'{"id":"chatcmpl-AbC123dEf456GhI789jKl","system_fingerprint":"fp_44709d6fcb","model":"gpt-5-nano-2025-08-07"}',
    b'{"tool_calls":[{"id":"call_8fKx2Lm9Qr4Tz7Wb1Nc6Vd3Y","function":{"name":"get_weather","arguments":"{\\"key\\":\\"Paris\\"}"}}]}',
    b'{"text":"task-list, risk-free, ask-me-anything, desk-lamp-and-chair-of-the-old-house; a password is secret"}',
    b'{"embedding":"AAAAPwAAgD8AAABAAABAQAAAgEAAAKBAAADAQAAA4EA=","index":0}',
    b'{"previous_response_id":"resp_68d1f0a9b2c481909a7e3c5d7f1b2a4c","encrypted_content":"gAAAAABo0fCp"}',
    b'{"password":null,"secret":false,"token":"","api_key":{}}',
]


@pytest.mark.parametrize("body", INNOCENT)
def test_what_is_no_secret_stays_byte_for_byte(lab, body):
    request = hiding.request(body)
    path, name = lab.record(request, hiding.answer(body))
    assert "SCRUBBED" not in path.read_text()
    assert lab.replay(request, name).body == body


@pytest.mark.parametrize("format", ["vcrpy"])
@pytest.mark.parametrize("place", ["JSON", "form", "query", "multipart field", "gzip'd JSON", "bytes"])
def test_in_the_other_format_too(recorder, upstream, cassettes, format, place):
    server = recorder("--cassette-format", format)
    request = hiding.REQUESTS[place](LOOKS["sk-"])
    Lab.call(server, request, "tape")
    server.stop()
    assert len(stored(cassettes)) == 1
    assert_clean(cassettes / "tape.yaml", LOOKS["sk-"])


def test_neither_log_nor_journal_nor_report_holds_one(recorder, upstream):
    """They are read by more people than cassettes are."""
    server = recorder("--log", "debug", "--record", "new_episodes")
    session = Session(server, "tape")
    secrets = {**KNOWN, **LOOKS}
    for secret in secrets.values():
        body = chat(note=secret)
        for path in (f"/v1/x?key={secret}", f"{session.prefix}/v1/x?note={secret}"):
            post(server, path, body, [*CREDENTIALS, ("X-Debug", secret)], cassette=None if "/s/" in path else "other")
    told = [exchange(server.url, "GET", f"/_standin/{what}").body.decode() for what in ("journal", "cassettes", "sessions")]
    told += [str(session.end()), exchange(server.url, "GET", "/metrics").body.decode()]
    server.stop()
    for kind, secret in secrets.items():
        for text in [*told, *server.log]:
            assert not any(part in text for part in canaries.fragments(secret)), (kind, text[:500])


def test_a_failed_save_tells_no_secret(recorder, upstream, cassettes):
    (cassettes / "folder").write_text("in the way")
    server = recorder("--log", "debug")
    request = hiding.REQUESTS["JSON"](LOOKS["sk-"])
    assert Lab.call(server, request, "folder/tape").status == 404
    journal = exchange(server.url, "GET", "/_standin/journal").body.decode()
    server.stop()
    for secret in (LOOKS["sk-"], CLIENT_KEY, OPENAI_KEY):
        assert secret not in journal + "".join(server.log)


def test_the_temporary_file_of_a_save_holds_none_either(recorder, upstream, cassettes):
    """It is left behind where the process is killed: whatever is in the folder at any moment is clean."""
    server = recorder("--record", "all")
    for number in range(20):
        Lab.call(server, hiding.REQUESTS["JSON"](LOOKS["sk-"]), "tape")
    server.kill()
    for path in cassettes.rglob("*"):
        assert path.is_dir() or not canaries.leaks(path, LOOKS["sk-"])
