"""What a test sees of its session: variables, for as long as it runs."""

from __future__ import annotations

import os

#: Credentials that SDKs would send beside or instead of standin's worthless ones.
WITHHELD = ("ANTHROPIC_AUTH_TOKEN", "AZURE_OPENAI_AD_TOKEN", "OPENAI_ADMIN_KEY")
#: What may have been chosen for a reason, and is no secret.
KEPT = ("AZURE_API_VERSION", "OPENAI_API_VERSION")
PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy")


class Environment:
    """Variables that are set, and how they were before."""

    def __init__(self, variables: dict[str, str], url: str) -> None:
        wanted: dict[str, str | None] = dict.fromkeys(WITHHELD)
        wanted.update((name, value) for name, value in variables.items() if name not in KEPT or name not in os.environ)
        wanted["STANDIN_URL"] = url
        if any(name in os.environ for name in PROXIES):
            # A proxy would be asked for an address of this machine.
            for name in ("NO_PROXY", "no_proxy"):
                wanted[name] = ",".join(filter(None, ["127.0.0.1", "localhost", os.environ.get(name)]))
        self._before = {name: os.environ.get(name) for name in wanted}
        _set(wanted)

    def restore(self) -> None:
        """Puts everything back."""
        _set(self._before)


def _set(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
