"""The real go-vcr, through the small Go program in conformance/go."""

import base64
import json
import pathlib
import subprocess

import corpus
from corpus import Exchange

REPO = pathlib.Path(__file__).resolve().parents[2]
#: gopkg.in/yaml.v3, which go-vcr used up to 4.0.2, and go.yaml.in/yaml/v4, which it uses since.
ENGINES = ("v3", "v4")


def build():
    """Builds the probe and returns its path."""
    output = REPO / "target" / "conformance" / "goprobe"
    output.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", output, "."], cwd=REPO / "conformance" / "go", check=True)
    return str(output)


def run(binary, *arguments, given=None):
    command = [binary, *map(str, arguments)]
    data = None if given is None else json.dumps(given).encode()
    done = subprocess.run(command, input=data, capture_output=True, timeout=120)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.decode(errors='replace')}"
    return json.loads(done.stdout) if done.stdout else None


def load(binary, path, engine="v4"):
    """What go-vcr loads: dictionaries of all its fields by their Go names, empty ones left out."""
    interactions = []
    for one in run(binary, "load", path, engine):
        for side in ("Request", "Response"):
            # An empty map and none at all are the same to go-vcr.
            fields = {key: value for key, value in one[side].items() if value not in ("", None, [], {})}
            fields["Body"] = base64.b64decode(one[side + "Body"] or "")
            one[side] = fields
        interactions.append({"Request": one["Request"], "Response": one["Response"]})
    return interactions


def exchanges(interactions):
    return [
        Exchange(
            method=request["Method"],
            url=request["URL"],
            request_headers=request.get("Headers", {}),
            request_body=request["Body"],
            status=response["Code"],
            reason=response.get("Status", "").removeprefix(str(response["Code"])).strip(),
            headers=response.get("Headers", {}),
            body=response["Body"],
        )
        for request, response in ((one["Request"], one["Response"]) for one in interactions)
    ]


def original(binary, path):
    """What a cassette of either format holds, by its own library."""
    if path.read_bytes().startswith(b"---"):
        return exchanges(load(binary, path))
    return corpus.vcrpy_load(path, "lenient")


def interactions(exchanges, request=None, response=None):
    """Exchanges for the probe; `request` and `response` add fields by their Go names."""
    return [
        {
            "Request": {
                "Proto": "HTTP/1.1",
                "ProtoMajor": 1,
                "ProtoMinor": 1,
                "ContentLength": len(one.request_body),
                "Host": one.url.split("/")[2],
                "Headers": one.request_headers,
                "URL": one.url,
                "Method": one.method,
                **(request or {}),
            },
            "RequestBody": base64.b64encode(one.request_body).decode(),
            "Response": {
                "Proto": "HTTP/2.0",
                "ProtoMajor": 2,
                "ContentLength": -1,
                "Headers": one.headers,
                "Status": f"{one.status} {one.reason}",
                "Code": one.status,
                "Duration": 616186,
                **(response or {}),
            },
            "ResponseBody": base64.b64encode(one.body).decode(),
        }
        for one in exchanges
    ]


def save(binary, path, exchanges, engine="v4", **fields):
    """Lets go-vcr write a cassette."""
    run(binary, "save", path, engine, given=interactions(exchanges, **fields))


def survives(binary, exchanges, engine):
    """For each exchange, whether the engine reads back what it wrote itself."""
    return run(binary, "survives", engine, given=interactions(exchanges))


def replay(binary, path):
    """Status, reason, headers and body that go-vcr's recorder answers to each recorded request."""
    return [
        (one["Status"], one["Reason"], one["Headers"] or {}, base64.b64decode(one["Body"]))
        for one in run(binary, "replay", path)
    ]
