"""What the tests of recording share: the stub upstream as they see it, sessions, and what is stored."""

import base64
import json
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse

import tape
from wire import eventually, exchange

#: The keys that standin has for its upstreams. Nothing that is stored may hold them, and nothing tells them by their look.
OPENAI_KEY = "conf0openai0key0a9f2b7c41d8e6a053"
ANTHROPIC_KEY = "conf0anthropic0key041d8e6a0539f2b7c"
AZURE_KEY = "conf0azure0key053a06e8d14c7b2f9"

CHAT = "/v1/chat/completions"
HELLO = [{"role": "user", "content": "Hello!"}]
#: The stub numbers its answers to this one, so that each recording of it can be told from the others.
WHICH_STEP = [{"role": "user", "content": "Which step?"}]


def chat(messages=HELLO, **fields):
    return json.dumps({"model": "gpt-5-nano", "messages": messages, **fields}).encode()


def step_of(answer):
    """The number of an answer to WHICH_STEP."""
    content = json.loads(answer.body)["choices"][0]["message"]["content"]
    return int(content.removeprefix("It is step ").removesuffix("."))


# Steps of a planned answer.


def send(data):
    return {"send": base64.b64encode(data.encode() if isinstance(data, str) else data).decode()}


def gate(name="next"):
    return {"gate": name}


def pause(seconds):
    return {"pause": seconds}


CLOSE, RESET = {"cut": "close"}, {"cut": "reset"}


class Upstream:
    """The stub upstream in its process."""

    def __init__(self):
        command = [sys.executable, str(pathlib.Path(__file__).with_name("upstream.py"))]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://"), self.url

    @property
    def authority(self):
        return urllib.parse.urlsplit(self.url).netloc

    def plan(self, path, *steps, status=200, headers=(), framing="chunked", times=None, reason=None):
        steps = [send(step) if isinstance(step, (str, bytes)) else step for step in steps]
        headers = list(headers.items() if isinstance(headers, dict) else headers)
        plan = {"path": path, "status": status, "headers": headers, "framing": framing, "steps": steps}
        self._tell("/_plan", {**plan, "times": times, "reason": reason})

    def plan_json(self, path, value, **fields):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        headers = [("Content-Type", "application/json"), *fields.pop("headers", [])]
        self.plan(path, *([body] if body else []), headers=headers, framing="length", **fields)

    def plan_sse(self, path, *steps, **fields):
        headers = [("Content-Type", "text/event-stream; charset=utf-8"), *fields.pop("headers", [])]
        self.plan(path, *steps, headers=headers, **fields)

    def release(self, name="next"):
        self._tell("/_release", {"gate": name})

    def calls(self):
        """What reached it, oldest first."""
        calls = json.loads(exchange(self.url, "GET", "/_calls").body)
        for call in calls:
            call["body"] = base64.b64decode(call["body"])
        return calls

    def only_call(self):
        (call,) = self.calls()
        return call

    def answered(self):
        """How many answers were sent to their ends."""
        return sum(call["answered"] for call in self.calls())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        self.process.stdout.close()

    def _tell(self, path, value):
        assert exchange(self.url, "POST", path, json.dumps(value).encode()).status == 200


class Listener:
    """A socket that counts who connects, and answers nobody."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.authority = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.url = f"http://{self.authority}"
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def post(server, path=CHAT, body=None, headers=(), cassette=None, **options):
    """A JSON call; with a cassette's name in its header, where it has one."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    if not any(name.lower() == "content-type" for name, _ in pairs):
        pairs.append(("Content-Type", "application/json"))
    if cassette:
        pairs.append(("X-Cassette-Name", cassette))
    return exchange(server.url, "POST", path, chat() if body is None else body, pairs, **options)


# Sessions.


class Session:
    def __init__(self, server, cassette, **settings):
        self.server = server
        asked = json.dumps({"cassette": cassette, **settings}).encode()
        answer = exchange(server.url, "POST", "/_standin/sessions", asked)
        assert answer.status == 201, answer
        view = answer.json()
        self.id, self.base_url, self.env = view["id"], view["base_url"], view["env"]
        self.prefix = urllib.parse.urlsplit(self.base_url).path

    def post(self, path=CHAT, body=None, **options):
        return post(self.server, self.prefix + path, body, **options)

    def end(self, outcome="passed"):
        asked = json.dumps({"outcome": outcome}).encode()
        answer = exchange(self.server.url, "DELETE", f"/_standin/sessions/{self.id}", asked)
        assert answer.status == 200, answer
        return answer.json()


# Cassettes.


def files(folder):
    """Everything below a folder, as relative paths."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def stored(folder, name="tape"):
    """The interactions of a cassette by PyYAML; none where there is no file."""
    path = folder / f"{name}.yaml"
    return list(tape.interactions(path)) if path.exists() else []


def stored_when(folder, count, name="tape"):
    """The same, when there are this many: what a client that has gone leaves is stored later."""
    return eventually(
        lambda: (found := stored(folder, name)) and len(found) >= count and found,
        f"{name} holds {count} interactions",
    )


def source_keys(upstream_url):
    """The environment of a server that records from the stub."""
    return {
        "OPENAI_API_KEY": OPENAI_KEY,
        "OPENAI_BASE_URL": f"{upstream_url}/v1",
        "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
        "ANTHROPIC_BASE_URL": upstream_url,
    }


def azure_keys(upstream_url, deployment="conf-deployment", version="2031-01-01-preview"):
    return {
        "AZURE_OPENAI_API_KEY": AZURE_KEY,
        "AZURE_OPENAI_ENDPOINT": upstream_url,
        "AZURE_OPENAI_DEPLOYMENT": deployment,
        "OPENAI_API_VERSION": version,
    }
