"""Recording over TLS, with an authority of the test's own."""

import http.server
import json
import ssl
import threading

import pytest
import trustme

from recording import OPENAI_KEY, chat, files, post, stored


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"secure": self.headers["authorization"] == f"Bearer {OPENAI_KEY}"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """The address of a provider over https, and the file of the authority that vouches for it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    vouches = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(vouches)
    yield f"https://localhost:{server.server_port}/v1", vouches
    server.shutdown()


def test_a_provider_over_https_is_recorded(serve, cassettes, secure):
    url, vouches = secure
    keys = {"OPENAI_API_KEY": OPENAI_KEY, "OPENAI_BASE_URL": url, "SSL_CERT_FILE": str(vouches)}
    server = serve("--cassettes", cassettes, env=keys)
    live = post(server, body=chat(), cassette="tape")
    assert (live.status, live.source, json.loads(live.body)) == (200, "upstream", {"secure": True})
    server.stop()
    (one,) = stored(cassettes)
    assert one["url"].startswith("https://localhost:")


def test_a_provider_that_nobody_vouches_for_is_not_called(serve, cassettes, secure):
    url, _ = secure
    server = serve("--cassettes", cassettes, env={"OPENAI_API_KEY": OPENAI_KEY, "OPENAI_BASE_URL": url})
    answer = post(server, body=chat(), cassette="tape")
    assert (answer.status, answer.error) == (502, "upstream_unreachable")
    assert b"certificate" in answer.body, answer.body
    server.stop()
    assert files(cassettes) == []
