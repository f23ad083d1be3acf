"""`standin run --mocks` around a program that knows nothing of standin."""

import json
import subprocess
import sys

import conftest

PROGRAM = """
import openai
client = openai.OpenAI()
for text in ("the weather", "the weather"):
    answer = client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": text}])
    print(answer.choices[0].message.content)
try:
    client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "the time"}])
except openai.NotFoundError as error:
    print(error.status_code)
"""


def run(standin_bin, folder, *arguments):
    (folder / "mocks.yaml").write_text("mocks:\n- match: weather\n  answers: [sunny, rainy]\n")
    command = [standin_bin, "run", "--mocks", "mocks.yaml", "--report", "report.json", *arguments]
    # A key that would be used, were anything asked of the provider.
    env = conftest.environment(OPENAI_API_KEY="sk-of-the-user")
    return subprocess.run(
        [*command, "--", sys.executable, "-c", PROGRAM], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )


def test_mocks_alone_answer_and_nothing_is_recorded(standin_bin, tmp_path):
    ran = run(standin_bin, tmp_path)
    assert ran.stdout.splitlines() == ["sunny", "rainy", "404"], ran.stderr
    assert "2 mocked" in ran.stderr and "1 refused" in ran.stderr and "cassette" not in ran.stderr.split("standin: ")[-1]
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["mocked"], report["missed"], report["verdict"], report["cassette"]) == (2, 1, "PARTIAL", None)
    assert not (tmp_path / "cassettes").exists()


def test_with_a_folder_a_miss_is_the_cassettes(standin_bin, tmp_path):
    ran = run(standin_bin, tmp_path, "--cassettes", "tapes", "--record", "none", "--cassette", "mine")
    # The folder is asked for, and is not there.
    assert ran.returncode == 2 and "cannot read the cassette folder tapes" in ran.stderr
    (tmp_path / "tapes").mkdir()
    ran = run(standin_bin, tmp_path, "--cassettes", "tapes", "--record", "none", "--cassette", "mine")
    assert ran.stdout.splitlines() == ["sunny", "rainy", "404"], ran.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["mocked"], report["cassette"]) == (2, "mine")
