"""The events of a stream as they stand in its bytes, read as the standard says and as no SDK would."""

import dataclasses
import json


@dataclasses.dataclass(frozen=True)
class Event:
    name: str | None
    data: str

    def json(self):
        return json.loads(self.data)


def events(body):
    """All events of a body; anything but `event:` and `data:` lines fails."""
    text = body.decode("utf-8")
    assert text.endswith("\n\n"), text[-40:]
    return [_event(block) for block in text[:-2].split("\n\n")]


def _event(block):
    lines = block.split("\n")
    name = lines.pop(0).removeprefix("event: ") if lines[0].startswith("event: ") else None
    assert len(lines) == 1 and lines[0].startswith("data: "), block
    return Event(name, lines[0].removeprefix("data: "))


def documents(body):
    """The JSON of all events of a stream that OpenAI ends with `[DONE]`."""
    *found, done = events(body)
    assert done == Event(None, "[DONE]")
    assert all(event.name is None for event in found)
    return [event.json() for event in found]


#: `str.splitlines` ends lines at these, and clients that use it would cut a JSON in two.
ENDS_OF_LINES = "\x0b\x0c\x1c\x1d\x1e\u0085\u2028\u2029"


def assert_no_line_ends_inside(body):
    text = body.decode("utf-8")
    found = [f"U+{ord(end):04X}" for end in ENDS_OF_LINES if end in text]
    assert not found, found
