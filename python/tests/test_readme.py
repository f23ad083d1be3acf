"""What the README shows is what happens."""

import re

import pytest

from conftest import REPO, tags

README = (REPO / "python" / "README.md").read_text()


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.M | re.S)


def test_the_first_suite_records_and_replays(project):
    project.write("test_chat.py", blocks("python")[0], "")
    shown = re.findall(r"# (\[STANDIN .*)$", README, re.M)
    told = []
    for arguments in ([], ["--block-network"]):
        result = project.run("-v", *arguments)
        result.assert_outcomes(passed=1)
        told += [line for line in result.outlines if line.startswith("[STANDIN")]
    assert told == shown
    (path,) = re.findall(r"The recording is `(.*?)`", README)
    (written,) = project.files()
    assert written == path
    assert b"version: 1" in project.files()[path]


def test_the_project_begins_with_the_same():
    (shown,) = re.findall(r"^`test_chat.py`:\n\n```python\n(.*?)^```", (REPO / "README.md").read_text(), re.M | re.S)
    assert blocks("python")[0] == "# test_chat.py\n" + shown


def test_every_test_but_those_that_are_listed(project):
    (project.path / "pytest.ini").write_text(blocks("ini")[0] + "asyncio_default_fixture_loop_scope = function\n")
    project.write("test_files.py", "\ndef test_left_out():\n    pass\n")
    body = "\ndef test_chat():\n    chat()\n\ndef test_measures_latency():\n    pass\n"
    project.write("test_calls.py", body)
    result = project.run("-v")
    result.assert_outcomes(passed=3)
    assert tags(result) == {"test_calls.py::test_chat": "MISS:RECORDED"}


def test_the_fixture_does_what_is_shown(project):
    project.write("test_weather.py", "\nask = chat\n" + blocks("python")[1])
    result = project.run("-v")
    result.assert_outcomes(passed=1)
    assert tags(result) == {"test_weather.py::test_weather": "HIT"}


def test_the_mark_takes_what_is_shown(project):
    (mark,) = re.findall(r"`(@pytest\.mark\.standin\(.*?\))`", README, re.S)
    values = {"mocks=[...]": "mocks=[{'answer': 'hi'}]", "pace=...": "pace='none'", "faults=[...]": "faults=[]", "limits=[...]": "limits=[]"}
    for shown, value in values.items():
        assert shown in mark
        mark = mark.replace(shown, value)
    project.write("test_calls.py", f"\n{mark}\ndef test_chat():\n    assert chat() == 'hi'\n")
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[\w-]+)`", README.split("## Options")[1].split("## What")[0]))))
def test_every_option_is_there(project, option):
    assert option in project.run("--help").stdout.str()


def test_every_verdict_is_described():
    from pytest_standin import verdict

    section = re.search(r"^## Verdicts$(.*?)^## ", README + "\n## ", re.M | re.S)[1]
    described = set(re.findall(r"^\| `([\w:]+)` \|", section, re.M))
    own = {verdict.LIVE_CALL, verdict.NO_TRAFFIC, verdict.DISABLED, *verdict.LEAKS, verdict.REFUSED, "HIT", "NOOP", "MISS:RECORDED"}
    assert described == own
