"""One run for all workers of pytest-xdist: one run id, one summary, one push.

The controller collects nothing and sends nothing. It chooses the run id, and in the end reads from
the store what its workers recorded. These hooks do nothing without pytest-xdist.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from seakeep import environment
from seakeep.errors import SeakeepError, StoreError
from seakeep.pytest_plugin.run_seen import RunSeen

if TYPE_CHECKING:
    from seakeep.observation import Observation
    from seakeep.platform import Platform
    from seakeep.pytest_plugin.crew import Crew

__all__ = [
    "crew_of",
    "is_worker",
    "pytest_configure_node",
    "pytest_testnodedown",
    "report_store_error",
    "run_id",
    "seen_by_workers",
]

_RUN_ID = "seakeep_run_id"
_STORE_ERROR = "seakeep_store_error"
_OF_RUN = pytest.StashKey[str]()
_OF_CREW = pytest.StashKey[str]()
_ERROR = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - pytest-xdist need not be there
    """Tell a worker which run it belongs to."""
    stash = node.config.stash
    chosen = os.environ.get(environment.RUN_ID) or environment.new_run_id()
    node.workerinput[_RUN_ID] = stash.setdefault(_OF_RUN, chosen)
    stash[_OF_CREW] = node.workerinput["testrunuid"]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401
    """Keep what a worker could not record."""
    error = (getattr(node, "workeroutput", None) or {}).get(_STORE_ERROR)
    if error:
        node.config.stash[_ERROR] = error


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process is one of pytest-xdist's workers."""
    return hasattr(config, "workerinput")


def run_id(config: pytest.Config) -> str:
    """Return the run's id, and let the children of this process belong to it, too."""
    if is_worker(config):
        os.environ[environment.RUN_ID] = config.workerinput[_RUN_ID]  # type: ignore[attr-defined]
    return environment.run_id()


def crew_of(config: pytest.Config) -> Crew:
    """Return what the workers of this session have in common."""
    from seakeep.pytest_plugin.crew import Crew  # noqa: PLC0415

    name = config.workerinput["testrunuid"] if is_worker(config) else config.stash[_OF_CREW]  # type: ignore[attr-defined]
    return Crew(environment.home() / "xdist" / name)


def report_store_error(config: pytest.Config, error: StoreError | None) -> None:
    """Let the controller know why a worker could not record what it saw."""
    if error is not None and is_worker(config):
        config.workeroutput[_STORE_ERROR] = str(error)  # type: ignore[attr-defined]


def seen_by_workers(config: pytest.Config) -> RunSeen | None:
    """Return what all workers saw, for their controller; ``None`` when they looked at nothing."""
    if _OF_CREW not in config.stash:
        return None
    from seakeep.platform_file import load_platform  # noqa: PLC0415

    crew = crew_of(config)
    try:
        begin = crew.begin()
        if begin is None:
            return None
        platform = load_platform(begin.platform)
        error = config.stash.get(_ERROR, "")
        run = RunSeen(
            platform=platform,
            run_id=config.stash[_OF_RUN],
            observations=() if error else _recorded(config, crew, platform),
            store_error=error,
        )
    except SeakeepError as error:
        raise pytest.UsageError(str(error)) from None
    finally:
        crew.disband()
    return run


def _recorded(config: pytest.Config, crew: Crew, platform: Platform) -> tuple[Observation, ...]:
    from seakeep.store import open_store  # noqa: PLC0415

    os.environ[environment.RUN_ID] = config.stash[_OF_RUN]
    with open_store() as store:
        return crew.recorded(store, platform.name, config.stash[_OF_RUN])
