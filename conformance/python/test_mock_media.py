"""Images, speech and transcriptions through the SDK of OpenAI."""

import base64
import io
import json

import pytest

import mocked
import noise
import sse
import stored

PIXEL = stored.case("images", "one").response["data"][0]["b64_json"]
OTHER = stored.case("images", "two").response["data"][1]["b64_json"]
SOUND = bytes(range(256)) * 300
WAV = ("talk.wav", io.BytesIO(b"RIFF$\x00\x00\x00WAVE"), "audio/wav")


@pytest.fixture(scope="module")
def server(mocking):
    document = stored.document("images", "transcriptions")
    one = stored.case("images", "one")
    speech = {
        "audio": base64.b64encode(SOUND).decode(),
        "usage": {"input_tokens": 4, "output_tokens": 20, "total_tokens": 24},
    }
    document["mocks"] += [
        one.rule(name="parts", match="[parts]", response={**one.response, "partial_images": [OTHER]}),
        {"name": "edit", "endpoint": "image_edits", "match": "[edit]", "response": one.response},
        {"name": "vary", "endpoint": "image_variations", "answer": {"images": [PIXEL, OTHER]}},
        {
            "name": "neutral",
            "endpoint": "images",
            "match": "[neutral]",
            "answer": {"images": [PIXEL, OTHER], "text": "Revised"},
        },
        {"name": "speech", "endpoint": "speech", "match": "[speech]", "response": speech},
        {
            "name": "said",
            "endpoint": "speech",
            "match": "[said]",
            "answer": {"audio": base64.b64encode(b"abc").decode()},
        },
        {
            "name": "captions",
            "endpoint": ["transcriptions", "translations"],
            "match": "[captions]",
            "answer": "One two. Three.",
        },
        {
            "name": "srt",
            "endpoint": "transcriptions",
            "match": "[srt]",
            "response": "1\n00:00:00,000 --> 00:00:01,000\nHi\n",
        },
    ]
    return mocking(document)


@pytest.fixture(scope="module")
def client(server):
    return mocked.gpt(server)


@pytest.mark.parametrize("name", stored.names("images"))
def test_images(client, name):
    case = stored.case("images", name)
    raw = client.images.with_raw_response.generate(**case.call)
    noise.assert_identical(raw.text, case.response)
    noise.assert_same(raw.parse().to_dict(), case.response)


def test_neutral_images(client):
    got = client.images.generate(model="gpt-image-1", prompt="[neutral]", n=3, size="1024x1024")
    assert [one.b64_json for one in got.data] == [PIXEL, OTHER, PIXEL]
    assert got.data[0].revised_prompt == "Revised"
    assert got.size == "1024x1024" and got.usage.total_tokens == got.usage.input_tokens + got.usage.output_tokens


@pytest.mark.parametrize("partial", [0, 1, 3])
def test_an_image_stream(client, partial):
    case = stored.case("images", "one")
    events = list(client.images.generate(**case.call, stream=True, partial_images=partial))
    assert [event.type for event in events] == ["image_generation.partial_image"] * partial + [
        "image_generation.completed"
    ]
    assert [event.partial_image_index for event in events[:-1]] == list(range(partial))
    last = events[-1].to_dict()
    assert last.pop("type") == "image_generation.completed"
    expected = {key: value for key, value in case.response.items() if key not in ("data", "created")}
    noise.assert_same(last, {**expected, "b64_json": PIXEL, "created_at": case.response["created"]})


def test_partial_images_that_are_stored(client):
    events = list(client.images.generate(model="gpt-image-1", prompt="[parts]", stream=True, partial_images=1))
    assert [event.b64_json for event in events] == [OTHER, PIXEL]
    raw = client.images.with_raw_response.generate(model="gpt-image-1", prompt="[parts]")
    noise.assert_identical(raw.text, stored.case("images", "one").response)


def test_the_wire_of_an_image_stream(server):
    body = {**stored.case("images", "one").call, "stream": True, "partial_images": 1}
    answer = mocked.post(server, "/v1/images/generations", body)
    assert answer.header("content-type").startswith("text/event-stream")
    events = sse.events(answer.body)
    assert all(event.name == event.json()["type"] for event in events)


def files():
    pixel = base64.b64decode(PIXEL)
    return [("first.png", io.BytesIO(pixel), "image/png"), ("second.png", io.BytesIO(pixel), "image/png")]


def test_an_edit_of_two_files(client):
    case = stored.case("images", "one")
    call = {"model": "gpt-image-1", "image": files(), "prompt": "Please [edit]", "size": "1024x1024"}
    noise.assert_same(client.images.edit(**call).to_dict(), case.response)
    call["image"] = files()
    events = list(client.images.edit(**call, stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]
    assert events[-1].b64_json == PIXEL


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_variation(client):
    got = client.images.create_variation(image=files()[0], n=2, response_format="b64_json")
    assert [one.b64_json for one in got.data] == [PIXEL, OTHER]


TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


def speak(client, text, **fields):
    return client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input=text, **fields)


@pytest.mark.parametrize("form", TYPES)
def test_speech(client, form, tmp_path):
    answer = speak(client, "Some [speech]", response_format=form)
    assert answer.content == SOUND
    assert answer.response.headers["content-type"] == TYPES[form]
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="alloy", input="[speech]", response_format=form
    ) as response:
        response.stream_to_file(tmp_path / form)
    assert (tmp_path / form).read_bytes() == SOUND


def test_neutral_speech(client):
    answer = speak(client, "It is [said]")
    assert (answer.content, answer.response.headers["content-type"]) == (b"abc", "audio/mpeg")


def test_speech_as_events(server):
    body = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "[speech]", "stream_format": "sse"}
    answer = mocked.post(server, "/v1/audio/speech", body)
    *deltas, done = [event.json() for event in sse.events(answer.body) if event.data != "[DONE]"]
    assert all(delta["type"] == "speech.audio.delta" for delta in deltas) and len(deltas) > 1
    assert b"".join(base64.b64decode(delta["audio"]) for delta in deltas) == SOUND
    assert done == {"type": "speech.audio.done", "usage": {"input_tokens": 4, "output_tokens": 20, "total_tokens": 24}}


def transcribe(client, **fields):
    return client.audio.transcriptions.create(**{"model": "whisper-1", "file": WAV, **fields})


@pytest.mark.parametrize("name", stored.names("transcriptions"))
def test_transcriptions(client, name):
    case = stored.case("transcriptions", name)
    raw = client.audio.transcriptions.with_raw_response.create(file=WAV, **case.call)
    noise.assert_identical(raw.text, case.response)
    noise.assert_same(raw.parse().to_dict(), case.response)


def test_captions(client):
    assert transcribe(client, prompt="[captions]", response_format="text") == "One two. Three."
    srt = transcribe(client, prompt="[captions]", response_format="srt")
    assert srt == "1\n00:00:00,000 --> 00:00:00,800\nOne two.\n\n2\n00:00:00,800 --> 00:00:01,200\nThree.\n\n"
    vtt = transcribe(client, prompt="[captions]", response_format="vtt")
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:0")
    case = stored.case("transcriptions", "verbose-json")
    srt = transcribe(client, prompt=case.text, response_format="srt")
    assert srt.split("\n")[:8] == [
        "1",
        "00:00:00,000 --> 00:00:01,250",
        "One, two.",
        "",
        "2",
        "00:00:02,000 --> 00:00:04,500",
        "Three!",
        "",
    ]
    assert transcribe(client, prompt="[srt]", response_format="srt") == "1\n00:00:00,000 --> 00:00:01,000\nHi\n"
    verbose = transcribe(
        client, prompt="[captions]", response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert [word.word.strip(".") for word in verbose.words] == ["One", "two", "Three"]
    assert verbose.segments[-1].end == verbose.duration > 0


def test_a_transcription_stream(client):
    case = stored.case("transcriptions", "json")
    events = [event.to_dict() for event in transcribe(client, **case.call, stream=True)]
    assert [event["type"] for event in events] == ["transcript.text.delta"] * (len(events) - 1) + [
        "transcript.text.done"
    ]
    assert "".join(event["delta"] for event in events[:-1]) == case.response["text"] and len(events) > 3
    assert events[-1] == {"type": "transcript.text.done", **case.response}


def test_a_diarized_stream(client):
    case = stored.case("transcriptions", "diarized-json")
    events = [event.to_dict() for event in transcribe(client, **case.call, stream=True)]
    segments = [event for event in events if event["type"] == "transcript.text.segment"]
    noise.assert_same(segments, case.response["segments"])
    assert events[-1]["text"] == case.response["text"]


def test_the_wire_of_a_transcription_stream(server):
    boundary = "standin-conformance"
    fields = {"model": "gpt-4o-transcribe", "prompt": stored.case("transcriptions", "json").text, "stream": "true"}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--{boundary}--\r\n'
    ]
    from wire import exchange

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Authorization": "Bearer sk"}
    answer = exchange(server.url, "POST", "/v1/audio/transcriptions", "".join(parts).encode(), headers)
    assert answer.header("content-type").startswith("text/event-stream")
    sse.assert_no_line_ends_inside(answer.body)
    assert [json.dumps(one) for one in sse.documents(answer.body)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_translations(client):
    call = {"model": "whisper-1", "file": WAV, "prompt": "[captions]"}
    assert client.audio.translations.create(**call).text == "One two. Three."
    assert client.audio.translations.create(**call, response_format="text") == "One two. Three."
    verbose = client.audio.translations.create(**call, response_format="verbose_json")
    assert (verbose.language, verbose.text) == ("english", "One two. Three.") and verbose.segments
