"""Receivers of webhooks: real HTTP servers that do what a test tells them, and keep what they are sent."""

import base64
import dataclasses
import http.server
import json
import secrets
import ssl
import threading

from standardwebhooks.webhooks import Webhook

from wire import eventually


def secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@dataclasses.dataclass
class Message:
    """A message as it came, whoever sent it."""

    path: str
    headers: dict
    body: bytes

    @property
    def id(self):
        return self.headers["webhook-id"]

    def verified(self, key):
        """What it says, where its signature is of this key."""
        return Webhook(key).verify(self.body, self.headers)

    @property
    def about(self):
        return json.loads(self.body)["data"]["id"]


class Receiver:
    """A server that answers messages by a script, the last of it to all that follow.

    A step is a status, a status with header fields, or `hang`: it answers nothing until the test ends.
    """

    hang = "hang"

    def __init__(self, *script, context=None, port=0):
        self.script = list(script or [204])
        self.messages = []
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.secure = context is not None
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                step = receiver.take(Message(self.path, headers, body))
                if step == Receiver.hang:
                    receiver.over.wait(120)
                    return
                status, fields = step if isinstance(step, tuple) else (step, {})
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            do_GET = do_POST

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                # Somebody who does not trust the certificate leaves in the middle of the handshake.
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        if context:
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, message):
        with self.lock:
            self.messages.append(message)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def port(self):
        return self.server.server_port

    def url(self, path="/hooks", host="127.0.0.1"):
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{path}"

    def got(self, count=1, patience=20):
        """The messages, when there are so many."""
        eventually(lambda: len(self.messages) >= count, f"{count} messages have come", patience)
        return list(self.messages)

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def tls(authority, *names):
    """A context of a server with a certificate of this authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context
