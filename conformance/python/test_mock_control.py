"""Mocks that change while the server runs: their file, and the control API."""

import json
import os

import openai
import pytest

import mocked
from mocked import ask
from wire import eventually, exchange


def rule(name, answer=None, **members):
    return {"name": name, "match": f"[{name}]", "answer": answer or f"It is {name}.", **members}


@pytest.fixture
def server(mocking):
    return mocking({"mocks": [rule("one"), rule("two")]})


@pytest.fixture
def client(server):
    return mocked.gpt(server)


def said(client, name):
    """The answer, or nothing where no rule has one."""
    try:
        return ask(client, f"[{name}]")
    except openai.NotFoundError:
        return None


def control(server, method, path="", document=None):
    body = b"" if document is None else document if isinstance(document, bytes) else json.dumps(document).encode()
    return exchange(server.url, method, f"/_standin/mocks{path}", body, {"Content-Type": "application/json"})


def names(server):
    return [mock["name"] for mock in control(server, "GET").json()["mocks"]]


def test_a_saved_file_is_read_again(server, client):
    assert said(client, "one") == "It is one."
    server.mocks.write_text(json.dumps({"mocks": [rule("one", "It is changed."), rule("three")]}))
    eventually(lambda: said(client, "one") == "It is changed.", "the file is read")
    assert (said(client, "two"), said(client, "three")) == (None, "It is three.")


def test_a_file_that_is_replaced(server, client):
    """As editors save."""
    new = server.mocks.with_suffix(".tmp")
    new.write_text(json.dumps({"mocks": [rule("one", "It is replaced.")]}))
    os.replace(new, server.mocks)
    eventually(lambda: said(client, "one") == "It is replaced.", "the file is read")


@pytest.mark.parametrize("broken", ["{", '{"mocks": [{"match": "x"}]}', '{"mocks": [{"anser": "x"}]}', ""])
def test_a_broken_file_keeps_the_last_good_rules(server, client, broken):
    server.mocks.write_text(broken)
    eventually(lambda: control(server, "GET").json()["problems"], "the problem is told")
    assert (said(client, "one"), said(client, "two")) == ("It is one.", "It is two.")
    (first, *_) = control(server, "GET").json()["problems"]
    assert str(server.mocks) in json.dumps(first)
    assert any(str(server.mocks) in line for line in eventually(lambda: server.log, "it is logged"))
    server.mocks.write_text(json.dumps({"mocks": [rule("one", "It is mended.")]}))
    eventually(lambda: said(client, "one") == "It is mended.", "the file is read")
    assert control(server, "GET").json()["problems"] == []


def test_a_file_that_is_gone_keeps_them_too(server, client):
    server.mocks.unlink()
    eventually(lambda: control(server, "GET").json()["problems"], "the problem is told")
    assert said(client, "one") == "It is one."


def test_a_list_goes_on_after_a_change_elsewhere(mocking):
    """What a session was answered is not forgotten because a file was saved."""
    letters = {"name": "list", "match": "[list]", "answers": ["a", "b", "c"]}
    server = mocking({"mocks": [rule("one"), letters]})
    client = mocked.gpt(server)
    assert said(client, "list") == "a"
    server.mocks.write_text(json.dumps({"mocks": [rule("one", "New."), letters]}))
    eventually(lambda: said(client, "one") == "New.", "the file is read")
    assert said(client, "list") == "b"


def test_they_are_listed(server):
    listed = control(server, "GET").json()
    assert [mock["name"] for mock in listed["mocks"]] == ["one", "two"]
    assert listed["mocks"][0]["mock"] == rule("one")
    assert listed["mocks"][0]["endpoints"] == ["chat", "completions", "responses", "messages"]
    assert listed["mocks"][0]["file"] == str(server.mocks)


def test_put_replaces_all(server, client):
    assert control(server, "PUT", document={"mocks": [rule("three")]}).status == 200
    assert names(server) == ["three"]
    assert (said(client, "one"), said(client, "three")) == (None, "It is three.")
    assert control(server, "DELETE").status == 200
    assert names(server) == ["one", "two"], "as the files say"
    assert (said(client, "one"), said(client, "three")) == ("It is one.", None)


def test_patch_adds_before_the_others(server, client):
    added = [rule("one", "It is first."), {"name": "any", "match": {"contains": "two"}, "answer": "It is any."}]
    assert control(server, "PATCH", document={"mocks": added}).status == 200
    assert names(server) == ["one", "any", "two"], "instead of the one of its name"
    assert (said(client, "one"), said(client, "two")) == ("It is first.", "It is any.")


def test_delete_one(server, client):
    assert control(server, "DELETE", "/one").status == 200
    assert (names(server), said(client, "one"), said(client, "two")) == (["two"], None, "It is two.")
    assert control(server, "DELETE", "/one").status == 404
    assert control(server, "DELETE", "/nobody").status == 404


def test_yaml_is_taken_too(server, client):
    document = b"mocks:\n  - name: yaml\n    match: '[yaml]'\n    answer: It is YAML.\n"
    assert control(server, "PUT", document=document).status == 200
    assert said(client, "yaml") == "It is YAML."


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "broken", [b"{", b"\xff", {"mocks": [rule("good"), {"name": "bad", "match": {"regex": "("}, "answer": "x"}]}]
)
def test_all_or_nothing(server, client, method, broken):
    answer = control(server, method, document=broken)
    assert 400 <= answer.status < 500
    assert names(server) == ["one", "two"]
    assert said(client, "one") == "It is one."


def test_a_problem_says_where(server):
    answer = control(server, "PUT", document=b"mocks:\n  - name: bad\n    match: x\n    anser: y\n")
    problems = {problem["line"]: problem["message"] for problem in answer.json()["error"]["problems"]}
    assert "`anser`" in problems[4] and "`answer`" in problems[4], "and what was meant"


def test_a_changed_rule_is_not_answered_from_memory(server, client):
    """The same bytes again, after each change."""
    for number in range(5):
        assert control(server, "PATCH", document={"mocks": [rule("one", f"Number {number}.")]}).status == 200
        assert said(client, "one") == said(client, "one") == f"Number {number}."


def test_a_server_does_not_start_with_a_broken_file(standin_bin, tmp_path):
    import subprocess

    path = tmp_path / "mocks.yaml"
    path.write_text("mocks:\n  - match: x\n    anser: y\n")
    started = subprocess.run(
        [standin_bin, "serve", "--port", "0", "--mocks", str(path)], capture_output=True, text=True, timeout=30
    )
    assert started.returncode != 0
    assert "mocks.yaml:3" in started.stderr and "anser" in started.stderr
