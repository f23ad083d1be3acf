"""Tests that were written for pytest-recording: what their fixture `vcr_config` and their marks say."""

import pytest

#: Whatever is not read is an error.
UNREAD = "error::pytest_standin.vcr.Unread"
CONFIG = """
@pytest.fixture(scope="module")
def vcr_config():
    return {
        "filter_headers": ["authorization", ("x-tenant", "DUMMY")],
        "filter_post_data_parameters": [("user", None)],
        "filter_query_parameters": ["page", ("tenant", "REDACTED")],
        "decode_compressed_response": True,
        CONFIG
    }
"""
TENANT = """
@pytest.mark.vcr
def test_tenant():
    tenant = os.environ["TENANT"]
    body = {"model": "gpt-5-nano", "messages": [{"role": "user", "content": "Hello!"}], "user": f"{tenant}-user"}
    asked = urllib.request.Request(
        f"{os.environ['OPENAI_BASE_URL']}/chat/completions?page={tenant}&limit=2&tenant={tenant}",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": "Bearer x", "x-tenant": f"{tenant}-header"},
    )
    with urllib.request.urlopen(asked) as answer:
        assert json.load(answer)["choices"]
"""


def test_filters_are_secrets(project):
    project.write("conftest.py", CONFIG.replace("CONFIG", ""))
    project.write("test_tenant.py", TENANT)
    project.env.setenv("TENANT", "acme")
    assert project.verdicts() == {"test_tenant.py::test_tenant": "MISS:RECORDED"}
    (text,) = project.files().values()
    assert b"acme" not in text and b"gpt-5-nano" in text and b"limit=2" in text
    project.env.setenv("TENANT", "umbrella")
    result = project.run("-v", "--record-mode=none", "-W", UNREAD)
    result.assert_outcomes(passed=1)
    assert len(project.provider.calls) == 1


@pytest.mark.parametrize("word", ["SOMEBODY", "REDACTED", "", None])
def test_what_pytest_recording_filtered_is_replayed(project, word):
    """Which puts a word in the place of what it filters, or nothing."""
    project.write("conftest.py", CONFIG.replace('("user", None)', f'("user", {word!r})').replace("CONFIG", ""))
    project.write("test_tenant.py", TENANT)
    project.env.setenv("TENANT", "acme")
    project.run_with_recording("--record-mode=once").assert_outcomes(passed=1)
    (text,) = project.files().values()
    assert b"acme" not in text and (b'"user":' in text) == (word is not None)
    project.env.setenv("TENANT", "umbrella")
    assert project.verdicts("--record-mode=none") == {"test_tenant.py::test_tenant": "HIT"}
    assert len(project.provider.calls) == 1


def test_without_them_it_is_no_secret(project):
    """So that the test above can fail."""
    project.write("test_tenant.py", TENANT)
    project.env.setenv("TENANT", "acme")
    project.run().assert_outcomes(passed=1)
    (text,) = project.files().values()
    assert b"acme-header" in text and b"acme-user" in text


WORDS = """
import os

@pytest.mark.vcr
def test_words():
    chat(os.environ["WORDS"])

@pytest.mark.vcr(match_on=["method", "path", "body"])
def test_strict():
    chat(os.environ["WORDS"])

@pytest.mark.vcr
@pytest.mark.standin(match_on=["method", "path", "body"])
def test_stricter():
    chat(os.environ["WORDS"])
"""


def test_matchers_are_those_of_the_test(project):
    project.write("conftest.py", CONFIG.replace("CONFIG", '"match_on": ["method", "scheme", "host", "port", "path"],'))
    project.write("test_words.py", WORDS)
    project.env.setenv("WORDS", "one")
    project.run().assert_outcomes(passed=3)
    project.env.setenv("WORDS", "another")
    result = project.run("-v", "--record-mode=none")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*HIT*::test_words"])


def test_its_record_mode_counts(project):
    """As with pytest-recording: it wins over the option, and the mark over it."""
    project.write("conftest.py", CONFIG.replace("CONFIG", '"record_mode": "none",'))
    body = "\n@pytest.mark.vcr\ndef test_none():\n    chat()\n\n@pytest.mark.vcr(record_mode='once')\ndef test_once():\n    chat()\n"
    project.write("test_mode.py", body)
    result = project.run("--record-mode=all")
    result.assert_outcomes(passed=1, failed=1)
    assert list(project.files()) == ["cassettes/test_mode/test_once.yaml"]


def test_tests_without_the_mark_do_not_read_it(project):
    project.write("conftest.py", CONFIG.replace("CONFIG", '"record_mode": "none", "persister": None,'))
    project.write("test_own.py", "\n@pytest.mark.standin\ndef test_own():\n    chat()\n")
    result = project.run("-W", UNREAD)
    result.assert_outcomes(passed=1)
    assert list(project.files()) == ["cassettes/test_own/test_own.yaml"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (CONFIG.replace("CONFIG", '"before_record_request": lambda request: request,'), "`before_record_request` is not read"),
        (CONFIG.replace("CONFIG", '"ignore_hosts": ["api.openai.com"],'), "`ignore_hosts` is not read"),
        (CONFIG.replace("CONFIG", '"serializer": "json",'), "`serializer` is not read"),
        (CONFIG.replace("CONFIG", '"match_on": ["method", "mine"],'), "`match_on` knows no mine: they do not count"),
        (
            "@pytest.fixture\ndef vcr_config(request):\n    return {}\n",
            "the fixture `vcr_config` is read where it is a function without parameters that returns",
        ),
        (
            "@pytest.fixture(scope='module')\ndef vcr_cassette_dir(request):\n    return 'elsewhere'\n",
            "the fixture `vcr_cassette_dir` is not read: standin_cassettes names a folder for all",
        ),
    ],
    ids=["hook", "hosts", "serializer", "matcher", "parameters", "folder"],
)
def test_what_is_not_read_is_told(project, more, words):
    project.write("conftest.py", more)
    project.write("test_chat.py", "\n@pytest.mark.vcr\ndef test_chat():\n    chat()\n")
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*Unread: standin: {words}*"])
    (project.path / "cassettes/test_chat/test_chat.yaml").unlink()
    result = project.run("-W", UNREAD)
    result.assert_outcomes(errors=1)
    assert project.files() == {}


WHOLE = """
@pytest.mark.vcr(filter_post_data_parameters=["metadata", "tenant_id", "model"], filter_headers=["content-type", "user-agent"])
def test_whole():
    answer = chat("whole", metadata={"owner": "acme-owner-1"}, tenant_id=4711)
    assert answer.startswith("answer")
"""


def test_a_filter_takes_all_of_it_and_of_the_request_alone(project):
    """As vcrpy's does, which another run of the same test shows."""
    project.write("test_whole.py", WHOLE)
    assert project.verdicts() == {"test_whole.py::test_whole": "MISS:RECORDED"}
    (text,) = project.files().values()
    asked, answered = text.split(b"response:")
    assert b"acme" not in text and b"4711" not in text
    assert b"gpt-5-nano" not in asked and b"urllib" not in asked
    # By which the body is read.
    assert b"application/json" in asked
    assert b"gpt-5-nano" in answered and b"application/json" in answered
    assert project.verdicts("--record-mode=none") == {"test_whole.py::test_whole": "HIT"}


ALONE = """
@pytest.mark.standin(cassette=None, mocks=[{"answer": "mocked"}])
@pytest.mark.vcr(filter_headers=["x-tenant"], match_on=["method"])
def test_alone():
    assert chat() == "mocked"
"""


def test_mocks_alone_are_compared_with_nothing(project):
    project.write("test_alone.py", ALONE)
    project.run().assert_outcomes(passed=1)


MARKS = """
@pytest.mark.standin(scrub={"names": "tenant_id"})
def test_text():
    chat()

@pytest.mark.standin(scrub=["tenant_id"])
def test_list():
    chat()

@pytest.mark.standin(scrub={"names": ["tenant_id"]})
@pytest.mark.vcr(filter_post_data_parameters="user")
def test_both():
    chat(tenant_id="acme-tenant", user="acme-user")

@pytest.mark.standin(scrub=None)
@pytest.mark.vcr(record_mode=None, match_on=None, filter_headers=None)
def test_none():
    chat("none")

@pytest.mark.vcr(filter_headers=[()])
def test_empty():
    chat()
"""


def test_what_is_no_list_of_names_is_told(project):
    project.write("test_marks.py", MARKS)
    result = project.run()
    result.assert_outcomes(passed=2, errors=3)
    result.stdout.fnmatch_lines(
        ["*standin: `scrub` of the mark `standin` has lists of names*", "*standin: `filter_headers` of*cannot be read*"]
    )
    files = project.files()
    assert sorted(files) == ["cassettes/test_marks/test_both.yaml", "cassettes/test_marks/test_none.yaml"]
    assert b"acme" not in files["cassettes/test_marks/test_both.yaml"]


def test_a_parameter_of_the_name_is_read(project):
    body = """
@pytest.mark.vcr
@pytest.mark.parametrize("vcr_config", [{"filter_post_data_parameters": ["user"]}])
def test_parameter(vcr_config):
    chat(user="acme-user")
"""
    project.write("test_parameter.py", body)
    project.run().assert_outcomes(passed=1)
    (text,) = project.files().values()
    assert b"acme" not in text


REPEATED = """
@pytest.mark.vcr
def test_twice():
    for _ in range(int(os.environ["TIMES"])):
        chat()
"""


@pytest.mark.parametrize("repeats", [True, False])
def test_repeats_are_allowed_or_not(project, repeats):
    project.write("conftest.py", CONFIG.replace("CONFIG", f'"allow_playback_repeats": {repeats},'))
    project.write("test_twice.py", REPEATED)
    project.env.setenv("TIMES", "1")
    project.run().assert_outcomes(passed=1)
    project.env.setenv("TIMES", "2")
    result = project.run("--record-mode=none")
    result.assert_outcomes(passed=int(repeats), failed=int(not repeats))


def test_a_fixture_that_fails_is_told(project):
    project.write("conftest.py", "@pytest.fixture\ndef vcr_config():\n    return {}['filters']\n")
    project.write("test_chat.py", "\n@pytest.mark.vcr\ndef test_chat():\n    chat()\n")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*standin: the fixture `vcr_config` cannot be read: KeyError('filters')*"])


def test_a_fixture_of_the_module_wins(project):
    project.write("conftest.py", CONFIG.replace("CONFIG", '"record_mode": "none",'))
    own = "\n@pytest.fixture\ndef vcr_config():\n    return {'record_mode': 'once'}\n"
    project.write("test_own.py", own + "\n@pytest.mark.vcr\ndef test_own():\n    chat()\n")
    project.run().assert_outcomes(passed=1)
