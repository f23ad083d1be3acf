"""Every fault on plain sockets: which bytes come, in which frames, and how the connection ends.

No clock is asked: what comes is compared, and what is to come in ten minutes has not come.
"""

import json
import socket
import urllib.parse

import pytest

import conftest
import tape
from line import Line, Seen
from wire import eventually, exchange

CHAT = "/v1/chat/completions"
QUESTION = [{"role": "user", "content": "Tell me of whales 🐋."}]
MESSAGES_HEADERS = {"anthropic-version": "2023-06-01", "x-api-key": "x"}
ANSWER = "Whales are large 🐋, and they sing. " * 4


@pytest.fixture(scope="module")
def simulator(start):
    return start("--pace", "flush")


@pytest.fixture(scope="module")
def mocks(mocking):
    return mocking({"mocks": [{"name": "any", "answer": ANSWER}]}, "--pace", "flush")


@pytest.fixture(scope="module")
def player(start):
    return start("--cassettes", conftest.FIXTURES, "--pace", "flush", "--record", "none")


@pytest.fixture(params=["simulator", "mock", "tape", "Anthropic"])
def ask(request, simulator, mocks, player):
    """A stream of each source, with a fault in its header; and a whole body of it, where there is one."""
    asked = {"model": "gpt-4.1", "messages": QUESTION}
    match request.param:
        case "simulator" | "mock":
            server, path, headers = (simulator if request.param == "simulator" else mocks), CHAT, {}
        case "Anthropic":
            server, path, headers = simulator, "/v1/messages", MESSAGES_HEADERS
            asked = {"model": "claude-haiku-4-5", "max_tokens": 99, "messages": QUESTION}
        case "tape":
            server, path = player, CHAT
            recorded = next(tape.interactions(conftest.FIXTURES / "go-vcr" / "chat-streaming.yaml"))
            asked, headers = json.loads(recorded["request_body"]), {"X-Cassette-Name": "go-vcr/chat-streaming"}

    def ask(fault=None, stream=True, **more):
        said = {"X-Standin-Fault": fault} if fault else {}
        body = {**asked, "stream": True} if stream else {name: asked[name] for name in asked if name != "stream"}
        line = Line(server)
        line.send(path, body, {**headers, **said, **more})
        return line

    ask.server, ask.source = server, request.param
    return ask


def usual(ask):
    seen = ask().read()
    assert seen.status == 200 and seen.end == "silent" and seen.body[1] and len(seen.frames) > 8
    return seen.frames


@pytest.mark.parametrize(("fault", "end"), [("reset", "reset"), ("close", "closed"), ("half-open", "silent")])
def test_before_any_byte(ask, fault, end):
    for stream in (True, False) if ask.source != "tape" else (True,):
        line = ask(fault, stream)
        assert (line.silence() is None) if end == "silent" else line.read() == Seen(b"", end)
    # Others are answered meanwhile, and the silent one goes on being so.
    assert ask().read().status == 200
    assert end != "silent" or line.silence() is None


@pytest.mark.parametrize(("fault", "end"), [("reset", "reset"), ("close", "closed"), ("half-open", "silent")])
def test_after_frames(ask, fault, end):
    frames = usual(ask)
    for number in (1, 3, len(frames) - 1):
        seen = ask(f"{fault},after={number}").read()
        assert (seen.body[1], seen.end) == (False, end)
        # A reset overtakes what TCP still has to deliver, which is nothing only where little was sent.
        sent = len(seen.frames) if end == "reset" and number > 3 else number
        assert seen.frames == frames[:sent] and 0 < sent <= number
    seen = ask(f"{fault},bytes=100").read()
    assert (seen.body, seen.end) == ((b"".join(frames)[:100], False), end)
    seen = ask(f"{fault},after=0").read()
    assert (seen.end, seen.raw) == (end, b"") and seen.head["transfer-encoding"] == "chunked"


def test_in_the_middle(ask):
    frames = usual(ask)
    seen = [ask("close,after=middle", **{"X-Standin-Seed": str(seed)}).read() for seed in range(12)]
    for one in seen:
        assert one.frames == frames[: len(one.frames)] and 0 < len(one.frames) < len(frames)
    assert len({len(one.frames) for one in seen}) > 1


def test_cut_is_in_the_middle_of_a_frame(ask):
    frames = usual(ask)
    seen = ask("cut,after=3").read()
    assert seen.end == "closed" and seen.frames[:3] == frames[:3] and not seen.body[1]
    (half,) = seen.frames[3:]
    assert frames[3].startswith(half) and half != frames[3]


def test_truncate_is_a_proper_end(ask):
    frames = usual(ask)
    for number in (1, 3):
        line = ask(f"truncate,after={number}")
        seen = line.read()
        assert (seen.frames, seen.body[1], seen.end) == (frames[:number], True, "silent")
        # The connection is as good as it was.
        line.send("/health", b"", method="GET")
        assert line.read().status == 200
    assert ask("truncate,after=0").read().body == (b"", True)


def test_a_place_in_time(ask):
    frames = usual(ask)
    seen = ask("truncate,time=250ms", **{"X-Standin-Pace": "itl=100ms"}).read(patience=3)
    assert seen.frames == frames[:3] and seen.body[1]


@pytest.mark.parametrize("fault", ["stall=10m,after=3", "drip=16/10m"])
def test_nothing_comes_for_ten_minutes(ask, fault):
    frames = usual(ask)
    seen = ask(fault).read()
    expected = b"".join(frames[:3]) if fault.startswith("stall") else b"".join(frames)[:16]
    assert seen.end == "silent" and seen.body == (expected, False)


@pytest.mark.parametrize(("fault", "size"), [("split", 1), ("split=7", 7), ("drip=64/1ms", 64)])
def test_pieces(ask, fault, size):
    frames = usual(ask)
    chunks, whole = ask(fault).read().chunks
    assert whole and b"".join(chunks) == b"".join(frames)
    assert max(map(len, chunks)) == size and len(chunks) >= len(b"".join(frames)) / size


def test_frames_out_of_order(ask):
    frames = usual(ask)
    assert ask("duplicate,after=3").read().frames == [*frames[:4], *frames[3:]]
    assert ask("reorder,after=3").read().frames == [*frames[:3], frames[4], frames[3], *frames[5:]]
    broken = ask("malformed,after=3").read().frames
    assert [*broken[:3], *broken[4:]] == [*frames[:3], *frames[4:]]
    # It has lost its last bracket, and no more.
    assert broken[3] == b"}".join(frames[3].rsplit(b"}", 1)).replace(b"}\n\n", b"\n\n")
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken[3].partition(b"data: ")[2])


def test_lines_that_end_otherwise(ask):
    frames = usual(ask)
    assert ask("crlf").read().body == (b"".join(frames).replace(b"\n", b"\r\n"), True)


def test_another_type(ask):
    frames = usual(ask)
    seen = ask("content-type=text/html").read()
    assert seen.head["content-type"] == "text/html" and seen.frames == frames


def test_the_error_of_the_vendor(ask):
    frames = usual(ask)
    seen = ask("error=529,after=4,message=Later").read()
    assert seen.frames[:4] == frames[:4] and seen.body[1]
    tail = [frame for frame in seen.frames[4:] if frame != b"data: [DONE]\n\n"]
    told = json.loads(tail[-1].partition(b"data: ")[2])
    if ask.source == "Anthropic":
        assert tail[-1].startswith(b"event: error\n")
        assert told["error"] == {"type": "overloaded_error", "message": "Later"} and told["type"] == "error"
    else:
        assert told["error"]["message"] == "Later" and set(told["error"]) == {"message", "type", "param", "code"}


# Whole bodies


@pytest.fixture(params=["simulator", "mock"])
def whole(request, simulator, mocks):
    def ask(fault=None):
        said = {"X-Standin-Fault": fault} if fault else {}
        server = simulator if request.param == "simulator" else mocks
        return Line(server).send(CHAT, {"model": "gpt-4.1", "messages": QUESTION}, said)

    return ask


@pytest.mark.parametrize(
    ("fault", "end"),
    [("close,after=middle", "closed"), ("cut", "closed"), ("reset,after=middle", "reset"), ("half-open,after=middle", "silent")],
)
def test_a_length_that_is_promised_and_not_kept(whole, fault, end):
    usual = whole().read()
    seen = whole(fault).read()
    assert seen.head["content-length"] == usual.head["content-length"] and seen.end == end
    assert seen.raw == usual.raw[: len(usual.raw) // 2] and not seen.body[1]


def test_places_in_a_whole_body(whole):
    usual = whole().read().raw
    for fault, sent in (("close,after=0", 0), ("close,bytes=10", 10), ("close,after=5", len(usual) // 2)):
        assert whole(fault).read().raw == usual[:sent]
    for fault, sent in (("stall=10m,bytes=20", 20), ("drip=16/10m", 16)):
        seen = whole(fault).read()
        assert (seen.raw, seen.end) == (usual[:sent], "silent")
    for fault in ("split", "split=7", "drip=64/1ms"):
        assert whole(fault).read().raw == usual


def test_a_whole_body_that_is_truncated_has_its_right_length(whole):
    usual = whole().read().raw
    line = whole("truncate")
    seen = line.read()
    assert seen.body == (usual[: len(usual) // 2], True) and seen.end == "silent"
    line.send("/health", b"", method="GET")
    assert line.read().status == 200
    assert whole("malformed").read().raw == usual.rstrip().removesuffix(b"}")


# The port


def test_a_port_that_refuses_for_a_while(start):
    server = start("--pace", "none")
    url = urllib.parse.urlsplit(server.url)
    asked = {"model": "gpt-4.1", "messages": QUESTION}
    kept = Line(server).send(CHAT, asked)
    assert kept.read().status == 200
    # Long enough for the slowest machine to knock in time.
    assert Line(server).send(CHAT, asked, {"X-Standin-Fault": "refused=3s"}).read() == Seen(b"", "reset")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port), timeout=10)
    assert kept.send(CHAT, asked).read().status == 200

    def answered():
        try:
            return exchange(server.url, "GET", "/health").status == 200
        except ConnectionRefusedError:
            return False

    eventually(answered, "the port is open again")
