"""Every cassette replays: each request, sent as recorded, gets its recorded status, headers and bytes.

Sent over plain sockets, so that no client library touches what goes out or comes in.
"""

import collections
import http.client
import json
import urllib.parse
import urllib.request

import pytest

import conftest
import tape

CASSETTES = [
    (folder, path) for folder in conftest.cassette_folders() for path in sorted(folder.rglob("*.yaml"))
]


def name_of(folder, path):
    return path.relative_to(folder).with_suffix("").as_posix()


@pytest.fixture(scope="module", params=conftest.cassette_folders(), ids=lambda folder: folder.name)
def library(request, start):
    return request.param, start("--cassettes", request.param, "--pace", "none")


def send(server, path, one, extra=()):
    """One exchange on a connection of its own; the answer's status, header pairs and raw body."""
    url = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
    connection.putrequest(one["method"], path, skip_host=True, skip_accept_encoding=True)
    skipped = {"host", "content-length", "transfer-encoding", "connection"}
    for name, value in [*one["request_headers"], *extra]:
        if name.lower() not in skipped:
            connection.putheader(name, value)
    connection.putheader("Host", url.netloc)
    connection.putheader("Content-Length", str(len(one["request_body"])))
    connection.endheaders(one["request_body"])
    answer = connection.getresponse()
    body = answer.read()
    headers = [(name.lower(), value) for name, value in answer.getheaders()]
    connection.close()
    return answer.status, headers, body


def address(one):
    url = urllib.parse.urlsplit(one["url"])
    path = url.path or "/"
    return url.netloc, f"{path}?{url.query}" if url.query else path


def check(answer, one):
    status, headers, body = answer
    assert status == one["status"], body
    assert body == one["body"]
    for header in tape.replayed_headers(one):
        assert header in headers, f"{header} is missing"
    assert ("x-standin-source", "tape") in headers


def identity(one):
    host, path = address(one)
    try:
        body = json.dumps(json.loads(one["request_body"]), sort_keys=True)
    except ValueError:
        body = one["request_body"]
    return one["method"], host, path, body


def test_named(library):
    folder, server = library
    for path in sorted(folder.rglob("*.yaml")):
        first = {}
        for one in tape.interactions(path):
            # Without a session the first of equal requests answers, however often it is asked.
            first.setdefault(identity(one), one)
            for _ in range(2):
                answer = send(server, address(one)[1], one, [("X-Cassette-Name", name_of(folder, path))])
                check(answer, first[identity(one)])


def test_named_by_path(library):
    folder, server = library
    for path in sorted(folder.rglob("*.yaml")):
        one = next(tape.interactions(path))
        name = name_of(folder, path)
        for prefix in (f"/c/{urllib.parse.quote(name, safe='')}", f"/c/{urllib.parse.quote(name)}"):
            host, target = address(one)
            check(send(server, f"{prefix}{target}", one), one)
            check(send(server, f"{prefix}/to/{host}{target}", one), one)


def test_unnamed_where_unique(library):
    folder, server = library
    everything = [one for path in sorted(folder.rglob("*.yaml")) for one in tape.interactions(path)]
    seen = collections.Counter(identity(one) for one in everything)
    unique = [one for one in everything if seen[identity(one)] == 1]
    assert unique
    for one in unique:
        host, target = address(one)
        check(send(server, f"/to/{host}{target}", one), one)


def call(server, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.status, json.load(answer)


def test_in_a_session(library):
    folder, server = library
    for path in sorted(folder.rglob("*.yaml")):
        recorded = list(tape.interactions(path))
        status, session = call(server, "POST", "/_standin/sessions", {"cassette": name_of(folder, path)})
        assert status == 201
        prefix = urllib.parse.urlsplit(session["base_url"]).path
        for one in recorded:
            host, target = address(one)
            check(send(server, f"{prefix}/to/{host}{target}", one), one)
        _, report = call(server, "DELETE", f"/_standin/sessions/{session['id']}", {"outcome": "passed"})
        assert report["verdict"] == "HIT"
        assert (report["played"], report["missed"], report["unplayed"]) == (len(recorded), 0, [])
