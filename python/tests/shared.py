"""A redis-server of a test's own."""

import shutil
import socket
import subprocess
import time

import redis

PREFIX = b"standin:cassette:"


class Shared:
    """A redis-server."""

    def __init__(self, folder):
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed: apt-get install redis-server"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{port}/0"
        self.client = redis.Redis(port=port, socket_timeout=10, retry_on_error=[redis.ConnectionError])
        end = time.monotonic() + 20
        while True:
            try:
                self.client.ping()
                return
            except redis.ConnectionError:
                assert self.process.poll() is None and time.monotonic() < end, "redis-server does not answer"
                time.sleep(0.02)

    def values(self):
        return {key.removeprefix(PREFIX).decode(): self.client.get(key) for key in sorted(self.client.keys("*"))}

    def stop(self):
        self.process.kill()
        self.process.wait(20)
