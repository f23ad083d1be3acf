"""Jobs of a server that is killed: the provider that it asks, which sees each execution, and the clients that go on.

A job is known by its content, and each answer of the provider says which call of that content it is to. So a result
shows which execution it comes from, and one that ended twice cannot hide it.
"""

import collections
import http.client
import json
import random
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import recording
from wire import eventually, exchange

CHAT = "/v1/async/chat/completions"


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


class Provider:
    """Answers chat calls after `pause(content)` seconds, or when the content's gate opens, and counts them."""

    def __init__(self, pause=lambda content: 0):
        self.pause = pause
        self.lock = threading.Lock()
        self.calls = collections.Counter()
        self.gates = {}
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def called(self, content):
        with self.lock:
            self.calls[content] += 1
            return self.calls[content], self.gates.get(content)

    def shut(self, *contents):
        """Keeps calls with this content waiting until it is opened."""
        with self.lock:
            self.gates.update((content, threading.Event()) for content in contents)

    def open(self, *contents):
        for content in contents:
            self.gates[content].set()

    def stop(self):
        for gate in self.gates.values():
            gate.set()
        self.server.shutdown()
        self.server.server_close()


def _handler(provider):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            content = asked["messages"][0]["content"]
            number, gate = provider.called(content)
            if gate:
                gate.wait(120)
            else:
                time.sleep(provider.pause(content))
            message = {"role": "assistant", "content": answer(content, number)}
            body = json.dumps(
                {
                    "id": f"chatcmpl-{number}",
                    "object": "chat.completion",
                    "created": 1760000000,
                    "model": asked["model"],
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
                }
            ).encode()
            try:
                self.send_response_only(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:
                # Who asked was killed.
                self.close_connection = True

        def handle(self):
            try:
                super().handle()
            except ConnectionError:
                pass

    return Handler


def answer(content, number):
    return f"{content}, call {number}"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def body_of(content):
    return json.dumps({"model": "openai/gpt-5-nano", "messages": [{"role": "user", "content": content}]}).encode()


def submit(url, content, **headers):
    # A cassette for each: nobody waits for the file of another job.
    named = {"X-Cassette-Name": content.replace(" ", "-")}
    headers = {"Content-Type": "application/json", **named, **headers}
    return exchange(url, "POST", CHAT, body_of(content), headers)


def accepted(url, content, **headers):
    answer = submit(url, content, **headers)
    assert answer.status == 202, answer
    return answer.json()["id"]


def poll(url, id):
    return exchange(url, "GET", f"{CHAT}/{id}")


def ended(url, id, patience=30):
    """The job when it has ended."""
    answer = eventually(lambda: (polled := poll(url, id)).status == 200 and polled, f"{id} ends", patience)
    return answer.json()


def looked(url, id):
    """Everything about a job."""
    answer = exchange(url, "GET", f"/_standin/jobs/{id}")
    assert answer.status == 200, answer
    return answer.json()


def kinds(job):
    return [event["event"] for event in job["events"]]


def recorder(provider, folder):
    """What a server is told to ask this provider about each job, and its environment."""
    return ("--cassettes", folder, "--record", "all"), recording.source_keys(provider.url)


class Clients:
    """Submit jobs and poll them, and do not mind that the server goes away.

    Every second job has a key, and is submitted again with it until it is accepted. One without is given up when its
    connection breaks: there may be such a job or not. What a poll has once said of an end is not to change.
    """

    def __init__(self, url, seed, submitters=6, pollers=2):
        self.url = url
        #: The content of each job whose 202 was read, by its id.
        self.accepted = {}
        self.unsure = set()
        self.seen = {}
        self.changed = []
        self.errors = []
        self.lock = threading.Lock()
        self.permits = threading.Semaphore(0)
        self.left = iter(())
        self.stopped = threading.Event()
        works = [self._submit] * submitters
        works += [lambda chosen=random.Random(seed * 100 + at): self._poll(chosen) for at in range(pollers)]
        self.threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True) for work in works]

    def begin(self, contents):
        self.left = iter(contents)
        for thread in self.threads:
            thread.start()

    def allow(self, jobs):
        """So many more are submitted."""
        self.permits.release(jobs)

    def finish(self, total, patience):
        """Waits until all are submitted, and stops."""
        done = lambda: self.errors or len(self.accepted) + len(self.unsure) == total
        eventually(done, "all jobs are submitted", patience)
        self.stopped.set()
        self.permits.release(len(self.threads))
        for thread in self.threads:
            thread.join(30)
        assert not self.errors, self.errors

    def sees(self, id, job):
        """The end of a job, which is the same each time."""
        with self.lock:
            if self.seen.setdefault(id, job) != job:
                self.changed.append((id, self.seen[id], job))

    def _guarded(self, work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - it is the test that fails, in its own thread
            self.errors.append(error)
            raise

    def _submit(self):
        while self.permits.acquire() and not self.stopped.is_set():
            with self.lock:
                content = next(self.left, None)
            if content is not None:
                self._submit_one(content)

    def _submit_one(self, content):
        keyed = int(content.split()[-1]) % 2 == 0
        headers = {"Idempotency-Key": content} if keyed else {}
        while not self.stopped.is_set():
            try:
                answer = submit(self.url, content, **headers)
            except ConnectionRefusedError:
                # Nobody was there: nothing can have been kept.
                time.sleep(0.01)
                continue
            except (OSError, http.client.HTTPException):
                if keyed:
                    continue
                with self.lock:
                    self.unsure.add(content)
                return
            # A job that was accepted before the kill may have ended until it is submitted again.
            assert answer.status == 202 or (keyed and answer.status == 200), answer
            with self.lock:
                self.accepted[answer.json()["id"]] = content
            return

    def _poll(self, chosen):
        while not self.stopped.is_set():
            with self.lock:
                ids = list(self.accepted)
            if not ids:
                time.sleep(0.01)
                continue
            id = chosen.choice(ids)
            try:
                answer = poll(self.url, id)
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
                continue
            assert answer.status in (200, 202), answer
            if answer.status == 200:
                self.sees(id, answer.json())
