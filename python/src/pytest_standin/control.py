"""The control API of a server."""

from __future__ import annotations

import http.client
import json
import os
import threading
from typing import Any
from urllib.parse import urlsplit

#: Ending a session may wait for answers that are still arriving.
PATIENCE = 60


class ControlError(Exception):
    """The server refused a control request, or is gone."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Client:
    """Asks one server, over one connection that is kept."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.host = urlsplit(url).hostname
        self.port = urlsplit(url).port
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._owner = 0

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the server says to a request below `/_standin`."""
        sent = body if isinstance(body, (str, type(None))) else json.dumps(body)
        with self._lock:
            status, answer = self._exchange(method, f"/_standin{path}", sent)
        try:
            value = json.loads(answer)
        except ValueError:
            raise ControlError(f"{method} {path}: {answer[:200]!r}", status) from None
        if status >= 400:
            raise ControlError(value.get("error", {}).get("message", str(value)), status)
        return value

    def _exchange(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        # A connection of the parent is not this process's to use.
        if self._owner != os.getpid():
            self._connection, self._owner = None, os.getpid()
        kept = self._connection is not None
        while True:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
            try:
                self._connection.request(method, path, body and body.encode())
                response = self._connection.getresponse()
                return response.status, response.read()
            except (http.client.HTTPException, OSError) as error:
                self._connection.close()
                self._connection = None
                # The server may have closed a connection that was idle; a new one tells.
                if not kept or isinstance(error, TimeoutError):
                    raise ControlError(f"standin at {self.url} does not answer: {error!r}") from error
                kept = False
