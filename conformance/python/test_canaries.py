"""The search for canaries by itself: it finds what is hidden in each way that the tests hide it."""

import base64
import gzip
import json
import urllib.parse

import pytest
import yaml

import canaries
import upstream as stub

SECRET = "sk-proj-T3BlbkFJcanary7c41d8e6a0539f2b"


def split(text, size=5):
    return [text[at : at + size] for at in range(0, len(text), size)]


def chunk(**delta):
    return "data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}) + "\n\n"


def deep(value):
    for _ in range(12):
        value = {"a": [value]}
    return value


HIDDEN = {
    "plain": f"my key is {SECRET}",
    "percent": "a=1&note=" + "".join(f"%{ord(char):02x}" for char in SECRET),
    "query": f"https://h/p?a=b&x={urllib.parse.quote(SECRET)}",
    "base64": "Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "JSON escapes": '{"a":"' + "".join(f"\\u{ord(char):04x}" for char in SECRET) + '"}',
    "deep JSON": json.dumps(deep(SECRET)),
    "JSON in JSON": json.dumps({"arguments": json.dumps({"inner": json.dumps({"x": SECRET.replace("-", "\\u002d")})})}),
    "a member's name": json.dumps({SECRET: 1}),
    "gzip": gzip.compress(json.dumps({"a": SECRET}).encode()),
    "deltas": "".join(chunk(content=piece) for piece in split(SECRET)),
    "deltas of arguments": "".join(
        chunk(tool_calls=[{"index": 0, "function": {"arguments": piece}}]) for piece in split(json.dumps({"k": SECRET}))
    ),
    "AWS messages": b"".join(
        stub.provider.aws_message({":event-type": "x"}, json.dumps({"delta": {"text": piece}}).encode())
        for piece in split(SECRET)
    ),
    "half of it": f"my key is {SECRET[10:30]}",
}


@pytest.mark.parametrize("how", HIDDEN)
def test_it_is_found(tmp_path, how):
    path = tmp_path / "tape.yaml"
    interaction = {"response": {"body": {"string": HIDDEN[how]}, "headers": {"X-A": ["b"]}}}
    path.write_text(yaml.safe_dump({"interactions": [interaction]}))
    assert canaries.leaks(path, SECRET)
    assert not canaries.leaks(path, "sk-proj-another-0123456789abcdef")


@pytest.mark.parametrize("where", [{SECRET: 1}, {"a": [{"b": SECRET}]}, {"url": f"https://h/{SECRET}"}])
def test_it_is_found_anywhere_in_the_file(tmp_path, where):
    (tmp_path / "tape.yaml").write_text(yaml.safe_dump(where))
    assert canaries.leaks(tmp_path / "tape.yaml", SECRET)
