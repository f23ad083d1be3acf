"""Clients that are made before any test runs, where every test has a session.

A module's `client = OpenAI()` reads the environment when it is imported. So the environment leads to standin from the
beginning, to an address that always means the test that is running: an alias, which the sessions of one process share.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from . import settings
from .control import Client, ControlError
from .environment import Environment
from .server import Server, ServerError

#: Where workers of xdist learn of the controller's server, by their environment.
INHERITED = "PYTEST_STANDIN_SERVER"
#: What xdist calls a worker.
WORKER = "PYTEST_XDIST_WORKER"


class Early:
    """What there is before the first test."""

    def __init__(self) -> None:
        #: The server, where it is this process's own; the reason where there is none.
        self.server: Server | None = None
        self.failure: str | None = None
        #: The address that always means the running test, as the name that its sessions have.
        self.alias: str | None = None
        self._environment: Environment | None = None
        self._variables: tuple[dict[str, str], str] | None = None

    def begin(self, config: pytest.Config, options: object) -> None:
        """Starts the run's server, and leads what is imported from now on to it."""
        if getattr(options, "help", False) or getattr(options, "version", False):
            return
        chosen = settings.read(config, options)
        if not chosen.everywhere or chosen.disabled:
            return
        worker = os.environ.get(WORKER)
        url = os.environ.get(INHERITED) if worker else None
        distributes = getattr(options, "numprocesses", None) or getattr(options, "tx", None)
        try:
            if url is None:
                root = Path(config.rootpath)
                self.server = Server(chosen.server_arguments(root), chosen.server_environment(), str(root))
                url = self.server.url
                os.environ[INHERITED] = url
            if distributes and not worker:
                # Tests run in processes that get this one's environment, which has to be as it was.
                return
            self.alias = worker or "main"
            # What is called while there is no test belongs to this one, which has no cassette.
            begun = Client(url).ask("POST", "/sessions", {"alias": self.alias})
        except (ServerError, ControlError) as error:
            self.failure, self.alias = str(error), None
            return
        own, shared = begun["base_url"], begun["alias_url"]
        self._variables = ({name: value.replace(own, shared) for name, value in begun["env"].items()}, shared)
        self.lead()

    def lead(self) -> None:
        """What reads the environment from now on is led to standin."""
        if self._variables is not None and self._environment is None:
            self._environment = Environment(*self._variables)

    def leave(self) -> None:
        """What reads the environment from now on finds it as it was."""
        if self._environment is not None:
            self._environment.restore()
            self._environment = None

    def end(self) -> None:
        """Leaves nothing."""
        self.leave()
        if self.server is not None:
            os.environ.pop(INHERITED, None)
            self.server.stop()
