"""Asynchronous jobs: what is wrong with a JSON submission, in the words of the API, and that no job is made of it."""

import json
import re

import pytest

from jobs import CHAT, MALFORMED, NO_KEY, OBJECTS, accepted, body_of, ended, refused

MODEL = "model should be in provider/model format"
#: What each type says of a streamed call.
STREAMED = {
    "completions": "stream is not supported for async text completions",
    "chat/completions": "stream is not supported for async chat completions",
    "responses": "stream is not supported for async responses",
    "images/generations": "stream is not supported for async image generations",
}


@pytest.fixture(scope="module")
def server(start):
    return start()


def without(name, *members):
    return {member: value for member, value in body_of(name).items() if member not in members}


def taken(server, name, **members):
    """The id of a job of the usual body and these members."""
    return accepted(server, name, {**body_of(name), **members})


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"7", b"{}{", b"\xff\xfe", b"true"])
def test_a_body_that_is_no_object(server, name, body):
    refused(server, name, body, MALFORMED)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_body_of_null(server, name):
    # Whether it can be read, or lacks everything, is the decoder's to say.
    refused(server, name, b"null", re.compile(f"{re.escape(MODEL)}$|{MALFORMED.pattern}", re.S))


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("model", [7, ["openai/gpt-4o"], {}, True])
def test_a_model_of_another_type(server, name, model):
    refused(server, name, {**body_of(name), "model": model}, MALFORMED)


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("model", ["", "gpt-4o", "openai/", "/gpt-4o", "/", "nosuch/x", "OpenAI/gpt-4o", " openai/gpt-4o"])
def test_a_model_without_a_known_provider(server, name, model):
    refused(server, name, {**body_of(name), "model": model}, MODEL)


@pytest.mark.parametrize("name", OBJECTS)
def test_no_model(server, name):
    refused(server, name, without(name, "model"), MODEL)
    refused(server, name, {**body_of(name), "model": None}, MODEL)


@pytest.mark.parametrize("name", OBJECTS)
def test_the_model_is_looked_at_first(server, name):
    refused(server, name, {}, MODEL)
    refused(server, name, {"stream": True, "stream_format": "sse"}, MODEL)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_model_may_have_slashes_of_its_own(server, name):
    taken(server, name, model="huggingface/org/repo/model:latest")


@pytest.mark.parametrize("name", OBJECTS)
def test_members_that_nobody_knows_are_kept(server, name):
    taken(server, name, something_new={"a": [1, None]}, another=None)


@pytest.mark.parametrize("name", OBJECTS)
def test_the_content_type_is_not_looked_at(server, name):
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        accepted(server, name, json.dumps(body_of(name)).encode(), {"Content-Type": content_type})


@pytest.mark.parametrize("name", OBJECTS)
def test_fallbacks_that_are_no_models_are_dropped(server, name):
    job = taken(server, name, fallbacks=["gpt-4o", "", "nosuch/x", "/"])
    assert ended(server, name, job).json()["status"] == "completed"


@pytest.mark.parametrize("name", OBJECTS)
def test_fallbacks_are_texts(server, name):
    refused(server, name, {**body_of(name), "fallbacks": [7]}, MALFORMED)
    refused(server, name, {**body_of(name), "fallbacks": "openai/gpt-4o"}, MALFORMED)


@pytest.mark.parametrize("name", STREAMED)
def test_nothing_is_streamed(server, name):
    refused(server, name, {**body_of(name), "stream": True}, STREAMED[name])
    taken(server, name, stream=False)
    taken(server, name, stream=None)


@pytest.mark.parametrize("name", STREAMED)
def test_a_stream_that_is_no_boolean(server, name):
    refused(server, name, {**body_of(name), "stream": "true"}, MALFORMED)
    refused(server, name, {**body_of(name), "stream": 1}, MALFORMED)


@pytest.mark.parametrize("name", STREAMED)
def test_streaming_is_seen_before_a_wrong_key(server, name):
    key = {"x-bf-vk": "sk-bf-nobody"}
    refused(server, name, {**body_of(name), "stream": True}, STREAMED[name], key)
    refused(server, name, {"model": "gpt-4o"}, MODEL, key)
    refused(server, name, None, NO_KEY, key)


def test_completions(server):
    missing = "prompt is required for text completion"
    refused(server, "completions", without("completions", "prompt"), missing)
    refused(server, "completions", {**body_of("completions"), "prompt": None}, missing)
    refused(server, "completions", {"model": "openai/x", "stream": True}, missing)
    refused(server, "completions", {**body_of("completions"), "prompt": 7}, MALFORMED)
    taken(server, "completions", prompt=["a", "b"])
    taken(server, "completions", prompt="")


def test_chat(server):
    missing = "messages is required for chat completion"
    refused(server, "chat/completions", without("chat/completions", "messages"), missing)
    refused(server, "chat/completions", {**CHAT, "messages": []}, missing)
    refused(server, "chat/completions", {**CHAT, "messages": None}, missing)
    refused(server, "chat/completions", {"model": "openai/x", "stream": True}, missing)
    refused(server, "chat/completions", {**CHAT, "messages": "hello"}, MALFORMED)
    both = {**CHAT, "reasoning_effort": "low", "reasoning": {"effort": "low"}}
    refused(server, "chat/completions", both, MALFORMED)
    taken(server, "chat/completions", reasoning_effort="low")
    taken(server, "chat/completions", stop="a")
    taken(server, "chat/completions", stop=["a", "b"])
    taken(server, "chat/completions", max_tokens=16)


def test_responses(server):
    missing = "input is required for responses"
    for body in (without("responses", "input"), {**body_of("responses"), "input": None}, {**body_of("responses"), "input": []}):
        refused(server, "responses", body, missing)
        refused(server, "responses", {**body, "stream": True}, missing)
    refused(server, "responses", {**body_of("responses"), "input": 7}, MALFORMED)
    refused(server, "responses", {**body_of("responses"), "input": {"role": "user"}}, MALFORMED)
    taken(server, "responses", input="")
    taken(server, "responses", input=[{"role": "user", "content": "Say hello."}])


def test_embeddings(server):
    missing = "input is required for embeddings"
    refused(server, "embeddings", without("embeddings", "input"), missing)
    refused(server, "embeddings", {**body_of("embeddings"), "input": None}, missing)
    for given in (7, {"text": "x"}, [["a"]], [{}], True):
        refused(server, "embeddings", {**body_of("embeddings"), "input": given}, MALFORMED)
    for given in ("hello", ["a", "b"], [1, 2], [[1, 2], [3]], "", []):
        taken(server, "embeddings", input=given)
    taken(server, "embeddings", stream=True)


def test_speech(server):
    no_input = "input is required for speech completion"
    no_voice = "voice is required for speech completion"
    speech = body_of("audio/speech")
    refused(server, "audio/speech", without("audio/speech", "input"), no_input)
    refused(server, "audio/speech", {**speech, "input": ""}, no_input)
    refused(server, "audio/speech", {"model": "openai/tts-1"}, no_input)
    refused(server, "audio/speech", without("audio/speech", "voice"), no_voice)
    refused(server, "audio/speech", {**speech, "voice": []}, no_voice)
    refused(server, "audio/speech", {**speech, "voice": {"speaker": "a"}}, MALFORMED)
    refused(server, "audio/speech", {**speech, "voice": 7}, MALFORMED)
    refused(server, "audio/speech", {**speech, "voice": [], "stream_format": "sse"}, no_voice)
    refused(server, "audio/speech", {**speech, "stream_format": "sse"}, "stream is not supported for async speech")
    taken(server, "audio/speech", voice=[{"speaker": "a", "voice": "alloy"}])
    taken(server, "audio/speech", voice="")
    taken(server, "audio/speech", stream_format="audio")
    taken(server, "audio/speech", stream=True)


def test_images(server):
    missing = "prompt cannot be empty"
    refused(server, "images/generations", without("images/generations", "prompt"), missing)
    refused(server, "images/generations", {**body_of("images/generations"), "prompt": ""}, missing)
    refused(server, "images/generations", {**body_of("images/generations"), "prompt": "", "stream": True}, missing)
    refused(server, "images/generations", {**body_of("images/generations"), "prompt": 7}, MALFORMED)


def test_rerank(server):
    def refuse(expected, **members):
        refused(server, "rerank", {**body_of("rerank"), **members}, expected)

    no_query, no_documents = "query is required for rerank", "documents are required for rerank"
    refused(server, "rerank", without("rerank", "query"), no_query)
    refused(server, "rerank", without("rerank", "documents"), no_documents)
    for query in ("", "  ", "\t\n", None):
        refuse(no_query, query=query, documents=[])
    for documents in ([], None):
        refuse(no_documents, documents=documents, top_n=0)
    refuse("document text is required for rerank at index 1", documents=[{"text": "a"}, {"text": " "}], top_n=0)
    refuse("document text is required for rerank at index 0", documents=[{"id": "a"}])
    refuse(MALFORMED, documents=["a", "b"])
    refuse("top_n must be at least 1", top_n=0)
    refuse("top_n must be at least 1", top_n=-1)
    taken(server, "rerank", top_n=1)
    taken(server, "rerank", top_n=100, documents=[{"text": "a", "id": "1", "meta": {"b": 2}}])
    taken(server, "rerank", stream=True)


def test_ocr(server):
    def refuse(expected, document):
        refused(server, "ocr", {"model": "mistral/mistral-ocr-latest", "document": document}, expected)

    no_type = "document type is required for ocr"
    no_document = "document_url is required when document type is document_url"
    no_image = "image_url is required when document type is image_url"
    refused(server, "ocr", without("ocr", "document"), no_type)
    for document in ({}, None, {"type": ""}, {"document_url": "https://example.com/a.pdf"}):
        refuse(no_type, document)
    refuse(no_document, {"type": "document_url"})
    refuse(no_document, {"type": "document_url", "document_url": ""})
    refuse(no_document, {"type": "document_url", "image_url": "https://example.com/a.png"})
    refuse(no_image, {"type": "image_url", "image_url": ""})
    refuse(no_image, {"type": "image_url", "document_url": "https://example.com/a.pdf"})
    refuse(MALFORMED, "https://example.com/a.pdf")
    taken(server, "ocr", document={"type": "file", "file_id": "file-1"})
    taken(server, "ocr", document={"type": "image_url", "image_url": "https://example.com/a.png"})
    taken(server, "ocr", stream=True)


def test_models_without_a_provider_where_they_are_taken(start):
    server = start("--unprefixed-models")
    assert ended(server, "chat/completions", taken(server, "chat/completions", model="gpt-4o")).json()["status"] == "completed"
    refused(server, "chat/completions", {**CHAT, "model": ""}, MODEL)
    refused(server, "chat/completions", without("chat/completions", "model"), MODEL)


def test_custom_providers(start):
    server = start("--custom-providers", "mine,yours")
    taken(server, "chat/completions", model="mine/gpt-4o")
    taken(server, "chat/completions", model="yours/a/b")
    refused(server, "chat/completions", {**CHAT, "model": "theirs/gpt-4o"}, MODEL)
