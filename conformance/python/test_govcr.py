"""Cassettes that standin wrote load in the real go-vcr and replay there; those that go-vcr wrote lose
nothing on the way through standin, not a field and not a byte."""

import difflib
import urllib.parse

import pytest

import corpus
import goprobe
from conftest import cassette_folders

SOURCES = sorted(path for folder in cassette_folders() for path in folder.rglob("*.yaml"))
GO_SOURCES = [path for path in SOURCES if path.read_bytes().startswith(b"---")]
engines = pytest.mark.parametrize("engine", goprobe.ENGINES)


def each(paths):
    return pytest.mark.parametrize("source", paths, ids=lambda path: f"{path.parent.name}/{path.stem}")


def test_there_are_sources_of_both_formats():
    assert 0 < len(GO_SOURCES) < len(SOURCES)


@each(SOURCES)
@engines
def test_loads_in_go_vcr(standin_bin, goprobe_bin, tmp_path, source, engine):
    written = corpus.convert(standin_bin, source, "go-vcr", tmp_path / "written.yaml")
    loaded = goprobe.exchanges(goprobe.load(goprobe_bin, written, engine))
    corpus.assert_same(goprobe.original(goprobe_bin, source), loaded)


@each(SOURCES)
def test_replays_in_go_vcr(standin_bin, goprobe_bin, tmp_path, source):
    written = corpus.convert(standin_bin, source, "go-vcr", tmp_path / "written.yaml")
    exchanges = goprobe.original(goprobe_bin, source)
    assert goprobe.replay(goprobe_bin, written) == [answer(one) for one in exchanges]


def answer(one):
    return one.status, f"{one.status} {one.reason}".strip(), one.headers, one.body


def test_hard_bodies_replay_in_go_vcr(standin_bin, goprobe_bin, tmp_path):
    """By way of both formats."""
    exchanges = corpus.exchanges_of(corpus.hard_bodies())
    corpus.vcrpy_save(tmp_path / "source.yaml", exchanges)
    python = corpus.convert(standin_bin, tmp_path / "source.yaml", "vcrpy", tmp_path / "python.yaml")
    written = corpus.convert(standin_bin, python, "go-vcr", tmp_path / "written.yaml")
    answers = goprobe.replay(goprobe_bin, written)
    for (label, _), got, one in zip(corpus.hard_bodies(), answers, exchanges, strict=True):
        assert got == answer(one), label


@each(GO_SOURCES)
@engines
def test_every_field_survives_a_rewrite(standin_bin, goprobe_bin, tmp_path, source, engine):
    written = corpus.convert(standin_bin, source, "go-vcr", tmp_path / "written.yaml")
    assert goprobe.load(goprobe_bin, written, engine) == goprobe.load(goprobe_bin, source, engine)


def test_a_rewrite_adds_no_field(standin_bin, goprobe_bin, tmp_path):
    """What was taken out of a cassette by hand or by a hook stays out."""
    nothing = {"Proto": "", "ProtoMajor": 0, "ProtoMinor": 0, "ContentLength": 0, "Host": "", "Form": {}}
    exchange = ordinary(ORDINARY["JSON"])
    exchange.url += "?a=1"
    goprobe.save(goprobe_bin, tmp_path / "source.yaml", [exchange], request=nothing)
    written = corpus.convert(standin_bin, tmp_path / "source.yaml", "go-vcr", tmp_path / "written.yaml")
    assert goprobe.load(goprobe_bin, written) == goprobe.load(goprobe_bin, tmp_path / "source.yaml")


def test_what_vcrpy_does_not_hold_is_what_go_would_have_recorded(standin_bin, goprobe_bin, tmp_path):
    """go-vcr's own matcher compares the host, the length and the form too."""
    exchange = corpus.Exchange(
        method="POST",
        url="https://api.example.com:8443/token?b=2&a=1&b=3&empty=",
        request_headers={"Content-Type": ["application/x-www-form-urlencoded"]},
        request_body=b"scope=a+b&b=%C3%BC",
        status=200,
        reason="OK",
        headers={},
        body=b"{}",
    )
    corpus.vcrpy_save(tmp_path / "source.yaml", [exchange])
    written = corpus.convert(standin_bin, tmp_path / "source.yaml", "go-vcr", tmp_path / "written.yaml")
    request = goprobe.load(goprobe_bin, written)[0]["Request"]
    assert request["Host"] == "api.example.com:8443"
    assert request["ContentLength"] == len(exchange.request_body)
    # The body's values come first, as in net/http.
    pairs = exchange.request_body.decode() + "&" + exchange.url.partition("?")[2]
    assert request["Form"] == urllib.parse.parse_qs(pairs, keep_blank_values=True)


JSON = b'{"model":"gpt-5-nano","messages":[{"role":"user","content":"Hello!"}],"stream":true}'
ORDINARY = {
    "JSON": (JSON, b'{"id":"chatcmpl-1","choices":[{"index":0,"message":{"content":"Hi, it\'s me: #1"}}]}'),
    "JSON on lines": (b'{\n  "a": [\n    1\n  ]\n}', b'{\n  "a": "b",\n\n  "c": null\n}\n'),
    "JSON beyond ASCII": (JSON, '{"content":"Tell me what you’d like – 中文"}'.encode()),
    "emoji": (JSON, '{"content":"\U0001f600"}'.encode()),
    "a tab in JSON": (JSON, b'{\n\t"a": 1\n}'),
    "a stream": (JSON, b'data: {"a":1}\n\ndata: {"a":2}\n\ndata: [DONE]\n\n'),
    "a stream with names": (JSON, 'event: a\ndata: {"text":"é"}\n\nevent: b\ndata: {}\n\n'.encode()),
    "a stream with emoji": (JSON, 'data: {"a":"\U0001f600"}\n\ndata: [DONE]\n\n'.encode()),
    "a stream with CRLF": (JSON, b"data: {}\r\n\r\ndata: [DONE]\r\n\r\n"),
    "one line feed at the end": (JSON, b"data: {}\n\ndata: [DONE]\n"),
    "three line feeds at the end": (JSON, b"data: {}\n\ndata: [DONE]\n\n\n"),
    "nothing": (b"", b""),
    "plain text": (b"x", b"upstream connect error"),
    "a number": (b"1", b"404"),
    "a word": (b"null", b"true"),
    "a page": (b"a=b&c=d", b"<html>\r\n<body>\r\n</body>\r\n</html>\r\n"),
    "bytes": (bytes(range(256)), b"\x1f\x8b\x08\x00"),
    "a long line": (JSON, b"word " * 2000 + b"end"),
}
HEADERS = {
    "Accept": ["*/*"],
    "Content-Type": ["application/json; charset=utf-8"],
    "Date": ["Thu, 14 Aug 2025 01:10:35 GMT"],
    "Etag": ['W/"abc"'],
    "Openai-Processing-Ms": ["2524"],
    "Openai-Version": ["2020-10-01"],
    "Set-Cookie": ["a=1; Path=/", "b=2"],
    "Strict-Transport-Security": ["max-age=31536000; includeSubDomains; preload"],
    "X-Empty": [""],
    "X-Ratelimit-Reset-Requests": ["120ms"],
    "X-Should-Retry": ["false"],
}
FULL = {
    "request": {"Form": {"a": ["1"], "b[]": ["2", "x y"]}, "RemoteAddr": "127.0.0.1:80", "RequestURI": "/v1"},
    "response": {
        "TransferEncoding": ["chunked"],
        "Trailer": {"X-Sum": ["1"]},
        "Uncompressed": True,
        "Duration": 3215371625,
    },
}


def ordinary(bodies, headers=HEADERS):
    return corpus.Exchange("POST", "https://api.openai.com/v1", headers, bodies[0], 200, "OK", headers, bodies[1])


def assert_golden(standin_bin, goprobe_bin, tmp_path, exchanges, **fields):
    source, written = tmp_path / "source.yaml", tmp_path / "written.yaml"
    goprobe.save(goprobe_bin, source, exchanges, **fields)
    corpus.convert(standin_bin, source, "go-vcr", written)
    assert goprobe.load(goprobe_bin, written) == goprobe.load(goprobe_bin, source)
    before, after = (path.read_bytes().decode().split("\n") for path in (source, written))
    assert before == after, "\n".join(difflib.unified_diff(before, after, "go-vcr", "standin", n=1, lineterm=""))


@pytest.mark.parametrize("case", ORDINARY)
def test_a_rewrite_is_go_vcrs_own_file(standin_bin, goprobe_bin, tmp_path, case):
    """Byte for byte, for ordinary bodies: a rewrite shows no difference in review."""
    assert_golden(standin_bin, goprobe_bin, tmp_path, [ordinary(ORDINARY[case])] * 2)


def test_a_rewrite_is_go_vcrs_own_file_with_all_fields(standin_bin, goprobe_bin, tmp_path):
    exchanges = [ordinary(bodies) for bodies in ORDINARY.values()]
    assert_golden(standin_bin, goprobe_bin, tmp_path, exchanges, **FULL)


# `=` is not among them: go-vcr writes it plain, which PyYAML cannot load, so standin quotes it.
ODD = ["12:30", "12:30:45", "yes", "No", "on", "y", "~", "null", "1e3", "0x1F", "0o17", "1_000", "08", ".5", "-1.5"]


@pytest.mark.parametrize("value", [*ODD, "- a", "a: b", "it's", 'say "x"', " x", "x ", "a\tb", "é", "#1", "@a", "?"])
def test_a_rewrite_quotes_as_go_vcr_does(standin_bin, goprobe_bin, tmp_path, value):
    exchange = ordinary((b"", value.encode()), {"X-Value": [value]})
    assert_golden(standin_bin, goprobe_bin, tmp_path, [exchange])


def test_a_rewrite_keeps_go_vcrs_order_of_headers(standin_bin, goprobe_bin, tmp_path):
    """go-yaml sorts numbers in keys by their value."""
    names = ["X-2", "X-10", "X-1a", "X-01", "X", "Xa", "X_a", "x-1", "a-b", "A-C", "Ab", "aB", "X-Kb-1", "X-Kb"]
    exchanges = [ordinary(ORDINARY["JSON"], {name: ["v"] for name in names})]
    assert_golden(standin_bin, goprobe_bin, tmp_path, exchanges)


def test_a_rewrite_of_no_headers_and_no_interactions(standin_bin, goprobe_bin, tmp_path):
    assert_golden(standin_bin, goprobe_bin, tmp_path, [ordinary(ORDINARY["JSON"], {})])
    (tmp_path / "written.yaml").unlink()
    assert_golden(standin_bin, goprobe_bin, tmp_path, [])
