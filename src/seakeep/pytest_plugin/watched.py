"""The platform that a pytest session is about: read once, when something asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seakeep.errors import SeakeepError

if TYPE_CHECKING:
    from seakeep.platform import Platform

__all__ = ["read_platform", "refuse_on_problem"]

_PLATFORM = pytest.StashKey["Platform"]()
_PROBLEM = pytest.StashKey[SeakeepError]()


def read_platform(config: pytest.Config) -> Platform | None:
    """Return the platform; what is wrong with it is kept for `refuse_on_problem`."""
    from seakeep.platform_file import load_platform  # noqa: PLC0415

    if _PLATFORM not in config.stash and _PROBLEM not in config.stash:
        try:
            config.stash[_PLATFORM] = load_platform(config.getoption("--platform"))
        except SeakeepError as error:
            config.stash[_PROBLEM] = error
    return config.stash.get(_PLATFORM, None)


def refuse_on_problem(config: pytest.Config) -> None:
    """Return when the platform could be read, or nobody asked for it.

    Raises:
        pytest.UsageError: It could not; says all that is wrong.
    """
    problem = config.stash.get(_PROBLEM, None)
    if problem is not None:
        raise pytest.UsageError(str(problem))
