"""Bodies that are hard to keep in YAML, the exchanges that carry them, and how vcrpy and standin read and
write such exchanges. go-vcr's side is in goprobe.py."""

import base64
import dataclasses
import json
import random
import subprocess
import types

import vcr.serialize
import yaml
from vcr.request import Request
from vcr.serializers import yamlserializer

import tape

SEED = 20261121
RANDOM_BODIES = 600
BATCH = 100

_TEXTS = {
    "line ends": ["", "\n", "\n\n", "\n\n\n", "\nx", "\n\nx", "x\n", "x\n\n", "x\n\n\n", "x\n\n\n\n", "a\n\n\nb"],
    "carriage returns": ["\r", "\r\n", "a\rb", "a\r\nb\r\n", "a\n\rb", "x\r"],
    "blanks": [
        *(" ", "  ", "\t", " \n", "\n ", "\t\n", "\n\t", " x", "x ", "\tx", "x\t", " x\ny", "\tx\ny", "  x\n y\n"),
        *("x \ny", "x\t\ny", "x\n y ", "x\n\ty", "x\n \ny", "x\n\t\ny\n", "a\n b\n  c\n\n d\n", "a\n\n\n b\n", "x\n  "),
    ],
    "control characters": [
        *("\0", "a\0b", "\x07", "\x1b[0m", "\x7f", "\x80", "\x85", "a\x85b", "\x85\x85", "\x9f", "\xa0", "\xad"),
        "".join(map(chr, range(128))),
    ],
    "Unicode": [
        *("\u2028", "\u2029", "a\u2028b\u2029c", '{"text": "a\u2028b"}', "\u2028x\ny", "x\ny\u2028", "\ufeff", "\ufeffx", "x\ufeffy\n"),
        *("\ufffd", "\ufffe", "\uffff", "\ud7ff\ue000", "\U00010000", "\U0010ffff", "\U0001f600\n\U0001f680"),
        *("\u00fc\u4e2d\u0627\u05d0", "e\u0301", "\u200b", "\u202e", "\u00e9" * 200, "\u4e2d\u6587 " * 60),
    ],
    "like numbers": [
        *("0", "-0", "123", "+1", "0777", "08", "0o17", "0x1F", "0b11", "1_000", "1e3", "1.5e+3", ".5", "1.", "."),
        *(".inf", "-.Inf", ".nan", ".NaN", "nan", "Infinity", "12:30", "12:30:45", "190:20:30.15", "1__0", "1.0.0"),
        *("9007199254740993", "123456789012345678901234567890"),
    ],
    "like booleans, nulls and dates": [
        *("true", "True", "FALSE", "yes", "No", "on", "OFF", "y", "N", "null", "Null", "NULL", "~", "none", "undefined"),
        *("2020-10-01", "2020-10-01T12:30:45Z", "2001-12-14 21:59:43.10 -5", "2020-1-1", "20:30", "=", "<<", "<<: x"),
    ],
    "YAML syntax": [
        *("-", "- a", "- a\n- b\n", "?", "? a", ":", ": a", "a:", "a: b", "a: b\nc: d\n", "a:b", "a:\tb", "key: |\n  x"),
        *("#", "# c", "a #b", "a#b", "a\n# b\n", "|", "| x", ">-", ">\n a\n", "&a", "*a", "!", "!!str x", "!!binary aGk="),
        *("'", "''", "it's", '"', '"a"', "'a': \"b\"", "\\", "\\n", "\\x00 \\u0041", "{", "}", "[", "]", ",", "{a: b}"),
        *("[a, b]", "%", "%YAML 1.1", "@a", "`a`", "---", "---\n", "--- a", "...", "...\n", "a\n---\nb", "a\n...\nb\n"),
        *("%YAML 1.2\n---\nx\n...\n", "*/*", "-- x", "?x", "-x", ":x", "aGVsbG8=", "!!python/object:os.system x"),
    ],
    "long": [
        *("x" * 5000, "word " * 1000 + "end", "word  " * 300, " word" * 300, "x" * 79 + " y", "x" * 80 + "  y"),
        *(("x" * 200 + "\n") * 20, ("word " * 40 + "end\n") * 10, "\u00fc " * 500, "\u00fc" + " " * 300 + "x"),
        *("a\tb " * 200, "'" * 300, '"\\' * 200, "x" + "\n" * 200 + "y", "- " * 200, "x: " * 200, "\\ " * 200),
    ],
    "streams": [
        *("data: {}\n", "data: {}\n\n", "data: {}\n\n\n", "data: {}\r\n\r\n", ": ping\n\ndata: a\n\n", "data: a\n\ndata"),
        *('event: x\ndata: {"a": "\u00e9"}\n\ndata: [DONE]\n\n', 'data: {"t":"\U0001f600"}\n\n', "data: a \n\ndata: b\n\n"),
    ],
}

_BYTES = {
    "all bytes": bytes(range(256)),
    "all bytes, often": bytes(range(256)) * 20,
    "not UTF-8": b"\xff\xfe",
    "one byte": b"\xff",
    "cut short": b"abc\xe2\x82",
    "overlong": b"\xc0\xaf",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "lone surrogate": b"\xed\xa0\x80",
    "surrogate pair": b"\xed\xa0\xbd\xed\xb8\x80",
    "Latin-1": "grün\n".encode("latin-1"),
    "gzip": base64.b64decode("H4sIAAAAAAACA8tIzcnJBwCGphA2BQAAAA=="),
    "stream of bytes": b"data: \xff\n\n",
}


def hard_bodies():
    """(label, body) of everything that is known to be hard."""
    texts = [(f"{kind}: {text[:40]!r}", text.encode()) for kind, list in _TEXTS.items() for text in list]
    return texts + list(_BYTES.items())


def _random_bytes(rng):
    return rng.randbytes(rng.randrange(1, 200))


def _random_text(rng):
    ranges = [(0, 0x7F), (0x20, 0x7E), (0x80, 0xFF), (0x2000, 0x2070), (0xFE00, 0xFFFF), (0x10000, 0x10FFFF)]
    picks = (chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randrange(1, 120)))
    return "".join(picks).encode()


def _random_yaml(rng):
    alphabet = "  \n\n\t-:?,[]{}#&*!|>'\"%@`~=<.\\ab01_+"
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(1, 60))).encode()


def _random_layout(rng):
    words = ["word", "a", "x" * 30, " ", "  ", "\n", "\n\n", "\t", "\n ", " \n", "\u00fc", "\u2028", "- ", ": "]
    return "".join(rng.choice(words) for _ in range(rng.randrange(1, 80))).encode()


def _random_sse(rng):
    events = [f"data: {_random_value(rng)}" for _ in range(rng.randrange(1, 12))]
    end = rng.choice(["\n", "\r\n"])
    return (end * 2).join(events).encode() + end.encode() * rng.randrange(4)


def _random_json(rng):
    return _random_value(rng, indent=rng.choice([None, 2])).encode()


def _random_value(rng, indent=None):
    texts = ["", "Hi there!\n", "\u00e9\u4e2d", "\U0001f600", "a: b", "tab\t", "yes", " "]
    value = {rng.choice(texts): rng.choice([*texts, None, True, 1.5, 10**20, [texts]]) for _ in range(5)}
    return json.dumps(value, indent=indent, ensure_ascii=rng.random() < 0.5)


_KINDS = [_random_bytes, _random_text, _random_yaml, _random_layout, _random_sse, _random_json]


def random_bodies():
    """(label, body) of random bodies, always the same: the label tells how to make one again."""
    for number in range(RANDOM_BODIES):
        kind = _KINDS[number % len(_KINDS)]
        yield f"{kind.__name__}(Random('{SEED}/{number}'))", kind(random.Random(f"{SEED}/{number}"))


def batches():
    """All bodies, in lists short enough for one cassette each."""
    bodies = hard_bodies() + list(random_bodies())
    return [bodies[at : at + BATCH] for at in range(0, len(bodies), BATCH)]


@dataclasses.dataclass
class Exchange:
    """An interaction, as far as both formats keep it. Headers are lists of values by name."""

    method: str
    url: str
    request_headers: dict
    request_body: bytes
    status: int
    reason: str
    headers: dict
    body: bytes


def exchanges_of(batch):
    """Exchanges with each body as response body, the next one as request body, and both as header values
    where they could be some."""
    made = []
    for at, (_, body) in enumerate(batch):
        request_body = batch[(at + 1) % len(batch)][1]
        made.append(
            Exchange(
                method="POST",
                url=f"https://api.example.com/v1/{at}",
                request_headers={"X-Number": [str(at)], **_header(request_body)},
                request_body=request_body,
                status=200,
                reason="OK",
                headers={"Set-Cookie": ["a=1", "b=2"], **_header(body, body)},
                body=body,
            )
        )
    return made


def _header(*bodies):
    try:
        values = [body.decode() for body in bodies]
    except UnicodeDecodeError:
        return {}
    valid = all(char == "\t" or (char >= " " and char != "\x7f") for value in values for char in value)
    return {"X-Text": values} if valid else {}


def assert_same(expected, got, batch=None):
    """Compares exchanges one by one, so that a failure shows what differs and not the file."""
    assert len(got) == len(expected)
    differ = []
    for at, (one, other) in enumerate(zip(expected, got)):
        for field, value in vars(one).items():
            if vars(other)[field] != value:
                label = f" of {batch[at][0]}" if batch else ""
                differ.append(f"{at} {field}{label}: expected {value!r}, got {vars(other)[field]!r}")
    assert not differ, f"{len(differ)} differ:\n" + "\n".join(text[:1000] for text in differ[:5])


#: vcrpy's own serializer, over libyaml, and the one it falls back to without libyaml.
SERIALIZERS = {
    "libyaml": yamlserializer,
    "pure Python": types.SimpleNamespace(
        serialize=lambda data: yaml.dump(data, Dumper=yaml.Dumper),
        deserialize=lambda text: yaml.load(text, Loader=yaml.SafeLoader),
    ),
    # For cassettes of other people with tags that vcrpy 9 refuses.
    "lenient": types.SimpleNamespace(deserialize=lambda text: yaml.load(text, Loader=tape.Loader)),
}


def vcrpy_save(path, exchanges, serializer="libyaml"):
    """Lets vcrpy serialise a cassette."""
    cassette = {
        "requests": [
            Request(one.method, one.url, one.request_body, dict(one.request_headers)) for one in exchanges
        ],
        "responses": [
            {
                "status": {"code": one.status, "message": one.reason},
                "headers": {name: list(values) for name, values in one.headers.items()},
                "body": {"string": one.body},
            }
            for one in exchanges
        ],
    }
    path.write_text(vcr.serialize.serialize(cassette, SERIALIZERS[serializer]), encoding="utf-8", newline="")


def vcrpy_load(path, serializer="libyaml"):
    """The exchanges that vcrpy deserialises. Its persister does the same, but in the locale's encoding."""
    requests, responses = vcr.serialize.deserialize(path.read_text("utf-8"), SERIALIZERS[serializer])
    return [
        Exchange(
            method=request.method,
            url=request.uri,
            request_headers={name: [value] for name, value in request.headers.items()},
            request_body=sent(request.body),
            status=response["status"]["code"],
            reason=response["status"]["message"],
            # The clients take a single value for a list of one.
            headers={
                name: values if isinstance(values, list) else [values]
                for name, values in response["headers"].items()
            },
            body=response["body"]["string"],
        )
        for request, response in zip(requests, responses, strict=True)
    ]


def sent(body):
    """The bytes of a request body as vcrpy holds it: aiohttp's `json=` is a mapping there."""
    if isinstance(body, (dict, list)):
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return body or b""


def standin(binary, *arguments):
    """What a standin command prints."""
    done = subprocess.run([binary, *map(str, arguments)], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def convert(binary, source, to, output):
    standin(binary, "cassette", "convert", source, "--to", to, "--output", output)
    return output


def show(binary, path):
    return json.loads(standin(binary, "cassette", "show", path, "--json"))


def standin_load(binary, path):
    """The exchanges that standin reads."""
    loaded = []
    for one in show(binary, path)["interactions"]:
        request, response = one["request"], one["response"]
        loaded.append(
            Exchange(
                method=request["method"],
                url=request["url"],
                request_headers=_grouped(request["headers"]),
                request_body=_shown(request["body"]),
                status=response["status"],
                reason=response["reason"],
                headers=_grouped(response["headers"]),
                body=_shown(response["body"]),
            )
        )
    return loaded


def _grouped(pairs):
    groups = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def _shown(body):
    return body["text"].encode() if "text" in body else base64.b64decode(body["base64"], validate=True)
