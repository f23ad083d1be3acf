"""Recording and replaying: what is stored, under which name, and what a failure leaves."""

import pytest

CHAT = "\n@pytest.mark.standin\ndef test_chat():\n    assert chat().startswith('answer')\n"
CASSETTE = "cassettes/test_calls/test_chat.yaml"
NODE = "test_calls.py::test_chat"
#: Whether it fails is said from outside, so that its requests are the same.
MAY_FAIL = """
@pytest.mark.standin
def test_chat():
    chat()
    chat("And " + os.environ.get("MORE", "this"))
    assert "FAIL" not in os.environ
"""


def test_the_first_run_records_and_the_second_replays(project):
    project.write("test_calls.py", CHAT)
    assert project.verdicts() == {NODE: "MISS:RECORDED"}
    before = project.files()
    assert list(before) == [CASSETTE]
    assert b"sk-real" not in before[CASSETTE]
    assert project.verdicts() == {NODE: "HIT"}
    assert len(project.provider.calls) == 1
    assert project.files() == before


def test_a_failing_test_changes_nothing(project):
    project.write("test_calls.py", MAY_FAIL)
    project.run().assert_outcomes(passed=1)
    before = project.files()
    project.env.setenv("FAIL", "1")
    project.env.setenv("MORE", "that")
    result = project.run("-v", "--record-mode", "new_episodes")
    result.assert_outcomes(failed=1)
    assert len(project.provider.calls) == 3
    assert project.files() == before
    project.env.delenv("FAIL")
    assert project.verdicts("--record-mode", "new_episodes") == {NODE: "PARTIAL"}
    assert project.files() != before


def test_what_a_failing_test_recorded_first_is_not_kept(project):
    project.write("test_calls.py", MAY_FAIL)
    project.env.setenv("FAIL", "1")
    assert project.verdicts() == {NODE: "MISS:NOT_PERSISTED"}
    assert project.files() == {}


#: Before 9.0 pytest has no subtests of its own.
SUBTESTS = ["unittest", "pytest"] if hasattr(pytest, "Subtests") else ["unittest"]


@pytest.mark.parametrize("of", SUBTESTS)
def test_a_subtest_that_fails_fails_the_gate(project, of):
    """Its test passes all the same."""
    bodies = {
        "pytest": "@pytest.mark.standin\ndef test_chat(subtests):\n"
        "    with subtests.test('one'):\n        chat()\n        assert 'FAIL' not in os.environ\n",
        "unittest": "import unittest\n@pytest.mark.standin\nclass TestIt(unittest.TestCase):\n    def test_chat(self):\n"
        "        with self.subTest('one'):\n            chat()\n            assert 'FAIL' not in os.environ\n",
    }
    project.write("test_calls.py", "\n" + bodies[of])
    project.env.setenv("FAIL", "1")
    assert list(project.verdicts().values()) == ["MISS:NOT_PERSISTED"]
    assert project.files() == {}
    project.env.delenv("FAIL")
    assert list(project.verdicts().values()) == ["MISS:RECORDED"]


@pytest.mark.parametrize("where", ["setup", "teardown", "skip", "xfail"])
def test_the_gate_looks_at_the_whole_test(project, where):
    bodies = {
        "setup": "@pytest.fixture\ndef broken():\n    chat()\n    assert False\n"
        "@pytest.mark.standin\ndef test_chat(broken):\n    pass\n",
        "teardown": "@pytest.fixture\ndef broken():\n    yield\n    assert False\n"
        "@pytest.mark.standin\ndef test_chat(broken):\n    chat()\n",
        "skip": "@pytest.mark.standin\ndef test_chat():\n    chat()\n    pytest.skip('late')\n",
        "xfail": "@pytest.mark.xfail\n@pytest.mark.standin\ndef test_chat():\n    chat()\n    assert False\n",
    }
    project.write("test_calls.py", "\n" + bodies[where])
    assert project.verdicts() == {NODE: "MISS:NOT_PERSISTED"}
    assert project.files() == {}


def test_what_fixtures_call_belongs_to_the_test(project):
    body = """
@pytest.fixture
def answer():
    yield chat("in setup")
    chat("in teardown")

@pytest.mark.standin
def test_chat(answer):
    assert chat("in the test") != answer
"""
    project.write("test_calls.py", body)
    assert project.verdicts() == {NODE: "MISS:RECORDED"}
    result = project.run("-v")
    result.stdout.fnmatch_lines([f"?STANDIN HIT? played=3 entries=3 :: {NODE}"])
    assert len(project.provider.calls) == 3


def test_without_a_recording_mode_none_refuses(project):
    project.write("test_calls.py", CHAT)
    assert project.verdicts("--record-mode=none") == {NODE: "MISS:REFUSED"}
    project.env.setenv("CI", "true")
    assert project.verdicts() == {NODE: "MISS:REFUSED"}
    assert project.provider.calls == []


def test_a_mark_says_more_than_the_command(project):
    project.write("test_calls.py", CHAT.replace("standin", "standin(record='none')"))
    assert project.verdicts("--record-mode=all") == {NODE: "MISS:REFUSED"}


def test_rewrite_takes_the_place_of_the_old_recording_when_the_test_passed(project):
    project.write("test_calls.py", MAY_FAIL)
    project.run().assert_outcomes(passed=1)
    before = project.files()
    project.env.setenv("FAIL", "1")
    project.run("--record-mode=rewrite").assert_outcomes(failed=1)
    assert project.files() == before
    project.env.delenv("FAIL")
    assert project.verdicts("--record-mode=rewrite") == {NODE: "MISS:RECORDED"}
    after = project.files()
    assert list(after) == [CASSETTE] and after != before
    assert b"answer 5" in after[CASSETTE] and b"answer 1" not in after[CASSETTE]
    assert project.verdicts("--record-mode=none") == {NODE: "HIT"}


def test_an_error_of_the_provider_is_not_persisted(project):
    project.provider.status = 500
    body = "\n@pytest.mark.standin\ndef test_chat():\n    with pytest.raises(OSError):\n        chat()\n"
    project.write("test_calls.py", body)
    assert project.verdicts() == {NODE: "MISS:NOT_PERSISTED"}
    assert project.files() == {}


def test_why_a_passing_test_is_not_persisted_is_told(project):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n    assert 'FAIL' not in os.environ\n")
    # No folder can be made where there is a file.
    (project.path / "cassettes").write_text("")
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*STANDIN NOT PERSISTED*", f"  {NODE}: *cannot be written*"])
    project.env.setenv("FAIL", "1")
    assert "STANDIN NOT PERSISTED" not in project.run().stdout.str()


def test_a_uuid_in_each_request_is_none_of_its_content(project):
    body = """
import uuid

@pytest.mark.standin
def test_chat():
    for _ in range(26):
        chat(str(uuid.uuid4()))
"""
    project.write("test_calls.py", body)
    assert [project.verdicts("--standin-policy=cache") for _ in range(2)] == [{NODE: "MISS:RECORDED"}, {NODE: "HIT"}]


def test_a_random_id_in_each_request_overflows(project):
    body = """
import secrets

@pytest.mark.standin
def test_chat():
    for _ in range(26):
        chat(secrets.token_hex(6))
"""
    project.write("test_calls.py", body)
    cache = "--standin-policy=cache"
    assert project.verdicts(cache) == {NODE: "MISS:RECORDED"}
    before = project.files()
    result = project.run("-v", cache)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            f"?STANDIN MISS:OVERFLOW? * :: {NODE}",
            "*STANDIN COST LEAK CHECK*",
            "  FAIL: MISS:OVERFLOW=1",
            "*STANDIN OVERFLOW*",
            "  Nothing is stored of these: * such as a random id or the time.",
            f"  {NODE}: *the cassette would have 52 interactions, and 50 are the most",
        ]
    )
    assert project.files() == before


def test_streams_are_recorded_and_replayed(project):
    body = """
@pytest.mark.standin
def test_chat():
    asked = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(asked) as answer:
        assert answer.read().endswith(b"data: [DONE]\\n\\n")
"""
    project.write("test_calls.py", body)
    assert project.verdicts() == {NODE: "MISS:RECORDED"}
    assert project.verdicts() == {NODE: "HIT"}
