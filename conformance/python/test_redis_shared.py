"""Several standins that share one Redis: nothing is lost, and nothing is recorded twice."""

import collections
import json
import threading

import pytest

from recording import Session, chat, post
from redises import redis_server, sharer  # noqa: F401 - fixtures
from test_redis_cache import record
from wire import eventually


def seeds(redis_server, name):
    """How often each request stands in a cassette."""
    return collections.Counter(json.loads(one["request"]["body"]).get("seed") for one in redis_server.interactions(name))


def together(jobs):
    """Runs jobs at once, and raises what one of them raised."""
    failures, start = [], threading.Barrier(len(jobs))

    def run(job):
        try:
            start.wait(20)
            job()
        except BaseException as failure:  # noqa: BLE001 - told by the thread that asked
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures, failures


def test_two_servers_and_eight_clients_lose_nothing(sharer, redis_server):
    """Each client has sessions of its own on one cassette, with requests of its own."""
    servers = [sharer("--max-interactions", "0"), sharer("--max-interactions", "0")]

    def client(number):
        for turn in range(5):
            session = Session(servers[number % 2], "busy")
            for call in range(3):
                assert session.post(body=chat(seed=number * 100 + turn * 10 + call)).status == 200
            report = session.end()
            assert report["saved"], report

    together([lambda number=number: client(number) for number in range(8)])
    expected = {number * 100 + turn * 10 + call for number in range(8) for turn in range(5) for call in range(3)}
    assert seeds(redis_server, "busy") == dict.fromkeys(expected, 1)


def test_calls_that_differ_by_a_sessions_own_rules_are_all_kept(sharer, redis_server):
    """Two sessions begin before there is a cassette; what counts in their calls does not count elsewhere."""
    own = {"match_on": ["method", "path", "body", "header:x-tenant"]}
    sessions = {tenant: Session(sharer(), "tenants", **own) for tenant in ("a", "b")}
    for tenant, session in sessions.items():
        assert session.post(body=chat(seed=1), headers={"X-Tenant": tenant}).source == "upstream"
    for session in sessions.values():
        assert session.end()["saved"]
    assert seeds(redis_server, "tenants") == {1: 2}
    replayed = Session(sharer("--record", "none"), "tenants", **own)
    for tenant in sessions:
        assert replayed.post(body=chat(seed=1), headers={"X-Tenant": tenant}).source == "tape"


def test_calls_that_are_alike_by_a_sessions_own_rules_are_kept_once(sharer, redis_server):
    sessions = [Session(sharer(), "alike", match_on=["method", "path"]) for _ in range(2)]
    for seed, session in enumerate(sessions):
        assert session.post(body=chat(seed=seed)).source == "upstream"
    for session in sessions:
        session.end()
    assert seeds(redis_server, "alike") == {0: 1}


def test_the_same_test_on_eight_clients_is_recorded_once(sharer, redis_server):
    """All of them miss, all of them record, and the cassette holds each request as often as the test asks it."""
    servers = [sharer(), sharer()]
    sessions = [Session(servers[number % 2], "same") for number in range(8)]

    def client(session):
        for seed in (1, 2, 2, 3):
            assert session.post(body=chat(seed=seed)).source == "upstream"

    together([lambda session=session: client(session) for session in sessions])
    together([lambda session=session: session.end() for session in sessions])
    assert seeds(redis_server, "same") == {1: 1, 2: 2, 3: 1}
    # And each of them gets all its answers from it.
    replayed = Session(sharer("--record", "none"), "same", exhausted="error")
    for seed in (2, 1, 3, 2):
        assert replayed.post(body=chat(seed=seed)).source == "tape"


def test_calls_by_name_are_recorded_once(sharer, redis_server):
    servers = [sharer(), sharer()]
    together([lambda number=number: post(servers[number % 2], body=chat(seed=7), cassette="named") for number in range(8)])
    for server in servers:
        server.stop()
    assert seeds(redis_server, "named") == {7: 1}


def test_what_one_added_the_other_keeps(sharer, redis_server):
    one, other = sharer(), sharer()
    first, second = Session(one, "tape"), Session(other, "tape")
    first.post(body=chat(seed=1))
    second.post(body=chat(seed=2))
    assert first.end()["entries"] == 1
    assert second.end()["entries"] == 2
    assert seeds(redis_server, "tape") == {1: 1, 2: 1}


def test_the_mode_all_records_again_each_time(sharer, redis_server):
    server = sharer("--record", "all")
    record(server)
    record(sharer("--record", "all"))
    assert len(redis_server.interactions("tape")) == 2


def test_the_cap_holds_for_all_of_them(sharer, redis_server):
    one, other = sharer(), sharer()
    sessions = [Session(one, "tape"), Session(other, "tape")]
    for number, session in enumerate(sessions):
        for call in range(30):
            session.post(body=chat(seed=number * 100 + call))
    assert [session.end()["saved"] for session in sessions] == [True, False]
    assert len(redis_server.interactions("tape")) == 30


def test_a_cassette_of_another_is_seen_within_moments(sharer, redis_server):
    """Calls by name are answered from what was read a moment ago, sessions from what is there."""
    one, other = sharer(), sharer()
    assert post(other, body=chat(seed=1), cassette="tape").source == "upstream"
    eventually(lambda: redis_server.value("tape"), "it is stored")
    assert post(one, body=chat(seed=1), cassette="tape").source == "tape"
    record(other, bodies=[chat(seed=2)])
    session = Session(one, "tape")
    assert session.post(body=chat(seed=2)).source == "tape"
    session.end()


@pytest.mark.parametrize("key,hit", [("one", True), ("other", False)])
def test_another_key_is_another_answer(sharer, redis_server, key, hit):
    headers = {"Authorization": "Bearer sk-shared-one-0123456789"}
    session = Session(sharer(), "tape")
    session.post(headers=headers)
    assert session.end()["saved"]
    session = Session(sharer(), "tape")
    again = session.post(headers={"Authorization": f"Bearer sk-shared-{key}-0123456789"})
    assert again.source == ("tape" if hit else "upstream")
    session.end()
    assert b"sk-shared" not in redis_server.value("tape")
    assert len(redis_server.interactions("tape")) == (1 if hit else 2)
