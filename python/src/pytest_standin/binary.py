"""Where the standin program is."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

NAME = "standin.exe" if os.name == "nt" else "standin"


class NoBinary(Exception):
    """There is no standin program to start."""


def find() -> str:
    """The program: STANDIN_BIN, the one in this package, the one beside Python, or the one on PATH."""
    named = os.environ.get("STANDIN_BIN")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoBinary(f"STANDIN_BIN names {named}, which is not a program")
        return found
    for folder in (Path(__file__).parent / "bin", Path(sysconfig.get_path("scripts"))):
        found = shutil.which(str(folder / NAME))
        if found is not None:
            return found
    found = shutil.which(NAME)
    if found is None:
        raise NoBinary(
            "there is no standin program in this package, beside Python or on PATH: "
            "install the wheel of your platform, or say where it is with STANDIN_BIN"
        )
    return found
