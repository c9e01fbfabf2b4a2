"""How a test ends that Seakeep has something to say about: in a few words, and no traceback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seakeep.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seakeep.maintenance import Maintenance
    from seakeep.observation import Observation

__all__ = ["failed", "forgiven", "is_error", "is_told", "line_of_test", "unusable"]

_OURS = str(Path(__file__).parent.parent)
_MARK = "_seakeep_is_error"


def failed(text: str) -> BaseException:
    """Return what fails a test, to be raised: the platform is not as expected."""
    return _told(text, is_error=False)


def unusable(text: str) -> BaseException:
    """Return what makes a test an error, to be raised: it says nothing of the platform."""
    return _told(text, is_error=True)


def _told(text: str, *, is_error: bool) -> BaseException:
    told = pytest.fail.Exception(text, pytrace=False)
    setattr(told, _MARK, is_error)
    return told


def is_told(error: BaseException) -> bool:
    """Return whether an exception is one of these."""
    return hasattr(error, _MARK)


def is_error(error: BaseException) -> bool:
    """Return whether an exception makes its test an error, and no failure."""
    return bool(getattr(error, _MARK, False))


def forgiven(
    observation: Observation, threshold: int, maintenance: Sequence[Maintenance]
) -> str | None:
    """Return why a bad observation does not fail its test; ``None`` when it does.

    Args:
        observation: A bad one.
        threshold: How many failures in a row fail the test.
        maintenance: When the platform is worked on.
    """
    from seakeep.probes.streak import streak_of  # noqa: PLC0415

    within = next((m for m in maintenance if m.start <= observation.at < m.end), None)
    row = streak_of(observation)
    if within is not None:
        why = f"maintenance until {within.end:%Y-%m-%d %H:%M} UTC, {within.reason}"
    elif row < threshold:
        why = f"{row} of {threshold} failures in a row"
    else:
        return None
    return one_line(f"{why}: {observation.message}")


def line_of_test() -> str:
    """Return where in the test this was asked for, as ``probes/test_orders.py:12``."""
    frame = sys._getframe(1)  # noqa: SLF001 - as the standard library's logging looks for it
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    file, here = Path(frame.f_code.co_filename), Path.cwd()
    return f"{file.relative_to(here) if file.is_relative_to(here) else file}:{frame.f_lineno}"
