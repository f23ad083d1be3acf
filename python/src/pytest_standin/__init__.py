"""Record and replay calls to LLM providers in pytest, through one standin server per run.

- `plugin` is what pytest sees: options, hooks and the `standin` fixture;
- `settings` reads options, ini values and the environment once;
- `selection` says which tests have a session, and why others have none; `vcr` what those say that were written for
  pytest-recording;
- `naming` names cassettes as pytest-recording does;
- `binary` finds the program, `server` runs it, `door` tells workers of xdist where it is, `control` talks to it;
- `session` is one test's session, `environment` what the test sees of it;
- `network` watches sockets: calls that go past standin, and strictness;
- `verdict` is what is known of a test at its end, `summary` what is told of all of them.
"""

from .network import NetworkBlocked
from .session import Session, Unplayed

__all__ = ["NetworkBlocked", "Session", "Unplayed"]
