"""Which tests have a session, and why others have none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from . import vcr
from .settings import Settings, leaves_vcr

FIXTURE = "standin"
#: What a session says of how its calls are compared with its cassette, and stored in it.
OF_CASSETTES = {"match_on", "normalise", "scrub"}
#: What a mark may say of its session beside the cassette and the mocks.
FIELDS = {"record", "policy", "expiry", "exhausted", "pace", "faults", "seed", "limits", *OF_CASSETTES}


class BadMark(Exception):
    """A mark says something that is not understood."""


@dataclass
class Plan:
    """What a test's session is to be."""

    #: None for the usual name.
    cassette: str | None = None
    has_cassette: bool = True
    record: str | None = None
    mocks: list[Any] = field(default_factory=list)
    #: As the control API takes them.
    fields: dict[str, Any] = field(default_factory=dict)
    #: What is said for pytest-recording and has no meaning here.
    unread: list[str] = field(default_factory=list)


def skip_reason(item: pytest.Item, settings: Settings) -> str | None:
    """Why a test has no session; None where it has one."""
    own = item.get_closest_marker("standin") is not None or FIXTURE in getattr(item, "fixturenames", ())
    recorded = item.get_closest_marker("vcr") is not None
    if recorded and leaves_vcr(item.config):
        return "already_marked"
    if not (own or recorded or settings.everywhere):
        return "not_marked"
    if settings.disabled:
        return "disabled"
    if item.get_closest_marker("no_standin") is not None:
        return "item_opt_out"
    path = Path(item.path)
    for line in settings.skip:
        if line in (path.name, path.as_posix()) or (line.endswith(".py") and path.as_posix().endswith(f"/{line}")):
            return "file_opt_out"
        if item.nodeid.endswith(line):
            return "item_opt_out"
    return None


def plan(item: pytest.Item) -> Plan:
    """What the marks of a test say. Of several marks the closest one counts."""
    plan = Plan()
    told = vcr.told(item)
    plan.record, plan.unread = told.record, told.unread
    if told.match_on is not None:
        plan.fields["match_on"] = told.match_on
    if told.exhausted:
        plan.fields["exhausted"] = told.exhausted
    if told.scrub:
        plan.fields["scrub"] = told.scrub
    default = item.get_closest_marker("default_cassette")
    if default is not None and default.args:
        plan.cassette = default.args[0]
    for mark in reversed(list(item.iter_markers("standin"))):
        _apply(plan, mark)
    if not plan.has_cassette:
        # There is nothing to compare calls with.
        for name in OF_CASSETTES:
            plan.fields.pop(name, None)
    if told.more and plan.has_cassette and plan.cassette is None:
        raise BadMark(
            f"the mark `vcr` names cassettes that are read beside the test's own: {', '.join(told.more)}. A test has one "
            "here, and the mark `standin` or `default_cassette` names it"
        )
    return plan


def _apply(plan: Plan, mark: pytest.Mark) -> None:
    told = dict(mark.kwargs)
    if len(mark.args) > 1 or (mark.args and "cassette" in told):
        raise BadMark("the mark `standin` takes one cassette")
    if mark.args:
        told["cassette"] = mark.args[0]
    if "cassette" in told:
        plan.cassette = told.pop("cassette")
        plan.has_cassette = plan.cassette is not None
    if "mocks" in told:
        plan.mocks.append(told.pop("mocks"))
    plan.record = told.pop("record", plan.record)
    unknown = set(told) - FIELDS
    if unknown:
        known = ", ".join(sorted(FIELDS | {"cassette", "mocks"}))
        raise BadMark(f"the mark `standin` has no {', '.join(sorted(unknown))}; it has {known}")
    before = plan.fields.get("scrub", {})
    plan.fields.update({key: value for key, value in told.items() if value is not None})
    if told.get("scrub"):
        # Nobody's secrets are less secret for what another mark says.
        plan.fields["scrub"] = _both(before, told["scrub"])


def _both(one: dict[str, list[str]], other: Any) -> dict[str, list[str]]:
    lists = isinstance(other, dict) and all(isinstance(names, (list, tuple)) for names in other.values())
    if not lists:
        raise BadMark(f"`scrub` of the mark `standin` has lists of names, as in {{'names': ['tenant_id']}}: {other!r}")
    return {key: [*one.get(key, ()), *other.get(key, ())] for key in {**one, **other}}
