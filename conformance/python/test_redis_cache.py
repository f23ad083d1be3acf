"""Cassettes in Redis: what is kept there, under which key and for how long."""

import json
import subprocess

import pytest
import yaml

from conftest import environment
from recording import CHAT, Session, chat, post, source_keys
from redises import DAY_MS, LITELLM_PREFIX, PREFIX, redis_server, sharer  # noqa: F401 - fixtures
from wire import exchange


def record(server, name="tape", outcome="passed", bodies=(None,), **settings):
    session = Session(server, name, **settings)
    for body in bodies:
        assert session.post(body=body).status == 200
    return session.end(outcome)


def test_the_first_run_records_and_the_next_one_replays(sharer, redis_server, upstream):
    report = record(sharer())
    assert (report["verdict"], report["saved"], report["entries"]) == ("MISS", True, 1)
    assert redis_server.keys() == [PREFIX + "tape"]
    # Another machine: nothing but the Redis is shared.
    server = sharer()
    session = Session(server, "tape")
    answer = session.post()
    assert (answer.status, answer.source) == (200, "tape")
    report = session.end()
    assert (report["verdict"], report["played"]) == ("HIT", 1)
    assert len(upstream.calls()) == 1


def test_what_is_kept_is_what_vcrpy_writes(sharer, redis_server):
    record(sharer())
    cassette = yaml.safe_load(redis_server.value("tape"))
    assert cassette["version"] == 1
    (one,) = cassette["interactions"]
    assert set(one["request"]) == {"method", "uri", "body", "headers"}
    assert set(one["response"]) == {"body", "headers", "status"}
    assert "authorization" not in {name.lower() for name in one["request"]["headers"]}


def test_a_call_by_name_is_recorded_and_replayed(sharer, redis_server, upstream):
    server = sharer()
    assert post(server, cassette="by/name").source == "upstream"
    assert post(server, cassette="by/name").source == "tape"
    assert post(sharer(), cassette="by/name").source == "tape"
    assert len(upstream.calls()) == 1
    assert redis_server.keys() == [PREFIX + "by/name"]


def test_a_call_has_to_name_its_cassette(sharer):
    """What happens to be known here must not decide."""
    server = sharer()
    assert post(server, cassette="tape").source == "upstream"
    refused = post(server)
    assert (refused.status, refused.error) == (400, "cassette_not_named")


@pytest.mark.parametrize("outcome", ["failed", "passed", "unknown"])
def test_a_test_that_failed_leaves_the_value_as_it_was(sharer, redis_server, outcome):
    """Row 31, the outcome gate: the earlier value byte for byte, and its lifetime."""
    server = sharer()
    record(server)
    prior = redis_server.value("tape")
    redis_server.client.pexpire(PREFIX + "tape", 1000_000)
    session = Session(server, "tape")
    assert session.post(body=chat(seed=2)).source == "upstream"
    assert redis_server.value("tape") == prior
    report = session.end(outcome)
    assert report["saved"] == (outcome != "failed")
    if outcome == "failed":
        assert redis_server.value("tape") == prior
        assert redis_server.lifetime_ms("tape") <= 1000_000
    else:
        assert len(redis_server.interactions("tape")) == 2


@pytest.mark.parametrize("outcome", ["failed", "passed"])
def test_a_test_that_failed_first_leaves_nothing(sharer, redis_server, outcome):
    assert record(sharer(), outcome=outcome)["saved"] == (outcome == "passed")
    assert len(redis_server.keys()) == (outcome == "passed")


@pytest.mark.parametrize("calls,kept", [(50, 50), (51, 0)])
def test_fifty_are_kept_and_fifty_one_refused(sharer, redis_server, calls, kept):
    """Row 32, the cap."""
    report = record(sharer(), bodies=[chat(seed=seed) for seed in range(calls)])
    assert report["saved"] == bool(kept), report
    assert len(redis_server.interactions("tape")) == kept
    if not kept:
        assert "51" in report["reason"] and "50" in report["reason"]


def test_one_more_than_fifty_leaves_the_fifty(sharer, redis_server):
    server = sharer()
    record(server, bodies=[chat(seed=seed) for seed in range(50)])
    prior = redis_server.value("tape")
    assert not record(server, bodies=[chat(seed=50)])["saved"]
    assert redis_server.value("tape") == prior


STATUSES = {**dict.fromkeys((200, 201, 204, 299), True), **dict.fromkeys((300, 400, 401, 404, 429, 500, 502, 503), False)}


@pytest.mark.parametrize("status", STATUSES)
def test_success_alone_is_kept(sharer, redis_server, upstream, status):
    """Row 33: whatever is stored, the caller sees the live answer."""
    body = b"" if status == 204 else {"status": status}
    upstream.plan_json("/v1/x", body, status=status)
    session = Session(sharer(), "tape")
    live = session.post("/v1/x")
    assert (live.status, live.source) == (status, "upstream")
    if status != 204:
        assert live.json() == {"status": status}
    session.end()
    assert [one["response"]["status"]["code"] for one in redis_server.interactions("tape")] == (
        [status] if STATUSES[status] else []
    )


def test_a_cassette_lives_for_a_day_from_its_write(sharer, redis_server):
    """Row 34: reading does not prolong it, writing does."""
    server = sharer()
    record(server)
    assert DAY_MS - 20_000 < redis_server.lifetime_ms("tape") <= DAY_MS
    redis_server.client.pexpire(PREFIX + "tape", 100_000)
    record(server)
    record(sharer())
    assert post(server, cassette="tape").source == "tape"
    assert redis_server.lifetime_ms("tape") <= 100_000
    record(server, bodies=[chat(seed=9)])
    assert DAY_MS - 20_000 < redis_server.lifetime_ms("tape") <= DAY_MS


FOR_EVER = -1


@pytest.mark.parametrize(
    "arguments,env,lifetime",
    [
        (["--expiry", "2h"], {}, 7_200_000),
        (["--expiry", "never"], {}, FOR_EVER),
        (["--expiry", "inf"], {}, FOR_EVER),
        (["--expiry=0"], {}, FOR_EVER),
        (["--expiry=-1"], {}, FOR_EVER),
        ([], {"STANDIN_EXPIRY": "3h"}, 10_800_000),
        ([], {"CASSETTE_TTL_SECONDS": "120"}, 120_000),
        ([], {"CASSETTE_TTL_SECONDS": "inf"}, FOR_EVER),
        ([], {"CASSETTE_TTL_SECONDS": "0"}, FOR_EVER),
        ([], {"CASSETTE_TTL_SECONDS": "-5"}, FOR_EVER),
        (["--expiry", "2h"], {"CASSETTE_TTL_SECONDS": "120"}, 7_200_000),
        (["--policy", "fixture"], {}, FOR_EVER),
    ],
)
def test_who_says_how_long_a_cassette_lives(sharer, redis_server, arguments, env, lifetime):
    """Row 34: flags over the environment, and what is kept for ever."""
    record(sharer(*arguments, env=env))
    measured = redis_server.lifetime_ms("tape")
    assert measured == lifetime if lifetime == FOR_EVER else lifetime - 20_000 < measured <= lifetime


@pytest.mark.parametrize(
    "name,key",
    [
        ("tests/llm_translation/cassettes/test_anthropic/test_streaming.yaml", "tests/llm_translation/test_anthropic/test_streaming"),
        ("tests/test_x/test_y", "tests/test_x/test_y"),
        ("a/cassettes/b/cassettes/c", "a/b/c"),
        (".hidden/x", "hidden/x"),
    ],
)
def test_keys_are_those_of_litellm_from_any_folder(sharer, redis_server, tmp_path, name, key):
    """Row 35: a name is a path from the root of the tests, wherever standin and the test run."""
    record(sharer("--cassette-prefix", LITELLM_PREFIX), name)
    assert redis_server.keys() == [LITELLM_PREFIX + key]
    elsewhere = tmp_path / "deep" / "er"
    elsewhere.mkdir(parents=True)
    session = Session(sharer("--cassette-prefix", LITELLM_PREFIX, cwd=elsewhere), name)
    assert session.post().source == "tape"


@pytest.mark.parametrize("name", ["/abs/x", "../outside", "a//b", ""])
def test_a_name_that_leaves_the_root_is_refused(sharer, redis_server, name):
    server = sharer()
    answer = exchange(server.url, "POST", "/_standin/sessions", json.dumps({"cassette": name}).encode())
    assert answer.status == 400
    assert redis_server.keys() == []


def test_litellm_s_variable_is_enough(serve, upstream, redis_server):
    server = serve(env={**source_keys(upstream.url), "CASSETTE_REDIS_URL": redis_server.url})
    record(server)
    assert redis_server.keys() == [LITELLM_PREFIX + "tape"]
    folder = serve("--cassettes", "somewhere", "--record", "once", env={"CASSETTE_REDIS_URL": redis_server.url})
    assert not any("redis" in line for line in folder.log), folder.log


def test_a_run_keeps_its_cassette_in_redis(standin_bin, upstream, redis_server):
    """`standin run`, in CI too: whoever comes first fills what is shared."""
    env = environment(**source_keys(upstream.url), CI="true", STANDIN_CASSETTES=redis_server.url)
    call = f'curl -sS --fail-with-body -H "Content-Type: application/json" -d @- $OPENAI_BASE_URL/chat/completions'
    command = [standin_bin, "run", "--cassette", "in/ci", "--", "sh", "-c", call]
    first = subprocess.run(command, input=chat(), env=env, capture_output=True, timeout=60)
    assert first.returncode == 0, first
    assert b"MISS" in first.stderr and b"redis://127.0.0.1" in first.stderr
    second = subprocess.run(command, input=chat(), env=env, capture_output=True, timeout=60)
    assert b"HIT" in second.stderr, second
    assert len(upstream.calls()) == 1
    assert redis_server.keys() == [PREFIX + "in/ci"]


def test_a_run_in_the_application_s_own_redis_is_warned_about(standin_bin, redis_server):
    for own, told in ((redis_server.url, True), (redis_server.url.replace("/0", "/1"), False)):
        env = environment(STANDIN_CASSETTES=redis_server.url, REDIS_URL=own)
        done = subprocess.run([standin_bin, "run", "--", "true"], env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and ("application's own Redis" in done.stderr) == told, done


def test_the_application_s_own_redis_is_warned_about(sharer, redis_server):
    url = redis_server.url
    own = sharer(env={"REDIS_URL": url.replace("127.0.0.1", "user:hunter2@localhost")})
    other = sharer(env={"REDIS_URL": url.replace("/0", "/1")})
    own.stop()
    other.stop()
    said = "".join(own.log)
    assert "application's own Redis" in said and "hunter2" not in said
    assert "application's own Redis" not in "".join(other.log)


@pytest.mark.parametrize("ending", ["cut", "unfinished"])
def test_half_a_stream_is_no_success(sharer, redis_server, upstream, ending):
    """Row 40."""
    frames = ['data: {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}\n\n']
    upstream.plan_sse(CHAT, *frames, *([{"cut": "reset"}] if ending == "cut" else []))
    session = Session(sharer(), "tape")
    session.post(body=chat(stream=True))
    report = session.end()
    assert (report["saved"], report["dropped"]) == (False, 1), report
    assert redis_server.keys() == []


def test_a_strict_replay_calls_nobody_and_tells_what_was_not_played(sharer, redis_server, listener):
    """Row 41."""
    record(sharer(), bodies=[chat(seed=1), chat(seed=2)])
    closed = source_keys(listener.url)
    strict = sharer("--record", "none", env=closed)
    session = Session(strict, "tape")
    assert session.post(body=chat(seed=1)).source == "tape"
    assert session.post(body=chat(seed=3)).error == "interaction_out_of_date"
    report = session.end()
    assert [one["interaction"] for one in report["unplayed"]] == [1]
    assert Session(strict, "nothing").post().error == "cassette_missing"
    assert listener.connections == 0
    assert len(redis_server.interactions("tape")) == 2


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(10)
) + b"interactions: *k\nversion: 1\n"


@pytest.mark.parametrize("value", [b"\xff\xfenot a cassette", b"interactions: [", BOMB, b"", b"[]"])
def test_a_value_that_is_no_cassette_is_a_miss_that_is_counted(sharer, redis_server, value):
    """Rows 36 and 42: an alias bomb is refused within limits, and replaced like any other."""
    redis_server.client.set(PREFIX + "tape", value)
    server = sharer()
    session = Session(server, "tape")
    assert session.post().source == "upstream"
    health = exchange(server.url, "GET", "/health").json()["shared"]
    if value:
        assert (health["load_failures"], health["corrupt"]) == (1, 1)
    assert session.end()["saved"]
    assert len(redis_server.interactions("tape")) == 1


def test_a_large_cassette_of_fifty_is_replayed(sharer, redis_server, upstream):
    """Row 42: 50 interactions of 100 KB each."""
    text = "x" * 100_000
    upstream.plan_json(CHAT, {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]})
    bodies = [chat(seed=seed) for seed in range(50)]
    assert record(sharer(), bodies=bodies)["saved"]
    assert len(redis_server.value("tape")) > 5_000_000
    session = Session(sharer("--record", "none", "--pace", "none"), "tape")
    for body in bodies:
        answer = session.post(body=body)
        assert answer.source == "tape" and text in answer.json()["choices"][0]["message"]["content"]
