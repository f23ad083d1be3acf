"""What is told at the end, of verdicts and places that a real run has rarely."""

from pytest_standin import summary
from pytest_standin.verdict import Verdict


def sections(verdicts, cassettes=None, unplayed="list"):
    return dict(summary.lines(verdicts, cassettes, unplayed))


def test_all_leaks_are_counted():
    tags = ["HIT", "HIT", "PARTIAL", "MISS:OVERFLOW", "MISS:NOT_PERSISTED", "MISS:RECORDED", "UNMARKED:LIVE_CALL"]
    told = sections([Verdict(str(at), tag) for at, tag in enumerate(tags)])
    assert told["STANDIN COST LEAK CHECK"] == [
        "  FAIL: MISS:OVERFLOW=1, PARTIAL=1, MISS:NOT_PERSISTED=1, UNMARKED:LIVE_CALL=1"
    ]
    assert "  [HIT] 2" in told["STANDIN CLASSIFICATION SUMMARY"]


def test_lists_are_bounded():
    told = sections([Verdict(f"test_{at}", "MISS:OVERFLOW", reason="full") for at in range(30)])
    assert len(told["STANDIN OVERFLOW"]) == 22
    assert told["STANDIN OVERFLOW"][-1] == "  ... and 10 more"
    told = sections([Verdict(f"test_{at}", "UNMARKED:NO_TRAFFIC", skipped="file_opt_out") for at in range(30)])
    assert len(told["STANDIN SKIP-REASON BREAKDOWN"]) == 6


def test_the_store_tells_how_it_does_in_its_own_words():
    banner = "VCR CASSETTE CACHE NEAR CAPACITY\n  Cassette Redis usage: 9.0 MiB / 10.0 MiB (90.0% of maxmemory)"
    told = sections([], {"shared": {"banner": banner}, "broken": []})
    assert told["VCR CASSETTE CACHE NEAR CAPACITY"] == banner.splitlines()[1:]
    assert "STANDIN BROKEN CASSETTES" not in told
    assert list(sections([], {"broken": []})) == ["STANDIN CLASSIFICATION SUMMARY", "STANDIN COST LEAK CHECK"]


def test_a_verdict_reaches_the_controller_whole():
    verdict = Verdict("a::b[ü]", "HIT", played=2, unplayed=["POST /x"], hosts=["api.openai.com"], cassette="c")
    assert Verdict.loads(verdict.dumps()) == verdict
