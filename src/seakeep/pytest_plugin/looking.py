"""When a pytest session looks at its platform: all selected checks at once, as it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seakeep import environment
from seakeep.errors import StoreError
from seakeep.pytest_plugin.collection import declared_in
from seakeep.pytest_plugin.run_seen import RUN, RunSeen
from seakeep.pytest_plugin.told import unusable
from seakeep.pytest_plugin.watched import read_platform, refuse_on_problem
from seakeep.pytest_plugin.workers import is_worker, run_id, seen_by_workers, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeIs

    from seakeep.checks.check import Check
    from seakeep.platform import Platform
    from seakeep.probes.session import ProbeSession

__all__ = ["pytest_runtestloop", "pytest_sessionfinish", "refuse_without_store", "session_of"]

_SESSION = pytest.StashKey["ProbeSession"]()
_CUT_SHORT = frozenset({pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR})


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Open the store, and send all selected checks at once."""
    option = session.config.option
    declared = [found for item in session.items for found in declared_in(item)]
    broken = session.testsfailed and not option.continue_on_collection_errors
    platform = read_platform(session.config) if declared else None
    if platform is None or broken or option.collectonly:
        return
    refuse_without_store(session.config, platform)
    session_of(session.config).start(found for found in declared if _is_check(found))


def _is_check(found: object) -> TypeIs[Check]:
    from seakeep.checks.check import Check  # noqa: PLC0415

    return isinstance(found, Check)


def session_of(config: pytest.Config) -> ProbeSession:
    """Return the session's own view of its platform, opened when it is first needed.

    Raises:
        pytest.fail.Exception: There is no platform, or no store; says so without a traceback.
    """
    platform = read_platform(config)
    try:
        refuse_on_problem(config)
        assert platform is not None  # noqa: S101 - else there was a problem
        return _open(config, platform)
    except (pytest.UsageError, StoreError) as error:
        raise unusable(str(error)) from None


def refuse_without_store(config: pytest.Config, platform: Platform) -> None:
    """Return when the store is there.

    Raises:
        pytest.UsageError: It can't be opened.
    """
    try:
        _open(config, platform)
    except StoreError as error:
        raise pytest.UsageError(str(error)) from None


def _open(config: pytest.Config, platform: Platform) -> ProbeSession:
    if _SESSION in config.stash:
        return config.stash[_SESSION]
    from seakeep.probes.session import ProbeSession  # noqa: PLC0415
    from seakeep.store import open_store  # noqa: PLC0415

    make: Callable[..., ProbeSession] = ProbeSession
    if is_worker(config):
        from seakeep.pytest_plugin.worker_session import WorkerSession  # noqa: PLC0415

        make = WorkerSession.of(config)
    session = config.stash[_SESSION] = make(
        platform, open_store(), location=environment.location(), run_id=run_id(config)
    )
    return session


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Record what was seen, also when the session was interrupted, and hand it on."""
    probe_session = session.config.stash.get(_SESSION, None)
    run: RunSeen | None
    if probe_session is not None:
        probe_session.close(interrupted=exitstatus in _CUT_SHORT)
        run = RunSeen.of_session(probe_session)
        tell(session.config, run.problem)
    else:
        run = seen_by_workers(session.config)
    if run is None or is_worker(session.config):
        return
    if run.problem:
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
    session.config.stash[RUN] = run.handed_on()
