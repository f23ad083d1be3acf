"""No socket is opened where nothing may be asked: not in mode `none`, and not without a credential.

The upstream is a listener that counts who connects. That it would count is shown by the calls that are let through.
"""

import openai
import pytest

import corpus
from recording import ANTHROPIC_KEY, CHAT, OPENAI_KEY, Session, azure_keys, chat, files, post, source_keys
from wire import eventually

MODES = ["none", "once", "new_episodes", "all"]
RECORDING = MODES[1:]
modes = pytest.mark.parametrize("mode", MODES)
#: No key at all in every mode; and keys that are none, as standin itself hands them out.
KEYLESS = [*((mode, None) for mode in MODES), *(("once", key) for key in ("", "sk-standin", "sk-ant-standin", "standin", "none"))]

#: (address, the variable that is missing for it)
PROVIDERS = {
    "OpenAI": (CHAT, "OPENAI_API_KEY"),
    "OpenAI by its mount": ("/openai/v1/responses", "OPENAI_API_KEY"),
    "Anthropic": ("/v1/messages", "ANTHROPIC_API_KEY"),
    "Anthropic by its mount": ("/anthropic/v1/messages", "ANTHROPIC_API_KEY"),
    "Azure": ("/openai/deployments/gpt-5-nano/chat/completions?api-version=2024-10-21", "AZURE_OPENAI_API_KEY"),
    "Azure by its mount": ("/azure/openai/deployments/gpt-5-nano/chat/completions", "AZURE_OPENAI_API_KEY"),
}


def keys(listener):
    return {**source_keys(listener.url), **azure_keys(listener.url)}


def call_in_every_way(server, path, mode):
    """By header, by path, streamed, in a session, and without a name."""
    session = Session(server, "tape", record=mode)
    headers = {"Authorization": "Bearer sk-of-the-client", "x-api-key": "of-the-client", "api-key": "of-the-client"}
    return [
        post(server, path, headers=headers, cassette="tape"),
        post(server, f"/c/tape{path}", headers=headers),
        post(server, path, chat(stream=True), headers=headers, cassette="tape"),
        session.post(path, headers=headers),
    ], post(server, path, headers=headers)


@pytest.mark.parametrize("mode,key", KEYLESS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_a_credential(serve, listener, cassettes, mode, key, provider):
    path, variable = PROVIDERS[provider]
    env = keys(listener)
    if key is None:
        del env[variable]
    else:
        env[variable] = key
    server = serve("--cassettes", cassettes, "--record", mode, env=env)
    named, unnamed = call_in_every_way(server, path, mode)
    for answer in named:
        assert (answer.status, answer.header("x-should-retry")) == (500, "false")
        assert answer.error == ("cassette_missing" if mode == "none" else "credential_missing")
        assert mode == "none" or variable in answer.body.decode()
    assert unnamed.error == "cassette_not_named"
    server.stop()
    assert listener.connections == 0
    assert files(cassettes) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_in_mode_none_with_a_credential(serve, listener, cassettes, provider):
    path, _ = PROVIDERS[provider]
    server = serve("--cassettes", cassettes, "--record", "none", env=keys(listener))
    named, unnamed = call_in_every_way(server, path, "none")
    assert {answer.error for answer in named} == {"cassette_missing"}
    assert unnamed.error == "cassette_not_named"
    server.stop()
    assert (listener.connections, files(cassettes)) == (0, [])


@pytest.mark.parametrize("mode", RECORDING)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_with_both_the_listener_is_asked(serve, listener, cassettes, mode, provider):
    """The counterpart of the tests above: the listener does count. It hangs up, so there is nothing to store."""
    path, _ = PROVIDERS[provider]
    server = serve("--cassettes", cassettes, "--record", mode, env=keys(listener))
    answer = post(server, path, cassette="tape")
    assert (answer.status, answer.source) == (502, "refusal"), answer
    eventually(lambda: listener.connections > 0, "the listener was asked")
    server.stop()
    assert files(cassettes) == []


@modes
def test_a_replay_asks_nobody(serve, listener, cassettes, mode):
    """Nor does a refusal: only what is to be recorded is asked for."""
    exchange = corpus.Exchange("POST", f"https://api.openai.com{CHAT}", {}, chat(), 200, "OK", {}, b"{}")
    corpus.vcrpy_save(cassettes / "tape.yaml", [exchange])
    server = serve("--cassettes", cassettes, "--record", mode, env=keys(listener))
    if mode != "all":
        assert post(server, cassette="tape").source == "tape"
    assert post(server).source == "tape"
    if mode in ("none", "once"):
        assert post(server, body=chat(seed=1), cassette="tape").error == "interaction_out_of_date"
    assert listener.connections == 0


@modes
def test_nothing_is_asked_before_the_first_call(serve, listener, cassettes, mode):
    server = serve("--cassettes", cassettes, "--record", mode, env=keys(listener))
    server.stop()
    assert listener.connections == 0


def test_ci_means_none(serve, listener, cassettes):
    server = serve("--cassettes", cassettes, env={**keys(listener), "CI": "true"})
    assert post(server, cassette="tape").error == "cassette_missing"
    assert listener.connections == 0


#: What is allowed, and what is asked for: names that are like it, and are not it.
NOT_ALLOWED = {
    "nothing is allowed": ([], "{authority}"),
    "another port": (["--upstream", "http://127.0.0.1:1"], "{authority}"),
    "another name of the same": (["--upstream", "http://localhost:{port}"], "{authority}"),
    "a user in front": (["--upstream", "http://allowed.test"], "allowed.test@{authority}"),
    "a longer name": (["--upstream", "http://{authority}"], "{authority}.evil.test"),
    "a shorter name": (["--upstream", "allowed.test"], "test"),
    "its own address": (["--upstream", "allowed.test"], "{authority}"),
    "a slash in the name": (["--upstream", "http://allowed.test"], "allowed.test%2F..%2F{authority}"),
}


@pytest.mark.parametrize("mode", RECORDING)
@pytest.mark.parametrize("case", NOT_ALLOWED)
def test_a_host_that_is_not_allowed(serve, listener, cassettes, mode, case):
    arguments, target = NOT_ALLOWED[case]
    fields = {"authority": listener.authority, "port": listener.authority.split(":")[1]}
    arguments = [argument.format(**fields) for argument in arguments]
    server = serve("--cassettes", cassettes, "--record", mode, *arguments, env=keys(listener))
    answer = post(server, f"/to/{target.format(**fields)}{CHAT}", cassette="tape")
    # A name that is none at all may be refused for that already.
    assert answer.status == 500 and answer.error == "upstream_not_allowed" or answer.status == 400, answer
    server.stop()
    assert (listener.connections, files(cassettes)) == (0, [])


@modes
def test_an_allowed_host_whose_credential_is_missing(serve, listener, cassettes, mode):
    allowed = f"{listener.url}=CONF_UPSTREAM_KEY"
    server = serve("--cassettes", cassettes, "--record", mode, "--upstream", allowed, env=keys(listener))
    answer = post(server, f"/to/{listener.authority}{CHAT}", cassette="tape")
    assert answer.error == ("cassette_missing" if mode == "none" else "credential_missing")
    assert mode == "none" or "CONF_UPSTREAM_KEY" in answer.body.decode()
    assert listener.connections == 0


def test_an_allowed_host_without_a_credential_in_mode_none(serve, listener, cassettes):
    server = serve("--cassettes", cassettes, "--record", "none", "--upstream", listener.url)
    assert post(server, f"/to/{listener.authority}{CHAT}", cassette="tape").error == "cassette_missing"
    assert listener.connections == 0


def test_no_proxy_of_the_machine_is_asked_in_mode_none(serve, listener, cassettes):
    env = {**keys(listener), "HTTP_PROXY": listener.url, "HTTPS_PROXY": listener.url}
    server = serve("--cassettes", cassettes, "--record", "none", env=env)
    post(server, cassette="tape")
    assert listener.connections == 0


def test_the_official_sdk_is_told_which_variable_is_missing(serve, cassettes):
    server = serve("--cassettes", cassettes)
    client = openai.OpenAI(base_url=f"{server.url}/c/tape/v1", api_key="sk-of-the-client")
    with pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="gpt-5-nano", messages=[{"role": "user", "content": "Hello!"}])
    assert "OPENAI_API_KEY" in str(raised.value)
    assert OPENAI_KEY not in str(raised.value) and ANTHROPIC_KEY not in str(raised.value)
