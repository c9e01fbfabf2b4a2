"""Where a platform's suites are: the folder that holds probes/, load/, chaos/ and platforms/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seakeep.errors import UsageError
from seakeep.platform_file import find_folder

__all__ = ["Project", "find_project"]


@dataclass(frozen=True, slots=True)
class Project:
    """A tree that Seakeep runs.

    Attributes:
        root: The folder that holds ``probes/``, ``load/`` and ``chaos/``.
        platform_folder: The folder of the platform to run.
    """

    root: Path
    platform_folder: Path


def find_project(platform: str) -> Project:
    """Return the project around a platform, or around the working directory.

    Raises:
        UsageError: There is no such platform, or no ``probes/`` beside it or above.
    """
    folder = find_folder(platform).absolute()
    for candidate in (*folder.parents, Path.cwd(), *Path.cwd().parents):
        if (candidate / "probes").is_dir():
            return Project(root=candidate, platform_folder=folder)
    raise UsageError(
        f"no probes/ folder above {folder} or the working directory; wanted a project: "
        "'seakeep init' makes one"
    )
