"""Whom a recorded call is sent to, and with which credential: OpenAI, Anthropic, Azure, and any host by name."""

import anthropic
import openai
import pytest

import recording
from recording import ANTHROPIC_KEY, AZURE_KEY, CHAT, HELLO, OPENAI_KEY, azure_keys, chat, files, post, stored

OF_THE_CLIENT = {
    "Authorization": "Bearer sk-of-the-client",
    "x-api-key": "sk-ant-of-the-client",
    "api-key": "azure-of-the-client",
}
CREDENTIALS = {"authorization", "x-api-key", "api-key"}


def credentials(call):
    return {name: value for name, value in call["headers"] if name in CREDENTIALS}


@pytest.mark.parametrize("mount", ["", "/openai"])
@pytest.mark.parametrize("base", ["/v1", "/v1/", "", "/proxy/v9"])
def test_openai_by_its_base_url(serve, upstream, cassettes, mount, base):
    """The call's path is appended without its own version: the base URL has one, or needs none."""
    env = {"OPENAI_API_KEY": OPENAI_KEY, "OPENAI_BASE_URL": upstream.url + base}
    server = serve("--cassettes", cassettes, env=env)
    post(server, f"{mount}{CHAT}?a=1", cassette="tape", headers=OF_THE_CLIENT)
    call = upstream.only_call()
    assert call["path"] == f"{base.rstrip('/')}/chat/completions?a=1"
    assert credentials(call) == {"authorization": f"Bearer {OPENAI_KEY}"}


@pytest.mark.parametrize("path", ["/v1/messages", "/anthropic/v1/messages"])
@pytest.mark.parametrize("stream", [False, True])
def test_anthropic(recorder, replayer, upstream, path, stream):
    ask = chat(stream=stream, max_tokens=64)
    version = {"anthropic-version": "2023-06-01"}
    server = recorder()
    live = post(server, path, ask, {**version, **OF_THE_CLIENT}, cassette="tape")
    assert (live.status, live.source) == (200, "upstream")
    call = upstream.only_call()
    assert call["path"] == "/v1/messages"
    # Whatever the client came with, Anthropic's own header has the key.
    assert credentials(call) == {"x-api-key": ANTHROPIC_KEY}
    assert ("anthropic-version", "2023-06-01") in map(tuple, call["headers"])
    server.stop()
    assert post(replayer(), path, ask, version, cassette="tape").body == live.body


def test_the_official_anthropic_sdk_records_and_replays(recorder, replayer):
    def ask(server):
        client = anthropic.Anthropic(base_url=f"{server.url}/c/tape", api_key="sk-ant-standin")
        call = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": HELLO}
        with client.messages.stream(**call) as stream:
            return client.messages.create(**call), "".join(stream.text_stream), stream.get_final_message()

    server = recorder()
    live = ask(server)
    assert live[1] == "Hello! How can I help?"
    server.stop()
    assert ask(replayer()) == live


@pytest.mark.parametrize("provider", ["OpenAI", "Anthropic"])
def test_the_callers_own_credential(serve, upstream, cassettes, provider):
    """With --upstream-auth client nothing is injected, and nothing is asked for in standin's environment."""
    env = {"OPENAI_BASE_URL": f"{upstream.url}/v1", "ANTHROPIC_BASE_URL": upstream.url}
    server = serve("--cassettes", cassettes, "--upstream-auth", "client", env=env)
    path, header = {
        "OpenAI": (CHAT, {"Authorization": "Bearer sk-of-the-client"}),
        "Anthropic": ("/v1/messages", {"x-api-key": "sk-ant-of-the-client"}),
    }[provider]
    assert post(server, path, headers=header, cassette="tape").source == "upstream"
    assert credentials(upstream.only_call()) == {name.lower(): value for name, value in header.items()}
    server.stop()
    assert b"of-the-client" not in (cassettes / "tape.yaml").read_bytes()
    assert len(stored(cassettes)) == 1


def test_the_callers_own_credential_wins_over_standins(recorder, upstream):
    server = recorder("--upstream-auth", "client")
    post(server, headers={"Authorization": "Bearer sk-of-the-client"}, cassette="tape")
    assert credentials(upstream.only_call()) == {"authorization": "Bearer sk-of-the-client"}


# Azure.

AZURE_PATHS = ["/azure/openai/deployments/{}/chat/completions", "/openai/deployments/{}/chat/completions"]
azure_paths = pytest.mark.parametrize("path", AZURE_PATHS, ids=["mount", "path"])


@azure_paths
@pytest.mark.parametrize("query", ["", "?api-version=2024-10-21", "?x=1&api-version=2024-10-21&y=%202"])
def test_azure_is_called_with_standins_settings(recorder, upstream, path, query):
    server = recorder(env=azure_keys(upstream.url))
    post(server, path.format("of-the-client") + query, cassette="tape", headers=OF_THE_CLIENT)
    call = upstream.only_call()
    target, _, pairs = call["path"].partition("?")
    assert target == "/openai/deployments/conf-deployment/chat/completions"
    kept = [pair for pair in query.removeprefix("?").split("&") if pair and not pair.startswith("api-version")]
    assert sorted(pairs.split("&")) == sorted([*kept, "api-version=2031-01-01-preview"])
    assert credentials(call) == {"api-key": AZURE_KEY}


@azure_paths
@pytest.mark.parametrize("deployment", ["gpt-5-nano", "of-the-client"])
@pytest.mark.parametrize("query", ["", "?api-version=2024-10-21", "?api-version=2031-01-01-preview"])
def test_azure_is_stored_without_what_names_the_resource(recorder, replayer, upstream, cassettes, path, deployment, query):
    server = recorder(env=azure_keys(upstream.url))
    live = post(server, path.format(deployment) + query, cassette="tape")
    assert live.source == "upstream"
    server.stop()
    (one,) = stored(cassettes)
    host, _, target = one["url"].partition("://")[2].partition("/")
    assert host == "resource-name.cognitiveservices.azure.com"
    assert target == "openai/deployments/gpt-5-nano/chat/completions"
    text = (cassettes / "tape.yaml").read_text()
    for leak in ("api-version", "2031-01-01", "2024-10-21", "conf-deployment", upstream.authority, AZURE_KEY):
        assert leak not in text, leak
    # Whether the client still sends a version or not, and whatever it calls the deployment.
    server = replayer()
    for version in ("", "?api-version=2024-10-21", "?api-version=2099-01-01"):
        assert post(server, path.format(deployment) + version, cassette="tape").body == live.body, version


def test_the_official_azure_sdk_records_and_replays(recorder, replayer, upstream):
    def ask(server):
        client = openai.AzureOpenAI(
            azure_endpoint=f"{server.url}/c/tape/azure", api_key="standin", api_version="2025-01-01-preview"
        )
        stream = client.chat.completions.create(model="gpt-5-nano", messages=HELLO, stream=True)
        return client.chat.completions.create(model="gpt-5-nano", messages=HELLO), list(stream)

    server = recorder(env=azure_keys(upstream.url))
    live = ask(server)
    assert len(upstream.calls()) == 2
    server.stop()
    assert ask(replayer()) == live


def test_azure_without_a_model_gives_the_deployment_away_to_nobody(recorder, upstream, cassettes):
    server = recorder(env=azure_keys(upstream.url))
    answer = post(server, AZURE_PATHS[0].format("x"), b'{"messages":[]}', cassette="tape")
    assert (answer.status, answer.source) == (200, "upstream")
    server.stop()
    for file in files(cassettes):
        assert b"conf-deployment" not in (cassettes / file).read_bytes()


@pytest.mark.parametrize("missing", ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT", "OPENAI_API_VERSION"])
def test_azure_settings_that_are_missing_are_named_at_the_start(recorder, upstream, cassettes, missing):
    env = azure_keys(upstream.url)
    del env[missing]
    server = recorder(env=env)
    answer = post(server, AZURE_PATHS[0].format("x"), cassette="tape")
    assert (answer.status, answer.error) == (500, "credential_missing")
    assert missing in answer.body.decode()
    # The others are not held up.
    assert post(server, cassette="other").source == "upstream"
    assert [call["path"] for call in upstream.calls()] == [CHAT]
    server.stop()
    assert missing in "".join(server.log)


def test_azures_key_takes_no_call_of_others(serve, upstream, cassettes):
    """Not even where it is the only one there is."""
    server = serve("--cassettes", cassettes, env=azure_keys(upstream.url))
    for path in (CHAT, "/openai/v1/chat/completions", "/v1/messages", "/v1/embeddings"):
        assert post(server, path, cassette="tape").error == "credential_missing", path
    assert upstream.calls() == []


# Any host by name.


@pytest.mark.parametrize("how", ["flag", "environment"])
def test_an_allowed_host(recorder, replayer, upstream, cassettes, how):
    """Beside another one, and with the credential of its variable."""
    allowed = ["http://127.0.0.1:1", f"{upstream.url}=CONF_UPSTREAM_KEY"]
    env = {"CONF_UPSTREAM_KEY": "conf-upstream-key-7c41d8e6"}
    if how == "flag":
        server = recorder(*(word for host in allowed for word in ("--upstream", host)), env=env)
    else:
        server = recorder(env={**env, "STANDIN_UPSTREAM": ",".join(allowed)})
    path = f"/to/{upstream.authority}/v2/some%2Fpath?b=2&a=1"
    live = post(server, path, cassette="tape", headers=OF_THE_CLIENT)
    assert (live.status, live.source) == (404, "upstream")
    call = upstream.only_call()
    assert call["path"] == "/v2/some%2Fpath?b=2&a=1"
    assert credentials(call) == {"authorization": "Bearer conf-upstream-key-7c41d8e6"}
    server.stop()
    assert b"7c41d8e6" not in (cassettes / "tape.yaml").read_bytes()
    assert stored(cassettes)[0]["url"] == f"{upstream.url}/v2/some%2Fpath?b=2&a=1"
    assert post(replayer(), path, cassette="tape").body == live.body


def test_an_allowed_host_that_takes_no_key_gets_none(recorder, upstream):
    server = recorder("--upstream", upstream.url)
    answer = post(server, f"/to/{upstream.authority}{CHAT}", cassette="tape", headers=OF_THE_CLIENT)
    assert (answer.status, answer.source) == (200, "upstream")
    assert credentials(upstream.only_call()) == {}


def test_an_allowed_host_with_the_callers_own_credential(recorder, upstream):
    server = recorder("--upstream", upstream.url, "--upstream-auth", "client")
    post(server, f"/to/{upstream.authority}{CHAT}", cassette="tape", headers=OF_THE_CLIENT)
    assert credentials(upstream.only_call()) == {name.lower(): value for name, value in OF_THE_CLIENT.items()}


def test_a_redirect_of_an_allowed_host_is_not_followed(recorder, upstream, listener):
    upstream.plan("/v1/x", status=302, headers=[("Location", f"{listener.url}/v1/x")], framing="length")
    server = recorder("--upstream", upstream.url)
    answer = post(server, f"/to/{upstream.authority}/v1/x", cassette="tape")
    assert (answer.status, answer.header("location")) == (302, f"{listener.url}/v1/x")
    assert listener.connections == 0


# Upstreams that are not there.


@pytest.mark.parametrize("upstream_is", ["not there", "hanging up", "no name"])
def test_an_upstream_that_cannot_be_reached(serve, cassettes, listener, upstream_is):
    gone = recording.Listener()
    gone.stop()
    base = {
        "not there": gone.url,
        "hanging up": listener.url,
        "no name": "http://no-such-host.invalid",
    }[upstream_is]
    server = serve("--cassettes", cassettes, env=recording.source_keys(base))
    answer = post(server, cassette="tape")
    assert (answer.status, answer.error) == (502, "upstream_unreachable")
    assert OPENAI_KEY not in answer.body.decode()
    server.stop()
    assert files(cassettes) == []


def test_what_was_recorded_is_found_by_other_base_urls(recorder, serve, upstream, cassettes):
    """The address of the stub says nothing about the call: a replay has another, or none."""
    server = recorder()
    live = post(server, cassette="tape")
    assert live.source == "upstream"
    server.stop()
    for base in ("https://api.openai.com/v1", "http://127.0.0.1:1/v1"):
        server = serve("--cassettes", cassettes, env={"OPENAI_BASE_URL": base})
        assert post(server, cassette="tape").body == live.body
