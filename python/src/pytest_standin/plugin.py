"""What pytest sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator
from urllib.parse import urlsplit

import pytest

from . import door, naming, network, selection, settings, summary, vcr
from .control import Client, ControlError
from .early import Early
from .server import Server, ServerError
from .session import Session, Unplayed
from .settings import Settings
from .verdict import DISABLED, LIVE_CALL, NO_TRAFFIC, PROPERTY, Verdict

#: The name of the plugin's state among the plugins.
STATE = "standin-run"
#: Tests that want nothing of standin.
NOT_OURS = ("not_marked", "already_marked")
#: What a worker is told.
WORKER_INPUT = "standin"
EARLY = pytest.StashKey[Early]()


class Unusable(Exception):
    """A test has no session although it wants one; the message says why."""


class Test:
    """One try of a test."""

    __test__ = False

    def __init__(self, session: Session | None, skipped: str | None, watch: network.Watch) -> None:
        self.session = session
        self.skipped = skipped
        self.watch = watch
        #: Why it has no session although it wants one.
        self.failure: str | None = None
        #: Phases that passed.
        self.passed: set[str] = set()
        #: Whether any report is of a failure: that of a subtest leaves the phase as passed.
        self.failed = False


class Run:
    """The plugin's hooks, and what they share."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.settings: Settings = settings.read(config)
        self.worker: dict | None = getattr(config, "workerinput", None)
        self.root = Path(config.rootpath)
        if self.settings.cassettes and not self.settings.is_remote:
            self.home: Path | None = self.root / self.settings.cassettes
        else:
            self.home = None if self.settings.is_remote else self.root
        #: Where names of cassettes begin.
        self.beginning = naming.beginning(config) if self.settings.is_remote else self.root
        #: What there has been since before the first import.
        self.early = config.stash.get(EARLY, None) or Early()
        self.server: Server | None = self.early.server
        self.tests: dict[str, Test] = {}
        self.verdicts: dict[str, Verdict] = {}
        self._client: Client | None = None
        self._door: door.Door | None = None
        self._failure: str | None = self.early.failure

    # The server.

    def address(self) -> str:
        """The URL of the run's server, which the first who asks starts."""
        if self.worker is not None and WORKER_INPUT in self.worker:
            return self._told()
        if self.server is None and self._failure is None:
            try:
                arguments = self.settings.server_arguments(str(self.home))
                self.server = Server(arguments, self.settings.server_environment(), str(self.root))
            except ServerError as error:
                self._failure = str(error)
        if self._failure is not None:
            raise Unusable(self._failure)
        return self.server.url

    def _told(self) -> str:
        """What the controller of xdist says."""
        try:
            told = door.knock(self.worker[WORKER_INPUT])
        except (OSError, EOFError) as error:
            raise Unusable(f"the run's server is not known: pytest's controller does not answer: {error!r}") from error
        if told["failure"] is not None:
            raise Unusable(told["failure"])
        return told["url"]

    def client(self) -> Client:
        if self._client is None:
            self._client = Client(self.address())
        return self._client

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tells a worker of xdist where it can ask for the one server."""
        if self._door is None:
            self._door = door.Door(self._answer)
        node.workerinput[WORKER_INPUT] = self._door.address

    def _answer(self) -> dict[str, str | None]:
        """What a worker is told who asks."""
        try:
            return {"url": self.address(), "failure": None}
        except Unusable as error:
            return {"url": None, "failure": str(error)}

    def pytest_unconfigure(self) -> None:
        network.hook.watch = None
        if self._door is not None:
            self._door.close()
        self.early.end()
        if self.server is not None:
            self.server.stop()

    # A test.

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Sockets are watched where any test is to be kept from them."""
        marked = (selection.skip_reason(item, self.settings) != "not_marked" for item in session.items)
        if self.settings.blocks_network or any(marked):
            network.hook.install()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        # The session is there before the first fixture is, and no try has that of the one before.
        self._forget(item)
        skipped = selection.skip_reason(item, self.settings)
        test = Test(None, skipped, network.Watch(None, None))
        self.tests[item.nodeid] = test
        if skipped is None:
            try:
                test.session = self._begin(item)
            except (Unusable, ControlError, naming.BadName, selection.BadMark, vcr.Unread, ValueError, OSError) as error:
                test.failure = str(error)
        else:
            self.early.leave()
        test.watch = network.Watch(self._authority(test), self._allowed(item))
        network.hook.watch = test.watch
        yield

    def _begin(self, item: pytest.Item) -> Session:
        plan = selection.plan(item)
        for words in plan.unread:
            item.warn(vcr.Unread(f"standin: {words}"))
        beside = self.settings.cassettes is None
        name = naming.cassette(item, self.beginning, beside, plan.cassette) if plan.has_cassette else None
        if self.early.alias is not None:
            plan.fields["alias"] = self.early.alias
        return Session(self.client(), plan, name, plan.record or self._rewrite(), self.home)

    def _rewrite(self) -> str | None:
        """The server knows of every other mode by itself."""
        return "rewrite" if self.settings.record == "rewrite" else None

    def _authority(self, test: Test) -> tuple[str, int] | None:
        if test.session is None:
            return None
        parts = urlsplit(test.session.url)
        return (parts.hostname, parts.port)

    def _allowed(self, item: pytest.Item) -> tuple[str, ...] | None:
        """The hosts that are not blocked; None where none is."""
        if settings.has_recording(item.config) and item.get_closest_marker("block_network"):
            return None
        mark = item.get_closest_marker("block_network")
        if mark is None and not self.settings.blocks_network:
            return None
        told = (mark.kwargs.get("allowed_hosts") if mark else None) or self.settings.allowed_hosts
        return tuple(told.split(",")) if isinstance(told, str) else tuple(told)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
        outcome = yield
        report = outcome.get_result()
        test = self.tests.get(item.nodeid)
        if test is None:
            return
        if report.passed:
            test.passed.add(report.when)
        test.failed = test.failed or report.failed

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        outcome = yield
        network.hook.watch = None
        self.early.lead()
        test = self.tests.pop(item.nodeid, None)
        if test is None:
            return
        passed = test.passed >= {"setup", "call"} and not test.failed and outcome.excinfo is None
        try:
            verdict = self._end(item, test, passed)
        except ControlError as error:
            failure: Exception = pytest.fail.Exception(f"standin: {error}", pytrace=False)
        else:
            # Reports of a suite that does not use it stay as they are.
            if network.hook.installed:
                item.user_properties.append((PROPERTY, verdict.dumps()))
            if not (passed and verdict.unplayed and self.settings.unplayed == "error"):
                return
            told = "\n".join(f"  {request}" for request in verdict.unplayed)
            failure = Unplayed(f"{len(verdict.unplayed)} recorded calls of {verdict.cassette} were not made:\n{told}")
        if outcome.excinfo is None:
            if hasattr(outcome, "force_exception"):
                outcome.force_exception(failure)
            else:
                raise failure

    def _end(self, item: pytest.Item, test: Test, passed: bool) -> Verdict:
        hosts = test.watch.providers
        if test.session is not None:
            return Verdict.of_report(item.nodeid, test.session.end(passed), hosts, passed)
        if test.skipped == "disabled":
            tag = DISABLED
        else:
            tag = LIVE_CALL if hosts else NO_TRAFFIC
        return Verdict(item.nodeid, tag, hosts=hosts, skipped=test.skipped or "no_session")

    def _forget(self, item: pytest.Item) -> None:
        """Takes what another try of the same test left."""
        left = self.tests.pop(item.nodeid, None)
        if left is not None and left.session is not None:
            left.session.end(False)
        item.user_properties[:] = [one for one in item.user_properties if one[0] != PROPERTY]

    # What is told.

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.worker is not None or report.when != "teardown":
            return
        told = dict(report.user_properties).get(PROPERTY)
        if told is None:
            return
        verdict = Verdict.loads(told)
        # Of several tries the last one counts.
        self.verdicts[report.nodeid] = verdict
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and self.config.getoption("verbose") > 0 and verdict.tag != NO_TRAFFIC:
            terminal.ensure_newline()
            terminal.write_line(verdict.line)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        verdicts = list(self.verdicts.values())
        # Nothing is said where nobody uses it.
        if self.worker is not None or all(one.skipped in NOT_OURS and not one.hosts for one in verdicts):
            return
        cassettes = None
        if self.server is not None:
            try:
                cassettes = self.client().ask("GET", "/cassettes")
            except ControlError as error:
                cassettes = {"shared": {"banner": f"STANDIN IS GONE\n  {error}\n{self.server.log()}"}}
        for title, lines in summary.lines(verdicts, cassettes, self.settings.unplayed):
            terminalreporter.ensure_newline()
            terminalreporter.section(title)
            for line in lines:
                terminalreporter.write_line(line)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    settings.add_options(parser, pluginmanager)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before the first module of a suite is imported."""
    early_config.stash[EARLY] = early = Early()
    early.begin(early_config, early_config.known_args_namespace)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fails a test that should have a session and has none. Within the hook's wrappers, so that those of others run."""
    failure = item.config.pluginmanager.get_plugin(STATE).tests[item.nodeid].failure
    if failure is not None:
        pytest.fail(f"standin: {failure}", pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    marks = [
        "standin(cassette, record, mocks, ...): calls to LLM providers are replayed, and recorded where they are new",
        "no_standin: calls are left alone, whatever else is said",
    ]
    if not settings.leaves_vcr(config):
        marks += [
            "vcr(record_mode): as `standin`, for tests that were written for pytest-recording",
            "default_cassette(name): another name for the cassette",
            "block_network(allowed_hosts): refuse the test all sockets but standin's",
        ]
    for mark in marks:
        config.addinivalue_line("markers", mark)
    config.pluginmanager.register(Run(config), STATE)


@pytest.fixture
def standin(request: pytest.FixtureRequest) -> Session:
    """The test's session: its URLs, its journal, and mocks for this test alone."""
    run = request.config.pluginmanager.get_plugin(STATE)
    test = run.tests[request.node.nodeid]
    if test.session is None:
        pytest.skip(f"this test has no session of standin: {test.skipped}")
    return test.session
