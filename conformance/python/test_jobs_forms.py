"""Asynchronous jobs: what is wrong with a multipart submission, compressed bodies, and bodies that are too large."""

import gzip
import json
import zlib

import brotli
import pytest
import zstandard

from jobs import (
    CHAT, ELEVEN, FORMS, NO_FORM, NO_KEY, PICTURE, SOUND, Form, accepted, beginning, body_of, count, ended, look, message,
    problem, refused, submit,
)
from wire import exchange

MODEL = "model should be in provider/model format"
NO_IMAGE = "at least one image is required"
SPEECH, EDITS, VARIATIONS = "audio/transcriptions", "images/edits", "images/variations"


@pytest.fixture(scope="module")
def server(start):
    return start()


def completed(server, name, body):
    envelope = ended(server, name, accepted(server, name, body)).json()
    assert envelope["status"] == "completed", envelope
    return envelope["result"]


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("body", [b"", b"null", b"[]", json.dumps(CHAT).encode()])
def test_json_is_no_form(server, name, body):
    refused(server, name, body, NO_FORM)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other"]
)
def test_a_form_that_cannot_be_read(server, name, content_type):
    body, _ = body_of(name).encoded()
    refused(server, name, body, NO_FORM, {"Content-Type": content_type})


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_ends_too_early(server, name):
    body, content_type = body_of(name).encoded()
    refused(server, name, body[: len(body) // 2], NO_FORM, {"Content-Type": content_type})


@pytest.mark.parametrize("name", FORMS)
def test_models(server, name):
    refused(server, name, body_of(name).without("model"), "model is required")
    refused(server, name, body_of(name).but(model=""), "model is required")
    for model in ("gpt-4o", "openai/", "nosuch/x", "7"):
        refused(server, name, body_of(name).but(model=model), MODEL)


@pytest.mark.parametrize("name", FORMS)
def test_the_model_is_looked_at_before_the_file(server, name):
    refused(server, name, Form([("language", "en")]), "model is required")
    refused(server, name, Form([("model", "gpt-4o"), ("n", "x")]), MODEL)


@pytest.mark.parametrize("name", FORMS)
def test_an_unknown_key_is_looked_at_last(server, name):
    key = {"x-bf-vk": "sk-bf-nobody"}
    refused(server, name, body_of(name).without("model"), "model is required", key)
    refused(server, name, None, NO_KEY, key)


@pytest.mark.parametrize("name", FORMS)
def test_fields_that_nobody_knows(server, name):
    completed(server, name, body_of(name).but(something="new", fallbacks="gpt-4o"))


def test_transcriptions(server):
    form = body_of(SPEECH)
    refused(server, SPEECH, form.without("file"), "file is required")
    refused(server, SPEECH, form.but(file="a text"), "file is required")
    refused(server, SPEECH, form.without("file").but(stream="true"), "file is required")
    refused(server, SPEECH, form.but(stream="true"), "stream is not supported for async transcriptions")
    for stream in ("false", "TRUE", "1", ""):
        accepted(server, SPEECH, form.but(stream=stream))
    accepted(server, SPEECH, form.but(file=("empty.wav", b"", "audio/wav")))
    accepted(server, SPEECH, form.but(file=("any.xyz", b"any", "text/plain")))
    accepted(server, SPEECH, Form([*form.parts, ("timestamp_granularities[]", "word"), ("temperature", "0.5")]))


@pytest.mark.parametrize("given", ["text", "srt", "vtt", "json", "verbose_json"])
def test_a_transcription_is_always_json(server, given):
    assert isinstance(completed(server, SPEECH, body_of(SPEECH).but(response_format=given))["text"], str)


def test_edits(server):
    form = body_of(EDITS)
    refused(server, EDITS, form.without("image"), NO_IMAGE)
    refused(server, EDITS, form.but(image="a text"), NO_IMAGE)
    refused(server, EDITS, form.without("image").but(n="x", stream="true"), NO_IMAGE)
    refused(server, EDITS, form.but(stream="true"), "stream is not supported for async image edits")
    for stream in ("false", "TRUE", "1", ""):
        accepted(server, EDITS, form.but(stream=stream))


@pytest.mark.parametrize("value", ["abc", "1.5", "1e3", "0x10", "99999999999999999999"])
def test_numbers_of_edits(server, value):
    order = ["n", "partial_images", "num_inference_steps", "seed", "output_compression"]
    for at, field in enumerate(order):
        wrong = {field: value for field in reversed(order[at:])}
        refused(server, EDITS, body_of(EDITS).but(**wrong, stream="true"), beginning(f"invalid {field} value: "))


def test_numbers_that_are_right(server):
    completed(server, EDITS, body_of(EDITS).but(n="2", output_compression="50"))
    assert len(completed(server, VARIATIONS, body_of(VARIATIONS).but(n="2"))["data"]) == 2


def test_images_of_edits(server):
    rest = body_of(EDITS).without("image").parts
    completed(server, EDITS, Form([("image[]", PICTURE), ("image[]", PICTURE), *rest]))
    both = Form([("image", ("other.png", b"not a picture", "image/png")), ("image[]", PICTURE), *rest])
    job = accepted(server, EDITS, both)
    assert ended(server, EDITS, job).json()["status"] == "completed"
    assert "not a picture" not in look(server, job)["request"]["body"]


def test_an_edit_without_a_prompt_fails_when_it_is_run(server):
    for form in (body_of(EDITS).without("prompt"), body_of(EDITS).but(prompt="")):
        envelope = ended(server, EDITS, accepted(server, EDITS, form)).json()
        assert (envelope["status"], envelope["status_code"]) == ("failed", 500)
        assert envelope["error"]["error"]["message"] == "prompt not provided for image edit request"


@pytest.mark.parametrize(
    "kind", ["background_removal", "remove-background", " Remove-BG ", "erase_object", "UPSCALE-FAST", "remove_background"]
)
def test_edits_that_need_no_prompt(server, kind):
    completed(server, EDITS, body_of(EDITS).without("prompt").but(type=kind))


def test_an_edit_of_another_type_needs_one(server):
    form = body_of(EDITS).without("prompt").but(type="inpainting")
    assert ended(server, EDITS, accepted(server, EDITS, form)).json()["status_code"] == 500


def test_variations(server):
    form = body_of(VARIATIONS)
    refused(server, VARIATIONS, form.without("image"), NO_IMAGE)
    refused(server, VARIATIONS, form.without("image").but(n="x"), NO_IMAGE)
    refused(server, VARIATIONS, form.but(n="x"), beginning("invalid n value: "))
    completed(server, VARIATIONS, form.but(stream="true"))
    completed(server, VARIATIONS, Form([*form.parts, ("image", PICTURE), ("size", "256x256")]))


PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("encoding", PACKED)
def test_compressed_bodies(server, encoding):
    headers = {"Content-Encoding": encoding}
    job = accepted(server, "chat/completions", PACKED[encoding](json.dumps(CHAT).encode()), headers)
    assert ended(server, "chat/completions", job).json()["status"] == "completed"
    body, content_type = body_of(SPEECH).encoded()
    job = accepted(server, SPEECH, PACKED[encoding](body), {**headers, "Content-Type": content_type})
    assert ended(server, SPEECH, job).json()["status"] == "completed"


@pytest.mark.parametrize("encoding", PACKED)
def test_compressed_bodies_that_are_broken(server, encoding):
    whole = PACKED[encoding](json.dumps({**CHAT, "user": "".join(map(str, range(5000)))}).encode())
    for body in (whole[: len(whole) // 2], b"not compressed"):
        refused(server, "chat/completions", body, beginning("invalid compressed request body: "), {"Content-Encoding": encoding})


@pytest.mark.parametrize("name", ["chat/completions", SPEECH])
def test_a_body_that_is_too_large(server, name):
    """More than 100 MB, as its head says; no byte of it is sent."""
    before = count(server)
    headers = {"Content-Length": str(101 * 1024 * 1024), "Content-Type": "application/json"}
    answer = exchange(server.url, "POST", f"/v1/async/{name}", headers=headers)
    assert problem(answer, 413)["error"]["type"] == "body_too_large"
    assert count(server) == before


def test_a_body_that_is_too_large_when_it_is_decompressed(server):
    before = count(server)
    packed = gzip.compress(b'{"x":"' + b"a" * (101 * 1024 * 1024) + b'"}')
    assert message(submit(server, "chat/completions", packed, {"Content-Encoding": "gzip"}), 413)
    assert count(server) == before


@pytest.mark.parametrize("name", ELEVEN)
def test_a_body_in_chunks(server, name):
    body = body_of(name)
    data, content_type = body.encoded() if isinstance(body, Form) else (json.dumps(body).encode(), "application/json")
    middle = len(data) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (data[:middle], data[middle:])) + b"0\r\n\r\n"
    accepted(server, name, chunks, {"Content-Type": content_type, "Transfer-Encoding": "chunked"})


def test_a_large_file_is_kept_as_it_is(server):
    job = accepted(server, SPEECH, body_of(SPEECH).but(file=("a.wav", SOUND[1] + bytes(3 << 20), "audio/wav")))
    assert ended(server, SPEECH, job).json()["status"] == "completed"
