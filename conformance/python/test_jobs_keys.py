"""Asynchronous jobs: whose they are. A job of a virtual key is there for callers with that key alone."""

import itertools
import json

import pytest

from jobs import ELEVEN, MISSING, NO_KEY, accepted, body_of, control, ended, finished, message, poll, problem, refused, submit
from wire import eventually, exchange

CHAT = "chat/completions"
ONE, TWO, IDLE = "sk-bf-one", "sk-bf-two", "sk-bf-idle"
KEYS = [
    {"id": "one", "name": "One", "value": ONE},
    {"id": "two", "value": TWO},
    {"id": "idle", "value": IDLE, "active": False},
    {"id": "plain", "value": "no-prefix"},
    {"id": "claude", "value": "sk-bf-claude", "providers": ["anthropic"]},
    {"id": "mini", "value": "sk-bf-mini", "models": ["gpt-4o-mini", "anthropic/claude-haiku-4-5"]},
    {"id": "poor", "value": "sk-bf-poor", "budget_requests": 2},
]
#: How each header carries a key, the first of them first where a call has several.
CARRIERS = {
    "x-bf-vk": lambda key: key,
    "Authorization": lambda key: f"Bearer {key}",
    "x-api-key": lambda key: key,
    "x-goog-api-key": lambda key: key,
    "api-key": lambda key: key,
}


def keyed(serve, *arguments):
    server = serve(*arguments)
    control(server, "PUT", "virtual-keys", KEYS)
    return server


@pytest.fixture(scope="module")
def server(start):
    return keyed(start)


@pytest.fixture
def fresh(serve):
    return keyed(serve)


def test_a_list_does_not_tell_of_jobs_of_others(server):
    theirs, mine = accepted(server, headers={"x-bf-vk": TWO}), accepted(server, headers={"x-bf-vk": ONE})

    def after(id, key):
        return exchange(server.url, "GET", f"/v1/async/jobs?after={id}", b"", {"x-bf-vk": key} if key else {})

    unknown = after("00000000-0000-4000-8000-000000000000", ONE)
    assert message(unknown) == message(after(theirs, ONE))
    assert message(after(theirs, "")) == message(unknown)
    assert theirs not in [job["id"] for job in after(mine, ONE).json()["data"]]


def vk(value):
    return {} if value is None else {"x-bf-vk": value}


def carried(header, value):
    return {header: CARRIERS[header](value)}


CALLERS = {"nobody": None, "one": ONE, "two": TWO, "unknown": "sk-bf-unknown", "idle": IDLE}


def bodies_of(answers):
    """What answers have in common: all of it, where it is one."""
    return {(answer.status, answer.body, answer.header("content-type")) for answer in answers}


@pytest.mark.parametrize("owner", [None, ONE, IDLE])
def test_who_sees_a_job(server, owner):
    job = accepted(server, headers=vk(owner))
    ended(server, CHAT, job, vk(owner))
    seen = {name: poll(server, CHAT, job, vk(key)) for name, key in CALLERS.items()}
    allowed = set(CALLERS) if owner is None else {name for name, key in CALLERS.items() if key == owner}
    assert {name for name, answer in seen.items() if answer.status == 200} == allowed
    others = [answer for name, answer in seen.items() if name not in allowed]
    nothing = poll(server, CHAT, "00000000-0000-4000-8000-000000000000", vk(owner))
    assert message(nothing, 404) == MISSING
    assert len(bodies_of([*others, nothing])) == 1, "who is told apart learns that there is a job"


def test_why_is_told_where_that_is_wanted(serve):
    server = keyed(serve, "--job-reasons")
    job = finished(server, headers=vk(ONE))["id"]
    asked = [(CHAT, None), (CHAT, "sk-bf-unknown"), (CHAT, TWO), ("ocr", ONE), ("ocr", TWO)]
    answers = [poll(server, name, job, vk(key)) for name, key in asked]
    assert {message(answer, 404) for answer in answers} == {MISSING}
    assert [answer.header("x-standin-reason") for answer in answers] == [
        "virtual key is required", "virtual key not found", "virtual key mismatch", "operation type mismatch", "virtual key mismatch",
    ]


@pytest.mark.parametrize("of", [None, ONE])
def test_the_type_is_seen_after_the_key(server, of):
    job = finished(server, headers=vk(of))["id"]
    wrong = [poll(server, name, job, vk(key)) for name in ELEVEN if name != CHAT for key in CALLERS.values()]
    right = [] if of is None else [poll(server, CHAT, job, vk(TWO))]
    assert len(bodies_of(wrong + right)) == 1 and message(wrong[0], 404) == MISSING


@pytest.mark.parametrize("asking", CARRIERS)
@pytest.mark.parametrize("submitting", CARRIERS)
def test_a_key_in_any_header(server, submitting, asking):
    job = accepted(server, "embeddings", headers=carried(submitting, ONE))
    assert poll(server, "embeddings", job).status == 404
    assert poll(server, "embeddings", job, carried(asking, TWO)).status == 404
    assert poll(server, "embeddings", job, carried(asking, ONE)).status in (200, 202)


@pytest.mark.parametrize("pair", list(itertools.combinations(CARRIERS, 2)), ids=" ".join)
def test_one_order_of_headers(server, pair):
    """Wherever they stand."""
    first, second = pair
    both = [(first, CARRIERS[first](ONE)), (second, CARRIERS[second](TWO))]
    for headers in (both, both[::-1]):
        job = accepted(server, "embeddings", headers=headers)
        assert poll(server, "embeddings", job, vk(ONE)).status in (200, 202)
        assert poll(server, "embeddings", job, vk(TWO)).status == 404
        assert poll(server, "embeddings", job, headers).status in (200, 202)


def owner_of(server, headers):
    job = accepted(server, "embeddings", headers=headers)
    (found,) = [each for each in control(server, "GET", "jobs")["jobs"] if each["id"] == job]
    return found["virtual_key_id"]


@pytest.mark.parametrize("value", [f"bearer {ONE}", f"BEARER {ONE}", f"Bearer  {ONE} ", f"bEaReR {ONE}"])
def test_the_scheme_is_read_in_any_case(server, value):
    assert owner_of(server, {"Authorization": value}) == "one"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer sk-proj-x"},
        {"Authorization": f"Basic {ONE}"},
        {"Authorization": ONE},
        {"Authorization": "Bearer"},
        {"x-bf-vk": ""},
        {"x-api-key": "sk-ant-x"},
        {"x-goog-api-key": "AIza"},
        {"api-key": "0123"},
    ],
    ids=str,
)
def test_no_key_at_all(server, headers):
    assert owner_of(server, headers) is None


def test_an_empty_header_hides_no_other(server):
    assert owner_of(server, {"x-bf-vk": "", "Authorization": f"Bearer {ONE}"}) == "one"
    assert owner_of(server, {"Authorization": "Bearer sk-proj-x", "x-api-key": ONE}) == "one"


def test_its_own_header_needs_no_prefix(server):
    assert owner_of(server, vk("no-prefix")) == "plain"
    assert owner_of(server, {"Authorization": "Bearer no-prefix"}) is None


@pytest.mark.parametrize("header", CARRIERS)
@pytest.mark.parametrize("value", ["SK-BF-ONE", "Sk-Bf-one", "sk-bf-One", "sk-bf-on", "sk-bf-one2", "sk-bf-"])
def test_a_value_is_looked_up_as_it_is(server, header, value):
    refused(server, CHAT, None, NO_KEY, carried(header, value))


@pytest.mark.parametrize("name", ELEVEN)
def test_an_unknown_key(server, name):
    refused(server, name, None, NO_KEY, vk("sk-bf-unknown"))


@pytest.mark.parametrize("path", ["/openai/v1/responses", "/openai/v1/chat/completions", "/anthropic/v1/messages"])
def test_an_unknown_key_at_a_providers_path(server, path):
    before = control(server, "GET", "jobs")["counts"]
    body = {"model": "gpt-4o", "input": "x", "messages": [{"role": "user", "content": "x"}], "max_tokens": 9}
    headers = {"x-bf-async": "true", "x-bf-vk": "sk-bf-unknown"}
    answer = exchange(server.url, "POST", path, json.dumps(body).encode(), headers)
    assert (answer.status, answer.json()["error"]["message"]) == (400, NO_KEY)
    # Other jobs may end meanwhile.
    assert sum(control(server, "GET", "jobs")["counts"].values()) == sum(before.values())


def test_another_value_of_the_same_key(fresh):
    job = finished(fresh, headers=vk(ONE))["id"]
    control(fresh, "PUT", "virtual-keys", [{**KEYS[0], "value": "sk-bf-new"}, *KEYS[1:]])
    assert poll(fresh, CHAT, job, vk("sk-bf-new")).status == 200
    assert message(poll(fresh, CHAT, job, vk(ONE)), 404) == MISSING


def test_a_key_that_is_gone(fresh):
    job, held = finished(fresh, headers=vk(ONE))["id"], accepted(fresh, headers={**vk(ONE), "x-standin-async": "hold"})
    control(fresh, "PUT", "virtual-keys", KEYS[1:])
    assert {message(poll(fresh, CHAT, each, vk(ONE)), 404) for each in (job, held)} == {MISSING}
    refused(fresh, CHAT, None, NO_KEY, vk(ONE))


def test_a_run_whose_key_is_gone(fresh):
    job = accepted(fresh, headers={**vk(ONE), "x-standin-async": "hold"})
    control(fresh, "PUT", "virtual-keys", KEYS[1:])
    control(fresh, "POST", f"jobs/{job}/release")
    eventually(lambda: control(fresh, "GET", f"jobs/{job}")["status"] == "failed", "the job is run")
    control(fresh, "PUT", "virtual-keys", KEYS)
    envelope = poll(fresh, CHAT, job, vk(ONE)).json()
    assert (envelope["status_code"], envelope["error"]["error"]["type"]) == (401, "virtual_key_not_found")


def failed(server, key, model="openai/gpt-4o"):
    """The status and the type of the error that a job of a key fails with."""
    headers = {} if key is None else vk(key)
    job = accepted(server, CHAT, {**body_of(CHAT), "model": model}, headers)
    envelope = ended(server, CHAT, job, headers).json()
    assert envelope["status"] == "failed", envelope
    assert envelope["error"]["status_code"] == envelope["status_code"]
    return envelope["status_code"], envelope["error"]["error"].get("type")


def test_what_a_key_may_not_ask_for(fresh):
    assert failed(fresh, IDLE) == (403, "virtual_key_blocked")
    assert failed(fresh, "sk-bf-claude")[0] == 403
    assert failed(fresh, "sk-bf-mini")[0] == 403
    assert failed(fresh, "sk-bf-claude")[1] and failed(fresh, "sk-bf-mini")[1]


def test_what_a_key_may_ask_for(fresh):
    for key, model in [
        ("sk-bf-claude", "anthropic/claude-haiku-4-5"),
        ("sk-bf-mini", "openai/gpt-4o-mini"),
        ("sk-bf-mini", "anthropic/claude-haiku-4-5"),
    ]:
        envelope = finished(fresh, CHAT, {**body_of(CHAT), "model": model}, vk(key))
        assert envelope["status"] == "completed", envelope


def test_a_budget(fresh):
    assert [finished(fresh, headers=vk("sk-bf-poor"))["status"] for _ in range(2)] == ["completed"] * 2
    status, kind = failed(fresh, "sk-bf-poor")
    assert status == 402 and kind
    assert finished(fresh, headers=vk(ONE))["status"] == "completed"


def test_a_key_is_asked_for_when_it_is_run(serve):
    server = keyed(serve, "--jobs-without-key", "fail")
    assert failed(server, None) == (401, "virtual_key_required")
    assert finished(server, headers=vk(ONE))["status"] == "completed"


def test_a_key_is_asked_for_at_once(serve):
    server = keyed(serve, "--jobs-without-key", "refuse")
    value = problem(submit(server, CHAT), 401)
    assert "virtual_key_required" in (value.get("type"), value["error"].get("type"))
    assert control(server, "GET", "jobs").get("counts", {}) in ({}, dict.fromkeys(["pending", "processing", "completed", "failed"], 0))
    assert finished(server, headers=vk(ONE))["status"] == "completed"


def test_keys_of_a_file(serve, tmp_path):
    file = tmp_path / "standin.toml"
    file.write_text(
        '[[virtual-keys]]\nid = "one"\nname = "One"\nvalue = "sk-bf-one"\nbudget-requests = 1\n'
        '[[virtual-keys]]\nid = "idle"\nvalue = "sk-bf-idle"\nactive = false\nproviders = ["openai"]\nmodels = ["gpt-4o"]\n'
    )
    server = serve("--config", file)
    assert finished(server, headers=vk(ONE))["status"] == "completed"
    assert failed(server, ONE)[0] == 402
    assert failed(server, IDLE) == (403, "virtual_key_blocked")
    refused(server, CHAT, None, NO_KEY, vk(TWO))


def test_a_value_is_told_to_nobody(fresh):
    job = finished(fresh, headers=vk(ONE))["id"]
    told = [control(fresh, "GET", path) for path in ("virtual-keys", "jobs", f"jobs/{job}", "journal")]
    assert all(key["value"] not in json.dumps(told) for key in KEYS)
