"""Sockets of a test: which providers it called past standin, and, where that is wanted, no socket but standin's.

Python tells of every look-up and connection of its `socket` module by audit events. Code that opens sockets by itself
(gRPC, uvloop) and other processes are not seen.
"""

from __future__ import annotations

import re
import socket
import sys
import threading
from typing import Any, Iterable

#: Hosts of providers, by their ends.
PROVIDERS = (
    "anthropic.com",
    "api.x.ai",
    "cohere.com",
    "deepseek.com",
    "fireworks.ai",
    "googleapis.com",
    "groq.com",
    "huggingface.co",
    "integrate.api.nvidia.com",
    "mistral.ai",
    "openai.azure.com",
    "openai.com",
    "openrouter.ai",
    "perplexity.ai",
    "replicate.com",
    "together.ai",
    "together.xyz",
)
BEDROCK = re.compile(r"(^|\.)bedrock[\w.-]*\.amazonaws\.com$")


class NetworkBlocked(RuntimeError):
    """A test opened a socket that it may not."""


def is_provider(host: str) -> bool:
    """Whether calls to a host cost money."""
    host = host.rstrip(".").lower()
    return any(host == end or host.endswith(f".{end}") for end in PROVIDERS) or bool(BEDROCK.search(host))


class Watch:
    """What is seen of one test's sockets, and what is allowed."""

    def __init__(self, server: tuple[str, int] | None, allowed: Iterable[str] | None) -> None:
        self.providers: list[str] = []
        self._server = server
        self._blocks = allowed is not None
        self._allowed = [re.compile(pattern) for pattern in allowed or ()]
        self._addresses: set[str] = set()

    def looked_up(self, host: str) -> None:
        if is_provider(host) and host not in self.providers:
            self.providers.append(host)
        if not self._blocks or (self._server and host == self._server[0]):
            return
        self._admit(host)
        # What a name that is allowed stands for is allowed as well.
        self._addresses.update(str(found[4][0]) for found in socket.getaddrinfo(host, None))

    def connected(self, address: Any) -> None:
        # Others are of this machine: Unix's have a path.
        if not self._blocks or not isinstance(address, tuple):
            return
        host = str(address[0])
        if tuple(address[:2]) != self._server and host not in self._addresses:
            self._admit(host)

    def _admit(self, host: str) -> None:
        if not any(pattern.match(host) for pattern in self._allowed):
            raise NetworkBlocked(f"network is blocked for {host}: a test calls standin alone, or one of --allowed-hosts")


class _Hook:
    """The one audit hook of the process. Python has no way to take it away again."""

    def __init__(self) -> None:
        self.watch: Watch | None = None
        self.installed = False
        self._inside = threading.local()

    def install(self) -> None:
        if not self.installed:
            self.installed = True
            sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        watch = self.watch
        if watch is None or not event.startswith("socket."):
            return
        if getattr(self._inside, "active", False):
            return
        self._inside.active = True
        try:
            if event in ("socket.getaddrinfo", "socket.gethostbyname") and arguments[0]:
                host = arguments[0]
                watch.looked_up(host.decode() if isinstance(host, bytes) else str(host))
            elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
                watch.connected(arguments[1])
        finally:
            self._inside.active = False


hook = _Hook()
