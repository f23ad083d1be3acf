"""What the conformance tests share: the built programs, and servers that run them.

STANDIN_BIN names another binary than the debug build. STANDIN_EXTRA_CASSETTES names a folder of cassettes
that the replay and interoperability tests take in beside the project's own, STANDIN_EXTRA_MOCKS one of mockllm's
files that test_mock_mockllm takes in.
"""

import json
import os
import pathlib
import signal
import subprocess
import threading

import pytest

pytest.register_assert_rewrite("noise", "sse", "stored")

import goprobe
import recording
from receiving import Receiver

REPO = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = REPO / "fixtures" / "cassettes"

#: A test says which keys a server has; those of whoever runs the tests, and their CI, reach none.
_OF_THE_RUNNER = ("STANDIN_", "OPENAI_", "AZURE_", "ANTHROPIC_")
_OF_THE_RUNNER_TOO = {"CI", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


def environment(**added):
    """The environment of a program under test."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OF_THE_RUNNER) and name.upper() not in _OF_THE_RUNNER_TOO
    }
    return {**kept, **added}


class Server:
    """A running `standin serve`."""

    def __init__(self, binary, *arguments, env=None, port=0, **options):
        command = [binary, "serve", "--port", str(port), *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(**(env or {})), **options
        )
        self.log = []
        # A pipe that nobody empties would stop the server.
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()
        first = self.process.stdout.readline()
        assert first.startswith("standin listening on http://"), (first, self.log)
        self.url = first.split()[-1]

    def stop(self):
        """Ends it as a user does: it finishes what it has to save."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=40) == 0, self.log
        self.reader.join(20)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=20)
        self.reader.join(20)


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


@pytest.fixture
def serve(standin_bin):
    """Starts servers of one test, with an environment of their own. A test may stop or kill them itself."""
    servers = []

    def serve(*arguments, env=None, **options):
        servers.append(Server(standin_bin, *arguments, env=env, **options))
        return servers[-1]

    yield serve
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def mocking(standin_bin, tmp_path_factory):
    """Starts servers that answer by mocks, one for the tests of a file or for one of them."""
    servers = []

    def mocking(document, *arguments, env=None):
        path = tmp_path_factory.mktemp("mocks") / "mocks.json"
        path.write_text(json.dumps(document))
        servers.append(Server(standin_bin, "--mocks", path, *arguments, env=env))
        servers[-1].mocks = path
        return servers[-1]

    yield mocking
    for server in servers:
        server.kill()


@pytest.fixture
def upstream():
    upstream = recording.Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture
def receiving():
    """Starts receivers of webhooks that do what a script says."""
    receivers = []

    def receiving(*script, **options):
        receivers.append(Receiver(*script, **options))
        return receivers[-1]

    yield receiving
    for receiver in receivers:
        receiver.stop()


@pytest.fixture
def listener():
    listener = recording.Listener()
    yield listener
    listener.stop()


@pytest.fixture
def cassettes(tmp_path):
    folder = tmp_path / "cassettes"
    folder.mkdir()
    return folder


@pytest.fixture
def recorder(serve, upstream, cassettes):
    """Starts servers that record from the stub into one folder."""

    def recorder(*arguments, env=None, **options):
        keys = {**recording.source_keys(upstream.url), **(env or {})}
        return serve("--cassettes", cassettes, *arguments, env=keys, **options)

    return recorder


@pytest.fixture
def replayer(serve, upstream, cassettes):
    """Starts servers without a key or an upstream: what they answer is in the folder."""

    def replayer(*arguments):
        upstream.stop()
        return serve("--cassettes", cassettes, "--record", "none", "--pace", "none", *arguments)

    return replayer


def cassette_folders():
    folders = [FIXTURES]
    if extra := os.environ.get("STANDIN_EXTRA_CASSETTES"):
        folders.append(pathlib.Path(extra))
    return folders


def mockllm_files():
    folders = [REPO / "fixtures" / "mocks"]
    if extra := os.environ.get("STANDIN_EXTRA_MOCKS"):
        folders.append(pathlib.Path(extra))
    return [path for folder in folders for path in sorted(folder.glob("*.json"))]
