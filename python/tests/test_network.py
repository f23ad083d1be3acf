"""Sockets: strictness, and calls that go past standin."""

import pytest

from conftest import tags
from pytest_standin import network

LISTENER = """
import asyncio
import socket

@pytest.fixture(scope="module")
def elsewhere():
    listener = socket.create_server(("127.0.0.1", 0))
    yield listener.getsockname()
    listener.close()

def reach(address):
    socket.create_connection(address).close()
"""


def test_only_standin_is_reached(project):
    body = LISTENER + """
@pytest.mark.standin
def test_chat():
    chat()

def test_connect(elsewhere):
    with pytest.raises(RuntimeError, match="network is blocked for 127.0.0.1"):
        reach(elsewhere)

def test_name():
    with pytest.raises(RuntimeError, match="network is blocked for api.openai.com"):
        socket.create_connection(("api.openai.com", 443))

def test_datagram(elsewhere):
    with pytest.raises(RuntimeError, match="network is blocked"):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", elsewhere)

def test_loop(elsewhere):
    async def open_it():
        await asyncio.open_connection(*elsewhere)
    with pytest.raises(RuntimeError, match="network is blocked"):
        asyncio.run(open_it())

def test_unix(tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("socket")
    listener.listen()
    socket.socket(socket.AF_UNIX).connect("socket")
"""
    project.write("test_calls.py", body)
    project.run("--block-network").assert_outcomes(passed=6)


def test_hosts_can_be_allowed(project):
    body = LISTENER + "\ndef test_address(elsewhere):\n    reach(elsewhere)\n\ndef test_name(elsewhere):\n    reach(('localhost', elsewhere[1]))\n"
    project.write("test_calls.py", body)
    project.run("--block-network").assert_outcomes(failed=2)
    project.run("--block-network", "--allowed-hosts=127.0.0.1,::1,localhost").assert_outcomes(passed=2)
    project.run("--block-network", "--allowed-hosts=localhost").assert_outcomes(passed=1, failed=1)


def test_a_mark_blocks_one_test(project):
    body = LISTENER + """
@pytest.mark.block_network
@pytest.mark.standin
def test_blocked(elsewhere):
    with pytest.raises(RuntimeError):
        reach(elsewhere)

@pytest.mark.block_network(allowed_hosts=["127.*"])
def test_allowed(elsewhere):
    reach(elsewhere)

def test_free(elsewhere):
    reach(elsewhere)
"""
    project.write("test_calls.py", body)
    project.run().assert_outcomes(passed=3)


def test_calls_past_standin_are_told(project):
    """A look-up of a provider's name is a call that costs money; this one ends there."""
    look = "\n    try:\n        socket.getaddrinfo('api.openai.com.', 443)\n    except OSError:\n        pass\n"
    body = f"""
import socket

@pytest.mark.standin
def test_marked():{look}
def test_unmarked():{look}
def test_other():
    pass
"""
    project.write("test_calls.py", body)
    result = project.run("-v")
    result.assert_outcomes(passed=3)
    assert tags(result) == {"test_calls.py::test_marked": "NOOP", "test_calls.py::test_unmarked": "UNMARKED:LIVE_CALL"}
    result.stdout.fnmatch_lines(
        [
            "?STANDIN UNMARKED:LIVE_CALL? reason=not_marked hosts=api.openai.com. :: test_calls.py::test_unmarked",
            "  ?NOOP? 1",
            "  ?UNMARKED:LIVE_CALL? 1",
            "  ?UNMARKED:NO_TRAFFIC? 1",
            "  FAIL: UNMARKED:LIVE_CALL=1, PAST_STANDIN=1",
            "*STANDIN LIVE CALLS*",
        ]
    )


@pytest.mark.parametrize("host,costs", [
    ("api.openai.com", True),
    ("OPENAI.com.", True),
    ("mine.openai.azure.com", True),
    ("bedrock-runtime.eu-west-1.amazonaws.com", True),
    ("generativelanguage.googleapis.com", True),
    ("notopenai.com", False),
    ("s3.amazonaws.com", False),
    ("localhost", False),
    ("openai.com.example.org", False),
])  # fmt: skip
def test_hosts_of_providers(host, costs):
    assert network.is_provider(host) == costs
