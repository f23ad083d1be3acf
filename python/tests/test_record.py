"""Recording and replaying: what is stored, under which name, and what a failure leaves."""

import pytest

from conftest import tags

TWO = """
pytestmark = pytest.mark.standin

def test_openai():
    assert chat() == chat()[:7] + chat()[7:] or True

def test_anthropic():
    assert say().startswith("answer")
"""


def test_the_first_run_records_and_the_second_replays(project):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_openai():\n    assert chat().startswith('answer')\n")
    first = project.run("-v")
    first.assert_outcomes(passed=1)
    assert tags(first) == {"test_calls.py::test_openai": "MISS:RECORDED"}
    assert list(project.files()) == ["cassettes/test_calls/test_openai.yaml"]
    second = project.run("-v")
    second.assert_outcomes(passed=1)
    assert tags(second) == {"test_calls.py::test_openai": "HIT"}
    assert len(project.provider.calls) == 1
