"""Bodies that were recorded: stored readably, replayed byte for byte, and loaded by vcrpy and go-vcr."""

import gzip
import json
import pathlib
import zlib

import brotli
import pytest
import zstandard

import corpus
import goprobe
import test_govcr
import test_vcrpy
from recording import CHAT, chat, post, stored
from wire import exchange

FORMATS = {"go-vcr": [], "vcrpy": ["--cassette-format", "vcrpy"]}
formats = pytest.mark.parametrize("format", FORMATS)

ENCODERS = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "br": brotli.compress,
    "zstd": lambda body: zstandard.ZstdCompressor().compress(body),
    "deflate": zlib.compress,
}
TEXT = json.dumps({"id": "x-1", "words": ["Überall", "☕", "\U0001f600"] * 40, "n": 1.0}, ensure_ascii=False).encode()


def of_type(content_type, *more):
    return [("Content-Type", content_type), *more]


def record(recorder, upstream, bodies, content_type, *arguments):
    """Records each body under a path of its own, and says what the client got."""
    server = recorder(*arguments)
    got = []
    for at, body in enumerate(bodies):
        headers = of_type(content_type)
        upstream.plan(f"/v1/{at}", *filter(None, [body]), headers=headers, framing="length")
        got.append(post(server, f"/v1/{at}", cassette="tape").body)
    server.stop()
    return got


def replay(replayer, count):
    server = replayer()
    answers = [post(server, f"/v1/{at}", cassette="tape") for at in range(count)]
    assert {answer.source for answer in answers} == {"tape"}
    assert all(answer.header("content-length") == str(len(answer.body)) for answer in answers)
    return [answer.body for answer in answers]


@formats
@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-8", "application/json", "application/octet-stream"])
def test_hard_bodies_replay_byte_for_byte(recorder, replayer, upstream, format, content_type):
    bodies = [body for _, body in corpus.hard_bodies()]
    assert record(recorder, upstream, bodies, content_type, *FORMATS[format]) == bodies
    for (label, body), replayed in zip(corpus.hard_bodies(), replay(replayer, len(bodies)), strict=True):
        assert replayed == body, label


JSONS = [
    b'{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"content":"Hi"}}]}',
    b'{"a": 1, "b": [1, 2, {"c": null}], "d": {}, "e": [], "f": [[]], "g": [{}]}',
    b'{"a":1,"b":2}\n',
    b'\n{"a":1}',
    b' {"a" : 1 , "b":2 } ',
    b'{"z":1,"a":2,"10":3,"9":4}',
    b'{"same":1,"same":2}',
    b'[1.0,1,-0,-0.0,1e5,1E+5,1e-7,0.1000,123456789012345678901234567890,9007199254740993,1e400]',
    rb'{"u":"\u00e9\u4e2d\ud83d\ude00","s":"\/","c":"\n\t\b\f\r\\\"","lone":"\ud800","nul":"\u0000"}',
    '{"u":"é中\U0001f600","ls":"\u2028\u2029","del":"\x7f"}'.encode(),
    b'{"\\u0061":1,"":2," ":3}',
    b'{"html":"<b>&amp;</b>","yaml":"a: b # c","t":"x\\ty"}',
    b'{"text":"' + b"word " * 5000 + b'"}',
    b'"text"',
    b"1.0",
    b"null",
    b"[]",
    b"{}",
    b'{"a":1}{"b":2}',
    b'{"cut":',
    b'\xef\xbb\xbf{"bom":1}',
    b'{"latin":"\xe9"}',
    b"{" + b'"a":{' * 60 + b'"b":1' + b"}" * 61,
]


@formats
def test_json_replays_byte_for_byte(recorder, replayer, upstream, cassettes, format):
    assert record(recorder, upstream, JSONS, "application/json", *FORMATS[format]) == JSONS
    for body, replayed in zip(JSONS, replay(replayer, len(JSONS)), strict=True):
        assert replayed == body


@formats
def test_one_line_json_is_stored_to_be_read(recorder, upstream, cassettes, format):
    """In a file for review; in both directions. Key order and numbers stay."""
    request, response = b'{"z":[1.0,{}],"a":"\xc3\xa9"}', b'{"z":1.0,"a":[1e5,"x"]}'
    upstream.plan_json("/v1/x", response)
    server = recorder(*FORMATS[format])
    post(server, "/v1/x", request, cassette="tape")
    server.stop()
    (one,) = stored(cassettes)
    assert one["body"] == b'{\n  "z": 1.0,\n  "a": [\n    1e5,\n    "x"\n  ]\n}'
    assert json.loads(one["request_body"]) == json.loads(request) and one["request_body"].count(b"\n") >= 4


def test_a_pretty_recording_matches_the_compact_request(recorder, replayer, upstream):
    server = recorder()
    request = b'{"model":"gpt-5-nano","messages":[{"role":"user","content":"Hello!"}],"seed":1}'
    live = post(server, body=request, cassette="tape")
    assert live.source == "upstream"
    server.stop()
    server = replayer()
    assert post(server, body=request, cassette="tape").body == live.body
    assert post(server, body=json.dumps(json.loads(request), indent=3).encode(), cassette="tape").body == live.body


@formats
@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_compressed_body_stays_so_live_and_is_stored_decoded(
    recorder, replayer, upstream, cassettes, format, encoding
):
    body = ENCODERS[encoding](TEXT)
    upstream.plan("/v1/x", body, headers=of_type("application/json", ("Content-Encoding", encoding)), framing="length")
    server = recorder(*FORMATS[format])
    live = post(server, "/v1/x", cassette="tape", headers={"Accept-Encoding": encoding})
    assert (live.body, live.header("content-encoding"), live.header("content-length")) == (body, encoding, str(len(body)))
    server.stop()
    (one,) = stored(cassettes)
    assert json.loads(one["body"]) == json.loads(TEXT)
    named = {name.lower(): value for name, value in one["headers"]}
    assert "content-encoding" not in named
    assert named.get("content-length", str(len(one["body"]))) == str(len(one["body"]))
    replayed = post(replayer(), "/v1/x", cassette="tape", headers={"Accept-Encoding": encoding})
    assert (replayed.body, replayed.header("content-encoding")) == (TEXT, None)
    assert replayed.header("content-length") == str(len(TEXT))


def test_a_false_encoding_harms_nobody(recorder, replayer, upstream, cassettes):
    """A header without the coding: the client gets what was sent, and a recording, if there is one, is of that."""
    headers = of_type("application/json", ("Content-Encoding", "gzip"))
    upstream.plan("/v1/x", TEXT, headers=headers, framing="length")
    server = recorder()
    assert post(server, "/v1/x", cassette="tape").body == TEXT
    server.stop()
    if stored(cassettes):
        assert post(replayer(), "/v1/x", cassette="tape").body == TEXT
    else:
        assert "tape" in "".join(server.log), "what is not recorded is said"


def flood(gigabytes=1):
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(gigabytes << 10)) + packer.flush()


def peak_memory(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) << 10


def test_a_small_body_that_unpacks_to_a_flood_does_no_harm(recorder, upstream):
    """The client gets its answer and the server lives, whatever becomes of the recording."""
    bomb = flood()
    headers = of_type("application/json", ("Content-Encoding", "zstd"))
    upstream.plan("/v1/bomb", bomb, headers=headers, framing="length")
    server = recorder()
    assert post(server, "/v1/bomb", cassette="tape").body == bomb
    assert post(server, cassette="tape").status == 200
    assert peak_memory(server) < 1 << 29
    server.stop()


STREAM = "".join(f'data: {{"choices":[{{"delta":{{"content":"{word}"}}}}]}}\n\n' for word in "abc") + "data: [DONE]\n\n"


@pytest.fixture(params=FORMATS)
def of_all_kinds(request, recorder, upstream, cassettes):
    """A cassette with a plain answer, a gzip'd one, a streamed one and an error."""
    upstream.plan_sse("/v1/chat/completions", STREAM)
    upstream.plan_json("/v1/plain", b'{"id":"x-1","a":"Hi"}', headers=[("X-Many", "1"), ("X-Many", "2")])
    headers = of_type("application/json", ("Content-Encoding", "gzip"))
    upstream.plan("/v1/gzip", ENCODERS["gzip"](TEXT), headers=headers, framing="length")
    upstream.plan_json("/v1/error", {"error": {"code": "model_not_found"}}, status=404)
    server = recorder(*FORMATS[request.param])
    for path in ("/v1/plain", "/v1/gzip", "/v1/error"):
        post(server, path, cassette="tape")
    post(server, CHAT, chat(stream=True), cassette="tape")
    post(server, "/v1/plain?a=1&b=%20", b"a=b&c=d", {"Content-Type": "application/x-www-form-urlencoded"}, cassette="tape")
    exchange(server.url, "GET", "/v1/plain", headers={"X-Cassette-Name": "tape"})
    server.stop()
    assert len(stored(cassettes)) == 6
    return cassettes / "tape.yaml", request.param


def test_it_loads_and_replays_in_go_vcr(of_all_kinds, goprobe_bin, standin_bin, tmp_path):
    path, format = of_all_kinds
    exchanges = corpus.standin_load(standin_bin, path)
    if format == "vcrpy":
        path = corpus.convert(standin_bin, path, "go-vcr", tmp_path / "converted.yaml")
    for engine in goprobe.ENGINES:
        corpus.assert_same(exchanges, goprobe.exchanges(goprobe.load(goprobe_bin, path, engine)))
    assert goprobe.replay(goprobe_bin, path) == [test_govcr.answer(one) for one in exchanges]


@test_vcrpy.clients
def test_it_loads_and_replays_in_vcrpy(of_all_kinds, standin_bin, tmp_path, client):
    path, format = of_all_kinds
    if format == "go-vcr":
        path = corpus.convert(standin_bin, path, "vcrpy", tmp_path / "converted.yaml")
    exchanges = corpus.vcrpy_load(path)
    assert [one.body for one in exchanges].count(STREAM.encode()) == 1
    answers = test_vcrpy.replay(client, path, exchanges)
    assert answers == [test_vcrpy.expected(client, one) for one in exchanges]
