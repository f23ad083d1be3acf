"""Names of cassettes, as pytest-recording makes them."""

from __future__ import annotations

import hashlib
import os
import posixpath
from pathlib import Path

import pytest

#: Characters that file names do not take everywhere.
FORBIDDEN = "<>?%*:|\"'/\\"
EXTENSION = ".yaml"
EXTENSIONS = (".yaml", ".yml")


class BadName(Exception):
    """A test has no place for a cassette."""


def longest(folder: str) -> int:
    """Bytes that a file's name may have."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, ValueError, OSError):
        return 255


def of_test(item: pytest.Item) -> str:
    """`test_name[parameters]`, with its class before it."""
    owner = getattr(item, "cls", None)
    name = f"{owner.__name__}.{item.name}" if owner else item.name
    return "".join("-" if char in FORBIDDEN else char for char in name)


def shortened(name: str, limit: int) -> str:
    """The name as it fits in a file system, told apart by a hash."""
    whole = name.encode()
    if len(whole) + len(EXTENSION) <= limit:
        return name
    digest = hashlib.md5(whole).hexdigest()
    # A character that is cut in two is left out.
    start = whole[: limit - len(EXTENSION) - len(digest) - 3].decode(errors="ignore")
    return f"{start}...{digest}"


def beginning(config: pytest.Config) -> Path:
    """The folder that names of shared cassettes begin at, wherever pytest is started.

    It is pytest's own root where that is fixed, by a file of settings or by an option. Elsewhere pytest takes the
    folder that its arguments have in common, and the repository around it is taken instead.
    """
    root = Path(config.rootpath)
    if config.inipath is not None or config.getoption("rootdir", default=None):
        return root
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def cassette(item: pytest.Item, root: Path, beside: bool, chosen: str | None) -> str:
    """The name of a test's cassette below the root.

    `beside` the tests they are in a folder `cassettes`, as pytest-recording has them; elsewhere the name is the
    test's own path.
    """
    path = Path(item.path)
    try:
        folder = path.parent.relative_to(root)
    except ValueError:
        raise BadName(
            f"{path} is not below {root}, where cassettes are named from: choose another --rootdir"
        ) from None
    name = shortened(chosen or of_test(item), longest(str(path.parent)))
    for extension in EXTENSIONS:
        if name.endswith(extension) and chosen:
            name = name[: -len(extension)]
    parts = [*folder.parts, *(["cassettes"] if beside else []), path.stem, name]
    whole = posixpath.normpath(posixpath.join(*(part.replace(os.sep, "/") for part in parts)))
    if whole.startswith("../"):
        raise BadName(f"the cassette {name} is not below {root}")
    return whole
