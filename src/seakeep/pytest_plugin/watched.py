"""The platform that a pytest session is about: read once, when something asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seakeep.errors import SeakeepError
from seakeep.pytest_plugin.suites import register_suites

if TYPE_CHECKING:
    from pathlib import Path

    from seakeep.platform import Platform

__all__ = ["is_about_probes", "read_early", "read_platform", "refuse_on_problem"]

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
        else:
            register_suites(config, config.stash[_PLATFORM])
    return config.stash.get(_PLATFORM, None)


def is_about_probes(config: pytest.Config) -> bool:
    """Return whether a path that the session collects is or lies in a folder called probes."""
    paths = (config.invocation_params.dir / str(arg).split("::")[0] for arg in config.args)
    return any("probes" in _within(path, config.rootpath).parts for path in paths)


def _within(path: Path, root: Path) -> Path:
    """Return a path from the project's folder on, since that may lie anywhere."""
    return path.relative_to(root) if path.is_relative_to(root) else path


def read_early(config: pytest.Config) -> None:
    """Read the platform for its suites' sake; what is wrong is told by what needs a platform."""
    if read_platform(config) is None:
        del config.stash[_PROBLEM]


def refuse_on_problem(config: pytest.Config) -> None:
    """Return when the platform could be read, or nobody asked for it.

    Raises:
        pytest.UsageError: It could not; says all that is wrong.
    """
    problem = config.stash.get(_PROBLEM, None)
    if problem is not None:
        raise pytest.UsageError(str(problem))
