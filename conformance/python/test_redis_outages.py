"""A Redis that is down, hangs, comes back, fills up: calls succeed, and what was not kept is said. Row 36."""

import json
import socket
import threading
import time

import pytest

from recording import Session, post
from redises import PREFIX, free_port, redis_server, sharer  # noqa: F401 - fixtures
from test_redis_cache import record
from wire import eventually, exchange


def health(server):
    return exchange(server.url, "GET", "/health").json()["shared"]


def told(server):
    """What only those who may use the control API are told."""
    return exchange(server.url, "GET", "/_standin/cassettes").json()["shared"]


def test_nobody_listens(sharer):
    server = sharer(url=f"redis://127.0.0.1:{free_port()}/0")
    session = Session(server, "tape")
    assert session.post().source == "upstream"
    report = session.end()
    assert not report["saved"] and "cannot be written" in report["reason"], report
    counted = health(server)
    assert (counted["load_failures"], counted["save_failures"], counted["corrupt"]) == (1, 1, 0)
    assert told(server)["health"]["last_error"].startswith("ConnectionError: ")
    # To probes an error says nothing.
    assert "last_error" not in counted
    server.stop()
    said = "".join(server.log)
    assert "cassette load failed for standin:cassette:tape; treating as cache miss: ConnectionError" in said
    assert "cassette save failed for standin:cassette:tape; cassette not persisted: ConnectionError" in said
    assert "VCR CASSETTE CACHE DEGRADED" in said


def test_in_mode_none_an_outage_refuses(sharer, listener):
    server = sharer("--record", "none", url=f"redis://127.0.0.1:{free_port()}/0")
    refused = Session(server, "tape").post()
    assert (refused.status, refused.error) == (500, "cassette_missing")


def test_three_attempts_are_made(sharer):
    """0.2 and 0.4 s apart, told by a listener that hangs up."""
    arrivals = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def hang_up():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                arrivals.append(time.monotonic())
                connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        server = sharer(url=f"redis://127.0.0.1:{port}/0")
        # At the start it is knocked at.
        eventually(lambda: len(arrivals) == 3, "the start makes three attempts")
        del arrivals[:]
        assert post(server, cassette="tape").source == "upstream"
        # A read, and the read before the write.
        eventually(lambda: len(arrivals) == 6, "reading and writing make three attempts each")
        first = arrivals[:3]
        assert first[1] - first[0] >= 0.2 and first[2] - first[1] >= 0.4
        listening.shutdown(socket.SHUT_RDWR)


def test_killed_between_load_and_save(sharer, redis_server):
    server = sharer()
    session = Session(server, "tape")
    redis_server.kill()
    assert session.post().source == "upstream"
    assert not session.end()["saved"]
    assert health(server)["save_failures"] == 1


def test_restarted_it_is_used_again(sharer, redis_server):
    server = sharer()
    assert record(server)["saved"]
    redis_server.kill()
    session = Session(server, "tape")
    assert session.post().source == "upstream"
    redis_server.start()
    assert session.end()["saved"]
    session = Session(server, "tape")
    assert session.post().source == "tape"
    session.end()
    assert health(server)["load_failures"] == 1


def test_paused_it_is_waited_for(sharer, redis_server):
    """A pause that is shorter than the timeout costs nothing."""
    server = sharer()
    assert record(server)["saved"]
    redis_server.pause()
    threading.Timer(1, redis_server.resume).start()
    session = Session(server, "tape")
    assert session.post().source == "tape"
    session.end()
    assert health(server)["load_failures"] == 0


def test_hanging_it_is_given_up_and_left_alone(sharer, redis_server):
    server = sharer()
    assert record(server)["saved"]
    redis_server.pause()
    asked = json.dumps({"cassette": "tape"}).encode()
    # Three attempts of five seconds.
    begun = exchange(server.url, "POST", "/_standin/sessions", asked).json()
    path = f"/s/{begun['id']}"
    assert post(server, path + "/v1/chat/completions").source == "upstream"
    assert told(server)["health"]["last_error"].startswith("TimeoutError: ")
    # The next ones do not wait: the whole run would.
    for name in ("a", "b", "c"):
        assert Session(server, name).post().source == "upstream"
    assert "asked again in" in told(server)["health"]["last_error"]
    redis_server.resume()

    def replayed():
        session = Session(server, "tape")
        source = session.post().source
        session.end("failed")
        return source == "tape"

    eventually(replayed, "it is used again", patience=30)


def test_workers_answer_while_it_hangs(sharer, redis_server):
    """What waits for a Redis waits alone."""
    server = sharer("--workers", "1")
    assert record(server, "kept")["saved"]
    kept = Session(server, "kept")
    redis_server.pause()
    waiting = threading.Thread(target=lambda: post(server, cassette="other"))
    waiting.start()
    assert kept.post().source == "tape"
    assert waiting.is_alive()
    redis_server.resume()
    waiting.join(60)


def test_at_maxmemory_the_call_succeeds(sharer, redis_server):
    server = sharer()
    assert record(server, "before")["saved"]
    redis_server.fill()
    session = Session(server, "tape")
    assert session.post().source == "upstream"
    report = session.end()
    assert not report["saved"] and "OutOfMemoryError" in report["reason"], report
    assert told(server)["health"]["save_failures"] == 1
    # What is there is read.
    session = Session(server, "before")
    assert session.post().source == "tape"
    session.end()
    redis_server.client.config_set("maxmemory", 0)
    assert record(server)["saved"]


def test_a_value_of_another_type_is_a_failure(sharer, redis_server):
    redis_server.client.rpush(PREFIX + "tape", "x")
    server = sharer()
    session = Session(server, "tape")
    assert session.post().source == "upstream"
    assert not session.end()["saved"]
    assert "WRONGTYPE" in told(server)["health"]["last_error"]
    assert redis_server.client.lrange(PREFIX + "tape", 0, -1) == [b"x"]


@pytest.mark.parametrize("percent,near", [(84.0, False), (86.0, True)])
def test_capacity_is_told_from_85_per_cent(sharer, redis_server, percent, near):
    """Row 39."""
    server = sharer()
    # Beside it what a connection takes is nothing.
    redis_server.client.set("ballast", b"x" * 50_000_000)
    used = int(redis_server.client.info("memory")["used_memory"])
    redis_server.client.config_set("maxmemory", int(used * 100 / percent))
    capacity = health(server)["capacity"]
    assert capacity["near_limit"] == near and abs(capacity["used_percent"] - percent) < 2
    metrics = exchange(server.url, "GET", "/metrics").body.decode()
    assert f"standin_shared_limit_bytes {capacity['limit_bytes']}" in metrics
    server.stop()
    said = "".join(server.log)
    assert ("VCR CASSETTE CACHE NEAR CAPACITY\n  Cassette Redis usage: " in said) == near
    assert ("% of maxmemory)" in said) == near


def test_without_a_limit_capacity_is_silent(sharer, redis_server):
    server = sharer()
    assert health(server)["capacity"] is None
    assert "standin_shared_limit_bytes" not in exchange(server.url, "GET", "/metrics").body.decode()
    server.stop()
    assert "VCR" not in "".join(server.log)
