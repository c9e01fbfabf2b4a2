"""What a test did with what it was given: nothing passes that asserted nothing."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

import pytest

from seakeep.pytest_plugin.told import is_error, is_told
from seakeep.redact import redact

__all__ = [
    "Judged",
    "expect_judgement",
    "note",
    "pytest_report_teststatus",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
]

_IS_ERROR = "seakeep_is_error"


class Judged(Protocol):
    """Something that a test was given to judge."""

    def demand(self) -> None:
        """Return when the test judged it; raise what tells that it did not."""

    def blame(self, error: BaseException) -> None:
        """Take what the test raised for the test's judgement of it."""


_GIVEN = pytest.StashKey[list[Judged]]()


def expect_judgement(item: pytest.Item, given: Judged) -> None:
    """Have a test end in an error unless it judges what it was given."""
    item.stash.setdefault(_GIVEN, []).append(given)


def note(item: pytest.Item, **properties: object) -> None:
    """Put properties into the report of a test, for ``--junitxml`` and the like."""
    # Plain text and nothing else: pytest-xdist hands no other types on.
    item.user_properties += [(name, str(value)) for name, value in properties.items() if value]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Take an assertion that fails in a fixture for a judgement, too."""
    yield from _judging(item, demand=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Hold the test to what it was given."""
    yield from _judging(item, demand=True)


def _judging(item: pytest.Item, *, demand: bool) -> Generator[None]:
    __tracebackhide__ = True
    try:
        yield
    except BaseException as error:
        if not is_told(error):
            for given in item.stash.get(_GIVEN, ()):
                given.blame(error)
        raise
    if demand:
        for given in item.stash.get(_GIVEN, ()):
            given.demand()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Mark the report of a test that says nothing of the platform, and mask secrets in all."""
    report = yield
    if item.stash.get(_GIVEN, None):
        _mask(report)
    if call.excinfo is not None and is_error(call.excinfo.value):
        setattr(report, _IS_ERROR, True)
    return report


def _mask(report: pytest.TestReport) -> None:
    """Mask secrets in what pytest itself tells: a failed ``assert`` shows what it compared."""
    told = report.longreprtext
    masked = redact(told)
    if masked != told:
        report.longrepr = masked
    report.sections = [(name, redact(content)) for name, content in report.sections]


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Count such a test among the errors, and not among the failures."""
    if report.failed and getattr(report, _IS_ERROR, False):
        return "error", "E", "ERROR"
    return None
