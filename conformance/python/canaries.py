"""Looks for a secret in a file as its finder would: in the raw bytes, in every value, and in all that values can be
decoded to: percent-encoding, base64, JSON in JSON, gzip, and the deltas of a stream joined again."""

import base64
import binascii
import gzip
import json
import re
import struct
import urllib.parse
import zlib

import brotli
import yaml
import zstandard

import tape

#: This many characters of a secret together are a leak.
WINDOW = 12
_DEPTH = 6
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")


def fragments(secret):
    return {secret[at : at + WINDOW] for at in range(max(1, len(secret) - WINDOW + 1))}


def leaks(path, secret):
    """Where a secret, or a good part of it, can be read; nothing where it cannot."""
    parts = fragments(secret)
    return [
        f"{how}: {text[max(0, text.find(part) - 60) :][:160]!r}"
        for how, text in readings(path.read_bytes())
        for part in parts
        if part in text
    ][:3]


def readings(data):
    """All texts that the bytes of a cassette can be read as, each with the way to it."""
    yield "raw", data.decode("utf-8", "replace")
    try:
        document = yaml.load(data, Loader=tape.Loader)
    except yaml.YAMLError:
        return
    seen = set()
    for at, value in _strings(document):
        yield from _decoded(at, value, _DEPTH, seen)


def _decoded(how, value, depth, seen):
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not depth or text in seen:
        return
    seen.add(text)
    yield how, text
    for step, found in _steps(value, text):
        yield from _decoded(f"{how} > {step}", found, depth - 1, seen)


def _steps(value, text):
    """One step of decoding, in each way that fits."""
    data = value if isinstance(value, bytes) else text.encode("utf-8", "surrogatepass")
    if "%" in text or "+" in text:
        yield "percent", urllib.parse.unquote_plus(text)
    for document in _json_documents(text):
        for at, found in _strings(document):
            yield f"JSON {at}", found
    documents = list(_frames(data, text))
    for at, found in _joined(documents):
        yield f"joined {at}", found
    for document in documents:
        for at, found in _strings(document):
            yield f"frame {at}", found
    for token in _BASE64.findall(text):
        yield from _unbase64(token)
    if isinstance(value, bytes):
        for name, unpack in _PACKERS.items():
            try:
                yield name, unpack(value)
            except Exception:  # noqa: BLE001 - it was not packed so
                continue


_PACKERS = {
    "gzip": gzip.decompress,
    "zlib": zlib.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    "UTF-8": lambda data: data.decode(),
}


def _unbase64(token):
    for alphabet in ("+/", "-_"):
        try:
            data = base64.b64decode(token + "=" * (-len(token) % 4), alphabet, validate=True)
        except (binascii.Error, ValueError):
            continue
        yield "base64", data


def _json_documents(text):
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        return


def _frames(data, text):
    """The JSON documents of server-sent events, of JSON lines, and of AWS messages."""
    for line in text.replace("\r", "\n").split("\n"):
        line = line.removeprefix("data:").strip()
        if line.startswith(("{", "[")):
            yield from _json_documents(line)
    while len(data) >= 16:
        total, headers = struct.unpack(">II", data[:8])
        if not 16 + headers <= total <= len(data):
            return
        yield from _json_documents(data[12 + headers : total - 4].decode("utf-8", "replace"))
        data = data[total:]


def _joined(documents):
    """The strings at equal places of several documents, joined: what a client makes of deltas."""
    places = {}
    for document in documents:
        for at, found in _strings(document):
            places.setdefault(at, []).append(found)
    return [(at, "".join(found)) for at, found in places.items() if len(found) > 1 and all(isinstance(x, str) for x in found)]


def _strings(value, at=""):
    if isinstance(value, (str, bytes)):
        yield at, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield f"{at} key", str(key)
            yield from _strings(member, f"{at}/{key}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _strings(item, f"{at}/{number}")
