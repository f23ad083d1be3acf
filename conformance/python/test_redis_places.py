"""Redis behind a password, over TLS, as a cluster, and behind sentinels."""

import subprocess

import pytest
import redis
import trustme

from conftest import environment
from recording import Session, files, source_keys
from redises import PREFIX, Redis, free_port
from test_redis_cache import record
from wire import eventually, exchange


@pytest.fixture
def places():
    """Starts Redis servers of one test."""
    started = []

    def start(*arguments, **options):
        started.append(Redis(*arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def shared_at(serve, upstream):
    def shared_at(url, *arguments, env=None):
        return serve("--cassettes", url, *arguments, env={**source_keys(upstream.url), **(env or {})})

    return shared_at


def records_and_replays(start):
    assert record(start())["saved"]
    session = Session(start(), "tape")
    assert session.post().source == "tape"
    session.end()


def test_a_password(places, shared_at):
    place = places("--requirepass", "hunter2-0123456789", clients={"password": "hunter2-0123456789"})
    url = f"redis://:hunter2-0123456789@127.0.0.1:{place.port}/2"
    records_and_replays(lambda: shared_at(url))
    assert redis.Redis(port=place.port, db=2, password="hunter2-0123456789").keys() == [(PREFIX + "tape").encode()]
    wrong = shared_at(f"redis://:wrong-hunter2-987@127.0.0.1:{place.port}/2")
    session = Session(wrong, "tape")
    assert session.post().source == "upstream"
    session.end()
    shown = exchange(wrong.url, "GET", "/_standin/cassettes").body
    wrong.stop()
    assert b"hunter2" not in shown and not any("hunter2" in line for line in wrong.log)


def test_tls(places, shared_at, tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    chain, key, root = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "root.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    key.write_bytes(certificate.private_key_pem.bytes())
    authority.cert_pem.write_to_path(root)
    tls = free_port()
    arguments = ["--tls-port", tls, "--tls-cert-file", chain, "--tls-key-file", key, "--tls-ca-cert-file", root]
    place = places(*map(str, arguments), "--tls-auth-clients", "no")
    url = f"rediss://localhost:{tls}/0"
    records_and_replays(lambda: shared_at(url, env={"SSL_CERT_FILE": str(root)}))
    assert place.keys() == [PREFIX + "tape"]
    # Whoever does not trust its certificate does not talk to it.
    assert not record(shared_at(url), "untrusted")["saved"]
    assert place.keys() == [PREFIX + "tape"]


def test_a_cluster(places, shared_at, standin_bin):
    nodes = [places("--cluster-enabled", "yes") for _ in range(3)]
    addresses = [f"127.0.0.1:{node.port}" for node in nodes]
    command = ["redis-cli", "--cluster", "create", *addresses, "--cluster-yes"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    for node in nodes:
        eventually(lambda: node.client.execute_command("CLUSTER INFO")["cluster_state"] == "ok", "the cluster is up")
    url = "redis+cluster://" + ",".join(addresses[:2])
    server = shared_at(url)
    for number in range(20):
        assert record(server, f"tape-{number}")["saved"]
    spread = [len(node.keys()) for node in nodes]
    assert sum(spread) == 20 and all(spread), spread
    other = shared_at(url, "--record", "none")
    for number in range(20):
        session = Session(other, f"tape-{number}")
        assert session.post().source == "tape"
        session.end()
    # The fullest node is the one that counts.
    used = int(nodes[1].client.info("memory")["used_memory"])
    nodes[1].client.config_set("maxmemory", used * 2)
    assert exchange(other.url, "GET", "/health").json()["shared"]["capacity"]["limit_bytes"] == used * 2
    command = [standin_bin, "cassette", "flush", "--cassettes", url, "--yes"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"Deleted 20 VCR cassette key(s) under '{PREFIX}'\n", done
    assert [node.keys() for node in nodes] == [[], [], []]


def test_sentinels(places, shared_at):
    master = places()
    replica = places("--replicaof", "127.0.0.1", str(master.port))
    config = (
        f"sentinel monitor main 127.0.0.1 {master.port} 2\n"
        "sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 2000\n"
    )
    sentinels = [places(config=config) for _ in range(3)]

    def known(sentinel):
        told = sentinel.client.sentinel_master("main")
        return int(told["num-other-sentinels"]), int(told["num-slaves"])

    eventually(lambda: all(known(one) == (2, 1) for one in sentinels), "the sentinels know each other and the replica")
    hosts = ",".join(f"127.0.0.1:{one.port}" for one in sentinels)
    url = f"redis+sentinel://{hosts}/main/0"
    server = shared_at(url)
    assert record(server)["saved"]
    assert master.keys() == [PREFIX + "tape"]
    eventually(lambda: replica.keys() == [PREFIX + "tape"], "the replica has it")
    master.kill()
    eventually(lambda: replica.client.info("replication")["role"] == "master", "the replica takes over", patience=40)

    def replayed():
        session = Session(server, "tape")
        source = session.post().source
        session.end("failed")
        return source == "tape"

    eventually(replayed, "the new master is asked", patience=40)
    assert record(server, "after")["saved"]
    assert replica.keys() == [PREFIX + "after", PREFIX + "tape"]


@pytest.mark.parametrize(
    "url",
    [
        "redis://a,b/0",
        "redis://127.0.0.1/x",
        "redis+sentinel://127.0.0.1:1",
        "redis+cluster://127.0.0.1:1/1",
        "redis://user:hunt/er2@127.0.0.1/0",
        "redis://user:hunt?er2@127.0.0.1/0",
        "redis-sentinel://user:hunt-er2@127.0.0.1/0",
        "https://user:hunt-er2@127.0.0.1/0",
    ],
)
@pytest.mark.parametrize("how", ["flag", "variable"])
def test_what_is_no_address_is_refused_at_the_start(standin_bin, tmp_path, url, how):
    """Its password is not told, and no folder is named after it."""
    flags, env = ((), {"STANDIN_CASSETTES": url}) if how == "variable" else (("--cassettes", url), {})
    done = subprocess.run(
        [standin_bin, "serve", "--port", "0", *flags],
        cwd=tmp_path, env=environment(**env), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2 and "is no address of a Redis" in done.stderr, done
    assert "hunt" not in done.stderr and "er2" not in done.stderr, done
    assert files(tmp_path) == []


def test_a_scheme_has_no_case(places, shared_at):
    place = places()
    records_and_replays(lambda: shared_at(place.url.replace("redis", "REDIS")))


def test_an_account_that_may_do_no_more_than_is_needed(places, shared_at):
    place = places()
    rights = ["reset", "on", ">hunter2-0123456789", "~standin:*", "+get", "+set", "+evalsha", "+script|load"]
    place.client.execute_command("ACL", "SETUSER", "tests", *rights)
    started = []

    def start():
        started.append(shared_at(place.url.replace("//", "//tests:hunter2-0123456789@")))
        return started[-1]

    records_and_replays(start)
    for server in started:
        server.stop()
        assert "does not answer" not in "".join(server.log)
