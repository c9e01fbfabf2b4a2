"""`seakeep validate`: every mistake of a platform's files, at once."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.duration import format_duration
from seakeep.errors import ConfigError, Problem, UsageError
from seakeep.platform import Platform
from seakeep.platform_file import FILE_NAME as PLATFORM_FILE
from seakeep.platform_file import find_folder, read_platform
from seakeep.run.project import find_project
from seakeep.scenario import Scenario
from seakeep.slo.openslo import FILE_NAME, read_objectives, unknown_guarded
from seakeep.yaml_source import Location, read_documents

__all__ = ["above_limits", "missing_files", "validate_platform"]


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


def above_limits(platform: Platform) -> Iterator[Problem]:
    """Yield a problem for each scenario above the platform's limits, which would be refused.

    This reads the recorded arrivals, and tells what is wrong with them.
    """
    document = read_documents(platform.folder / PLATFORM_FILE)[0]
    for index, scenario in enumerate(platform.scenarios):
        at: Location = ("scenarios", index)
        try:
            for key, found, wanted in _above(platform, scenario):
                yield document.problem((*at, *key), found, wanted)
        except ConfigError as error:
            yield from error.problems


def _above(platform: Platform, scenario: Scenario) -> Iterator[tuple[Location, str, str]]:
    """Yield the key of a scenario that is above a limit, what it comes to, and the limit."""
    limits, said = platform.limits, scenario.model_fields_set
    if scenario.rate_per_s > limits.max_rate_per_s:
        key = ("shape",) if scenario.declared_shape is not None else ("rate",)
        found = f"a peak of {scenario.rate_per_s:g}/s"
        yield key, found, f"at most limits.max_rate, {limits.max_rate_per_s:g}/s"
    if scenario.duration_s > limits.max_load_duration_s:
        key = ("duration",) if "declared_duration_s" in said else ("shape",)
        most = format_duration(limits.max_load_duration_s)
        found = format_duration(scenario.duration_s)
        yield key, found, f"at most limits.max_load_duration, {most}"


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
        problems = (
            *problems,
            *unknown_guarded(watched, objectives),
            *missing_files(watched),
            *above_limits(watched),
        )
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
