"""Names and folders of cassettes, as pytest-recording has them: it is asked itself where that can be."""

import hashlib
import subprocess
import sys

import pytest

NAMES = """
@pytest.mark.vcr
@pytest.mark.parametrize("value", ["a/b", "x:y", "plain", "Ünicode", "a b", "back\\\\slash", 'quo"te'])
def test_parameters(value):
    chat(value)

@pytest.mark.vcr
def test_LONG():
    chat("long")

@pytest.mark.vcr
class TestGroup:
    def test_in_class(self):
        chat("in a class")

    class TestInner:
        def test_nested(self):
            chat("nested")

@pytest.mark.vcr
@pytest.mark.default_cassette("other.yaml")
def test_named():
    chat("named")
""".replace("LONG", "l" * 300)


@pytest.fixture
def recorded(project):
    """A folder that pytest-recording itself has recorded."""
    project.write("deep/er/test_names.py", NAMES)
    project.run_with_recording("--record-mode=once").assert_outcomes(passed=11)
    return project


def test_folders_of_pytest_recording_are_read_unchanged(recorded):
    before = recorded.files()
    calls = len(recorded.provider.calls)
    assert len(before) == 11
    # The host of the recording is the provider's own, by the base URL.
    verdicts = recorded.verdicts("--record-mode=none")
    assert list(verdicts.values()) == ["HIT"] * 11, verdicts
    assert len(recorded.provider.calls) == calls
    assert recorded.files() == before


def test_names_are_those_of_pytest_recording(project):
    path = project.write("deep/er/test_names.py", NAMES)
    project.run().assert_outcomes(passed=11)
    own = set(project.files())
    for name in own:
        (project.path / name).unlink()
    project.run_with_recording("--record-mode=once").assert_outcomes(passed=11)
    assert set(project.files()) == own
    digest = hashlib.md5(f"test_{'l' * 300}".encode()).hexdigest()
    assert any(digest in name for name in own)
    assert path.parent.joinpath("cassettes/test_names/TestInner.test_nested.yaml").exists()


def test_pytest_recording_replays_what_standin_recorded(project):
    project.write("test_names.py", NAMES)
    project.run().assert_outcomes(passed=11)
    project.provider.calls.clear()
    project.run_with_recording("--record-mode=none", "--block-network").assert_outcomes(passed=11)
    assert project.provider.calls == []


def test_what_is_marked_for_pytest_recording_is_left_to_it(project):
    project.write("test_names.py", "\n@pytest.mark.vcr\ndef test_chat():\n    chat()\n")
    project.ini(standin="all")
    result = project.run_with_recording("--record-mode=once", "-v")
    result.assert_outcomes(passed=1)
    assert "STANDIN" not in result.stdout.str()
    assert list(project.files()) == ["cassettes/test_names/test_chat.yaml"]


def test_one_folder_for_all(project):
    body = "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n"
    project.write("one/test_calls.py", body)
    project.write("two/test_calls2.py", body)
    project.run("--standin-cassettes=tapes").assert_outcomes(passed=2)
    assert list(project.files()) == ["tapes/one/test_calls/test_chat.yaml", "tapes/two/test_calls2/test_chat.yaml"]
    assert set(project.verdicts("--standin-cassettes=tapes").values()) == {"HIT"}


def test_a_mark_names_another_cassette(project):
    body = """
@pytest.mark.standin("shared")
def test_one():
    chat()

@pytest.mark.standin(cassette="shared")
def test_two():
    chat()
"""
    project.write("test_calls.py", body)
    assert project.verdicts() == {"test_calls.py::test_one": "MISS:RECORDED", "test_calls.py::test_two": "HIT"}
    assert list(project.files()) == ["cassettes/test_calls/shared.yaml"]


def test_files_that_are_no_cassettes_are_not_looked_at(project):
    (project.path / "compose.yaml").write_text("services: {}\n")
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    result = project.run()
    result.assert_outcomes(passed=1)
    assert "BROKEN" not in result.stdout.str()


def test_a_broken_cassette_is_an_error_and_is_left_alone(project):
    project.write("test_calls.py", "\n@pytest.mark.standin\ndef test_chat():\n    chat()\n")
    path = project.path / "cassettes/test_calls/test_chat.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("interactions: {\n")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*standin: *test_chat.yaml*"])
    assert path.read_text() == "interactions: {\n"
    assert project.provider.calls == []


def test_the_program_has_no_import_of_pytest_recording():
    """It is installed beside this suite, and must not be needed."""
    code = "import sys, pytest_standin.plugin; print([name for name in sys.modules if name.startswith(('vcr', 'pytest_recording'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


LONG = """
@pytest.mark.standin
@pytest.mark.parametrize("length", [pytest.param(n, id="x" * n) for n in (225, 235, 241, 242, 300)])
def test_ascii(length):
    chat(str(length))

@pytest.mark.standin
def test_WIDE():
    chat("wide")
""".replace("WIDE", "\u65e5" * 90)


def test_long_names_fit_the_file_system(project):
    """Which counts bytes; and a name that is written anew is longer than the one whose place it takes."""
    project.write("test_long.py", LONG)
    for arguments, verdict in (((), "MISS:RECORDED"), (("--record-mode=rewrite",), "MISS:RECORDED"), ((), "HIT")):
        assert list(project.verdicts(*arguments).values()) == [verdict] * 6
        assert len(project.files()) == 6
    assert len(project.provider.calls) == 12


MORE = """
@pytest.mark.vcr("more.yaml")
def test_more():
    chat("more")

@pytest.mark.vcr("more.yaml")
@pytest.mark.default_cassette("own.yaml")
def test_named():
    chat("named")
"""


def test_cassettes_beside_the_tests_own_are_refused(project):
    """They would be silently left out, and what they have recorded anew."""
    project.write("test_more.py", MORE)
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the mark `vcr` names cassettes that are read beside the test's own: more.yaml*"])
    assert list(project.files()) == ["cassettes/test_more/own.yaml"]


def test_what_is_marked_for_pytest_vcr_is_left_to_it(project):
    (project.path / "pytest_vcr.py").write_text("")
    project.write("test_more.py", "\n@pytest.mark.vcr\ndef test_chat():\n    assert 'STANDIN_URL' not in os.environ\n")
    project.run("-p", "pytest_vcr").assert_outcomes(passed=1)
