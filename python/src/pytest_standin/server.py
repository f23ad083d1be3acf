"""The one server of a run."""

from __future__ import annotations

import atexit
import os
import subprocess
import tempfile

from . import binary

#: How long a server may take to write what it holds.
PATIENCE = 40
#: Lines of its log that an error shows.
SHOWN = 15
READY = "standin listening on "


class ServerError(Exception):
    """The server did not start."""


class Server:
    """A running `standin serve`. It ends with this process, however that ends: its standard input ends too."""

    def __init__(self, arguments: list[str], variables: dict[str, str], folder: str) -> None:
        try:
            command = [binary.find(), "serve", *arguments]
        except binary.NoBinary as error:
            raise ServerError(str(error)) from None
        # A file: a pipe that nobody empties would stop the server.
        self._log = tempfile.TemporaryFile(mode="w+", encoding="utf-8", errors="replace")
        self._owner = os.getpid()
        try:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
            )
        except OSError as error:
            raise ServerError(f"cannot start {command[0]}: {error}") from None
        atexit.register(self.stop)
        first = self._process.stdout.readline()
        if not first.startswith(READY):
            self.stop()
            # The flags that somebody chose may have secrets; what the program says of them has none.
            raise ServerError(f"{command[0]} serve did not start:\n{self.log()}")
        self.url = first[len(READY) :].strip()

    def log(self) -> str:
        """The last lines that it said."""
        self._log.seek(0)
        return "".join(self._log.readlines()[-SHOWN:]).strip()

    def stop(self) -> None:
        """Ends it. It drops what sessions hold that are still open."""
        atexit.unregister(self.stop)
        if self._process.poll() is not None or os.getpid() != self._owner:
            return
        self._process.terminate()
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
