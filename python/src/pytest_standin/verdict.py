"""What is known of a test at its end."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

#: The property of a report that carries it from a worker to the controller.
PROPERTY = "standin"
LIVE_CALL = "UNMARKED:LIVE_CALL"
NO_TRAFFIC = "UNMARKED:NO_TRAFFIC"
DISABLED = "DISABLED"
OVERFLOW = "MISS:OVERFLOW"
NOT_PERSISTED = "MISS:NOT_PERSISTED"
REFUSED = "MISS:REFUSED"
PARTIAL = "PARTIAL"
#: What costs money again at the next run.
LEAKS = (OVERFLOW, PARTIAL, NOT_PERSISTED, LIVE_CALL)


@dataclass
class Verdict:
    """The end of one test, as it is told."""

    nodeid: str
    tag: str
    played: int = 0
    mocked: int = 0
    recorded: int = 0
    missed: int = 0
    dropped: int = 0
    entries: int = 0
    #: None where it has no cassette.
    cassette: str | None = None
    #: The server's words.
    reason: str = ""
    #: Recorded requests that no call asked for.
    unplayed: list[str] = field(default_factory=list)
    #: Providers that were called past standin.
    hosts: list[str] = field(default_factory=list)
    #: Why the test has no session.
    skipped: str = ""
    #: Whether the test is no reason to store nothing.
    passed: bool = False

    @property
    def line(self) -> str:
        """Beside the test, where pytest is verbose."""
        if self.skipped:
            hosts = f" hosts={','.join(self.hosts)}" if self.hosts else ""
            return f"[STANDIN {self.tag}] reason={self.skipped}{hosts} :: {self.nodeid}"
        more = "".join(
            f" {name}={count}"
            for name, count in (("mocked", self.mocked), ("recorded", self.recorded), ("refused", self.missed))
            if count
        )
        return f"[STANDIN {self.tag}] played={self.played}{more} entries={self.entries} :: {self.nodeid}"

    @classmethod
    def of_report(cls, nodeid: str, report: dict, hosts: list[str], passed: bool) -> Verdict:
        """From what the server says of a session."""
        counts = ("played", "mocked", "recorded", "missed", "dropped", "entries", "cassette", "reason")
        return cls(
            nodeid=nodeid,
            tag=report["classification"],
            unplayed=[one["request"] for one in report["unplayed"]],
            hosts=hosts,
            passed=passed,
            **{name: report[name] for name in counts},
        )

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Verdict:
        return cls(**json.loads(text))
