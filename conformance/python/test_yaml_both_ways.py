"""Any body, in any YAML: what PyYAML and go-yaml write, standin reads; what standin writes, they read.

Each test runs over the hard bodies and the random ones of corpus.py, a hundred to a cassette, as request
body, response body and header values.
"""

import pytest
import yaml

import corpus
import goprobe
from corpus import assert_same, convert, exchanges_of, standin_load, vcrpy_load, vcrpy_save

BATCHES = corpus.batches()
SERIALIZERS = ("libyaml", "pure Python")
batches = pytest.mark.parametrize("number", range(len(BATCHES)))


def test_the_corpus_is_large_and_has_no_duplicates():
    bodies = [body for batch in BATCHES for _, body in batch]
    assert len(list(corpus.random_bodies())) >= 500
    assert len(corpus.hard_bodies()) == len({body for _, body in corpus.hard_bodies()})
    assert len(set(bodies)) > 0.95 * len(bodies)


@batches
@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_standin_reads_what_pyyaml_writes(standin_bin, tmp_path, number, serializer):
    exchanges = exchanges_of(BATCHES[number])
    vcrpy_save(tmp_path / "python.yaml", exchanges, serializer)
    assert_same(exchanges, vcrpy_load(tmp_path / "python.yaml"), BATCHES[number])
    assert_same(exchanges, standin_load(standin_bin, tmp_path / "python.yaml"), BATCHES[number])


@batches
@pytest.mark.parametrize("engine", goprobe.ENGINES)
def test_standin_reads_what_go_writes(standin_bin, goprobe_bin, tmp_path, number, engine):
    """But for the exchanges that the engine cannot read back itself: they have no meaning to agree on."""
    everything = exchanges_of(BATCHES[number])
    verdicts = goprobe.survives(goprobe_bin, everything, engine)
    exchanges = [one for one, survives in zip(everything, verdicts, strict=True) if survives]
    assert len(exchanges) > 0.8 * len(everything), "the engine fails where it is not known to"
    goprobe.save(goprobe_bin, tmp_path / "go.yaml", exchanges, engine)
    assert_same(exchanges, goprobe.exchanges(goprobe.load(goprobe_bin, tmp_path / "go.yaml", engine)))
    assert_same(exchanges, standin_load(standin_bin, tmp_path / "go.yaml"))


@batches
def test_all_read_what_standin_writes(standin_bin, goprobe_bin, tmp_path, number):
    """Every engine reads every body from both layouts, those included that go-yaml itself writes wrongly;
    and a cassette converted there and back is the one it was."""
    batch = BATCHES[number]
    exchanges = exchanges_of(batch)
    vcrpy_save(tmp_path / "source.yaml", exchanges)
    go = convert(standin_bin, tmp_path / "source.yaml", "go-vcr", tmp_path / "go.yaml")
    python = convert(standin_bin, tmp_path / "source.yaml", "vcrpy", tmp_path / "python.yaml")
    for engine in goprobe.ENGINES:
        assert_same(exchanges, goprobe.exchanges(goprobe.load(goprobe_bin, go, engine)), batch)
    for serializer in SERIALIZERS:
        assert_same(exchanges, vcrpy_load(python, serializer), batch)
    assert_same(exchanges, standin_load(standin_bin, go), batch)
    assert_same(exchanges, standin_load(standin_bin, python), batch)
    back = convert(standin_bin, go, "vcrpy", tmp_path / "back.yaml")
    assert back.read_bytes() == python.read_bytes()


@batches
def test_pyyaml_and_go_agree_on_the_go_layout(standin_bin, goprobe_bin, tmp_path, number):
    """A mapping of the go-vcr file read by PyYAML holds the bodies that Go reads: no YAML 1.1 reader is
    surprised by it."""
    vcrpy_save(tmp_path / "source.yaml", exchanges_of(BATCHES[number]))
    go = convert(standin_bin, tmp_path / "source.yaml", "go-vcr", tmp_path / "go.yaml")
    ours = yaml.load(go.read_text("utf-8"), Loader=yaml.CSafeLoader)["interactions"]
    for one, (label, body) in zip(ours, BATCHES[number], strict=True):
        stored = one["response"]["body"]
        assert (stored.encode() if isinstance(stored, str) else stored) == body, label


@batches
def test_vcrpy_output_has_the_layout_that_vcrpy_needs(standin_bin, tmp_path, number):
    """ASCII without carriage returns, since vcrpy opens it in the locale's encoding with universal
    newlines; keys in order; and every key that its stubs look up without asking."""
    vcrpy_save(tmp_path / "source.yaml", exchanges_of(BATCHES[number]))
    # By way of go-vcr's format, so that nothing of the source's own layout is kept.
    convert(standin_bin, tmp_path / "source.yaml", "go-vcr", tmp_path / "go.yaml")
    data = convert(standin_bin, tmp_path / "go.yaml", "vcrpy", tmp_path / "out.yaml").read_bytes()
    assert all(byte == 0x0A or 0x20 <= byte < 0x7F for byte in data if byte != 0x09)
    assert data.endswith(b"\nversion: 1\n")
    document = yaml.load(data, Loader=yaml.CSafeLoader)
    _assert_sorted(document)
    for one in document["interactions"]:
        assert list(one["request"]) == ["body", "headers", "method", "uri"]
        assert all(len(values) == 1 for values in one["request"]["headers"].values())
        assert list(one["response"]) == ["body", "headers", "status"]
        assert all(isinstance(values, list) for values in one["response"]["headers"].values())
        assert isinstance(one["response"]["body"]["string"], (str, bytes))
        assert one["response"]["status"] == {"code": 200, "message": "OK"}


def _assert_sorted(node):
    if isinstance(node, dict):
        assert list(node) == sorted(node)
        node = list(node.values())
    for child in node if isinstance(node, list) else []:
        _assert_sorted(child)


ODD_VALUES = ["123", "true", "no", "2020-10-01", "12:30:45", "", "*/*", "~", "null", "0x1F", "1e3", "=", "- a", ".5"]


@pytest.mark.parametrize("to", ["go-vcr", "vcrpy"])
def test_odd_values_stay_strings(standin_bin, goprobe_bin, tmp_path, to):
    """Header names and values, the method and the reason too."""
    names = [f"X-{at}" for at in range(len(ODD_VALUES))] + ["on", "404"]
    values = [*ODD_VALUES, "on", "404"]
    exchange = corpus.Exchange(
        method="NO",
        url="https://api.example.com/",
        request_headers={name: [value] for name, value in zip(names, values)},
        request_body=b"123",
        status=200,
        reason="no",
        headers={name: [value, value] for name, value in zip(names, values)},
        body=b"true",
    )
    goprobe.save(goprobe_bin, tmp_path / "go.yaml", [exchange])
    written = convert(standin_bin, tmp_path / "go.yaml", to, tmp_path / "out.yaml")
    one = yaml.safe_load(written.read_bytes())["interactions"][0]
    assert one["request"]["headers"] == exchange.request_headers
    assert one["response"]["headers"] == exchange.headers
    assert one["request"]["method"] == "NO"
    assert one["request"]["body"] == "123"
    if to == "vcrpy":
        assert_same([exchange], vcrpy_load(written))
        assert one["response"]["status"]["message"] == "no"
    else:
        assert_same([exchange], goprobe.exchanges(goprobe.load(goprobe_bin, written)))


CHUNKED = """interactions:
- request:
    body: '{}'
    headers: {}
    method: POST
    uri: https://api.example.com/v1
  response:
    body:
      string: "data: one\\n\\ndata: two\\n\\n"
    headers:
      Content-Type:
      - text/event-stream
    status:
      code: 200
      message: OK
  standin:
    chunks: 0.5+11 412.25+4 431+7
recorder: kept
version: 1
"""


def test_chunks_survive_both_formats_and_stop_neither_library(standin_bin, goprobe_bin, tmp_path):
    """So does a key that nobody knows."""
    source = tmp_path / "source.yaml"
    source.write_text(CHUNKED)
    chunks = [{"at_ms": 0.5, "bytes": 11}, {"at_ms": 412.25, "bytes": 4}, {"at_ms": 431.0, "bytes": 7}]
    expected = vcrpy_load(source)
    go = convert(standin_bin, source, "go-vcr", tmp_path / "go.yaml")
    back = convert(standin_bin, go, "vcrpy", tmp_path / "back.yaml")
    for path in (source, go, back):
        assert corpus.show(standin_bin, path)["interactions"][0]["chunks"] == chunks
        assert yaml.safe_load(path.read_bytes())["recorder"] == "kept"
    for engine in goprobe.ENGINES:
        assert_same(expected, goprobe.exchanges(goprobe.load(goprobe_bin, go, engine)))
    assert_same(expected, vcrpy_load(back))
