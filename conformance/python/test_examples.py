"""The README's snippets are the example files, and the example files do what the README says."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

import conftest
import recording

ANSWER = "Hello! How can I help you today? Überall ☕."


def blocks(repo):
    """Fenced blocks of the README by the file that the line above them names."""
    text = (repo / "README.md").read_text()
    return dict(re.findall(r"^`([^`\n]+)`:?\n\n```\w+\n(.*?)^```", text, re.M | re.S))


EXAMPLES = {
    "examples/python/replay.py": [sys.executable, "replay.py"],
    "examples/node/replay.mjs": ["node", "replay.mjs"],
    "examples/go/main.go": ["go", "run", "."],
}


@pytest.fixture(scope="module")
def environment(start):
    server = start("--cassettes", conftest.FIXTURES)
    return {**os.environ, "OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": "none"}


@pytest.mark.parametrize("name", [*EXAMPLES, "crates/standin/examples/replay.rs"])
def test_the_readme_shows_the_file(repo, name):
    shown, source = blocks(repo)[name], (repo / name).read_text()
    # Rust's module comment and lint attribute are not for the reader of the README.
    source = re.sub(r"\A((//!|#!\[).*\n|\n)+", "", source)
    assert shown == source


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_file_prints_the_recorded_answer(repo, environment, name):
    folder = (repo / name).parent
    output = subprocess.run(EXAMPLES[name], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert output.returncode == 0, output.stderr
    assert output.stdout.strip() == ANSWER


def test_the_rust_example_prints_the_recorded_answer(repo):
    command = ["cargo", "run", "--quiet", "--locked", "-p", "standin", "--example", "replay"]
    output = subprocess.run(command, cwd=repo, capture_output=True, text=True, timeout=600)
    assert output.returncode == 0, output.stderr
    assert output.stdout.strip() == f'"{ANSWER}"'


def commands(repo):
    """The lines of the README's shell blocks that call standin or curl."""
    text = (repo / "README.md").read_text()
    lines = [line for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]
    return [line for line in lines if line.startswith(("standin ", "curl "))]


def test_every_command_of_the_readme_works(repo, start, standin_bin):
    """With the address of a running server and, where a file is written, a scratch name for it."""
    shown = commands(repo)
    assert len(shown) >= 6
    server = start("--cassettes", conftest.FIXTURES)
    scratch = repo / "target" / "conformance" / "readme.yaml"
    scratch.parent.mkdir(parents=True, exist_ok=True)
    scratch.unlink(missing_ok=True)
    for line in shown:
        if " serve" in line or " run" in line:
            continue  # tested below
        words = shlex.split(line.replace("http://127.0.0.1:8080", server.url))
        words = [str(scratch) if word == "converted.yaml" else word for word in words]
        words[0] = {"standin": standin_bin, "curl": "curl"}[words[0]]
        if words[0] == "curl":
            words[1:1] = ["--silent", "--fail"]
        output = subprocess.run(words, cwd=repo, capture_output=True, text=True, timeout=60)
        assert output.returncode == 0, (line, output.stderr)
        assert output.stdout or output.stderr, line


def test_the_run_of_the_readme_records_and_replays(repo, standin_bin, upstream, tmp_path):
    """With the Python example as the program, and the stub in the provider's place; without a key the second time."""
    (line,) = [line for line in commands(repo) if line.startswith("standin run")]
    shutil.copy(repo / "examples" / "python" / "replay.py", tmp_path / "app.py")
    words = [standin_bin, *(sys.executable if word == "python" else word for word in shlex.split(line)[1:])]
    named = ["--cassette", "python-app.py"]  # the interpreter of the tests may have another name
    words[2:2] = named
    answers = []
    for keys in (recording.source_keys(upstream.url), {}):
        environment = conftest.environment(**keys)
        run = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        answers.append(run.stdout)
    assert answers[0] and answers[0] == answers[1]
    assert (tmp_path / "cassettes" / "python-app.py.yaml").is_file()


def test_every_serve_of_the_readme_starts(repo, start, tmp_path):
    """With the files that the README shows."""
    mocks = tmp_path / "mocks.yaml"
    mocks.write_text(blocks(repo)["mocks.yaml"])
    served = [line for line in commands(repo) if line.startswith("standin serve")]
    assert served
    for line in served:
        words = [str(repo / word) if word.startswith("fixtures/") else word for word in shlex.split(line)[2:]]
        start(*(str(mocks) if word == "mocks.yaml" else word for word in words))
