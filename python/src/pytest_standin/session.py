"""One test's session."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from . import naming
from .control import Client
from .environment import Environment
from .naming import EXTENSION, EXTENSIONS
from .selection import Plan

#: What a rewritten cassette is called until its test has passed.
REWRITTEN = ".rewrite"


class Unplayed(AssertionError):
    """A test passed and did not make calls that are recorded for it."""


class Session:
    """The fixture `standin`: one test's use of the run's server."""

    def __init__(self, client: Client, plan: Plan, cassette: str | None, record: str | None, root: Path | None) -> None:
        self._client = client
        #: Where it is written anew, and the name whose place that takes.
        self._rewrite: tuple[Path, Path] | None = None
        self._report: dict | None = None
        #: The name of its cassette; None where it has none.
        self.cassette = cassette
        asked = dict(plan.fields)
        if record == "rewrite":
            if root is None:
                raise ValueError("record mode rewrite is for files: flush a shared cache instead")
            record = "new_episodes"
            if cassette is not None:
                folder, _, name = cassette.rpartition("/")
                limit = naming.longest(str(root))
                cassette = "/".join(filter(None, [folder, naming.shortened(name + REWRITTEN, limit)]))
                anew = root / f"{cassette}{EXTENSION}"
                self._rewrite = (anew, root / folder / name)
                # A run that was killed may have left one.
                anew.unlink(missing_ok=True)
        asked.update({name: value for name, value in (("cassette", cassette), ("record", record)) if value})
        begun = client.ask("POST", "/sessions", asked)
        self._id = begun["id"]
        #: The base URL of everything that the test calls; `/openai/v1`, `/anthropic` and `/azure` are below it.
        self.url: str = begun["base_url"]
        #: The variables that lead official SDKs here, which are set while the test runs.
        self.env: dict[str, str] = begun["env"]
        try:
            for mocks in plan.mocks:
                self.mock(mocks)
        except Exception:
            self._client.ask("DELETE", f"/sessions/{self._id}", {"outcome": "failed"})
            raise
        self._environment = Environment(self.env, self.url)

    @property
    def openai_base_url(self) -> str:
        """For `OpenAI(base_url=...)`."""
        return f"{self.url}/openai/v1"

    @property
    def anthropic_base_url(self) -> str:
        """For `Anthropic(base_url=...)`."""
        return f"{self.url}/anthropic"

    @property
    def azure_endpoint(self) -> str:
        """For `AzureOpenAI(azure_endpoint=...)`."""
        return f"{self.url}/azure"

    def to(self, host: str) -> str:
        """The base URL of any other provider: `standin.to("api.x.ai") + "/v1"`."""
        return f"{self.url}/to/{host}"

    def mock(self, mocks: Any = None, **rule: Any) -> None:
        """Answers calls of this test alone, before everything else.

        One rule by its fields, `mock(match="weather", answer="Sunny.")`; a rule as a dictionary, a list of them, or the
        text of a file of mocks.
        """
        if rule:
            mocks = {**(mocks or {}), **rule}
        if isinstance(mocks, dict) and "mocks" not in mocks:
            mocks = [mocks]
        if isinstance(mocks, list):
            mocks = {"mocks": mocks}
        text = mocks if isinstance(mocks, str) else json.dumps(mocks)
        self._client.ask("PATCH", f"/sessions/{self._id}/mocks", text)

    def journal(self) -> list[dict]:
        """The calls of this test so far, and why each was answered as it was."""
        entries = self._client.ask("GET", "/journal")["entries"]
        return [entry for entry in entries if entry.get("session") == self._id]

    def report(self) -> dict:
        """What the session has done so far: calls replayed, recorded and refused, and what was not asked for."""
        return self._report or self._client.ask("GET", f"/sessions/{self._id}")

    @property
    def verdict(self) -> str:
        """`HIT` and the like, so far."""
        return self.report()["classification"]

    def end(self, passed: bool) -> dict:
        """Ends it; what it recorded is kept where the test passed. The server's report."""
        self._environment.restore()
        outcome = {"outcome": "passed" if passed else "failed"}
        report = self._client.ask("DELETE", f"/sessions/{self._id}", outcome)
        if self._rewrite is not None:
            report["cassette"] = self.cassette
            if report["saved"]:
                anew, old = self._rewrite
                kept = [path for path in (Path(f"{old}{end}") for end in EXTENSIONS) if path.exists()]
                os.replace(anew, kept[0] if kept else f"{old}{EXTENSION}")
        self._report = report
        return report
