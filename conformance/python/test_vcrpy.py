"""Cassettes that standin wrote load in vcrpy and replay there, through each client it patches."""

import asyncio
import gzip

import aiohttp
import httpx
import pytest
import requests
import vcr
import yarl

import corpus
import goprobe
from conftest import cassette_folders

SOURCES = sorted(path for folder in cassette_folders() for path in folder.rglob("*.yaml"))
sources = pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")


def through_requests(exchanges):
    with requests.Session() as session:
        for one in exchanges:
            answer = session.request(one.method, one.url, data=one.request_body or None, allow_redirects=False)
            yield answer.status_code, answer.reason, answer.raw.headers.items(), answer.content


def through_httpx(exchanges):
    with httpx.Client(trust_env=False) as client:
        for one in exchanges:
            with client.stream(one.method, one.url, content=one.request_body or None) as answer:
                try:
                    body = answer.read()
                except httpx.DecodingError:
                    body = httpx.DecodingError
                yield answer.status_code, answer.reason_phrase, answer.headers.multi_items(), body


def through_aiohttp(exchanges):
    async def all_of_them():
        answers = []
        async with aiohttp.ClientSession() as session:
            for one in exchanges:
                url = yarl.URL(one.url, encoded=True)
                body = one.request_body or None
                async with session.request(one.method, url, data=body, allow_redirects=False) as answer:
                    answers.append((answer.status, answer.reason, answer.headers.items(), await answer.read()))
        return answers

    return asyncio.run(all_of_them())


CLIENTS = {"requests": through_requests, "httpx": through_httpx, "aiohttp": through_aiohttp}
clients = pytest.mark.parametrize("client", CLIENTS)


def same_body(one, other):
    assert corpus.sent(one.body) == corpus.sent(other.body)


def replay(client, path, exchanges):
    """Sends each request once, and in order, and gives back what vcrpy answers."""
    recorder = vcr.VCR(record_mode="none", match_on=["method", "uri", "same_body"])
    recorder.register_matcher("same_body", same_body)
    with recorder.use_cassette(str(path), allow_playback_repeats=False) as cassette:
        answers = [
            (status, reason, by_name(headers), body)
            for status, reason, headers, body in CLIENTS[client](exchanges)
        ]
        assert cassette.all_played
    return answers


def by_name(pairs):
    groups = {}
    for name, value in pairs:
        groups.setdefault(name.lower(), []).append(value)
    return groups


def expected(client, one):
    """What a client shows of a recorded response, where vcrpy changes nothing on the way."""
    headers = by_name((name, value) for name, values in one.headers.items() for value in values)
    body, reason = one.body, one.reason
    if client == "requests":
        # vcrpy's stub takes it out: its body is in one piece.
        headers.pop("transfer-encoding", None)
    if client == "httpx":
        # The only one that decodes under vcrpy, and that fails where a recording by another client has the
        # header of a coding which the body no longer has.
        coding = headers.get("content-encoding")
        assert coding in (None, ["gzip"])
        if coding and body:
            body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else httpx.DecodingError
        reason = reason or httpx.codes.get_reason_phrase(one.status)
    return one.status, reason, headers, body


def test_there_are_sources_of_both_formats():
    starts = {path.read_bytes()[:3] for path in SOURCES}
    assert starts == {b"---", b"int"}


@sources
def test_loads_in_vcrpy(standin_bin, goprobe_bin, tmp_path, source):
    written = corpus.convert(standin_bin, source, "vcrpy", tmp_path / "written.yaml")
    exchanges = goprobe.original(goprobe_bin, source)
    for one in exchanges:
        # vcrpy keeps the first value of a request header.
        one.request_headers = {name: values[:1] for name, values in one.request_headers.items()}
    corpus.assert_same(exchanges, corpus.vcrpy_load(written))


@sources
@clients
def test_replays_in_vcrpy(standin_bin, goprobe_bin, tmp_path, source, client):
    written = corpus.convert(standin_bin, source, "vcrpy", tmp_path / "written.yaml")
    exchanges = goprobe.original(goprobe_bin, source)
    answers = replay(client, written, exchanges)
    assert answers == [expected(client, one) for one in exchanges]


@clients
def test_hard_bodies_replay_in_vcrpy(standin_bin, tmp_path, client):
    """By way of both formats."""
    bodies = corpus.hard_bodies()
    exchanges = corpus.exchanges_of(bodies)
    for one in exchanges:
        # As header values they are read right, but do not pass through the clients as they are.
        one.request_headers = {"Content-Type": ["text/plain"]}
        one.headers = {"Content-Type": ["text/plain"], "Set-Cookie": ["a=1", "b=2"]}
    corpus.vcrpy_save(tmp_path / "source.yaml", exchanges)
    go = corpus.convert(standin_bin, tmp_path / "source.yaml", "go-vcr", tmp_path / "go.yaml")
    written = corpus.convert(standin_bin, go, "vcrpy", tmp_path / "written.yaml")
    answers = replay(client, written, exchanges)
    for (label, _), answer, one in zip(bodies, answers, exchanges, strict=True):
        assert answer == expected(client, one), label
