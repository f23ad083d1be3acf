"""Cassettes as PyYAML reads them: what the tests expect, from a reader that is not standin's."""

import json
import zlib

import yaml
from vcr.serializers.yamlserializer import _CassetteLoader


class Loader(_CassetteLoader):
    """vcrpy's own loader, and the header names of aiohttp that old versions dumped as objects."""


def _istr(loader, node):
    return loader.construct_sequence(node)[0]


Loader.add_constructor("tag:yaml.org,2002:python/object/apply:multidict._multidict.istr", _istr)


def as_bytes(value):
    if value is None:
        return b""
    if isinstance(value, (dict, list)):
        return json.dumps(value).encode()
    return value.encode() if isinstance(value, str) else bytes(value)


def interactions(path):
    """Dictionaries of method, url, headers (pairs), body, and the answer's status, headers and body."""
    with open(path, "rb") as file:
        for one in yaml.load(file, Loader=Loader)["interactions"]:
            request, response = one["request"], one["response"]
            body = response.get("body")
            yield {
                "method": request["method"],
                "url": request.get("uri") or request["url"],
                "request_headers": pairs(request.get("headers")),
                "request_body": as_bytes(request.get("body")),
                "status": response["code"] if "code" in response else response["status"]["code"],
                "headers": pairs(response.get("headers")),
                "body": as_bytes(body.get("string") if isinstance(body, dict) else body),
            }


def pairs(headers):
    return [
        (name, value)
        for name, values in (headers or {}).items()
        for value in (values if isinstance(values, list) else [values])
    ]


HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"}


def replayed_headers(one):
    """The recorded headers that a replay has to carry: not those of the connection, no length, and no
    content encoding that the stored body does not have."""
    kept = []
    for name, value in one["headers"]:
        lower = name.lower()
        stale = lower == "content-encoding" and not encoded(value, one["body"])
        if lower not in HOP_BY_HOP and lower != "content-length" and not stale:
            kept.append((lower, value))
    return kept


def encoded(encoding, body):
    if encoding == "gzip":
        try:
            zlib.decompressobj(wbits=31).decompress(body)
            return body.startswith(b"\x1f\x8b")
        except zlib.error:
            return False
    return encoding not in ("br", "deflate")
