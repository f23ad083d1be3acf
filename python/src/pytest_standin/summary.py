"""What is told at the end of a run. It comes last and is bounded: CI cuts long logs."""

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable

from .verdict import DISABLED, LEAKS, LIVE_CALL, NO_TRAFFIC, OVERFLOW, Verdict

#: Tests that a list shows.
SHOWN = 20
#: Examples of one reason.
EXAMPLES = 5
MIB = 1024 * 1024


def lines(verdicts: list[Verdict], health: dict | None, unplayed: str) -> list[tuple[str, list[str]]]:
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
    return [*sections, *_health(health or {})]


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


def _health(health: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The store, where it is not well. What the server does not know of is not told."""
    store = health.get("store") or {}
    told = []
    failures = [f"{name}={store[name]}" for name in ("load_failures", "save_failures") if store.get(name)]
    if failures:
        last = f"; last: {store['last_error']}" if store.get("last_error") else ""
        told.append(("STANDIN CASSETTE STORE DEGRADED", [f"  {', '.join(failures)}{last}"]))
    used, most = store.get("used_memory"), store.get("maxmemory")
    if used and most and used >= 0.85 * most:
        usage = f"  Cassette Redis usage: {used / MIB:.1f} MiB / {most / MIB:.1f} MiB ({100 * used / most:.1f}% of maxmemory)"
        told.append(("STANDIN CASSETTE STORE NEAR CAPACITY", [usage]))
    if health.get("cassettes_broken"):
        told.append(("STANDIN BROKEN CASSETTES", [f"  cannot be read: {health['cassettes_broken']}"]))
    return told
