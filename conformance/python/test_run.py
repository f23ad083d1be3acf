"""`standin run` around programs that know nothing of standin: it records what they ask, and then replays it with
the upstream stopped and no key there."""

import json
import os
import shlex
import signal
import subprocess
import sys

import pytest

import conftest
from recording import OPENAI_KEY, Listener, azure_keys, files, source_keys, stored

ANSWER = "Hello! How can I help you today? Überall ☕."
CURL = """
body='{"model": "gpt-5-nano", "messages": [{"role": "user", "content": "Hello!"}]}'
curl --silent --show-error --fail-with-body "$OPENAI_BASE_URL/chat/completions" \
    -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" -d "$body"
"""
STEPS = """
import openai
client = openai.OpenAI()
for _ in range({count}):
    ask = [{{"role": "user", "content": "Which step?"}}]
    print(client.chat.completions.create(model="gpt-5-nano", messages=ask).choices[0].message.content)
"""
STREAMED = """
import anthropic, openai
hello = [{"role": "user", "content": "Hello!"}]
with anthropic.Anthropic().messages.stream(model="claude-haiku-4-5", max_tokens=64, messages=hello) as stream:
    print("".join(stream.text_stream))
stream = openai.OpenAI().chat.completions.create(model="gpt-5-nano", messages=hello, stream=True)
print("".join(chunk.choices[0].delta.content or "" for chunk in stream))
azure = openai.AzureOpenAI()
print(azure.chat.completions.create(model="gpt-5-nano", messages=hello).choices[0].message.content)
"""


def python(source):
    return [sys.executable, "-c", source]


def shell(source):
    return ["sh", "-c", source]


#: The examples of the README are such programs.
PROGRAMS = {
    "Python": lambda repo: ([sys.executable, str(repo / "examples/python/replay.py")], repo),
    "Node": lambda repo: (["node", "replay.mjs"], repo / "examples/node"),
    "shell": lambda _: (shell(CURL), None),
}


class Runs:
    """`standin run`, in a folder of its own."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.cassettes = folder / "cassettes"

    def command(self, *arguments):
        return [self.binary, "run", *map(str, arguments)]

    def __call__(self, *arguments, keys=None, cwd=None):
        env = conftest.environment(**(keys or {}))
        return subprocess.run(
            self.command(*arguments), cwd=cwd or self.folder, env=env, capture_output=True, text=True, timeout=120
        )

    def popen(self, *arguments, keys=None):
        env = conftest.environment(**(keys or {}))
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


@pytest.fixture
def run(standin_bin, tmp_path):
    return Runs(standin_bin, tmp_path)


@pytest.fixture
def keys(upstream):
    return source_keys(upstream.url)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_records_and_then_replays(run, repo, upstream, keys, program):
    command, cwd = PROGRAMS[program](repo)
    at = ["--cassettes", run.cassettes, "--cassette", "tape"]
    first = run(*at, "--", *command, keys=keys, cwd=cwd)
    assert first.returncode == 0, first.stderr
    assert ANSWER in first.stdout
    assert len(upstream.calls()) == len(stored(run.cassettes)) == 1
    recording = (run.cassettes / "tape.yaml").read_bytes()
    upstream.stop()
    for mode in ([], ["--record", "none"], ["--record", "new_episodes"]):
        again = run(*at, *mode, "--fail-on", "miss", "--fail-on", "unplayed", "--", *command, cwd=cwd)
        assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr
    assert (run.cassettes / "tape.yaml").read_bytes() == recording
    assert OPENAI_KEY.encode() not in recording


def test_all_three_providers_and_streams(run, upstream, keys):
    keys |= azure_keys(upstream.url)
    first = run("--", *python(STREAMED), keys=keys)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines() == ["Hello! How can I help?"] * 2 + [ANSWER]
    upstream.stop()
    again = run("--", *python(STREAMED))
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr


def test_identical_calls_keep_their_order(run, upstream, keys):
    first = run("--", *python(STEPS.format(count=3)), keys=keys)
    assert first.stdout.splitlines() == [f"It is step {number}." for number in (1, 2, 3)], first.stderr
    upstream.stop()
    assert run("--", *python(STEPS.format(count=3))).stdout == first.stdout


def test_the_cassettes_name_comes_from_the_command(run, upstream, keys):
    """In the folder `cassettes`, which it makes. Another command has another cassette; the same has the same."""
    (run.folder / "one.sh").write_text(CURL)
    (run.folder / "two.sh").write_text(CURL)
    for script, count in (("one.sh", 1), ("two.sh", 2), ("one.sh", 2)):
        done = run("--", "sh", script, keys=keys)
        assert done.returncode == 0, done.stderr
        assert len([name for name in files(run.cassettes) if name.endswith(".yaml")]) == count
    assert len(upstream.calls()) == 2


NAMES = [
    *("OPENAI_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
    *("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "OPENAI_API_VERSION"),
]


def test_what_the_child_sees(run, upstream, keys):
    real = {**keys, **azure_keys(upstream.url), "CONF_UPSTREAM_KEY": "conf0upstream0key07c41d8e6a", "PLAIN": "kept"}
    arguments = ["--upstream", f"{upstream.url}=CONF_UPSTREAM_KEY"]
    done = run(*arguments, "--", *python("import json, os; print(json.dumps(dict(os.environ)))"), keys=real)
    seen = json.loads(done.stdout)
    assert seen["PLAIN"] == "kept"
    for name in NAMES:
        assert seen[name], name
        assert seen[name] != real.get(name) or name == "OPENAI_API_VERSION", name
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "AZURE_OPENAI_ENDPOINT"):
        assert seen[name].startswith("http://127.0.0.1:"), name
    # Some SDKs read it by its older name.
    assert seen["OPENAI_API_BASE"] == seen["OPENAI_BASE_URL"]
    values = "\n".join(seen.values())
    for name, key in real.items():
        assert not name.endswith("_KEY") or key not in values, name


def test_standard_streams_are_the_childs(run):
    done = subprocess.run(
        run.command("--", *shell("cat; echo err >&2")), cwd=run.folder, env=conftest.environment(), input=b"in \xff\n",
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == b"in \xff\n"
    lines = done.stderr.decode().splitlines()
    assert lines[0] == "err"
    assert len(lines) == 5, "four lines of summary follow"


@pytest.mark.parametrize("command", ["-x y", "'a b' \"c\" $HOME *", ""])
def test_arguments_arrive_as_they_are(run, command):
    words = shlex.split(command)
    done = run("--", *python("import json, sys; print(json.dumps(sys.argv[1:]))"), *words, "--record", "none", "--")
    assert json.loads(done.stdout) == [*words, "--record", "none", "--"], done.stderr


ENDS = {
    "exit 0": 0,
    "exit 1": 1,
    "exit 7": 7,
    "exit 255": 255,
    "kill -KILL $$": 128 + signal.SIGKILL,
    "kill -TERM $$": 128 + signal.SIGTERM,
    "kill -SEGV $$": 128 + signal.SIGSEGV,
}


@pytest.mark.parametrize("end", ENDS)
def test_the_exit_code_is_the_childs(run, end):
    assert run("--", *shell(end)).returncode == ENDS[end]


def test_a_command_that_is_not_there(run):
    done = run("--", "no-such-command-of-the-conformance-tests")
    assert done.returncode == 127
    assert "no-such-command-of-the-conformance-tests" in done.stderr
    assert "NOOP" not in done.stderr
    assert files(run.folder) == []


@pytest.mark.parametrize("end", ["exit 1", "kill -TERM $$", "kill -KILL $$"])
@pytest.mark.parametrize("before", [False, True])
def test_a_command_that_fails_stores_nothing(run, upstream, keys, end, before):
    if before:
        assert run("--cassette", "tape", "--", *shell(CURL), keys=keys).returncode == 0
    prior = {name: (run.cassettes / name).read_bytes() for name in files(run.cassettes)}
    asks = len(upstream.calls())
    other = CURL.replace("Hello!", "Something new")
    failed = run("--cassette", "tape", "--record", "new_episodes", "--", *shell(f"{other}\n{end}"), keys=keys)
    assert failed.returncode != 0
    assert len(upstream.calls()) == asks + 1
    assert {name: (run.cassettes / name).read_bytes() for name in files(run.cassettes)} == prior


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_child(run, number):
    """Which may end as it likes."""
    trap = "trap 'echo got it; exit 5' TERM INT; echo ready; while :; do sleep 0.05; done"
    process = run.popen("--", *shell(trap))
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (5, "got it\n"), err


SLEEPER = """
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
print(os.getpid(), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_child_that_a_signal_ends(run, number):
    """It is gone when standin is."""
    process = run.popen("--", *python(SLEEPER))
    child = int(process.stdout.readline())
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


IGNORE_ERRORS = CURL.replace("--fail-with-body ", "") + "\nexit 0"


def fail_on(*what):
    return [word for one in what for word in ("--fail-on", one)]


@pytest.fixture
def taped(run, keys):
    """A cassette of two calls."""
    two = CURL + CURL.replace("Hello!", "Which step?")
    assert run("--cassette", "tape", "--", *shell(two), keys=keys).returncode == 0
    assert len(stored(run.cassettes)) == 2
    return lambda *arguments: run("--cassette", "tape", *arguments)


MISSED, ONE_OF_TWO, BOTH = IGNORE_ERRORS.replace("Hello!", "New"), CURL, CURL + CURL.replace("Hello!", "Which step?")
STRIKES = {
    "a miss": (MISSED, ["miss"], 3),
    "a miss, not asked about": (MISSED, [], 0),
    "a miss, asked about the other": (ONE_OF_TWO, ["miss"], 0),
    "unplayed": (ONE_OF_TWO, ["unplayed"], 3),
    "unplayed, not asked about": (ONE_OF_TWO, [], 0),
    "all is played": (BOTH, ["miss", "unplayed"], 0),
    "the command failed": (MISSED.replace("exit 0", "exit 7"), ["miss", "unplayed"], 7),
}


@pytest.mark.parametrize("strike", STRIKES)
def test_fail_on(taped, strike):
    source, what, code = STRIKES[strike]
    done = taped("--record", "none", *fail_on(*what), "--", *shell(source))
    assert done.returncode == code, done.stderr


def test_a_recorded_call_is_no_miss(run, keys):
    assert run("--fail-on", "miss", "--fail-on", "unplayed", "--", *shell(CURL), keys=keys).returncode == 0


def test_the_report(taped, run):
    path = run.folder / "report.json"
    taped("--record", "none", "--report", path, "--", *shell(ONE_OF_TWO))
    report = json.loads(path.read_text())
    assert (report["verdict"], report["played"], report["missed"], report["recorded"]) == ("HIT", 1, 0, 0)
    assert (report["entries"], report["saved"], len(report["unplayed"])) == (2, False, 1)
    taped("--record", "new_episodes", "--report", path, "--", *shell(MISSED.replace("exit 0", "exit 9")))
    assert json.loads(path.read_text())["verdict"] == "MISS"


def test_the_summary_names_what_was_done(taped):
    done = taped("--record", "none", "--", *shell(ONE_OF_TWO))
    lines = done.stderr.splitlines()
    assert len(lines) == 5
    assert lines[4] == "standin: cost leak check: PASS: no overflow, partial or not-persisted verdicts"
    assert "tape" in lines[0] and "HIT" in lines[1]
    # What no call asked for is listed.
    assert "1 recorded interactions were not asked for" in lines[1]
    assert lines[2].startswith("  not asked for: POST ") and lines[2].endswith("/v1/chat/completions"), lines


def test_a_run_that_the_next_one_pays_for_again_says_so(run, keys):
    done = run("--", *shell(f"{CURL}; exit 9"), keys=keys)
    assert done.stderr.splitlines()[-1] == "standin: cost leak check: FAIL: MISS:NOT_PERSISTED=1", done.stderr
    done = run("--", *shell(CURL), keys=keys)
    assert "MISS:RECORDED" in done.stderr
    assert "cost leak check: PASS" in done.stderr.splitlines()[-1]


def test_nothing_is_asked_of_the_upstream_in_mode_none(run):
    listener = Listener()
    run.cassettes.mkdir()
    done = run("--record", "none", "--", *shell(IGNORE_ERRORS), keys=source_keys(listener.url))
    assert "cassette_missing" in done.stdout or "no cassette" in done.stdout.lower(), done.stdout
    listener.stop()
    assert listener.connections == 0
    assert files(run.folder) == ["cassettes"]


def test_a_command_that_asks_nothing_leaves_nothing(run):
    assert run("--", *shell("exit 0")).returncode == 0
    assert files(run.folder) == []


def test_a_child_that_outlives_its_signal_holds_nobody_for_ever(run):
    """A second signal reaches it too: standin does not give up in front of it."""
    process = run.popen("--", *shell("trap 'echo one' TERM; echo $$; while :; do sleep 0.05; done"))
    child = int(process.stdout.readline())
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "one\n"
    assert process.poll() is None
    os.kill(child, signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGKILL
