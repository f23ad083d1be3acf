"""Where webhooks of jobs may go to: addresses, names, redirects and certificates."""

import socket

import pytest
import trustme

from jobs import advance, control, finished, message, submit
from receiving import tls
from webhooks import AT_ONCE, KEY, NAME, PRIVATE, attempts, over, to
from wire import eventually


REFUSED = ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://10.0.0.1/", "http://0.0.0.0/"]
REFUSED += ["http://169.254.1.1/", "https://192.168.1.1/x", "http://[::ffff:127.0.0.1]/", "http://a.localhost/"]


def test_private_addresses_are_refused(serve):
    server = serve("--webhook-secret", KEY)
    for url in REFUSED:
        said = message(submit(server, NAME, headers=to(url)))
        assert "--webhook-allow-private" in said, (url, said)
    for url in ("ftp://example.com/", "example.com", "http://user:pass@example.com/", "http://"):
        message(submit(server, NAME, headers=to(url)))
    assert control(server, "GET", "jobs")["jobs"] == []


def test_addresses_of_secrets_are_refused_always(serve):
    server = serve(*PRIVATE)
    for url in ("http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "http://100.100.100.200/"):
        assert "secrets" in message(submit(server, NAME, headers=to(url)))


@pytest.mark.parametrize("name", [socket.gethostname(), "2130706433", "127.1", "0x7f.1"])
def test_names_of_private_addresses_are_refused(serve, receiving, name):
    """What a name stands for is looked at when something is sent; numbers in old spellings are names, too."""
    assert socket.gethostbyname(name), "the machine knows its own name"
    receiver = receiving()
    server = serve("--webhook-secret", KEY)
    job = finished(server, headers=to(receiver.url(host=name)))["id"]
    state = over(server, job, "given_up")
    assert state["attempts"] == 1 and "is not a public address" in state["reason"]
    assert receiver.messages == []


def test_a_name_is_called_by_its_name(serve, receiving):
    receiver = receiving()
    server = serve(*PRIVATE)
    finished(server, headers=to(receiver.url(host="localhost")))
    assert receiver.got()[0].headers["host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_lead_nowhere(serve, receiving, status):
    elsewhere = receiving()
    receiver = receiving((status, {"Location": elsewhere.url("/inside")}), 204)
    server = serve(*PRIVATE, *AT_ONCE)
    job = finished(server, headers=to(receiver.url()))["id"]
    assert over(server, job, "delivered")["attempts"] == 2
    assert "redirects are not followed" in attempts(server, job)[0]["reason"]
    assert elsewhere.messages == []


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(file)
    authority.file = str(file)
    return authority


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_receiver_whose_authority_is_trusted(serve, receiving, authority, host):
    receiver = receiving(context=tls(authority, host))
    server = serve(*PRIVATE, env={"SSL_CERT_FILE": authority.file})
    job = finished(server, headers=to(receiver.url(host=host)))["id"]
    assert receiver.got()[0].verified(KEY)["data"]["id"] == job
    over(server, job, "delivered")


@pytest.mark.parametrize("case", ["unknown authority", "another name"])
def test_a_receiver_that_is_not_trusted(serve, receiving, authority, case):
    shown = tls(trustme.CA(), "localhost") if case == "unknown authority" else tls(authority, "example.com")
    receiver = receiving(context=shown)
    server = serve(*PRIVATE, env={"SSL_CERT_FILE": authority.file})
    job = finished(server, headers=to(receiver.url(host="localhost")))["id"]
    eventually(lambda: attempts(server, job), "an attempt is made")
    (first,) = attempts(server, job)
    assert first["state"] == "due" and "certificate" in first["reason"], first
    assert receiver.messages == []
    # It shows a certificate that is trusted now.
    port = receiver.port
    receiver.stop()
    receiver = receiving(context=tls(authority, "localhost"), port=port)
    advance(server, "6s")
    over(server, job, "delivered")
    assert receiver.got()[0].verified(KEY)["data"]["id"] == job
