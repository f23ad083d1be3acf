"""What the conformance tests share: the built programs, and servers that run them.

STANDIN_BIN names another binary than the debug build. STANDIN_EXTRA_CASSETTES names a folder of cassettes
that the replay and interoperability tests take in beside the project's own.
"""

import os
import pathlib
import signal
import subprocess

import pytest

import goprobe

REPO = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = REPO / "fixtures" / "cassettes"


class Server:
    """A running `standin serve`."""

    def __init__(self, binary, *arguments):
        command = [binary, "serve", "--port", "0", *map(str, arguments)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STANDIN_")}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        first = self.process.stdout.readline()
        assert first.startswith("standin listening on http://"), first
        self.url = first.split()[-1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=20) == 0


@pytest.fixture(scope="session")
def repo():
    return REPO


@pytest.fixture(scope="session")
def standin_bin():
    return os.environ.get("STANDIN_BIN", str(REPO / "target" / "debug" / "standin"))


@pytest.fixture(scope="session")
def goprobe_bin():
    return goprobe.build()


@pytest.fixture(scope="session")
def start(standin_bin):
    """Starts servers, and stops them all at the end."""
    servers = []

    def start(*arguments):
        servers.append(Server(standin_bin, *arguments))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def cassette_folders():
    folders = [FIXTURES]
    if extra := os.environ.get("STANDIN_EXTRA_CASSETTES"):
        folders.append(pathlib.Path(extra))
    return folders
