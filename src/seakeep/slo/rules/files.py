"""A platform's two files: ``<platform>.rules.yaml``, and the tests of it beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seakeep.errors import UsageError
from seakeep.slo.objective import Objective
from seakeep.slo.rules.expressions import duration
from seakeep.slo.rules.platform_rules import PlatformRules, platform_rules
from seakeep.slo.rules.rule_file import rules_yaml
from seakeep.slo.rules.subject import STALE_AFTER_S
from seakeep.slo.rules.test_cases import tests_yaml

__all__ = ["Generated", "differing", "generate", "write"]


@dataclass(frozen=True, slots=True)
class Generated:
    """What the objectives generate.

    Attributes:
        files: The text of each file by its name; the rules come first.
        left_out: A line for each alert that is not generated, with the reason.
    """

    files: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]


def generate(
    platform: str, objectives: Iterable[Objective], stale_after_s: float = STALE_AFTER_S
) -> Generated:
    """Return the rule file and the test file of a platform.

    Raises:
        ConfigError: A policy asks for an alert that could never fire, or a query can't be put over
            a window; holds every problem.
    """
    rules = platform_rules(platform, objectives, stale_after_s)
    left_out = tuple(str(each) for each in rules.left_out)
    name = f"{platform}.rules.yaml"
    head = _head(rules)
    notes = "".join(f"# {line}\n" for line in left_out)
    return Generated(
        files=(
            (name, f"{head}{notes}\n{rules_yaml(rules.groups)}"),
            (f"{platform}.rules.test.yaml", f"{head}\n{tests_yaml(rules, name)}"),
        ),
        left_out=left_out,
    )


def differing(generated: Generated, folder: Path) -> tuple[str, ...]:
    """Return the names of the files in a folder that are not as generated, or not there."""
    names = []
    for name, text in generated.files:
        found = None
        with contextlib.suppress(OSError, UnicodeDecodeError):
            found = (folder / name).read_text(encoding="utf-8")
        if found != text:
            names.append(name)
    return tuple(names)


def write(generated: Generated, folder: Path) -> tuple[Path, ...]:
    """Write the files into a folder, which is made if need be, and return them.

    Raises:
        UsageError: They can't be written there.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in generated.files:
            (folder / name).write_text(text, encoding="utf-8")
            written.append(folder / name)
    except OSError as error:
        raise UsageError(f"--out {folder}: {(error.strerror or str(error)).lower()}") from None
    return tuple(written)


def _head(rules: PlatformRules) -> str:
    stale = rules.stale_after_s
    more = "" if stale == STALE_AFTER_S else f" --stale-after {duration(stale)}"
    command = f"seakeep rules --platform {rules.platform}{more} --out reports/alerts"
    return f"# Generated from slos.yaml by '{command}'. Do not edit: see docs/alerts.md.\n"
