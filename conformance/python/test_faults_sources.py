"""Faults of what is recorded: the cassette stays whole, and its answer breaks like any other."""

import binascii
import json
import re
import shlex
import struct
import subprocess

import conftest
import mocked
import tape
from line import Line
from recording import CHAT, chat, files, post, stored_when
from wire import exchange

BEDROCK = "go-vcr/bedrock-stream"


def messages(data):
    """The messages of an AWS event stream: where each ends, its headers' bytes and payload, and whether both checksums hold."""
    found, place = [], 0
    while place < len(data):
        total, headers, prelude = struct.unpack_from(">III", data, place)
        message = data[place : place + total]
        (checksum,) = struct.unpack_from(">I", message, total - 4)
        holds = prelude == binascii.crc32(message[:8]) and checksum == binascii.crc32(message[:-4])
        found.append((message, message[12 : 12 + headers], message[12 + headers : -4], holds))
        place += total
    return found


def bedrock(server, fault):
    recorded = next(tape.interactions(conftest.FIXTURES / f"{BEDROCK}.yaml"))
    path = "/to/" + recorded["url"].removeprefix("https://")
    headers = {"X-Cassette-Name": BEDROCK, "X-Standin-Fault": fault}
    return Line(server).send(path, recorded["request_body"], headers).read(), recorded["body"]


def test_a_checksum_that_is_wrong(start):
    server = start("--cassettes", conftest.FIXTURES, "--record", "none", "--pace", "flush")
    seen, recorded = bedrock(server, "none")
    assert seen.body == (recorded, True) and all(holds for *_, holds in messages(recorded)) and len(messages(recorded)) > 2
    seen, _ = bedrock(server, "crc,after=1")
    got = messages(seen.body[0])
    assert [holds for *_, holds in got] == [at != 1 for at in range(len(got))] and seen.body[1]
    assert [one[1:3] for one in got] == [one[1:3] for one in messages(recorded)]


def test_faults_of_messages_of_aws(start):
    server = start("--cassettes", conftest.FIXTURES, "--record", "none", "--pace", "flush")
    usual = [message for message, *_ in messages(bedrock(server, "none")[1])]
    assert bedrock(server, "close,after=1")[0].body == (usual[0], False)
    assert bedrock(server, "truncate,after=2")[0].body == (b"".join(usual[:2]), True)
    assert bedrock(server, "split")[0].body == (b"".join(usual), True)
    assert bedrock(server, "duplicate,after=1")[0].body[0] == b"".join([*usual[:2], *usual[1:]])
    seen, _ = bedrock(server, "error,after=2,type=throttlingException,message=Slowly")
    got = messages(seen.body[0])
    assert b"".join(message for message, *_ in got[:2]) == b"".join(usual[:2]) and all(holds for *_, holds in got)
    _, headers, payload, _ = got[2]
    assert b"exception" in headers and b"throttlingException" in headers and json.loads(payload)["message"] == "Slowly"
    assert len(got) == 3


def test_a_recording_is_replaced_by_a_fault_and_asks_nobody(recorder, upstream, cassettes):
    server = recorder("--pace", "none")
    answer = post(server, cassette="tape", headers={"X-Standin-Fault": "status=503,body=html"})
    assert (answer.status, answer.source) == (503, "fault") and answer.body.startswith(b"<!DOCTYPE html>")
    assert upstream.calls() == [] and files(cassettes) == []
    # What comes then is the provider's, and is stored.
    assert post(server, cassette="tape").source == "upstream"
    assert len(stored_when(cassettes, 1)) == 1


def test_a_recording_is_whole_and_its_client_gets_the_fault(recorder, replayer, upstream, cassettes):
    """So that the run that records and the runs that replay are alike."""
    upstream.plan_sse(CHAT, *(f'data: {{"number": {number}}}\n\n' for number in range(4)), "data: [DONE]\n\n")
    fault = {"X-Standin-Fault": "close,after=2"}
    server = recorder("--pace", "none")
    recorded = post(server, body=chat(stream=True), cassette="tape", headers=fault)
    assert (recorded.source, recorded.complete) == ("upstream", False)
    assert recorded.body == b'data: {"number": 0}\n\ndata: {"number": 1}\n\n'
    (stored,) = stored_when(cassettes, 1)
    assert stored["body"].startswith(recorded.body) and stored["body"].endswith(b"data: [DONE]\n\n")
    server.stop()
    again = replayer()
    replayed = post(again, body=chat(stream=True), cassette="tape", headers=fault)
    assert (replayed.source, replayed.complete, replayed.body) == ("tape", False, recorded.body)
    assert post(again, body=chat(stream=True), cassette="tape").body == stored["body"]


def test_a_refusal_is_left_as_it_is(start):
    faults = ["--fault", "malformed", "--fault", "truncate"]
    server = start("--cassettes", conftest.FIXTURES, "--record", "none", "--pace", "none", *faults)
    answer = mocked.post(server, "/v1/chat/completions", {"model": "gpt-4.1", "messages": mocked.question("Nobody knows")})
    assert answer.error == "cassette_not_named" and answer.json()["error"]["message"]


def test_the_control_api_and_the_health_are_above_all_faults(start):
    server = start("--fault", "reset", "--limit", "budget=0")
    for path in ("/health", "/metrics", "/_standin/journal", "/_standin/faults"):
        assert exchange(server.url, "GET", path).status == 200


# What the page shows


def shown():
    return (conftest.REPO / "docs" / "faults.md").read_text()


def test_the_command_of_the_page(start):
    """It is sent with curl, as it stands there."""
    server = start("--pace", "none")
    (command,) = [block for block in re.findall(r"^```sh\n(.*?)^```", shown(), re.M | re.S) if "curl" in block]
    words = shlex.split(command.replace("\\\n", " ").replace("http://127.0.0.1:8080", server.url))
    told = subprocess.run([*words, "--silent"], capture_output=True, text=True, timeout=60, check=True).stdout
    datas = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: {")]
    assert len(datas) == 4 and datas[-1]["error"]["type"] == "server_error"


def test_every_fault_that_the_page_names_is_taken(start):
    """Each kind of its two tables, as a rule of the server."""
    server = start("--pace", "none")
    rows = re.findall(r"^\| (`.+?) \|", shown(), re.M)
    named = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    kinds = {text for text in named if re.match(r"[a-z-]+", text).group() in KINDS}
    assert {re.match(r"[a-z-]+", text).group() for text in kinds} == KINDS
    for text in kinds:
        taken(server, text)
    conditions = {text for text in named if "=" in text} - kinds
    assert len(conditions) > 12
    for text in conditions:
        kind = "close" if text.startswith(("after", "bytes", "time")) else "reset"
        taken(server, f"{kind},{text}")


def taken(server, text):
    body = json.dumps([text]).encode()
    answer = exchange(server.url, "PUT", "/_standin/faults", body, {"Content-Type": "application/json"})
    assert answer.status == 200, (text, answer.body)


KINDS = {
    "status", "refused", "reset", "close", "half-open", "cut", "truncate", "stall", "drip", "split", "malformed", "duplicate",
    "reorder", "error", "failed", "incomplete", "content-type", "crlf", "crc",
}
