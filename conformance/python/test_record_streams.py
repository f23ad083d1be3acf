"""Streams that are recorded: frame by frame to the client, whole to the disk, or not at all."""

import gzip
import json
import time

import pytest
import yaml

import upstream as stub
from recording import CHAT, CLOSE, RESET, chat, files, gate, pause, post, stored, stored_when
from wire import Call, eventually


def sse(*datas):
    return [f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n" for data in datas]


def delta(text):
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}


def named(kind, **fields):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


FRAMES = [*sse(delta("Hel"), delta("lo"), delta("!")), "data: [DONE]\n\n"]
ASK = {"Content-Type": "application/json", "X-Cassette-Name": "tape"}


def begin(server, path=CHAT, **options):
    call = Call(server.url, "POST", path, chat(stream=True), ASK, **options)
    assert call.head().status == 200
    return call


def with_gates(frames):
    """A gate in front of each frame but the first."""
    return [step for at, frame in enumerate(frames) for step in ((gate(f"{at}"), frame) if at else (frame,))]


@pytest.mark.parametrize("coding", [None, "gzip"])
def test_each_frame_arrives_before_the_next_is_sent(recorder, replayer, upstream, cassettes, coding):
    frames = [frame.encode() for frame in FRAMES]
    on_the_wire = frames if coding is None else [gzip.compress(frame, mtime=0) for frame in frames]
    headers = [] if coding is None else [("Content-Encoding", coding)]
    upstream.plan_sse(CHAT, *with_gates(on_the_wire), headers=headers)
    server = recorder()
    call = begin(server)
    assert call.response.getheader("x-standin-source") == "upstream"
    for at, frame in enumerate(on_the_wire):
        if at:
            upstream.release(f"{at}")
        assert call.read(len(frame)) == frame
    assert call.rest() == (b"", True)
    server.stop()
    (one,) = stored(cassettes)
    assert one["body"] == b"".join(frames)
    replayed = post(replayer(), body=chat(stream=True), cassette="tape")
    assert (replayed.source, replayed.body, replayed.complete) == ("tape", b"".join(frames), True)


def test_the_head_arrives_before_the_first_frame(recorder, upstream):
    upstream.plan_sse(CHAT, gate(), *FRAMES)
    call = begin(recorder())
    upstream.release()
    assert call.rest() == ("".join(FRAMES).encode(), True)


def test_a_long_answer_that_is_no_stream_is_passed_on_as_it_comes(recorder, upstream):
    headers = [("Content-Type", "application/json")]
    upstream.plan(CHAT, '{"a":', gate(), "1}", headers=headers, framing="length")
    call = begin(recorder())
    assert call.read(5) == b'{"a":'
    upstream.release()
    assert call.rest() == (b"1}", True)


def test_the_bytes_of_a_stream_are_kept_however_they_were_cut(recorder, replayer, upstream, cassettes):
    """Inside of a frame, a line and a character; and with any line end."""
    whole = ("event: x\r\nid: 1\r\ndata: {\"t\":\"é☕\"}\r\n\r\n: ping\n\ndata:[DONE]\n\n").encode()
    upstream.plan_sse(CHAT, *(whole[at : at + 1] for at in range(len(whole))))
    server = recorder()
    assert post(server, body=chat(stream=True), cassette="tape").body == whole
    server.stop()
    assert [one["body"] for one in stored(cassettes)] == [whole]
    assert post(replayer(), body=chat(stream=True), cassette="tape").body == whole


def arrivals(call, lengths):
    """When each of these pieces had arrived, in seconds."""
    times = []
    for length in lengths:
        call.read(length)
        times.append(time.monotonic())
    return times


def test_arrival_times_are_kept_and_replayed(recorder, serve, upstream, cassettes):
    wait = 0.3
    upstream.plan_sse(CHAT, FRAMES[0], pause(wait), FRAMES[1], *FRAMES[2:])
    server = recorder()
    post(server, body=chat(stream=True), cassette="tape")
    server.stop()
    (interaction,) = yaml.safe_load((cassettes / "tape.yaml").read_text())["interactions"]
    chunks = interaction["standin"]["chunks"].split()
    at = [float(chunk.split("+")[0]) for chunk in chunks]
    assert sum(int(chunk.split("+")[1]) for chunk in chunks) == len("".join(FRAMES).encode())
    # The server's clock and the stub's are read by different processes: a little earlier is no fault.
    assert max(later - earlier for earlier, later in zip(at, at[1:])) >= wait * 1000 - 50
    call = begin(serve("--cassettes", cassettes, "--record", "none", "--pace", "recorded"))
    first, second = arrivals(call, [len(FRAMES[0]), len(FRAMES[1])])
    assert second - first >= wait - 0.05


#: Where streams of a path end, and what is no proof of it.
MESSAGE = [named("message_start", message={"id": "msg_1"}), named("content_block_delta", delta={"text": "Hi"})]
RESPONSE = [named("response.created"), named("response.output_text.delta", delta="Hi")]
CHUNKS = sse(delta("Hi"))
AWS = list(stub.provider.bedrock_messages())
BEDROCK = "/v1/model/x/converse-stream"
ENDINGS = {
    "chat, done": (CHAT, [*CHUNKS, "data: [DONE]\n\n"], True),
    "chat, done without a space": (CHAT, [*CHUNKS, "data:[DONE]\n\n"], True),
    "chat, done with CRLF": (CHAT, [*CHUNKS, "data: [DONE]\r\n\r\n"], True),
    "chat, not done": (CHAT, CHUNKS, False),
    "chat, done is quoted": (CHAT, sse(delta("data: [DONE]\n\n")), False),
    "chat, cut in a frame": (CHAT, [*CHUNKS, "data: [DO"], False),
    "chat, done is no event of its own": (CHAT, [*CHUNKS, "data: x\ndata: [DONE]\n\n"], False),
    "chat, an error and no end": (CHAT, [*CHUNKS, *sse({"error": {"message": "overloaded"}})], False),
    "completions, done": ("/v1/completions", [*sse({"choices": [{"text": "a"}]}), "data: [DONE]\n\n"], True),
    "completions, not done": ("/v1/completions", sse({"choices": [{"text": "a"}]}), False),
    "messages, stopped": ("/v1/messages", [*MESSAGE, named("message_stop")], True),
    "messages, not stopped": ("/v1/messages", MESSAGE, False),
    "messages, chat's end": ("/v1/messages", [*MESSAGE, "data: [DONE]\n\n"], False),
    "messages, an error": ("/v1/messages", [*MESSAGE, named("error", error={"type": "overloaded_error"})], False),
    "responses, completed": ("/v1/responses", [*RESPONSE, named("response.completed")], True),
    "responses, failed": ("/v1/responses", [*RESPONSE, named("response.failed")], True),
    "responses, incomplete": ("/v1/responses", [*RESPONSE, named("response.incomplete")], True),
    "responses, in progress": ("/v1/responses", [*RESPONSE, named("response.in_progress")], False),
    "AWS, whole messages": (BEDROCK, AWS, True),
    "AWS, cut in the last message": (BEDROCK, [*AWS[:-1], AWS[-1][:-3]], False),
    "AWS, cut in a prelude": (BEDROCK, [*AWS, AWS[0][:5]], False),
    "AWS, a wrong checksum": (BEDROCK, [*AWS[:-1], AWS[-1][:-1] + bytes([AWS[-1][-1] ^ 1])], False),
}


def plan_ending(upstream, path, steps):
    kind = "application/vnd.amazon.eventstream" if path == BEDROCK else "text/event-stream"
    upstream.plan(path, *steps, headers=[("Content-Type", kind)])


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_stream_without_its_proof_of_end_is_not_stored(recorder, replayer, upstream, cassettes, ending):
    path, steps, kept = ENDINGS[ending]
    whole = b"".join(step if isinstance(step, bytes) else step.encode() for step in steps)
    plan_ending(upstream, path, steps)
    server = recorder()
    live = post(server, path, chat(stream=True), cassette="tape")
    assert (live.status, live.body, live.complete, live.source) == (200, whole, True, "upstream")
    server.stop()
    assert [one["body"] for one in stored(cassettes)] == ([whole] if kept else [])
    if kept:
        assert post(replayer(), path, chat(stream=True), cassette="tape").body == whole
    else:
        assert files(cassettes) == []


@pytest.mark.parametrize("how", [CLOSE, RESET], ids=["close", "reset"])
@pytest.mark.parametrize("sent", ["one frame", "the proof of end"])
def test_a_cut_is_the_clients_cut_too(recorder, upstream, cassettes, how, sent):
    """And it is not stored, although everything that the dialect asks for may have been there."""
    frames = FRAMES[:1] if sent == "one frame" else FRAMES
    upstream.plan_sse(CHAT, *frames, gate(), how)
    server = recorder()
    call = begin(server)
    assert call.read(len("".join(frames))) == "".join(frames).encode()
    upstream.release()
    assert call.rest() == (b"", False)
    server.stop()
    assert files(cassettes) == []


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_shorter_than_promised_is_cut_and_not_stored(recorder, upstream, cassettes, stream):
    kind = "text/event-stream" if stream else "application/json"
    upstream.plan(CHAT, *FRAMES, headers=[("Content-Type", kind)], framing="short")
    server = recorder()
    answer = post(server, body=chat(stream=True), cassette="tape")
    assert (answer.status, answer.body, answer.complete) == (200, "".join(FRAMES).encode(), False)
    server.stop()
    assert files(cassettes) == []


@pytest.mark.parametrize("leaves", ["before the head", "after a frame", "after the proof of end"])
def test_what_a_client_leaves_behind_is_stored(recorder, replayer, upstream, cassettes, leaves):
    steps = {
        "before the head": [gate(), *FRAMES],
        "after a frame": [FRAMES[0], gate(), *FRAMES[1:]],
        "after the proof of end": [*FRAMES, gate()],
    }[leaves]
    upstream.plan_sse(CHAT, *steps)
    server = recorder()
    call = Call(server.url, "POST", CHAT, chat(stream=True), ASK)
    eventually(upstream.calls, "the call arrived")
    if leaves != "before the head":
        call.head()
        call.read(len(FRAMES[0] if leaves == "after a frame" else "".join(FRAMES)))
        call.leave()
    else:
        call.connection.close()
    upstream.release()
    (one,) = stored_when(cassettes, 1)
    assert one["body"] == "".join(FRAMES).encode()
    assert upstream.answered() == 1
    server.stop()
    assert post(replayer(), body=chat(stream=True), cassette="tape").body == one["body"]


def test_what_a_client_leaves_behind_incomplete_is_not_stored(recorder, upstream, cassettes):
    upstream.plan_sse(CHAT, FRAMES[0], gate(), CLOSE)
    server = recorder()
    call = begin(server)
    call.read(len(FRAMES[0]))
    call.leave()
    upstream.release()
    # A later recording of the same server shows that there was time for the first.
    post(server, "/v1/models", cassette="fence")
    server.stop()
    assert files(cassettes) == ["fence.yaml"]


def test_a_slow_client_gets_every_byte(recorder, replayer, upstream, cassettes):
    """More than the buffers on the way hold, to a client that reads nothing at first."""
    frames = [*sse(*(delta(f"{at} " + "x" * 4000) for at in range(2000))), "data: [DONE]\n\n"]
    whole = "".join(frames).encode()
    upstream.plan_sse(CHAT, *frames)
    server = recorder()
    call = begin(server, receive_buffer=4096)
    # Another call is answered meanwhile.
    assert post(server, "/v1/models", cassette="other").status == 200
    assert call.read(len(whole)) == whole
    assert call.rest() == (b"", True)
    server.stop()
    assert [one["body"] for one in stored(cassettes)] == [whole]
    assert post(replayer(), body=chat(stream=True), cassette="tape").body == whole


def test_a_server_that_is_stopped_saves_what_it_was_told(recorder, upstream, cassettes):
    """The answer has just been given when it is stopped."""
    for number in range(5):
        server = recorder("--record", "new_episodes")
        assert post(server, body=chat(seed=number), cassette="tape").source == "upstream"
        server.stop()
        assert len(stored(cassettes)) == number + 1
