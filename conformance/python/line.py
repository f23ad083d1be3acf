"""A TCP connection with nobody between: what was sent on it, how it was cut into chunks, and how it ended."""

import dataclasses
import json
import socket
import urllib.parse

#: How long nothing has to come until it counts as silence. What is waited for here comes at once, or in ten minutes.
SILENCE = 0.4


@dataclasses.dataclass
class Seen:
    """What came on a connection. `end` is `closed`, `reset` or `silent`."""

    data: bytes
    end: str

    @property
    def head(self):
        lines = self.data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}

    @property
    def status(self):
        return int(self.data.split(b" ", 2)[1])

    @property
    def raw(self):
        """All after the head."""
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def chunks(self):
        """The chunks as HTTP frames them, and whether the last one was there."""
        rest, chunks = self.raw, []
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size, 16)
            if length == 0:
                assert rest == b"\r\n", rest
                return chunks, True
            assert rest[length : length + 2] == b"\r\n", rest
            chunks.append(rest[:length])
            rest = rest[length + 2 :]
        return chunks, False

    @property
    def body(self):
        """What HTTP carries, and whether it came to its promised end."""
        if "content-length" in self.head:
            return self.raw, len(self.raw) == int(self.head["content-length"])
        chunks, whole = self.chunks
        return b"".join(chunks), whole

    @property
    def frames(self):
        """The server-sent events of the body, with their ends; the last may have none."""
        return [frame for frame in self.body[0].replace(b"\n\n", b"\n\n\0").split(b"\0") if frame]


class Line:
    def __init__(self, server):
        url = urllib.parse.urlsplit(server.url)
        self.host = url.netloc
        self.socket = socket.create_connection((url.hostname, url.port), timeout=30)

    def send(self, path, body, headers=(), method="POST"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        known = {"Host": self.host, "Content-Type": "application/json", "Authorization": "Bearer x", **dict(headers)}
        head = "".join(f"{name}: {value}\r\n" for name, value in known.items())
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        return self

    def read(self, patience=SILENCE):
        """All that comes, until the end or silence."""
        self.socket.settimeout(20)
        data = b""
        while True:
            try:
                piece = self.socket.recv(1 << 16)
            except TimeoutError:
                return Seen(data, "silent")
            except ConnectionResetError:
                return Seen(data, "reset")
            if not piece:
                return Seen(data, "closed")
            data += piece
            self.socket.settimeout(patience)

    def silence(self):
        """What comes where nothing is to come."""
        self.socket.settimeout(SILENCE)
        try:
            return self.socket.recv(1 << 16)
        except TimeoutError:
            return None
