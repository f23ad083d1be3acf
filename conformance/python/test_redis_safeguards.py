"""What a shared cache lets pass, what it takes for the same, and how the modes play from Redis."""

import uuid

import pytest

from recording import CHAT, Session, chat, post
from redises import DAY_MS, PREFIX, redis_server, sharer  # noqa: F401 - fixtures
from test_redis_cache import record


def sources(server, seeds, name="tape", **settings):
    """Where the answers to these calls come from, in one session."""
    session = Session(server, name, **settings)
    found = [session.post(body=chat(seed=seed)) for seed in seeds]
    session.end()
    return ["refused" if answer.source == "refusal" else answer.source for answer in found]


T, U, R = "tape", "upstream", "refused"

#: Mode, whether there is a cassette of three answers to one request; what five such requests get, and then how many
#: are stored. What a session records it leaves to the next one: polling keeps its changes.
MODES = [
    ("none", False, [R] * 5, 0),
    ("none", True, [T, T, T, R, R], 3),
    ("once", False, [U] * 5, 5),
    ("once", True, [T, T, T, R, R], 3),
    ("new_episodes", False, [U] * 5, 5),
    ("new_episodes", True, [T, T, T, U, U], 5),
    ("all", False, [U] * 5, 5),
    ("all", True, [U] * 5, 8),
]


@pytest.mark.parametrize("mode,there,expected,stored", MODES)
def test_five_equal_requests(sharer, redis_server, mode, there, expected, stored):
    if there:
        assert sources(sharer(), [1, 1, 1]) == [U] * 3
    assert sources(sharer("--record", mode), [1] * 5, exhausted="error") == expected
    assert len(redis_server.interactions("tape")) == stored


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes"])
def test_repeats_are_played_for_ever(sharer, redis_server, mode):
    sources(sharer(), [1])
    assert sources(sharer("--record", mode), [1] * 5) == [T] * 5
    assert len(redis_server.interactions("tape")) == 1


@pytest.mark.parametrize("mode,expected", [("none", R), ("once", R), ("new_episodes", U), ("all", U)])
def test_an_unknown_request_beside_known_ones(sharer, redis_server, mode, expected):
    sources(sharer(), [1])
    assert sources(sharer("--record", mode), [2]) == [expected]


def asking(text):
    return chat([{"role": "user", "content": text}])


@pytest.mark.parametrize(
    "one,other,same",
    [
        (f"batch {uuid.UUID(int=1)}", f"batch {uuid.UUID(int=2)}", True),
        ("at 2031-01-02T03:04:05Z", "at 2032-11-12T13:14:15.678Z", True),
        ("since 1900000000", "since 1900000123", True),
        ("since 1900000000123", "since 1900000123456", True),
        ("litellm-batch-01234567", "litellm-batch-89abcdef", True),
        ("batch 1", "batch 2", False),
    ],
)
def test_volatile_values_are_no_difference(sharer, redis_server, one, other, same):
    session = Session(sharer(), "tape")
    session.post(body=asking(one))
    session.end()
    session = Session(sharer(), "tape")
    assert session.post(body=asking(other)).source == (T if same else U)
    session.end()
    # Compared without them, and stored with them.
    assert one.encode() in redis_server.value("tape")


def test_they_differ_where_they_are_asked_to(sharer, tmp_path, redis_server):
    config = tmp_path / "standin.toml"
    config.write_text("[normalise]\n")
    for number, source in ((1, U), (2, U), (2, T)):
        session = Session(sharer("--config", config), "tape")
        assert session.post(body=asking(str(uuid.UUID(int=number)))).source == source
        session.end()


@pytest.mark.parametrize(
    "arguments,env",
    [
        (["--disable-cassettes"], {}),
        ([], {"STANDIN_DISABLE_CASSETTES": "true"}),
        ([], {"STANDIN_DISABLE_CASSETTES": "1"}),
        ([], {"LITELLM_VCR_DISABLE": "1"}),
        (["--opt-out", "tape,other/*"], {}),
        ([], {"STANDIN_OPT_OUT": "other/*,ta*"}),
    ],
)
def test_what_is_switched_off_is_live_each_time(sharer, redis_server, upstream, arguments, env):
    sources(sharer(), [1])
    prior = redis_server.value("tape")
    server = sharer(*arguments, env=env)
    session = Session(server, "tape")
    assert [session.post(body=chat(seed=seed)).source for seed in (1, 1)] == [U, U]
    report = session.end()
    assert (report["saved"], report["recorded"], report["dropped"]) == (False, 0, 2)
    assert post(server, body=chat(seed=1), cassette="tape").source == U
    assert redis_server.value("tape") == prior
    assert len(upstream.calls()) == 4


def test_switched_off_it_still_calls_nobody_in_mode_none(sharer, redis_server, listener):
    sources(sharer(), [1])
    env = {"OPENAI_BASE_URL": f"{listener.url}/v1"}
    assert sources(sharer("--record", "none", "--disable-cassettes", env=env), [1, 2]) == [T, R]
    assert listener.connections == 0


def test_other_cassettes_are_not_opted_out(sharer, redis_server):
    assert sources(sharer("--opt-out", "live/*"), [1]) == [U]
    assert sources(sharer("--opt-out", "live/*"), [1]) == [T]


def test_a_host_that_is_never_recorded(sharer, redis_server, upstream):
    arguments = ["--upstream", upstream.url, "--upstream", upstream.url.replace("127.0.0.1", "localhost")]
    server = sharer(*arguments, "--never-record", "localhost")
    session = Session(server, "tape")
    host = upstream.authority.replace("127.0.0.1", "localhost")
    for _ in range(2):
        assert session.post(f"/to/{host}{CHAT}").source == U
    report = session.end()
    # A test is no worse for it.
    assert (report["verdict"], report["dropped"]) == ("NOOP", 0)
    session = Session(server, "tape")
    assert session.post(f"/to/{upstream.authority}{CHAT}").source == U
    assert session.end()["saved"]
    assert len(redis_server.interactions("tape")) == 1


def test_single_cassettes_live_as_long_as_they_are_told(sharer, redis_server, tmp_path):
    config = tmp_path / "standin.toml"
    config.write_text("[[cassette]]\nname = 'short/*'\nexpiry = '90s'\n[[cassette]]\nname = 'long/*'\nexpiry = 'inf'\n")
    server = sharer("--config", config, env={"CASSETTE_TTL_SECONDS": "7200"})
    for name in ("short/a", "long/a", "other"):
        record(server, name)
    record(server, "short/b", expiry="3h")
    record(server, "own", expiry="inf")
    lifetimes = {key.removeprefix(PREFIX): redis_server.client.pttl(key) for key in redis_server.keys()}
    assert 70_000 < lifetimes["short/a"] <= 90_000
    assert lifetimes["long/a"] == lifetimes["own"] == -1
    assert 7_180_000 < lifetimes["other"] <= 7_200_000
    assert 10_780_000 < lifetimes["short/b"] <= 10_800_000
    assert all(lifetime < DAY_MS for lifetime in lifetimes.values())
