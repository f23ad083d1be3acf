"""Inner runs of pytest, each in a process of its own, against a provider of the test's.

STANDIN_BIN names another binary than the debug build.
"""

import os
import pathlib
import re

import pytest

from provider import Provider
from shared import Shared

pytest_plugins = ["pytester"]

#: Read before a test takes it out of the environment.
STANDIN = os.environ.get("STANDIN_BIN")
REPO = pathlib.Path(__file__).resolve().parents[2]
#: Whoever runs the tests may have keys and settings; inner runs have those of the test alone.
FOREIGN = ("STANDIN_", "OPENAI_", "AZURE_", "ANTHROPIC_", "PYTEST_")

#: What inner tests begin with: a client that goes where the environment says. The SDKs take seconds to import.
CLIENT = """
import json
import os
import urllib.request
import pytest

def chat(text="Hello!", url=None, **more):
    body = {"model": "gpt-5-nano", "messages": [{"role": "user", "content": text}], **more}
    asked = urllib.request.Request(
        (url or os.environ["OPENAI_BASE_URL"]) + "/chat/completions",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": "Bearer " + os.environ["OPENAI_API_KEY"]},
    )
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)["choices"][0]["message"]["content"]
"""
#: The smallest suite.
SMALL = "\n@pytest.mark.standin\ndef test_chat():\n    assert chat().startswith('answer')\n"
SDKS = """
import anthropic
import openai
import pytest

def chat(text="Hello!", **more):
    client = openai.OpenAI(max_retries=0)
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-5-nano", messages=messages, **more).choices[0].message.content

def say(text="Hello!"):
    client = anthropic.Anthropic(max_retries=0)
    messages = [{"role": "user", "content": text}]
    return client.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=messages).content[0].text
"""


@pytest.fixture
def provider():
    provider = Provider()
    yield provider
    provider.stop()


ASYNCIO = {"asyncio_mode": "strict", "asyncio_default_fixture_loop_scope": "function"}


class Project:
    """A project whose tests are run."""

    def __init__(self, pytester, provider, monkeypatch):
        self.pytester = pytester
        self.provider = provider
        self.env = monkeypatch
        self.path = pytester.path
        self.ini()

    def ini(self, **values):
        lines = [f"{name} = {value}" for name, value in {**ASYNCIO, **values}.items()]
        (self.path / "pytest.ini").write_text("\n".join(["[pytest]", *lines, ""]))

    def write(self, name, body, client=CLIENT):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(client + body)
        return path

    def run(self, *arguments):
        """Without pytest-recording, whose options have the same names, unless a test wants it."""
        return self.pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:recording", *arguments)

    def run_with_recording(self, *arguments):
        return self.pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    def verdicts(self, *arguments):
        """The tags of a verbose run, by node id."""
        return tags(self.run("-v", *arguments))

    def files(self):
        """The cassettes, by their paths."""
        found = {path.relative_to(self.path).as_posix(): path.read_bytes() for path in self.path.rglob("*.yaml")}
        return dict(sorted(found.items()))


@pytest.fixture
def project(pytester, provider, monkeypatch):
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name == "CI" or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    binary = STANDIN or str(REPO / "target" / "debug" / "standin")
    monkeypatch.setenv("STANDIN_BIN", binary)
    for name, value in provider.environment.items():
        monkeypatch.setenv(name, value)
    return Project(pytester, provider, monkeypatch)


@pytest.fixture
def shared(project, tmp_path_factory):
    server = Shared(tmp_path_factory.mktemp("redis"))
    project.env.setenv("STANDIN_CASSETTES", server.url)
    yield server
    server.stop()


def tags(result):
    """The verdicts of verbose lines, by node id."""
    found = {}
    for line in result.outlines:
        if told := re.fullmatch(r"\[STANDIN ([\w:]+)\] .*:: (.*)", line):
            found[told[2]] = told[1]
    return found
