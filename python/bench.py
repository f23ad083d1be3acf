"""What a replayed test costs with pytest-standin and with vcrpy's own cassette (pytest-recording), in one run.

    python python/bench.py [TESTS] [ROUNDS]

The same suite, one chat call in each test, is recorded once by either and replayed in turn.
The time of an empty suite is taken off both. Printed is the ratio of the medians.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "tests"))

from provider import Provider  # noqa: E402 - it is found by the line above

SUITE = """
import json, os, urllib.request, pytest

@pytest.mark.vcr
@pytest.mark.parametrize("number", range({tests}))
def test_chat(number):
    if {calls}:
        body = {{"model": "gpt-5-nano", "messages": [{{"role": "user", "content": f"Call {{number}}"}}]}}
        asked = urllib.request.Request(
            os.environ["OPENAI_BASE_URL"] + "/chat/completions",
            json.dumps(body).encode(),
            {{"content-type": "application/json"}},
        )
        with urllib.request.urlopen(asked) as answer:
            assert json.load(answer)["choices"]
"""
PLUGINS = {"standin": ["-p", "no:recording"], "vcrpy": ["-p", "no:standin"]}


def run(folder, plugins, *arguments, environment):
    began = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugins, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - began


def main():
    tests, rounds = (int(value) for value in (*sys.argv[1:], *("500", "5")[len(sys.argv) - 1 :]))
    provider = Provider()
    kept = {name: value for name, value in os.environ.items() if name != "CI" and not name.upper().endswith("_PROXY")}
    environment = {"STANDIN_BIN": str(HERE.parent / "target/release/standin"), **kept, **provider.environment}
    times = {(name, calls): [] for name in PLUGINS for calls in (True, False)}
    with tempfile.TemporaryDirectory() as work:
        folders = {}
        for name, calls in times:
            folder = folders[name, calls] = pathlib.Path(work, f"{name}-{calls}")
            folder.mkdir()
            (folder / "pytest.ini").write_text("[pytest]\nmarkers = vcr\n")
            (folder / "test_calls.py").write_text(SUITE.format(tests=tests, calls=calls))
            run(folder, PLUGINS[name], "--record-mode=once", environment=environment)
        recorded = len(provider.calls)
        for _ in range(rounds):
            for (name, calls), taken in times.items():
                taken.append(run(folders[name, calls], PLUGINS[name], "--record-mode=none", environment=environment))
        assert len(provider.calls) == recorded == 2 * tests, "a replay asks nobody"
    provider.stop()
    median = {key: statistics.median(taken) for key, taken in times.items()}
    each = {name: (median[name, True] - median[name, False]) / tests * 1000 for name in PLUGINS}
    whole = {name: median[name, True] / tests * 1000 for name in PLUGINS}
    for name in PLUGINS:
        print(f"{name}: {each[name]:.2f} ms for the call of a replayed test, {whole[name]:.2f} ms for the whole test")
    print(f"ratio standin / vcrpy: {each['standin'] / each['vcrpy']:.2f} for the call, {whole['standin'] / whole['vcrpy']:.2f} for the whole test")


main()
