"""One run for all workers of pytest-xdist: one run id, one summary, one push.

The controller collects nothing and sends nothing. It chooses the run id, and in the end reads from
the store what its workers recorded. These hooks do nothing without pytest-xdist.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from seakeep import environment
from seakeep.errors import SeakeepError
from seakeep.pytest_plugin.run_seen import RunSeen

if TYPE_CHECKING:
    from seakeep.pytest_plugin.crew import Begin, Crew

__all__ = [
    "crew_of",
    "is_worker",
    "pytest_configure_node",
    "pytest_testnodedown",
    "run_id",
    "seen_by_workers",
    "tell",
]

_RUN_ID = "seakeep_run_id"
_PROBLEM = "seakeep_problem"
_OF_RUN = pytest.StashKey[str]()
_OF_CREW = pytest.StashKey[str]()
_TOLD = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - pytest-xdist need not be there
    """Tell a worker which run it belongs to."""
    stash = node.config.stash
    chosen = os.environ.get(environment.RUN_ID) or environment.new_run_id()
    node.workerinput[_RUN_ID] = stash.setdefault(_OF_RUN, chosen)
    stash[_OF_CREW] = node.workerinput["testrunuid"]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401
    """Keep what a worker has to say."""
    problem = (getattr(node, "workeroutput", None) or {}).get(_PROBLEM)
    if problem:
        node.config.stash[_TOLD] = problem


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


def tell(config: pytest.Config, problem: str) -> None:
    """Let the controller of a worker know what is wrong; it ends the session accordingly."""
    if is_worker(config):
        config.workeroutput[_PROBLEM] = problem  # type: ignore[attr-defined]


def seen_by_workers(config: pytest.Config) -> RunSeen | None:
    """Return what all workers saw, for their controller; ``None`` when they looked at nothing."""
    if _OF_CREW not in config.stash:
        return None
    crew = crew_of(config)
    problem = config.stash.get(_TOLD, "")
    try:
        begin = crew.begin()
        if begin is not None and not problem:
            return _recorded(config.stash[_OF_RUN], crew, begin)
    except SeakeepError as error:
        problem = str(error)
    finally:
        crew.disband()
    return RunSeen(run_id=config.stash[_OF_RUN], problem=problem) if problem else None


def _recorded(run: str, crew: Crew, begin: Begin) -> RunSeen:
    from seakeep.platform_file import load_platform  # noqa: PLC0415
    from seakeep.store import open_store  # noqa: PLC0415

    platform = load_platform(begin.platform)
    with open_store() as store:
        seen = crew.recorded(store, platform.name, run)
    return RunSeen(run_id=run, platform=platform, observations=seen, not_ended=crew.left_open())
