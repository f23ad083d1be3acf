"""Where workers of pytest-xdist ask for the run's one server.

A server that is started before anybody needs it would run beside every suite that does not use it. So the controller
waits at a door, and starts it when the first worker knocks.
"""

from __future__ import annotations

import os
import threading
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from typing import Any, Callable


class Door:
    """The controller's side."""

    def __init__(self, answer: Callable[[], Any]) -> None:
        self._answer = answer
        self._key = os.urandom(16)
        # As many as knock at the same time wait.
        self._listener = Listener(("127.0.0.1", 0), backlog=128, authkey=self._key)
        #: What a worker is told, for `knock`.
        self.address = {"port": self._listener.address[1], "key": self._key.hex()}
        threading.Thread(target=self._serve, name="standin-door", daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                with self._listener.accept() as worker:
                    worker.send(self._answer())
            except (AuthenticationError, EOFError, ConnectionError):
                # A worker that died, or a stranger.
                continue
            except OSError:
                return

    def close(self) -> None:
        """Nobody is let in any more."""
        self._listener.close()


def knock(address: dict[str, Any]) -> Any:
    """The controller's answer."""
    with Client(("127.0.0.1", address["port"]), authkey=bytes.fromhex(address["key"])) as door:
        return door.recv()
