"""The stub upstream: a provider in a process of its own, which answers as it is told and says what reached it.

    python upstream.py

The first line on standard output is its address; it stops at SIGTERM. Below `/_` it is told and asked:

    POST /_plan      {"path", "status", "headers", "framing", "steps", "times"}: how to answer calls of a path
    POST /_release   {"gate"}: goes on where an answer waits at this gate
    GET  /_calls     what reached it: [{"method", "path", "headers", "body", "answered"}]

A path without a plan is answered by the provider that the fixtures are recorded from. The steps of a plan are
`{"send": base64}`, `{"gate": name}`, `{"pause": seconds}`, `{"cut": "close" | "reset"}`; a gate instead of a
pause shows what arrives before the next frame is sent, without a clock. `framing` is `chunked` (each `send`
one chunk), `length` or `short` (a length that more was promised with than is sent).
"""

import base64
import json
import os
import pathlib
import signal
import socket
import struct
import sys
import threading
import time
from http.server import ThreadingHTTPServer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "record"))
import provider  # noqa: E402 - it is found by the line above

#: A gate that nobody opens fails the test and does not hang it.
PATIENCE = 60


class Desk:
    """What was asked, and what is planned."""

    def __init__(self):
        self.lock = threading.Lock()
        self.calls = []
        self.plans = {}
        self.gates = {}

    def arrived(self, call):
        with self.lock:
            self.calls.append(call)

    def plan(self, plan):
        with self.lock:
            self.plans.setdefault(plan["path"], []).append(plan)

    def next_plan(self, path):
        """The first plan of the path; one without `times` answers for ever."""
        with self.lock:
            waiting = self.plans.get(path, [])
            if not waiting:
                return None
            plan = waiting[0]
            if plan["times"] is not None:
                plan["times"] -= 1
                if plan["times"] == 0:
                    waiting.pop(0)
            return plan

    def gate(self, name):
        with self.lock:
            return self.gates.setdefault(name, threading.Event())


class Upstream(provider.Provider):
    desk = Desk()
    disable_nagle_algorithm = True

    def answer(self, raw):
        path = self.path.partition("?")[0]
        if path.startswith("/_"):
            return self.control(path, json.loads(raw or b"null"))
        call = {
            "method": self.command,
            "path": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": base64.b64encode(raw).decode(),
            "answered": False,
        }
        self.desk.arrived(call)
        if plan := self.desk.next_plan(path):
            call["answered"] = self.play(plan)
        else:
            super().answer(raw)
            call["answered"] = True

    def control(self, path, body):
        if path == "/_calls":
            with self.desk.lock:
                return self.tell(self.desk.calls)
        if path == "/_plan":
            self.desk.plan(body)
        elif path == "/_release":
            self.desk.gate(body["gate"]).set()
        else:
            return self.tell(f"no {path}", status=404)
        self.tell(None)

    def tell(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response_only(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def play(self, plan):
        """Whether the answer was sent to its end."""
        self.send_response_only(plan["status"], plan.get("reason"))
        for name, value in [*plan["headers"], *self.framing(plan)]:
            self.send_header(name, value)
        self.end_headers()
        bodyless = self.command == "HEAD" or plan["status"] in (204, 304)
        for step in plan["steps"]:
            if "cut" in step:
                self.cut(step["cut"])
                return False
            self.step(step, plan["framing"], bodyless)
        if plan["framing"] == "short":
            self.cut("close")
            return False
        if plan["framing"] == "chunked" and not bodyless:
            self.wfile.write(b"0\r\n\r\n")
        return True

    @staticmethod
    def framing(plan):
        if plan["framing"] == "none":
            return []
        if plan["framing"] == "chunked":
            return [("transfer-encoding", "chunked")]
        total = sum(len(base64.b64decode(step["send"])) for step in plan["steps"] if "send" in step)
        missing = 1000 if plan["framing"] == "short" else 0
        return [("content-length", str(total + missing))]

    def step(self, step, framing, bodyless):
        if "gate" in step:
            if not self.desk.gate(step["gate"]).wait(PATIENCE):
                raise TimeoutError(f"nobody opened the gate {step['gate']}")
        elif "pause" in step:
            time.sleep(step["pause"])
        elif not bodyless:
            data = base64.b64decode(step["send"])
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n" if framing == "chunked" else data)

    def cut(self, how):
        self.close_connection = True
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        os.close(self.connection.detach())


class Server(ThreadingHTTPServer):
    #: A hundred callers at once.
    request_queue_size = 512
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A client that leaves is what some tests are about.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    server = Server(("127.0.0.1", 0), Upstream)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
