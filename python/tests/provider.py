"""A provider on a free port: answers chats and messages, whole and streamed, and counts what it was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(text):
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1760000000,
        "model": "gpt-5-nano",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def chunks(text):
    for delta, finish in (({"role": "assistant", "content": ""}, None), ({"content": text}, None), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        yield {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1760000000,
            "model": "gpt-5-nano",
            "choices": [choice],
        }


def message(text):
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        provider = self.server.provider
        with provider.lock:
            provider.calls.append((self.path, asked))
            number = len(provider.calls)
        status = provider.status
        text = f"answer {number}"
        if status != 200:
            return self.send(json.dumps({"error": {"message": "no", "type": "t", "code": "c"}}), "application/json", status)
        if self.path.endswith("/messages"):
            return self.send(json.dumps(message(text)), "application/json")
        if asked.get("stream"):
            events = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks(text))
            return self.send(f"{events}data: [DONE]\n\n", "text/event-stream")
        self.send(json.dumps(completion(text)), "application/json")

    def send(self, body, kind, status=200):
        body = body.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Provider:
    def __init__(self):
        self.lock = threading.Lock()
        self.calls = []
        self.status = 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.provider = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def environment(self):
        """The keys and addresses of whoever records from it."""
        return {
            "OPENAI_API_KEY": "sk-real-0123456789abcdef0123456789abcdef",
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "ANTHROPIC_API_KEY": "sk-ant-real-0123456789abcdef0123456789",
            "ANTHROPIC_BASE_URL": self.url,
        }

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
