"""Inner runs of pytest, each in a process of its own, against a provider of the test's.

STANDIN_BIN names another binary than the debug build.
"""

import os
import pathlib
import re

import pytest

from provider import Provider

pytest_plugins = ["pytester"]

REPO = pathlib.Path(__file__).resolve().parents[2]
#: Whoever runs the tests may have keys and settings; inner runs have those of the test alone.
FOREIGN = ("STANDIN_", "OPENAI_", "AZURE_", "ANTHROPIC_", "PYTEST_")

#: What inner tests begin with.
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


class Project:
    """A project whose tests are run."""

    def __init__(self, pytester, provider, monkeypatch):
        self.pytester = pytester
        self.provider = provider
        self.path = pytester.path
        self.ini("[pytest]\nasyncio_mode = strict\n")

    def ini(self, text):
        self.pytester.makefile(".ini", pytest=text)

    def write(self, name, body):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SDKS + body)
        return path

    def run(self, *arguments):
        """Without pytest-recording, whose options have the same names, unless a test wants it."""
        return self.pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:recording", *arguments)

    def run_with_recording(self, *arguments):
        return self.pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

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


STANDIN = os.environ.get("STANDIN_BIN")


def tags(result):
    """The verdicts of verbose lines, by node id."""
    found = {}
    for line in result.outlines:
        if told := re.fullmatch(r"\[STANDIN ([\w:]+)\] .*:: (.*)", line):
            found[told[2]] = told[1]
    return found
