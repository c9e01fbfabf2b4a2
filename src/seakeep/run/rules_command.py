"""`seakeep rules`: prints, writes or compares the Prometheus rules of a platform."""

from __future__ import annotations

from pathlib import Path

import click

from seakeep.errors import ConfigError, Problem
from seakeep.platform_file import FILE_NAME as PLATFORM_FILE
from seakeep.platform_file import find_folder
from seakeep.slo.openslo import FILE_NAME, read_objectives
from seakeep.slo.rules.files import Generated, differing, generate, write
from seakeep.yaml_source import read_documents

__all__ = ["check_rules", "print_rules", "write_rules"]


def print_rules(platform: str, stale_after_s: float) -> int:
    """Print the rule file, and tell on stderr which alerts are left out and why.

    Raises:
        UsageError: There is no such platform.
        ConfigError: Its files are wrong, or a policy asks for an alert that could never fire.
    """
    generated = _generate(platform, stale_after_s)
    click.echo(generated.files[0][1], nl=False)
    return _told(generated)


def write_rules(platform: str, folder: Path, stale_after_s: float) -> int:
    """Write the rule file and its tests into a folder.

    Raises:
        UsageError: There is no such platform, or the files can't be written.
        ConfigError: Its files are wrong, or a policy asks for an alert that could never fire.
    """
    generated = _generate(platform, stale_after_s)
    for file in write(generated, folder):
        click.echo(str(file))
    return _told(generated)


def check_rules(platform: str, folder: Path, stale_after_s: float) -> int:
    """Say which files of a folder are not what the objectives make; 1 when there are any.

    Raises:
        UsageError: There is no such platform.
        ConfigError: Its files are wrong, or a policy asks for an alert that could never fire.
    """
    names = differing(_generate(platform, stale_after_s), folder)
    for name in names:
        click.echo(f"{folder / name}: not what {platform}'s objectives make now", err=True)
    if names:
        click.echo(f"'seakeep rules --platform {platform} --out {folder}' makes them", err=True)
    return 1 if names else 0


def _generate(platform: str, stale_after_s: float) -> Generated:
    """What the files say; the environment that a probe needs may be missing."""
    folder = find_folder(platform)
    name = _name(folder / PLATFORM_FILE)
    objectives, problems = read_objectives(folder / FILE_NAME)
    if problems:
        raise ConfigError(problems)
    return generate(name, objectives, stale_after_s)


def _name(file: Path) -> str:
    documents = read_documents(file)
    value = documents[0].value if documents else None
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name:
        raise ConfigError([Problem(file, 0, "name", repr(name), "the platform's name")])
    return name


def _told(generated: Generated) -> int:
    for line in generated.left_out:
        click.echo(f"seakeep: {line}", err=True)
    return 0
