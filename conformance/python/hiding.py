"""The places in a request and in an answer where a secret can stand. Each is a function from the secret to what is
sent; a test of a place is a test of its name."""

import base64
import gzip
import json
import urllib.parse

import brotli
import zstandard

import upstream as stub
from recording import CHAT, HELLO

JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
BOUNDARY = "conformance-boundary"
MULTIPART = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")


def request(body=b"{}", path="/v1/x", headers=(JSON,), method="POST"):
    """A call; the stub does not know its path, and answers what the test planned."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return {"method": method, "path": path, "body": body, "headers": list(headers)}


def said(text):
    return {"model": "gpt-5-nano", "messages": [*HELLO, {"role": "user", "content": text}]}


def deep(value, levels=12):
    for level in range(levels):
        value = {"a": [1, value]} if level % 2 else [value, {"b": 2}]
    return value


def called(arguments):
    """A conversation in which a tool was called with these arguments."""
    function = {"name": "login", "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    return {"messages": [*HELLO, {"role": "assistant", "content": None, "tool_calls": [call]}]}


def escaped(text):
    return "".join(f"\\u{ord(char):04x}" for char in text)


def percent(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


def multipart(*parts):
    lines = []
    for disposition, content in parts:
        lines += [f"--{BOUNDARY}", f"Content-Disposition: form-data; {disposition}", "", content]
    return "\r\n".join([*lines, f"--{BOUNDARY}--", ""]).encode()


#: Where a secret may stand in a request, by its value alone.
REQUESTS = {
    "header": lambda secret: request(headers=[JSON, ("X-Debug", secret)]),
    "header, in words": lambda secret: request(headers=[JSON, ("X-Debug", f"key={secret}; more")]),
    "path": lambda secret: request(path=f"/v1/files/{secret}/content"),
    "query": lambda secret: request(path=f"/v1/x?a=1&note={secret}&b="),
    "query, percent-encoded": lambda secret: request(path=f"/v1/x?note={percent(secret)}"),
    "JSON": lambda secret: request(said(f"my key is {secret}, keep it")),
    "JSON, the whole string": lambda secret: request({"a": secret}),
    "JSON with a charset": lambda secret: request(said(secret), headers=[(JSON[0], "application/json; charset=utf-8")]),
    "JSON of another name": lambda secret: request(said(secret), headers=[(JSON[0], "application/vnd.api+json")]),
    "JSON, deep": lambda secret: request(deep(secret)),
    "JSON, escaped": lambda secret: request(f'{{"a":"{escaped(secret)}"}}'.encode()),
    "JSON, a member's name": lambda secret: request({secret: 1}),
    "JSON in JSON": lambda secret: request(called(json.dumps({"x": f"use {secret}"}))),
    "JSON in JSON in JSON": lambda secret: request(called(json.dumps({"x": json.dumps({"y": secret})}))),
    "JSON in JSON, escaped": lambda secret: request(called(f'{{"x":"{escaped(secret)}"}}')),
    "JSON lines": lambda secret: request(
        f'{{"a":1}}\n{{"b":"{secret}"}}\n'.encode(), headers=[(JSON[0], "application/jsonl")]
    ),
    "PUT": lambda secret: request(said(secret), method="PUT"),
    "PATCH": lambda secret: request(said(secret), method="PATCH"),
    "form": lambda secret: request(f"a=1&note={urllib.parse.quote(secret, safe='')}&b=".encode(), headers=[FORM]),
    "form, percent-encoded": lambda secret: request(f"note={percent(secret)}".encode(), headers=[FORM]),
    "multipart field": lambda secret: request(
        multipart(('name="model"', "whisper-1"), ('name="note"', secret)), headers=[MULTIPART]
    ),
    "multipart file": lambda secret: request(
        multipart(('name="file"; filename="a.env"', f"KEY={secret}\r\nMORE=1")), headers=[MULTIPART]
    ),
    "multipart file of bytes": lambda secret: request(
        multipart(('name="file"; filename="a.bin"', "@@")).replace(b"@@", b"\x00\xff" + secret.encode() + b"\xfe"),
        headers=[MULTIPART],
    ),
    "plain text": lambda secret: request(f"export KEY={secret}\n".encode(), headers=[("Content-Type", "text/plain")]),
    "no content type": lambda secret: request(f'{{"a":"{secret}"}}'.encode(), headers=[]),
    "JSON that is none": lambda secret: request(f'{{"a":"{secret}",}} and more'.encode()),
    "bytes": lambda secret: request(
        b"\x00\xff" + secret.encode() + b"\xfe", headers=[("Content-Type", "application/octet-stream")]
    ),
    "gzip'd JSON": lambda secret: request(
        gzip.compress(json.dumps(said(secret)).encode(), mtime=0), headers=[JSON, ("Content-Encoding", "gzip")]
    ),
}


def answer(*steps, status=200, content_type="application/json", headers=(), path="/v1/x"):
    steps = [step if isinstance(step, bytes) else step.encode() for step in steps]
    return {"path": path, "steps": steps, "status": status, "headers": [("Content-Type", content_type), *headers]}


def sse(documents, end="data: [DONE]\n\n", **options):
    frames = [f"data: {json.dumps(document)}\n\n" for document in documents]
    return answer(*frames, end, content_type="text/event-stream", path=CHAT, **options)


def events(path, kind, documents, last):
    """Events with names, as Anthropic and the Responses API send them."""
    documents = [{"type": kind, **document} for document in documents] + [{"type": last}]
    frames = (f"event: {document['type']}\ndata: {json.dumps(document)}\n\n" for document in documents)
    return answer(*frames, content_type="text/event-stream", path=path)


def delta(**fields):
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": fields}]}


def pieces(secret, size=5):
    text = f"Sure: {secret} is it"
    return [text[at : at + size] for at in range(0, len(text), size)]


def argument_pieces(secret, size=5):
    text = json.dumps({"x": f"use {secret}"})
    return [text[at : at + size] for at in range(0, len(text), size)]


def tool_delta(piece):
    return delta(tool_calls=[{"index": 0, "function": {"arguments": piece}}])


def packed(name, secret):
    body = json.dumps({"a": secret, "more": "text " * 50}).encode()
    pack = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstandard.ZstdCompressor().compress}[name]
    return answer(pack(body), headers=[("Content-Encoding", name)])


def bedrock(texts):
    frames = [
        stub.provider.aws_message({":event-type": "contentBlockDelta"}, json.dumps({"delta": {"text": text}}).encode())
        for text in texts
    ]
    return answer(*frames, content_type="application/vnd.amazon.eventstream")


#: Where a secret may stand in an answer.
ANSWERS = {
    "header": lambda secret: answer("{}", headers=[("X-Echo", f"Bearer {secret}")]),
    "header, an address": lambda secret: answer("", status=307, headers=[("Location", f"https://h/p?a={secret}")]),
    "JSON": lambda secret: answer(json.dumps(said(f"your key is {secret}."))),
    "JSON, deep": lambda secret: answer(json.dumps(deep(secret))),
    "JSON, escaped": lambda secret: answer(f'{{"a":"{escaped(secret)}"}}'),
    "JSON, pretty": lambda secret: answer(json.dumps(said(secret), indent=2)),
    "JSON in JSON": lambda secret: answer(json.dumps(called(json.dumps({"x": secret})))),
    "JSON in JSON in JSON": lambda secret: answer(json.dumps(called(json.dumps({"x": json.dumps({"y": secret})})))),
    "an error": lambda secret: answer(
        json.dumps({"error": {"message": f"Incorrect API key provided: {secret}."}}), status=400
    ),
    "plain text": lambda secret: answer(f"key: {secret}\n", content_type="text/plain"),
    "HTML": lambda secret: answer(f"<a href='/p?k={secret}'>x</a>", content_type="text/html"),
    "bytes": lambda secret: answer(b"\xff\x00" + secret.encode() + b"\xfe", content_type="application/octet-stream"),
    "gzip": lambda secret: packed("gzip", secret),
    "br": lambda secret: packed("br", secret),
    "zstd": lambda secret: packed("zstd", secret),
    "JSON lines": lambda secret: answer(f'{{"a":"{secret}"}}\n', '{"b":1}\n', content_type="application/x-ndjson"),
    "a frame": lambda secret: sse([delta(content=f"it is {secret}")]),
    "a comment of a stream": lambda secret: answer(
        f": {secret}\n\n", "data: [DONE]\n\n", content_type="text/event-stream", path=CHAT
    ),
    "split over transport chunks": lambda secret: answer(
        *(f"data: {json.dumps(delta(content=secret))}\n\ndata: [DONE]\n\n".encode()[at : at + 7] for at in range(0, 400, 7)),
        content_type="text/event-stream",
        path=CHAT,
    ),
    "split over deltas": lambda secret: sse(delta(content=piece) for piece in pieces(secret)),
    "split into characters": lambda secret: sse(delta(content=piece) for piece in pieces(secret, 1)),
    "split in two": lambda secret: sse(delta(content=piece) for piece in (f"it is {secret[:-3]}", secret[-3:], " yes")),
    "split between two choices": lambda secret: sse(
        {"choices": [{"index": number, "delta": {"content": piece}}]} for piece in pieces(secret) for number in (0, 1)
    ),
    "split arguments": lambda secret: sse(tool_delta(piece) for piece in argument_pieces(secret)),
    "split Anthropic text": lambda secret: events(
        "/v1/messages",
        "content_block_delta",
        ({"index": 0, "delta": {"type": "text_delta", "text": piece}} for piece in pieces(secret)),
        "message_stop",
    ),
    "split Anthropic input": lambda secret: events(
        "/v1/messages",
        "content_block_delta",
        ({"index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}} for piece in argument_pieces(secret)),
        "message_stop",
    ),
    "split Responses text": lambda secret: events(
        "/v1/responses",
        "response.output_text.delta",
        ({"item_id": "msg_1", "output_index": 0, "delta": piece} for piece in pieces(secret)),
        "response.completed",
    ),
    "split, and gzip'd": lambda secret: {
        **(plan := sse(delta(content=piece) for piece in pieces(secret))),
        "steps": [gzip.compress(b"".join(plan["steps"]), mtime=0)],
        "headers": [*plan["headers"], ("Content-Encoding", "gzip")],
    },
    "an AWS message": lambda secret: bedrock([f"it is {secret}", "yes"]),
    "split over AWS messages": lambda secret: bedrock(pieces(secret)),
}

#: In which only what standin knows by value can be found: nothing tells a pattern there.
REQUESTS_BY_VALUE = {
    "base64": lambda secret: request({"a": base64.b64encode(secret.encode()).decode()}),
    "base64 of more": lambda secret: request({"a": base64.b64encode(f"user:{secret}".encode()).decode()}),
}


#: Where a secret may stand under a name that says what it is, whatever it looks like.
NAMED = {
    "query": lambda name, secret: request(path=f"/v1/x?a=1&{urllib.parse.quote(name)}={secret}"),
    "form": lambda name, secret: request(f"a=1&{urllib.parse.quote(name)}={secret}".encode(), headers=[FORM]),
    "multipart": lambda name, secret: request(multipart((f'name="{name}"', secret)), headers=[MULTIPART]),
    "JSON": lambda name, secret: request({name: secret}),
    "JSON, deep": lambda name, secret: request(deep({name: secret})),
    "JSON, a list": lambda name, secret: request({name: ["x", {"y": secret}]}),
    "JSON with a charset": lambda name, secret: request(
        {name: secret}, headers=[(JSON[0], "application/json; charset=utf-8")]
    ),
    "JSON in JSON": lambda name, secret: request(called(json.dumps({name: secret}))),
    "JSON in JSON in JSON": lambda name, secret: request(called(json.dumps({"x": json.dumps({name: secret})}))),
}
NAMED_ANSWERS = {
    "JSON": lambda name, secret: answer(json.dumps(deep({name: secret}))),
    "JSON in JSON": lambda name, secret: answer(json.dumps(called(json.dumps({name: secret})))),
    "a form": lambda name, secret: answer(f"a=1&{name}={secret}", content_type=FORM[1]),
    "split arguments": lambda name, secret: sse(
        tool_delta(json.dumps({name: secret})[at : at + 4]) for at in range(0, len(json.dumps({name: secret})), 4)
    ),
    "an AWS message": lambda name, secret: answer(
        stub.provider.aws_message({":event-type": "x"}, json.dumps({name: secret}).encode()),
        content_type="application/vnd.amazon.eventstream",
    ),
}
