"""`seakeep check` and `seakeep validate`: what the files say, and what the store says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from seakeep.duration import parse_duration
from seakeep.errors import ConfigError, UsageError
from seakeep.platform import find_folder, load_platform, read_platform
from seakeep.slo.evaluate import evaluate
from seakeep.slo.openslo import FILE_NAME, load_objectives, read_objectives, unknown_guarded
from seakeep.slo.verdict import Verdict
from seakeep.store import open_store

__all__ = ["check_platform", "validate_platform"]


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
        problems = (*problems, *unknown_guarded(watched, objectives))
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
