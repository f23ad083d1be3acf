"""What is told at the end of a run. It comes last and is bounded: CI cuts long logs."""

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable

from .verdict import DISABLED, LEAKS, LIVE_CALL, NO_TRAFFIC, NOT_PERSISTED, OVERFLOW, Verdict

#: Tests that a list shows.
SHOWN = 20
#: Examples of one reason.
EXAMPLES = 5


def lines(verdicts: list[Verdict], cassettes: dict | None, unplayed: str) -> list[tuple[str, list[str]]]:
    """Sections: a title and its lines."""
    sections = [
        ("STANDIN CLASSIFICATION SUMMARY", [f"  [{tag}] {count}" for tag, count in _counted(verdicts)]),
        ("STANDIN COST LEAK CHECK", [_leaks(verdicts)]),
    ]
    overflown = [verdict for verdict in verdicts if verdict.tag == OVERFLOW]
    if overflown:
        why = "  Nothing is stored of these: mostly each run asks something else, such as a random id or the time."
        told = [f"  {one.nodeid}: {one.reason}" for one in overflown]
        sections.append(("STANDIN OVERFLOW", [why, *_bounded(told)]))
    unsaved = [f"  {one.nodeid}: {one.reason}" for one in verdicts if one.tag == NOT_PERSISTED and one.passed]
    if unsaved:
        sections.append(("STANDIN NOT PERSISTED", ["  Nothing is stored of these, which passed:", *_bounded(unsaved)]))
    live = [f"  {one.nodeid}: {', '.join(one.hosts)}" for one in verdicts if one.hosts]
    if live:
        sections.append(("STANDIN LIVE CALLS", ["  Providers were called past standin:", *_bounded(live)]))
    if unplayed != "ignore":
        left = [f"  {one.nodeid}: {len(one.unplayed)}: {one.unplayed[0]}" for one in verdicts if one.unplayed]
        if left:
            sections.append(("STANDIN UNPLAYED", ["  Recorded calls that were not made:", *_bounded(left)]))
    reasons = _reasons(verdicts)
    if reasons:
        sections.append(("STANDIN SKIP-REASON BREAKDOWN", reasons))
    return [*sections, *_store(cassettes or {})]


def _counted(verdicts: list[Verdict]) -> Iterable[tuple[str, int]]:
    return sorted(Counter(verdict.tag for verdict in verdicts).items())


def _leaks(verdicts: list[Verdict]) -> str:
    counts = Counter(verdict.tag for verdict in verdicts)
    leaks = [f"{tag}={counts[tag]}" for tag in LEAKS if counts[tag]]
    past = sum(1 for verdict in verdicts if verdict.hosts and verdict.tag != LIVE_CALL)
    if past:
        leaks.append(f"PAST_STANDIN={past}")
    if leaks:
        return f"  FAIL: {', '.join(leaks)}"
    return "  PASS: no overflow, partial, not-persisted, or unmarked live-call verdicts"


def _bounded(told: list[str]) -> list[str]:
    left = len(told) - SHOWN
    return told if left <= 0 else [*told[:SHOWN], f"  ... and {left} more"]


def _reasons(verdicts: list[Verdict]) -> list[str]:
    skipped = [one for one in verdicts if one.tag in (LIVE_CALL, NO_TRAFFIC, DISABLED)]
    told = []
    for reason, count in sorted(Counter(one.skipped for one in skipped).items()):
        told.append(f"  {reason}: {count}")
        told += [f"    {one.nodeid}" for one in skipped if one.skipped == reason][:EXAMPLES]
    return told


def _store(cassettes: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Where cassettes are kept, if it is not well."""
    told = []
    shared = cassettes.get("shared") or {}
    if shared.get("warning"):
        told.append(("STANDIN SHARED CASSETTES", [f"  {shared['warning']}"]))
    banner = shared.get("banner")
    if banner:
        title, *lines = banner.splitlines()
        told.append((title, lines))
    broken = [f"  {one['path']}: {one['reason']}" for one in cassettes.get("broken", [])]
    if broken:
        told.append(("STANDIN BROKEN CASSETTES", _bounded(broken)))
    return told
