"""The files of mocks that the docs show can be used, and the commands beside them work."""

import json
import pathlib
import re
import shlex
import subprocess

import pytest

import conftest

PAGES = [conftest.REPO / "docs" / "mocks.md", conftest.REPO / "README.md"]


def shown():
    """The blocks of YAML and JSON that are files of mocks."""
    for page in PAGES:
        for language, text in re.findall(r"^```(yaml|json)\n(.*?)^```", page.read_text(), re.M | re.S):
            if re.search(r"^\s*\"?(mocks|openai)\"?:", text, re.M):
                yield pytest.param(language, text, id=f"{page.name}-{len(text)}")


@pytest.mark.parametrize("language, text", list(shown()))
def test_a_shown_file_has_nothing_to_mend(standin_bin, tmp_path, language, text):
    path = tmp_path / f"mocks.{language}"
    path.write_text(text)
    checked = subprocess.run([standin_bin, "mocks", "check", path], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_all_of_them_were_found():
    assert len(list(shown())) >= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_beside_them_work(standin_bin, repo, page):
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("standin mocks ")]
    assert len(lines) == 2
    for line in lines:
        command = [standin_bin, *shlex.split(line)[1:]]
        ran = subprocess.run(command, cwd=repo, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_key_of_a_rule_is_in_the_docs(standin_bin, tmp_path):
    """What `mocks check` suggests from is what the page lists."""
    page = PAGES[0].read_text()
    source = "".join(
        path.read_text() for path in (conftest.REPO / "crates" / "core" / "src" / "mock" / "read").glob("*.rs")
    )
    keys = set(re.findall(r"(?:take|text\(self,|parsed(?:::<\w+>)?\(self,|word\(self,)\(?\s*\"(\w+)\"", source))
    assert len(keys) > 30
    missing = sorted(key for key in keys if key not in page)
    assert missing == []
    # The fixture that the README names is the one the page begins with.
    assert (
        json.dumps("It is sunny in Paris.")[1:-1]
        in pathlib.Path(conftest.REPO / "fixtures/mocks/weather.yaml").read_text()
    )
