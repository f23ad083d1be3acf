"""What tests say that were written for pytest-recording: the mark `vcr` and the fixture `vcr_config`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import pytest

CONFIG = "vcr_config"
#: Fixtures of pytest-recording that name cassettes, and what does so here.
NAMING = {
    "vcr_cassette_dir": "standin_cassettes names a folder for all",
    "default_cassette_name": "the marks `standin` and `default_cassette` name one",
}
#: What each filter is in standin's rules, which are of requests alone as well.
FILTERS = {
    "filter_headers": "request_headers",
    "filter_query_parameters": "request_names",
    "filter_post_data_parameters": "request_names",
}
#: vcrpy's matchers in standin's words. A scheme and a port are those of standin itself.
MATCHERS = {
    "method": ["method"],
    "scheme": [],
    "host": ["host"],
    "port": [],
    "path": ["path"],
    "query": ["query"],
    "uri": ["host", "path", "query"],
    "body": ["body"],
    "raw_body": ["body"],
    "headers": ["headers"],
}
#: What is so here in any case, or is about calls that standin never sees.
ANYWAY = {
    "decode_compressed_response",
    "ignore_localhost",
    "inject_cassette",
    "record_on_exception",
}


class Unread(pytest.PytestWarning):
    """Something that pytest-recording would read has no meaning here."""


@dataclass
class Told:
    """What they come to."""

    record: str | None = None
    #: As a session takes it.
    scrub: dict[str, list[str]] = field(default_factory=dict)
    match_on: list[str] | None = None
    #: What a call gets whose recordings have been played.
    exhausted: str | None = None
    #: Cassettes that are read beside the test's own.
    more: list[str] = field(default_factory=list)
    #: What has no meaning here, in words.
    unread: list[str] = field(default_factory=list)


def told(item: pytest.Item) -> Told:
    """What the marks and fixtures of a test say. The closest mark counts, and any before the fixture."""
    told = Told()
    marks = list(item.iter_markers("vcr"))
    if not marks:
        return told
    config = _config(item, told)
    for mark in reversed(marks):
        config.update(mark.kwargs)
        told.more += map(str, mark.args)
    for name, instead in NAMING.items():
        if _fixture(item, name) is not None:
            told.unread.append(f"the fixture `{name}` is not read: {instead}")
    for key, value in config.items():
        if value is None:
            # As if it were not there.
            continue
        try:
            _read(key, value, told)
        except (TypeError, IndexError) as error:
            raise ValueError(f"`{key}` of `{CONFIG}` or the mark `vcr` cannot be read: {value!r}") from error
    return told


def _read(key: str, value: Any, told: Told) -> None:
    if key == "record_mode":
        told.record = str(getattr(value, "value", value))
    elif key in FILTERS:
        names = [one if isinstance(one, str) else one[0] for one in _listed(value)]
        if not all(isinstance(name, str) for name in names):
            raise TypeError("a name is a text")
        told.scrub.setdefault(FILTERS[key], []).extend(names)
    elif key == "allow_playback_repeats":
        told.exhausted = "repeat" if value else "error"
    elif key == "match_on":
        matchers = list(dict.fromkeys(name for one in _listed(value) for name in MATCHERS.get(one, ())))
        told.match_on = matchers or None
        unknown = [one for one in _listed(value) if one not in MATCHERS]
        if unknown:
            told.unread.append(f"`match_on` knows no {', '.join(map(str, unknown))}: they do not count")
    elif key not in ANYWAY and not (key == "serializer" and value == "yaml"):
        told.unread.append(f"`{key}` is not read")


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def _config(item: pytest.Item, told: Told) -> dict[str, Any]:
    """What the fixture `vcr_config` returns. The session begins before any fixture is set up, so it is called."""
    given = getattr(getattr(item, "callspec", None), "params", {}).get(CONFIG)
    if isinstance(given, dict):
        return dict(given)
    make = _fixture(item, CONFIG)
    if make is None:
        return {}
    if inspect.isgeneratorfunction(make) or inspect.signature(make).parameters:
        told.unread.append(f"the fixture `{CONFIG}` is read where it is a function without parameters that returns")
        return {}
    try:
        return dict(make())
    except Exception as error:
        raise ValueError(f"the fixture `{CONFIG}` cannot be read: {error!r}") from error


def _fixture(item: pytest.Item, name: str) -> Any:
    """The function of the fixture that a test would get by this name; None where there is none."""
    manager = item.session._fixturemanager
    # Before pytest 8 it is asked by the id.
    node: Any = item if pytest.version_tuple >= (8, 0) else item.nodeid
    found = manager.getfixturedefs(name, node)
    return found[-1].func if found else None
