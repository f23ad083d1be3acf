"""The stored objects of conformance/objects: cases, the rules that serve them, and the calls that ask for them."""

import dataclasses
import json
import pathlib

OBJECTS = pathlib.Path(__file__).resolve().parents[1] / "objects"

#: What a call of the endpoint has, where the case says nothing else.
CALLS = {
    "chat": {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "{case}"}]},
    "completions": {"model": "gpt-3.5-turbo-instruct", "prompt": "{case}"},
    "responses": {"model": "gpt-5-mini", "input": "{case}"},
    "messages": {"model": "claude-haiku-4-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "{case}"}]},
    "embeddings": {"model": "text-embedding-3-small", "input": "{case}"},
    "images": {"model": "gpt-image-1", "prompt": "{case}"},
    "image_edits": {"model": "gpt-image-1", "prompt": "{case}"},
    "transcriptions": {"model": "gpt-4o-transcribe", "prompt": "{case}"},
    "moderations": {"model": "omni-moderation-latest", "input": "{case}"},
}


@dataclasses.dataclass(frozen=True)
class Case:
    endpoint: str
    name: str
    request: dict
    response: object

    @property
    def text(self):
        """What the rule looks for; no case's text is a part of another's."""
        return f"case {self.endpoint}/{self.name}."

    @property
    def call(self):
        """The members of a call that this case answers."""
        return _filled({**CALLS[self.endpoint], **self.request}, self.text)

    def rule(self, **members):
        return {
            "name": f"{self.endpoint}/{self.name}",
            "endpoint": self.endpoint,
            "match": {"contains": self.text},
            "response": self.response,
            **members,
        }


def cases(endpoint):
    found = [_read(endpoint, path) for path in sorted((OBJECTS / endpoint).glob("*.json"))]
    assert found, f"no objects of {endpoint}"
    return found


def case(endpoint, name):
    return _read(endpoint, OBJECTS / endpoint / f"{name}.json")


def names(endpoint, but=()):
    """The names of the cases, for `parametrize`; those that a test leaves out have to exist."""
    found = [one.name for one in cases(endpoint)]
    assert set(but) <= set(found), but
    return [name for name in found if name not in but]


def document(*endpoints, **members):
    """A mocks file with all cases of the endpoints."""
    return {"mocks": [one.rule(**members) for endpoint in endpoints for one in cases(endpoint)]}


def _read(endpoint, path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert set(stored) <= {"case", "request", "response", "notes"}, path
    return Case(endpoint, path.stem, stored.get("request", {}), stored["response"])


def _filled(value, text):
    if isinstance(value, str):
        return value.replace("{case}", text)
    if isinstance(value, list):
        return [_filled(member, text) for member in value]
    if isinstance(value, dict):
        return {key: _filled(member, text) for key, member in value.items()}
    return value
