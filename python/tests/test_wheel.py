"""The wheel carries the program: nothing else has to be installed."""

import os
import subprocess
import sys
import zipfile

from conftest import REPO, SMALL, Project


def test_the_wheel_is_all_that_is_needed(project: Project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    environment = {**os.environ, "STANDIN_WHEEL_BIN": os.environ["STANDIN_BIN"], "PYTHON": sys.executable}
    subprocess.run([REPO / "scripts" / "build-wheel", folder], check=True, env=environment)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        (about,) = [name for name in names if name.endswith("/WHEEL")]
        tag = [line for line in packed.read(about).decode().splitlines() if line.startswith("Tag: ")]
    # The platform that it was built on, and any Python 3; no older system is promised.
    assert tag == [f"Tag: {'-'.join(wheel.stem.split('-')[2:])}"]
    assert "pytest_standin/bin/standin" in names
    assert sum("/licenses/LICENSE-" in name for name in names) == 2

    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "pytest"], check=True)
    subprocess.run([*pip, "--no-index", wheel], check=True)

    project.write("test_calls.py", SMALL)
    project.env.delenv("STANDIN_BIN")
    project.env.setenv("PATH", "/usr/bin:/bin")
    told = [run(venv), run(venv, "--record-mode=none", "--block-network")]
    assert ["[MISS:RECORDED] 1" in told[0], "[HIT] 1" in told[1]] == [True, True], told
    assert len(project.provider.calls) == 1


def run(venv, *arguments):
    command = [venv / "bin" / "python", "-m", "pytest", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
