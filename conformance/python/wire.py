"""HTTP over plain sockets, so that no client library touches what goes out or comes in; and waiting."""

import concurrent.futures
import dataclasses
import http.client
import json
import socket
import threading
import time
import urllib.parse


def eventually(check, what, patience=20):
    """Polls until `check` gives something true, and returns that."""
    end = time.monotonic() + patience
    while not (value := check()):
        assert time.monotonic() < end, f"it did not come to it that {what}"
        time.sleep(0.01)
    return value


@dataclasses.dataclass
class Answer:
    status: int
    reason: str
    headers: list
    body: bytes
    #: Whether the body came to the end that its head announced.
    complete: bool

    def header(self, name):
        values = self.all(name)
        return values[0] if values else None

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def source(self):
        return self.header("x-standin-source")

    @property
    def error(self):
        return self.header("x-standin-error")

    def json(self):
        return json.loads(self.body)


class Call:
    """A call whose answer is read as it arrives."""

    def __init__(self, url, method, path, body=b"", headers=(), receive_buffer=None):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        if receive_buffer:
            # Before it connects: the window is agreed on then.
            self.connection.sock = socket.socket()
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.connection.sock.settimeout(30)
            self.connection.sock.connect((parts.hostname, parts.port))
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        named = {name.lower() for name, _ in pairs}
        self.connection.putrequest(method, path, skip_host="host" in named, skip_accept_encoding=True)
        for name, value in pairs:
            self.connection.putheader(name, value)
        if not named & {"content-length", "transfer-encoding"} and (body or method not in ("GET", "HEAD")):
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body or None)

    def head(self):
        self.response = self.connection.getresponse()
        return self.response

    def read(self, length):
        """This many bytes, waiting until they are there; fewer where the answer ends before."""
        data = b""
        while len(data) < length and (piece := self.response.read1(length - len(data))):
            data += piece
        return data

    def rest(self):
        """What is left of the body, and whether it came to its end."""
        try:
            return self.response.read(), True
        except http.client.IncompleteRead as cut:
            return cut.partial, False
        except ConnectionError:
            return b"", False

    def leave(self):
        # Both hold the socket open.
        self.response.close()
        self.connection.close()


def exchange(url, method, path, body=b"", headers=(), **options):
    call = Call(url, method, path, body, headers, **options)
    head = call.head()
    data, complete = call.rest()
    pairs = [(name.lower(), value) for name, value in head.getheaders()]
    call.connection.close()
    return Answer(head.status, head.reason, pairs, data, complete)


def all_at_once(count, call):
    """The results of `call(number)` on as many threads."""
    begin = threading.Barrier(count)

    def run(number):
        begin.wait(30)
        return call(number)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
