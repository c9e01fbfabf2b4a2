"""`seakeep check` and `seakeep validate`: what the files say, and what the store says of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from seakeep.duration import parse_duration
from seakeep.errors import ConfigError, Problem, UsageError
from seakeep.platform import FILE_NAME as PLATFORM_FILE
from seakeep.platform import Platform, find_folder, load_platform, read_platform
from seakeep.run.project import find_project
from seakeep.slo.evaluate import evaluate
from seakeep.slo.openslo import FILE_NAME, load_objectives, read_objectives, unknown_guarded
from seakeep.slo.verdict import Verdict
from seakeep.store import open_store

__all__ = ["check_platform", "missing_files", "validate_platform"]


def missing_files(platform: Platform) -> Iterator[Problem]:
    """Yield a problem for each scenario or experiment whose file is not in the project.

    A platform outside a project, which has nothing to run, has no such problems.
    """
    try:
        root = find_project(str(platform.folder)).root
    except UsageError:
        return
    declared = (
        *(("scenarios", index, one.file) for index, one in enumerate(platform.scenarios)),
        *(("experiments", index, one.file) for index, one in enumerate(platform.experiments)),
    )
    for section, index, file in declared:
        if not (root / file).is_file():
            where = platform.folder / PLATFORM_FILE
            found = f"no file {file} in {root}"
            yield Problem(where, 0, f"{section}[{index}].name", found, "a name that has its file")


def check_platform(platform: str, window: str | None) -> tuple[Verdict, ...]:
    """Return the verdicts on a platform's objectives as of now.

    Args:
        platform: A name under ``platforms/``, or a path.
        window: A duration in place of each objective's own window.

    Raises:
        UsageError: There is no such platform, or the window is no duration.
        ConfigError: Its files are wrong.
        StoreError: The store can't be read.
    """
    end = datetime.now(UTC)
    start = None
    if window is not None:
        try:
            start = end - timedelta(seconds=parse_duration(window))
        except ValueError as error:
            raise UsageError(f"--window: found {window!r}; wanted {error}") from None
    watched = load_platform(platform)
    objectives = load_objectives(watched)
    with open_store() as store:
        return evaluate(store, watched.name, objectives, start=start, end=end)


def validate_platform(platform: str) -> str:
    """Return a line that says what the files of a sound platform declare.

    Raises:
        UsageError: There is no such platform.
        ConfigError: Its files are wrong; holds every problem of both.
    """
    folder = find_folder(platform)
    watched, problems = read_platform(folder)
    objectives, more = read_objectives(folder / FILE_NAME)
    problems = (*problems, *more)
    if watched is not None and not more:
        problems = (*problems, *unknown_guarded(watched, objectives), *missing_files(watched))
    if watched is None or problems:
        raise ConfigError(problems)
    counts = (
        (len(watched.checks), "checks"),
        (len(watched.journeys), "journeys"),
        (len(watched.scenarios), "scenarios"),
        (len(watched.experiments), "experiments"),
        (len(objectives), "objectives"),
    )
    return f"{watched.name}: {', '.join(f'{count} {noun}' for count, noun in counts)}, all sound"
