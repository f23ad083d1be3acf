"""What an official SDK adds to an object that it puts together from a stream. Nothing else may differ.

A rule names a place, and what may stand there although the stored object has nothing at that place. Where the
stored object has something, it has to come back.
"""

import dataclasses
import json

ANYTHING = object()


@dataclasses.dataclass(frozen=True)
class Added:
    #: Keys from the root; `*` is each item of a list.
    place: tuple
    why: str
    value: object = None


def _added(place, why, value=None):
    return Added(tuple(place.split("/")), why, value)


OPENAI_CHAT = [
    _added("choices/*/message/parsed", "what a response_format parsed, null without one", ANYTHING),
    _added("choices/*/message/tool_calls/*/function/parsed_arguments", "what strict tools parsed, null without"),
    _added("choices/*/message/tool_calls/*/index", "stays from the delta", ANYTHING),
    _added("choices/*/message/audio", "a member of the class"),
    _added("choices/*/message/function_call", "a member of the class"),
    _added("choices/*/message/tool_calls", "a member of the class"),
]

OPENAI_RESPONSES = [
    _added("output/*/content/*/parsed", "what a text_format parsed, null without one", ANYTHING),
    _added("output/*/parsed_arguments", "what strict tools parsed, null without"),
]

ANTHROPIC = [
    _added("stop_details", "taken from message_delta, where it is null or left out"),
]


def without(reassembled, stored, rules):
    """The reassembled object without what the SDK added to the stored one."""
    return _without(reassembled, stored, (), rules)


def _without(value, stored, place, rules):
    if isinstance(value, dict):
        known = stored if isinstance(stored, dict) else {}
        return {
            key: _without(member, known.get(key), (*place, key), rules)
            for key, member in value.items()
            if key in known or not _is_noise(member, (*place, key), rules)
        }
    if isinstance(value, list):
        known = stored if isinstance(stored, list) else []
        return [
            _without(member, known[at] if at < len(known) else None, (*place, "*"), rules)
            for at, member in enumerate(value)
        ]
    return value


def _is_noise(value, place, rules):
    return any(rule.place == place and (rule.value is ANYTHING or rule.value == value) for rule in rules)


def assert_same(got, stored):
    """Equal, and true is not 1. Whether a number has a point is the SDK's: its classes say so."""
    assert _told_apart(got) == _told_apart(stored)


def _told_apart(value):
    if isinstance(value, bool):
        return "true" if value else "false", bool
    if isinstance(value, dict):
        return {key: _told_apart(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_told_apart(member) for member in value]
    return value


def assert_identical(text, stored):
    """The JSON text of a body holds the object with its keys in their order."""
    assert json.loads(text) == stored
    assert json.dumps(json.loads(text)) == json.dumps(stored)
