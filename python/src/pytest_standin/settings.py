"""What a run was told: options, then ini values, then the environment."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
from dataclasses import dataclass
from typing import Any

import pytest

RECORD_MODES = ("none", "once", "new_episodes", "all", "rewrite")
POLICIES = ("fixture", "cache")
UNPLAYED = ("ignore", "list", "error")
#: Where LiteLLM's cassettes are. The server reads it too, and knows the prefix of its keys.
SHARED = "CASSETTE_REDIS_URL"
#: What is no folder. Whether it is a good address is for the server to say.
ADDRESS = re.compile(r".*://|(redis|valkey)s?(\+\w+)?:", re.IGNORECASE)
#: What switches LiteLLM's cassettes off, where it is 1.
SWITCH = "LITELLM_VCR_DISABLE"
#: What a flag of the server is where nobody says otherwise: tests want answers at once, and the outcome to count.
USUAL = {"--pace": "none", "--cassette-format": "vcrpy", "--outcome-gate": "true"}


@dataclass(frozen=True)
class Settings:
    """Everything that was chosen."""

    #: Whether tests without a mark have a session too.
    everywhere: bool
    disabled: bool
    #: A folder or a Redis; None for the folders beside the tests.
    cassettes: str | None
    record: str | None
    policy: str | None
    unplayed: str
    #: File names and ends of node ids.
    skip: tuple[str, ...]
    blocks_network: bool
    allowed_hosts: tuple[str, ...]
    #: More flags of `standin serve`.
    arguments: tuple[str, ...]

    @property
    def is_remote(self) -> bool:
        """Whether cassettes are no files."""
        return self.cassettes is not None and ADDRESS.match(self.cassettes) is not None

    def server_arguments(self, root: str) -> list[str]:
        """The flags of the run's server."""
        flags = ["--port", "0", "--stop-with-stdin"]
        if not self.is_remote:
            flags += ["--cassettes", self.cassettes or root]
        chosen = {"--record": self.record, "--policy": self.policy}
        if self.record == "rewrite":
            chosen["--record"] = "new_episodes"
        if self.is_remote:
            chosen["--policy"] = self.policy or "cache"
        else:
            flags += ["--load", "named"]
        flags += [part for flag, value in chosen.items() if value for part in (flag, value)]
        configured = self._has("--config") or "STANDIN_CONFIG" in os.environ
        for flag, value in USUAL.items():
            variable = f"STANDIN_{flag.strip('-').replace('-', '_').upper()}"
            if not configured and variable not in os.environ and not self._has(flag):
                flags += [flag, value]
        return [*flags, *self.arguments]

    def server_environment(self) -> dict[str, str]:
        """Variables of the run's server: an address may have a password, and everybody sees the flags of a process."""
        if not self.is_remote or self.cassettes == os.environ.get(SHARED):
            return {}
        return {"STANDIN_CASSETTES": self.cassettes}

    def _has(self, flag: str) -> bool:
        return any(argument == flag or argument.startswith(f"{flag}=") for argument in self.arguments)


def has_recording(config_or_manager: Any) -> bool:
    """Whether pytest-recording is there: what is marked for it is its own, and so are the options of its names."""
    manager = getattr(config_or_manager, "pluginmanager", config_or_manager)
    return importlib.util.find_spec("pytest_recording") is not None and not manager.is_blocked("recording")


def leaves_vcr(config: pytest.Config) -> bool:
    """Whether the mark `vcr` is another plugin's: pytest-recording's or pytest-vcr's."""
    return has_recording(config) or any(map(config.pluginmanager.hasplugin, ("vcr", "pytest_vcr")))


def add_options(parser: pytest.Parser, manager: pytest.PytestPluginManager) -> None:
    """Options and ini values."""
    group = parser.getgroup("standin", "record and replay calls to LLM providers")
    # Where pytest-recording is installed these are its options, and they are read all the same.
    shared = not has_recording(manager)

    def option(name: str, alias: str | None, **how: Any) -> None:
        names = [name, alias] if alias and shared else [name]
        group.addoption(*names, dest=name.strip("-").replace("-", "_"), **how)

    option(
        "--standin-record", "--record-mode", choices=RECORD_MODES, default=None,
        help="none, once, new_episodes, all or rewrite (default: once; none where CI=true)",
    )  # fmt: skip
    option("--standin-cassettes", None, metavar="PLACE", default=None,
           help="a folder or redis://... (default: `cassettes/` beside each test file)")  # fmt: skip
    option("--standin-policy", None, choices=POLICIES, default=None,
           help="fixture (files in git) or cache (2xx alone, 24h, at most 50 calls; default for redis)")  # fmt: skip
    option("--standin-unplayed", None, choices=UNPLAYED, default=None,
           help="recorded calls that a passing test did not make: ignore, list (default) or error")  # fmt: skip
    option("--standin-disable", "--disable-recording", action="store_true", default=False,
           help="leave tests alone: they call providers themselves")  # fmt: skip
    option("--standin-block-network", "--block-network", action="store_true", default=False,
           help="refuse tests all sockets but standin's")  # fmt: skip
    option("--standin-allowed-hosts", "--allowed-hosts", metavar="PATTERNS", default=None,
           help="regular expressions, separated by commas, of hosts that are not blocked")  # fmt: skip
    option("--standin-args", None, metavar="FLAGS", default=None, help="more flags of `standin serve`")
    parser.addini("standin", "all, or marked for tests with the mark `standin` alone", default="marked")
    for name in ("cassettes", "record", "policy", "unplayed", "allowed_hosts"):
        parser.addini(f"standin_{name}", f"as --standin-{name.replace('_', '-')}", default="")
    parser.addini("standin_args", "as --standin-args", type="args", default=[])
    parser.addini("standin_block_network", "as --standin-block-network", type="bool", default=False)
    parser.addini("standin_skip", "file names and ends of node ids without a session", type="linelist", default=[])


def read(config: pytest.Config, options: Any = None) -> Settings:
    """The settings of a run, by the options that are known so far."""
    options = options or config.option

    def option(name: str) -> Any:
        return getattr(options, name, None)

    def among(name: str, value: str | None, choices: tuple[str, ...]) -> str | None:
        if value and value not in choices:
            raise pytest.UsageError(f"{name} = {value}: use {', '.join(choices)}")
        return value or None

    def chosen(name: str, shared: str | None = None) -> str | None:
        told = option(f"standin_{name}") or (shared and option(shared))
        return told or config.getini(f"standin_{name}") or None

    everywhere = among("standin", config.getini("standin"), ("all", "marked"))
    hosts = chosen("allowed_hosts", "allowed_hosts") or ""
    told = option("standin_args")
    disabled = os.environ.get("STANDIN_DISABLE", "").lower() not in ("", "0", "false")
    disabled = disabled or os.environ.get(SWITCH) == "1"
    return Settings(
        everywhere=everywhere == "all",
        disabled=bool(disabled or option("standin_disable") or option("disable_recording")),
        cassettes=chosen("cassettes") or os.environ.get("STANDIN_CASSETTES") or os.environ.get(SHARED),
        record=among("standin_record", chosen("record", "record_mode"), RECORD_MODES),
        policy=among("standin_policy", chosen("policy"), POLICIES),
        unplayed=among("standin_unplayed", chosen("unplayed"), UNPLAYED) or "list",
        skip=tuple(config.getini("standin_skip")),
        blocks_network=bool(option("standin_block_network") or option("block_network"))
        or config.getini("standin_block_network"),
        allowed_hosts=tuple(filter(None, hosts.split(","))),
        arguments=tuple(shlex.split(told) if told else config.getini("standin_args")),
    )
