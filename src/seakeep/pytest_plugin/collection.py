"""One test for each declared check or journey, with its suite as a marker."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING

import pytest

from seakeep.pytest_plugin.watched import read_platform, refuse_on_problem
from seakeep.pytest_plugin.workers import is_worker, tell

if TYPE_CHECKING:
    from seakeep.checks.check import Check
    from seakeep.platform import Journey

__all__ = [
    "declared_in",
    "pytest_collection_modifyitems",
    "pytest_generate_tests",
    "pytest_pycollect_makeitem",
]

_FIXTURES = ("declared_check", "declared_journey")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each declared check or journey."""
    if "declared_check" in metafunc.fixturenames:
        found: Iterable[Check | Journey] = _checks_for(metafunc)
        _parametrize(metafunc, "declared_check", found)
    if "declared_journey" in metafunc.fixturenames:
        platform = read_platform(metafunc.config)
        _parametrize(metafunc, "declared_journey", platform.journeys if platform else ())


def _checks_for(metafunc: pytest.Metafunc) -> tuple[Check, ...]:
    platform = read_platform(metafunc.config)
    marker = metafunc.definition.get_closest_marker("checks")
    if platform is None:
        return ()
    if marker is None:
        return platform.checks
    suite, others = marker.kwargs.get("suite"), marker.kwargs.get("except_suites", ())
    return tuple(c for c in platform.checks if suite in {None, c.suite} and c.suite not in others)


def _parametrize(metafunc: pytest.Metafunc, name: str, declared: Iterable[Check | Journey]) -> None:
    parameters = [pytest.param(item, id=item.name, marks=_suite_marks(item)) for item in declared]
    # Without any parameter pytest would show a skipped test; `pytest_pycollect_makeitem` drops it.
    metafunc.parametrize(name, parameters or [pytest.param(None, id="none")], indirect=True)


def _suite_marks(item: Check | Journey) -> tuple[pytest.MarkDecorator, ...]:
    suite: str | None = getattr(item, "suite", None)
    return () if suite is None else (getattr(pytest.mark, suite),)


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem() -> Generator[None, object, object]:
    """Drop tests that have nothing to test: the platform declares no check of that suite."""
    made = yield
    return [i for i in made if None not in declared_in(i)] if isinstance(made, list) else made


def declared_in(item: object) -> list[object]:
    """Return the declared check or journey that an item is for: a list of one, or of none."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return [parameters[name] for name in _FIXTURES if name in parameters]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """End here when tests need a platform and there is none that can be read.

    A worker of pytest-xdist ends without any test instead, and leaves it to its controller to tell:
    pytest-xdist takes a worker that ends early for one that crashed.
    """
    if not is_worker(config):
        refuse_on_problem(config)
        return
    try:
        refuse_on_problem(config)
        _refuse_without_store(config, items)
    except pytest.UsageError as error:
        tell(config, str(error))
        items.clear()


def _refuse_without_store(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    from seakeep.pytest_plugin.looking import refuse_without_store  # noqa: PLC0415

    platform = read_platform(config) if any(declared_in(item) for item in items) else None
    if platform is not None and not config.option.collectonly:
        refuse_without_store(config, platform)
