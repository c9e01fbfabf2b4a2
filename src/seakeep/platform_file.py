"""Finds and reads a platform's folder: ``platforms/<name>/platform.yaml``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from seakeep import environment
from seakeep.checks.declared import EVERY_SUITE
from seakeep.checks.kinds import HTTP
from seakeep.errors import ConfigError, Problem, UsageError
from seakeep.platform import Platform
from seakeep.validation import validate
from seakeep.yaml_source import Document, read_documents

__all__ = ["FILE_NAME", "find_folder", "load_platform", "read_platform"]

FILE_NAME = "platform.yaml"


def find_folder(platform: str, start: Path | None = None) -> Path:
    """Return the folder of a platform, given by path or by name.

    A name is looked up in ``platforms/`` of the working directory and of its parents.

    Raises:
        UsageError: There is no such platform; names those there are.
    """
    as_path = Path(platform)
    if as_path.name == FILE_NAME and as_path.is_file():
        return as_path.parent
    if (as_path / FILE_NAME).is_file():
        return as_path
    start = (start or Path.cwd()).absolute()
    roots = [folder / "platforms" for folder in (start, *start.parents)]
    for root in roots:
        if (root / platform / FILE_NAME).is_file():
            return root / platform
    known = sorted({found.parent.name for root in roots for found in root.glob(f"*/{FILE_NAME}")})
    there = f"known here: {', '.join(known)}" if known else "there is no platforms/ folder here"
    raise UsageError(
        f"no platform {platform!r}: wanted a name under platforms/ or a path ({there})"
    )


def load_platform(platform: str | None = None) -> Platform:
    """Return a platform by name or path, or the one that ``$SEAKEEP_PLATFORM`` names.

    Raises:
        UsageError: No platform was named, or there is none of that name.
        ConfigError: Its file is wrong; holds every problem.
    """
    name = platform or os.environ.get(environment.PLATFORM)
    if not name:
        raise UsageError(
            f"no platform: set {environment.PLATFORM} or give --platform "
            "(a name under platforms/, or a path)"
        )
    record, problems = read_platform(find_folder(name))
    if record is None:
        raise ConfigError(problems)
    return record


def read_platform(folder: Path) -> tuple[Platform | None, tuple[Problem, ...]]:
    """Return the platform in a folder, or ``None``, and everything that is wrong with its file."""
    file = folder / FILE_NAME
    try:
        documents = read_documents(file)
    except ConfigError as error:
        return None, error.problems
    if len(documents) != 1:
        return None, (Problem(file, 1, "", f"{len(documents)} documents", "one"),)
    document = documents[0]
    document.problems.extend(_duplicate_names(document))
    document.problems.extend(_without_expectation(document))
    record, problems = validate(Platform, document)
    if record is not None:
        record._folder = folder  # noqa: SLF001 - private to the model, set once here
    return record, problems


def _without_expectation(document: Document) -> Iterator[Problem]:
    """Yield a problem for each HTTP check that expects nothing, and whose defaults do not either.

    The record says so, too, but only once all else is right; here it is told with the rest.
    """
    value = document.value if isinstance(document.value, dict) else {}
    checks, defaults = value.get("checks"), value.get("defaults")
    given = defaults if isinstance(defaults, dict) else {}
    expecting = {suite for suite, one in given.items() if isinstance(one, dict) and "expect" in one}
    for index, check in enumerate(checks if isinstance(checks, list) else ()):
        if not isinstance(check, dict) or check.get("kind", HTTP) != HTTP or "expect" in check:
            continue
        if not expecting.intersection({EVERY_SUITE, str(check.get("suite"))}):
            yield document.problem(("checks", index, "expect"), "nothing", "the key 'expect'")


def _duplicate_names(document: Document) -> Iterator[Problem]:
    """Yield a problem for each name that an earlier entry of the same list has already."""
    if not isinstance(document.value, dict):
        return
    for section in ("checks", "journeys", "scenarios", "experiments"):
        entries = document.value.get(section)
        seen: Counter[object] = Counter()
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            name = entry.get("name") if isinstance(entry, dict) else None
            if isinstance(name, str):
                seen[name] += 1
                if seen[name] > 1:
                    at = (section, index, "name")
                    yield document.problem(at, f"a second {name!r}", "a name of its own")
