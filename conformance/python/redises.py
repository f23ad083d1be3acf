"""Redis servers of the tests' own: started on free ports, and killed, paused and filled as they like."""

import contextlib
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest
import redis
import yaml

import recording
from wire import eventually

PREFIX = "standin:cassette:"
LITELLM_PREFIX = "litellm:vcr:cassette:"
DAY_MS = 24 * 60 * 60 * 1000


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Redis:
    """A redis-server."""

    def __init__(self, *arguments, port=None, config=None, clients=None):
        """With a `config` it is a sentinel."""
        self.program = shutil.which("redis-server")
        assert self.program, "redis-server is not installed: apt-get install redis-server"
        self.port = port or free_port()
        self.folder = tempfile.mkdtemp(prefix="standin-redis-")
        path = pathlib.Path(self.folder) / "redis.conf"
        common = f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n"
        path.write_text(common + (config or 'save ""\nappendonly no\n'))
        self.command = [self.program, str(path), *(["--sentinel"] if config else arguments)]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.options = clients or {}
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.client = redis.Redis(port=self.port, socket_timeout=10, **self.options)

        def answers():
            assert self.process.poll() is None, self.process.stdout.read()
            with contextlib.suppress(redis.ConnectionError, redis.BusyLoadingError, ConnectionError):
                return self.client.ping()

        eventually(answers, "redis-server answers")

    def kill(self):
        self.resume()
        self.process.kill()
        self.process.wait(timeout=20)
        self.process.stdout.close()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What is in it.

    def keys(self):
        return sorted(key.decode() for key in self.client.keys("*"))

    def value(self, name, prefix=PREFIX):
        return self.client.get(prefix + name)

    def lifetime_ms(self, name, prefix=PREFIX):
        return self.client.pttl(prefix + name)

    def interactions(self, name, prefix=PREFIX):
        """By PyYAML."""
        value = self.value(name, prefix)
        return yaml.safe_load(value)["interactions"] if value else []

    def fill(self, spare=0):
        """Leaves no more memory than this."""
        used = int(self.client.info("memory")["used_memory"])
        self.client.config_set("maxmemory-policy", "noeviction")
        self.client.config_set("maxmemory", max(used + spare, 1))


@pytest.fixture
def redis_server():
    server = Redis()
    yield server
    server.stop()


@pytest.fixture
def sharer(serve, upstream, redis_server):
    """Starts servers that record from the stub into one Redis."""

    def sharer(*arguments, url=None, env=None, **options):
        keys = {**recording.source_keys(upstream.url), **(env or {})}
        return serve("--cassettes", url or redis_server.url, *arguments, env=keys, **options)

    return sharer
