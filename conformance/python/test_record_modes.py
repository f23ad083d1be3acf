"""The record modes, as one table: what a row of identical calls gets, and what is stored after it.

In the answers, `1` is the cassette's first interaction replayed, `+` is an answer of the upstream that is recorded,
and a word is the code of a refusal.
"""

import json

import openai
import pytest

import corpus
import recording
from recording import CHAT, WHICH_STEP, Session, chat, post, step_of, stored
from wire import Call, all_at_once, eventually

STALE, EXHAUSTED, MISSING = "interaction_out_of_date", "interactions_exhausted", "cassette_missing"
ASKED = chat(WHICH_STEP)
OTHER = chat(WHICH_STEP, seed=7)

#: (cassette, how it is chosen) -> mode -> what five identical calls get.
#: `three` holds three answers to the call, `other` holds none, `missing` is not there.
TABLE = {
    ("three", "name"): {
        "none": "1 1 1 1 1",
        "once": "1 1 1 1 1",
        "new_episodes": "1 1 1 1 1",
        "all": "+ + + + +",
    },
    ("three", "repeat"): {
        "none": "1 2 3 3 3",
        "once": "1 2 3 3 3",
        "new_episodes": "1 2 3 3 3",
        "all": "+ + + + +",
    },
    ("three", "error"): {
        "none": f"1 2 3 {EXHAUSTED} {EXHAUSTED}",
        "once": f"1 2 3 {EXHAUSTED} {EXHAUSTED}",
        "new_episodes": "1 2 3 + +",
        "all": "+ + + + +",
    },
    ("other", "name"): {
        "none": f"{STALE} " * 5,
        "once": f"{STALE} " * 5,
        "new_episodes": "+ 2 2 2 2",
        "all": "+ + + + +",
    },
    ("other", "repeat"): {
        "none": f"{STALE} " * 5,
        "once": f"{STALE} " * 5,
        "new_episodes": "+ + + + +",
        "all": "+ + + + +",
    },
    ("missing", "name"): {
        "none": f"{MISSING} " * 5,
        "once": "+ 1 1 1 1",
        "new_episodes": "+ 1 1 1 1",
        "all": "+ + + + +",
    },
    ("missing", "repeat"): {
        "none": f"{MISSING} " * 5,
        "once": "+ + + + +",
        "new_episodes": "+ + + + +",
        "all": "+ + + + +",
    },
}
for cassette in ("other", "missing"):
    # Where there is nothing to exhaust it changes nothing.
    TABLE[cassette, "error"] = TABLE[cassette, "repeat"]
SITUATIONS = [
    pytest.param(cassette, how, mode, answers.split(), id=f"{cassette}-{how}-{mode}")
    for (cassette, how), modes in TABLE.items()
    for mode, answers in modes.items()
]


def prepare(folder, cassette):
    """Cassettes as vcrpy writes them. The stub numbers its answers from one: these are told apart by hundreds."""
    asked = {"three": [ASKED] * 3, "other": [OTHER], "missing": []}[cassette]
    exchanges = [
        corpus.Exchange(
            "POST", f"https://api.openai.com{CHAT}", {"content-type": ["application/json"]}, body,
            200, "OK", {"content-type": ["application/json"]}, numbered((at + 1) * 100),
        )
        for at, body in enumerate(asked)
    ]  # fmt: skip
    if exchanges:
        corpus.vcrpy_save(folder / "tape.yaml", exchanges)
    return exchanges


def as_go_vcr(binary, path):
    corpus.convert(binary, path, "go-vcr", path.with_suffix(".converted")).rename(path)


def numbered(number):
    content = f"It is step {number}."
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}).encode()


def callers(server, how, mode):
    """How to call, and how to end."""
    if how == "name":
        return (lambda: post(server, body=ASKED, cassette="tape")), lambda: None
    session = Session(server, "tape", record=mode, exhausted=how)
    return (lambda: session.post(body=ASKED)), session.end


@pytest.mark.parametrize("format", ["vcrpy", "go-vcr"])
@pytest.mark.parametrize("cassette,how,mode,expected", SITUATIONS)
def test_five_identical_calls(standin_bin, recorder, upstream, cassettes, cassette, how, mode, expected, format):
    before = prepare(cassettes, cassette)
    if before and format == "go-vcr":
        as_go_vcr(standin_bin, cassettes / "tape.yaml")
    # Sessions say their mode; by name it is the server's.
    server = recorder("--cassette-format", format, *(["--record", mode] if how == "name" else []))
    call, end = callers(server, how, mode)
    answers = [call() for _ in expected]
    report = end()
    server.stop()
    after = stored(cassettes)
    assert [shown(answer, before, after) for answer in answers] == expected
    recorded = expected.count("+")
    assert len(upstream.calls()) == recorded
    assert len(after) == len(before) + recorded
    # What was there stays as it was, in front; what is new stands in the order of the calls.
    assert [one["body"] for one in after[: len(before)]] == [one.body for one in before]
    steps = [json.loads(one["body"])["choices"][0]["message"]["content"] for one in after[len(before) :]]
    assert steps == [f"It is step {number + 1}." for number in range(recorded)]
    if report:
        check_report(report, expected, len(after))


def shown(answer, before, after):
    if answer.error:
        assert answer.source == "refusal"
        return answer.error
    if answer.source == "upstream":
        return "+"
    assert answer.source == "tape"
    contents = [one.body for one in before] + [one["body"] for one in after[len(before) :]]
    steps = [json.loads(body)["choices"][0]["message"]["content"] for body in contents]
    return str(steps.index(f"It is step {step_of(answer)}.") + 1)


def check_report(report, expected, entries):
    recorded = expected.count("+")
    played = sum(word.isdigit() for word in expected)
    refused = len(expected) - recorded - played
    assert (report["played"], report["recorded"], report["missed"]) == (played, recorded, refused)
    assert report["saved"] == (recorded > 0), report["reason"]
    assert report["entries"] == entries
    assert report["verdict"] == ("HIT" if played == len(expected) else "PARTIAL" if played else "MISS")


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "all"])
def test_an_unnamed_call_is_replayed_from_any_cassette(recorder, upstream, cassettes, mode):
    prepare(cassettes, "three")
    server = recorder("--record", mode)
    assert [step_of(post(server, body=ASKED)) for _ in range(2)] == [100, 100]
    assert post(server, body=OTHER).error == "cassette_not_named"
    assert upstream.calls() == []


def test_once_stays_open_until_the_server_stops(recorder, upstream, cassettes):
    """A cassette that this run created takes new content; one that was there when it began takes none."""
    server = recorder()
    for seed in range(3):
        assert post(server, body=chat(seed=seed), cassette="tape").source == "upstream"
        assert post(server, body=chat(seed=seed), cassette="tape").source == "tape"
    server.stop()
    server = recorder()
    assert post(server, body=chat(seed=2), cassette="tape").source == "tape"
    refused = post(server, body=chat(seed=3), cassette="tape")
    assert (refused.status, refused.error, refused.header("x-should-retry")) == (409, STALE, "false")
    assert post(server, body=chat(seed=3), cassette="new").source == "upstream"
    server.stop()
    assert len(upstream.calls()) == 4
    assert len(stored(cassettes)) == 3


def test_once_closes_with_the_session_that_created_it(recorder, cassettes):
    server = recorder()
    first = Session(server, "tape")
    assert first.post(body=chat(seed=1)).source == "upstream"
    assert first.post(body=chat(seed=2)).source == "upstream"
    assert first.end()["saved"]
    second = Session(server, "tape")
    assert second.post(body=chat(seed=1)).source == "tape"
    assert second.post(body=chat(seed=3)).error == STALE
    assert second.end()["verdict"] == "PARTIAL"


def test_a_session_records_what_changes(recorder, replayer, upstream):
    """Polling: each answer is recorded, and the next session gets them in order."""
    server = recorder()
    session = Session(server, "tape")
    assert [step_of(session.post(body=ASKED)) for _ in range(3)] == [1, 2, 3]
    report = session.end()
    assert (report["verdict"], report["played"], report["missed"], report["recorded"]) == ("MISS", 0, 0, 3)
    assert (report["entries"], report["unplayed"], report["saved"]) == (3, [], True)
    server.stop()
    server = replayer()
    session = Session(server, "tape")
    assert [step_of(session.post(body=ASKED)) for _ in range(4)] == [1, 2, 3, 3]
    assert session.end()["verdict"] == "HIT"


def test_the_sessions_environment_records(recorder, upstream, cassettes):
    session = Session(recorder(), "tape")
    client = openai.OpenAI(base_url=session.env["OPENAI_BASE_URL"], api_key=session.env["OPENAI_API_KEY"])
    client.chat.completions.create(model="gpt-5-nano", messages=recording.HELLO)
    assert session.end()["recorded"] == 1
    assert upstream.only_call()["path"] == CHAT


@pytest.mark.parametrize("mode", ["once", "new_episodes"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_hundred_identical_misses_make_one_call(recorder, upstream, cassettes, mode, stream):
    frames = ["data: {}\n\n", recording.gate(), "data: [DONE]\n\n"]
    kind = "text/event-stream" if stream else "text/plain"
    upstream.plan(CHAT, *frames, headers={"Content-Type": kind})
    server = recorder("--record", mode, "--pace", "none")

    def call(number):
        if number == 100:
            # The answer waits until it was asked for: the others come while it is on its way.
            return eventually(upstream.calls, "the call arrived") and upstream.release()
        return post(server, body=chat(stream=stream), cassette="tape")

    answers = all_at_once(101, call)[:100]
    assert {(answer.status, answer.body, answer.complete) for answer in answers} == {
        (200, b"data: {}\n\ndata: [DONE]\n\n", True)
    }
    assert len(upstream.calls()) == 1
    assert [answer.source for answer in answers].count("upstream") >= 1
    server.stop()
    assert len(stored(cassettes)) == 1


def test_a_hundred_different_misses_make_a_hundred_calls(recorder, upstream, cassettes):
    server = recorder()
    answers = all_at_once(100, lambda number: post(server, body=chat(seed=number), cassette="tape"))
    assert {answer.source for answer in answers} == {"upstream"}
    assert len(upstream.calls()) == 100
    server.stop()
    assert {json.loads(one["request_body"])["seed"] for one in stored(cassettes)} == set(range(100))


def test_a_hundred_identical_calls_of_a_session_are_each_recorded(recorder, upstream, cassettes):
    server = recorder()
    session = Session(server, "tape")
    answers = all_at_once(100, lambda _: session.post(body=ASKED))
    assert sorted(step_of(answer) for answer in answers) == list(range(1, 101))
    assert session.end()["recorded"] == 100
    server.stop()
    assert len(stored(cassettes)) == 100


def test_a_failure_reaches_everyone_who_waited_for_it(recorder, upstream, cassettes):
    """Nobody hangs, and nobody gets anything else than an answer of the upstream."""
    upstream.plan_json(CHAT, {"error": {}}, status=500)
    server = recorder()
    answers = all_at_once(20, lambda _: post(server, cassette="tape"))
    assert {(answer.status, answer.source) for answer in answers} == {(500, "upstream")}
    server.stop()
    assert stored(cassettes) == []


def test_the_first_of_many_may_leave(recorder, upstream, cassettes):
    """The others still get the answer that it was the first to ask for."""
    upstream.plan_sse(CHAT, "data: {}\n\n", recording.gate(), "data: [DONE]\n\n")
    server = recorder("--pace", "none")
    ask = {"Content-Type": "application/json", "X-Cassette-Name": "tape"}
    first = Call(server.url, "POST", CHAT, chat(), ask)
    eventually(upstream.calls, "the call arrived")

    def call(number):
        if number == 10:
            first.head()
            first.leave()
            return upstream.release()
        return post(server, cassette="tape")

    answers = all_at_once(11, call)[:10]
    assert {answer.body for answer in answers} == {b"data: {}\n\ndata: [DONE]\n\n"}
    assert len(upstream.calls()) == 1
