"""What the tests of asynchronous jobs share: a submission of each of the eleven types, polls, and the control API."""

import dataclasses
import datetime
import io
import json
import re

import httpx
from PIL import Image

from wire import exchange

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MISSING = "job not found or expired"
NO_KEY = "virtual key not found"


def picture():
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (20, 90, 160, 255)).save(file, "PNG")
    return file.getvalue()


PICTURE = ("picture.png", picture(), "image/png")
SOUND = ("sound.wav", b"RIFF$\x00\x00\x00WAVE", "audio/wav")


@dataclasses.dataclass
class Form:
    """The parts of a multipart body, in order; a file is a tuple of its name, its content and its type."""

    parts: list

    def encoded(self):
        # Encoded by a library that others wrote.
        files = [(name, part if isinstance(part, tuple) else (None, part)) for name, part in self.parts]
        request = httpx.Request("POST", "http://localhost/", files=files)
        return request.read(), request.headers["content-type"]

    def without(self, *names):
        return Form([(name, part) for name, part in self.parts if name not in names])

    def but(self, **parts):
        return Form([(name, part) for name, part in self.parts if name not in parts] + list(parts.items()))


CHAT = {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "Say hello."}]}

#: What is submitted below /v1/async/, and the type that the job has.
ELEVEN = {
    "completions": ("text_completion", {"model": "openai/gpt-3.5-turbo-instruct", "prompt": "Say hello."}),
    "chat/completions": ("chat_completion", CHAT),
    "responses": ("responses", {"model": "openai/gpt-4o", "input": "Say hello."}),
    "embeddings": ("embedding", {"model": "openai/text-embedding-3-small", "input": "hello"}),
    "audio/speech": ("speech", {"model": "openai/tts-1", "input": "hello", "voice": "alloy"}),
    "audio/transcriptions": ("transcription", Form([("model", "openai/whisper-1"), ("file", SOUND)])),
    "images/generations": ("image_generation", {"model": "openai/gpt-image-1", "prompt": "an otter"}),
    "images/edits": ("image_edit", Form([("model", "openai/gpt-image-1"), ("image", PICTURE), ("prompt", "a hat")])),
    "images/variations": ("image_variation", Form([("model", "openai/dall-e-2"), ("image", PICTURE)])),
    "rerank": (
        "rerank",
        {"model": "cohere/rerank-v3.5", "query": "otters", "documents": [{"text": "a storm"}, {"text": "an otter"}]},
    ),
    "ocr": (
        "ocr",
        {
            "model": "mistral/mistral-ocr-latest",
            "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"},
        },
    ),
}
FORMS = [name for name, (_, body) in ELEVEN.items() if isinstance(body, Form)]
OBJECTS = [name for name in ELEVEN if name not in FORMS]


def body_of(name):
    return ELEVEN[name][1]


def submit(server, name, body=None, headers=()):
    """Submits a body, or the usual one of this type. Bytes are sent as they are."""
    body = body_of(name) if body is None else body
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    named = {key.lower() for key, _ in pairs}
    if isinstance(body, Form):
        data, content_type = body.encoded()
    else:
        data, content_type = body if isinstance(body, bytes) else json.dumps(body).encode(), "application/json"
    if "content-type" not in named:
        pairs.append(("Content-Type", content_type))
    return exchange(server.url, "POST", f"/v1/async/{name}", data, pairs)


def accepted(server, name="chat/completions", body=None, headers=()):
    """The id of a job that was submitted."""
    answer = submit(server, name, body, headers)
    assert answer.status == 202, answer.body
    return answer.json()["id"]


def poll(server, name, job, headers=(), method="GET"):
    return exchange(server.url, method, f"/v1/async/{name}/{job}", b"", headers)


def ended(server, name, job, headers=()):
    """The answer to a poll when the job has ended."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    answer = poll(server, name, job, [*pairs, ("Prefer", "wait=30")])
    assert answer.status == 200, answer.body
    return answer


def finished(server, name="chat/completions", body=None, headers=(), **control):
    """The envelope of a job that was submitted and has ended."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    return ended(server, name, accepted(server, name, body, pairs), keys_of(pairs)).json()


def keys_of(pairs):
    return [(name, value) for name, value in pairs if name.lower() in ("x-bf-vk", "authorization", "x-api-key")]


def control(server, method, path="", document=None):
    """A call of the control API that succeeds."""
    body = b"" if document is None else json.dumps(document).encode()
    answer = exchange(server.url, method, f"/_standin/{path}", body, {"Content-Type": "application/json"})
    assert answer.status < 300, answer.body
    return answer.json()


def act(server, job, verb, document=None):
    return control(server, "POST", f"jobs/{job}/{verb}", document)


def look(server, job):
    """A job as the control API shows it."""
    return control(server, "GET", f"jobs/{job}")


def advance(server, by):
    control(server, "POST", "jobs/advance", {"by": by})


def count(server):
    """How many jobs are kept."""
    return sum(control(server, "GET", "jobs").get("counts", {}).values())


def instant(text):
    assert INSTANT.fullmatch(text), text
    return datetime.datetime.fromisoformat(text)


def kept_for(envelope):
    """For how many seconds a result is kept."""
    return (instant(envelope["expires_at"]) - instant(envelope["completed_at"])).total_seconds()


def problem(answer, status):
    """The error object of an answer with this status; it has the members that every one has, and no others."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.header("content-type") == "application/json"
    value = answer.json()
    assert {"is_bifrost_error", "error", "extra_fields"} <= value.keys(), value
    assert value.keys() <= {"event_id", "type", "is_bifrost_error", "status_code", "error", "extra_fields"}, value
    assert value["is_bifrost_error"] is (value["is_bifrost_error"] == True)  # noqa: E712
    assert value["status_code"] == status and isinstance(value["extra_fields"], dict)
    error = value["error"]
    assert isinstance(error["message"], str) and error["message"]
    assert error.keys() <= {"message", "error", "type", "code", "param", "event_id"}, error
    return value


def message(answer, status=400):
    return problem(answer, status)["error"]["message"]


def refused(server, name, body, expected, headers=(), status=400):
    """What is submitted is refused with this message, and no job is made."""
    before = count(server)
    answer = submit(server, name, body, headers)
    said = message(answer, status)
    if isinstance(expected, str):
        assert said == expected
    else:
        assert expected.match(said), said
    assert count(server) == before
    return answer


def beginning(text):
    """A message that goes on after this with a detail."""
    return re.compile(re.escape(text) + r".+", re.S)


MALFORMED = beginning("invalid request format: ")
NO_FORM = beginning("failed to parse multipart form: ")
