"""The pytest plugin: runs what a platform declares, as tests that a person finds nothing odd in.

It is loaded into every pytest session of an environment that has Seakeep, so it imports nothing
heavy before a test asks for `declared_check` or `declared_journey`, or ``--platform`` is given.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

import pytest

from seakeep import environment
from seakeep.errors import SeakeepError, StoreError

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from seakeep.checks.check import Check
    from seakeep.observation import Observation
    from seakeep.platform import Journey, Platform
    from seakeep.probes.session import ProbeSession

__all__ = ["Declared", "declared_check", "declared_journey"]

_PLAYWRIGHT = "pytest_playwright.pytest_playwright"
_MARKERS = (
    "checks(suite=None, except_suites=()): the platform's declared checks of these suites",
    "health: the platform's own account of its health",
    "lti: the platform as an LTI tool",
    "home: what a visitor sees first",
    "api: the platform's programming interface",
    "journey: a walk through the platform in a browser",
)
_PLATFORM = pytest.StashKey["Platform"]()
_PROBLEM = pytest.StashKey[SeakeepError]()
_SESSION = pytest.StashKey["ProbeSession"]()
_PUSHED = pytest.StashKey[str]()


class Declared:
    """A check or a journey of the platform's file, and what was seen of it."""

    def __init__(self, observation: Observation, text: str) -> None:
        self._observation = observation
        self._text = text
        self.was_judged = False

    @property
    def observation(self) -> Observation:
        """What was seen, for a test that wants to judge it itself."""
        self.was_judged = True
        return self._observation

    def hold(self) -> None:
        """Fail the test, in a few lines, unless all that the platform's file expects holds."""
        __tracebackhide__ = True
        self.was_judged = True
        if self._text:
            pytest.fail(self._text, pytrace=False)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add ``--platform``, and load pytest-playwright where the project leaves that to Seakeep."""
    parser.getgroup("seakeep", "Seakeep").addoption(
        "--platform",
        metavar="NAME|PATH",
        help=f"a name under platforms/, or a path (default: ${environment.PLATFORM})",
    )
    if pluginmanager.is_blocked("playwright"):
        _load_playwright_if_needed(pluginmanager)


def _load_playwright_if_needed(pluginmanager: pytest.PytestPluginManager) -> None:
    """Import pytest-playwright, some 0.2 s, unless the arguments rule journeys out.

    A project asks for this by ``-p no:playwright`` in its addopts; on the command line, the same
    option means what it says. Here is the last moment at which its options and hooks all work.
    """
    from seakeep.probes.selection import may_need_playwright  # noqa: PLC0415

    config = pluginmanager.get_plugin("pytestconfig")
    arguments = [str(argument) for argument in config.invocation_params.args] if config else []
    if "no:playwright" in arguments or "-pno:playwright" in arguments:
        return
    if may_need_playwright(arguments):
        pluginmanager.import_plugin(_PLAYWRIGHT)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and read the platform when the command line names one."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    if config.getoption("--platform"):
        _read_platform(config)
        _refuse_on_problem(config)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let Seakeep's choice of browser override pytest-playwright's, which was there before."""
    manager = session.config.pluginmanager
    if manager.has_plugin(_PLAYWRIGHT) or manager.has_plugin("playwright"):
        manager.import_plugin("seakeep.probes.browser_fixtures")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each declared check or journey."""
    if "declared_check" in metafunc.fixturenames:
        found: Iterable[Check | Journey] = _checks_for(metafunc)
        _parametrize(metafunc, "declared_check", found)
    if "declared_journey" in metafunc.fixturenames:
        platform = _read_platform(metafunc.config)
        _parametrize(metafunc, "declared_journey", platform.journeys if platform else ())


def _checks_for(metafunc: pytest.Metafunc) -> tuple[Check, ...]:
    platform = _read_platform(metafunc.config)
    marker = metafunc.definition.get_closest_marker("checks")
    if platform is None:
        return ()
    if marker is None:
        return platform.checks
    suite, others = marker.kwargs.get("suite"), marker.kwargs.get("except_suites", ())
    return tuple(c for c in platform.checks if suite in {None, c.suite} and c.suite not in others)


def _parametrize(metafunc: pytest.Metafunc, name: str, declared: Iterable[Check | Journey]) -> None:
    parameters = [
        pytest.param(item, id=item.name, marks=_suite_marks(metafunc.config, item))
        for item in declared
    ]
    # Without any parameter pytest would show a skipped test; `pytest_pycollect_makeitem` drops it.
    metafunc.parametrize(name, parameters or [pytest.param(None, id="none")], indirect=True)


def _suite_marks(config: pytest.Config, item: Check | Journey) -> tuple[pytest.MarkDecorator, ...]:
    suite: str | None = getattr(item, "suite", None)
    if suite is None:
        return ()
    if not any(line.startswith(f"{suite}:") for line in config.getini("markers")):
        config.addinivalue_line("markers", f"{suite}: declared checks of the suite {suite}")
    return (getattr(pytest.mark, suite),)


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem() -> Generator[None, object, object]:
    """Drop tests that have nothing to test: the platform declares no check of that suite."""
    made = yield
    return [item for item in made if not _is_empty(item)] if isinstance(made, list) else made


def _is_empty(item: object) -> bool:
    return None in _declared(item)


def _declared(item: object) -> list[object]:
    """Return the declared check or journey that an item is for: a list of one, or of none."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return [parameters[n] for n in ("declared_check", "declared_journey") if n in parameters]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """End here when tests need a platform and there is none that can be read."""
    _refuse_on_problem(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Open the store, and send all selected checks at once."""
    option = session.config.option
    declared = [found for item in session.items for found in _declared(item)]
    broken = session.testsfailed and not option.continue_on_collection_errors
    if not declared or broken or option.collectonly:
        return
    probe_session = _open_session(session.config)
    if not hasattr(session.config, "workerinput"):  # xdist: each worker runs its share one by one
        probe_session.start(found for found in declared if _is_check(found))


def _is_check(found: object) -> TypeIs[Check]:
    from seakeep.checks.check import Check  # noqa: PLC0415

    return isinstance(found, Check)


def _open_session(config: pytest.Config) -> ProbeSession:
    from seakeep.probes.session import ProbeSession  # noqa: PLC0415
    from seakeep.store import open_store  # noqa: PLC0415

    try:
        store = open_store()
    except StoreError as error:
        raise pytest.UsageError(str(error)) from None
    session = config.stash[_SESSION] = ProbeSession(
        config.stash[_PLATFORM],
        store,
        location=environment.location(),
        run_id=environment.run_id(),
    )
    return session


def _read_platform(config: pytest.Config) -> Platform | None:
    """Return the platform, read once; what is wrong with it is kept for `_refuse_on_problem`."""
    from seakeep.platform_file import load_platform  # noqa: PLC0415

    if _PLATFORM not in config.stash and _PROBLEM not in config.stash:
        try:
            config.stash[_PLATFORM] = load_platform(config.getoption("--platform"))
        except SeakeepError as error:
            config.stash[_PROBLEM] = error
    return config.stash.get(_PLATFORM, None)


def _refuse_on_problem(config: pytest.Config) -> None:
    problem = config.stash.get(_PROBLEM, None)
    if problem is not None:
        raise pytest.UsageError(str(problem))


@pytest.fixture
def declared_check(request: pytest.FixtureRequest) -> Generator[Declared]:
    """A check of the platform's file, sent; the test says ``declared_check.hold()``."""
    from seakeep.probes.engine import kind_of  # noqa: PLC0415

    session = request.config.stash[_SESSION]
    observation = session.answer(request.param)
    check = request.param
    yield from _judged(observation, kind_of(check).repeat(check, session.platform.base_url))


@pytest.fixture
def declared_journey(request: pytest.FixtureRequest, browser_name: str) -> Generator[Declared]:  # noqa: ARG001 - lets --browser choose
    """A journey of the platform's file, walked; the test says ``declared_journey.hold()``."""
    from seakeep.probes.journey import walk  # noqa: PLC0415

    session = request.config.stash[_SESSION]
    session.wait()
    observation = walk(
        request.param,
        session.platform,
        lambda: request.getfixturevalue("new_context")(),  # noqa: PLW0108 - launches when called
        location=session.location,
        run_id=session.run_id,
        artifacts=environment.home() / "artifacts" / session.run_id,
    )
    session.record(observation)
    yield from _judged(observation)


def _judged(observation: Observation, repeat: str = "") -> Generator[Declared]:
    """Hand an observation to a test, and make sure that the test judges it."""
    from seakeep.observation import Outcome  # noqa: PLC0415
    from seakeep.probes.wording import failure_text  # noqa: PLC0415

    is_good = observation.outcome is Outcome.GOOD
    text = "" if is_good else failure_text(observation, repeat=repeat)
    if observation.outcome is Outcome.INVALID:
        pytest.fail(text, pytrace=False)
    declared = Declared(observation, text)
    yield declared
    if not declared.was_judged:
        pytest.fail(f"{observation.name}: the test never calls hold()", pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Record what was seen, also when the session was interrupted."""
    from seakeep.push_command import push_run  # noqa: PLC0415

    probe_session = session.config.stash.get(_SESSION, None)
    if probe_session is not None:
        probe_session.close()
        if probe_session.store_error is not None:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        elif probe_session.observations and not hasattr(session.config, "workerinput"):
            folder = probe_session.platform.folder.absolute()
            session.config.stash[_PUSHED] = push_run(probe_session.run_id, folder)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show one line for each check and journey."""
    session = config.stash.get(_SESSION, None)
    if session is None or not (session.observations or session.store_error):
        return
    from seakeep.probes.wording import summary_line  # noqa: PLC0415

    terminalreporter.section(f"seakeep: {session.platform.title}")
    colour = {"good": "green", "bad": "red", "invalid": "yellow"}
    for observation in session.observations:
        terminalreporter.line(summary_line(observation), **{colour[observation.outcome]: True})
    if session.store_error is not None:
        terminalreporter.line(f"ERROR: {session.store_error}", red=True)
    else:
        terminalreporter.line("")
        for line in _verdict_lines(session.platform):
            terminalreporter.line(line)
    if pushed := config.stash.get(_PUSHED, ""):
        terminalreporter.line(pushed)


def _verdict_lines(platform: Platform) -> list[str]:
    """Return the objectives on checks and journeys, as ``seakeep check`` shows them."""
    from seakeep.observation import Kind  # noqa: PLC0415
    from seakeep.slo.check import Question, check_platform  # noqa: PLC0415
    from seakeep.slo.openslo import load_objectives  # noqa: PLC0415
    from seakeep.slo.table import verdict_lines  # noqa: PLC0415

    try:
        names = tuple(
            objective.name
            for objective in load_objectives(platform)
            if objective.counts(Kind.PROBE) or objective.counts(Kind.JOURNEY)
        )
        if not names:
            return []
        return verdict_lines(check_platform(str(platform.folder), Question(objectives=names)))
    except SeakeepError as error:
        return [f"no verdicts: {line}" for line in str(error).splitlines()]
