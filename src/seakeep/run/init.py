"""`seakeep init`: writes out the suites that the package carries, and a platform to edit."""

from __future__ import annotations

import shutil
from pathlib import Path

import seakeep
from seakeep.errors import UsageError
from seakeep.validation import NAME_PATTERN

__all__ = ["make_harness", "template_folder"]

_PARTS = ("conftest.py", "probes", "load", "chaos", "platforms/sandbox")
_DEFAULT_URL = "${SEAKEEP_BASE_URL}"


def template_folder() -> Path:
    """Return where the suites are: inside an installed package, or the checkout around it."""
    package = Path(seakeep.__file__).parent
    packaged = package / "template"
    return packaged if packaged.is_dir() else package.parent.parent


def make_harness(name: str, into: Path, url: str | None) -> str:
    """Write a working harness for the platform ``name``, and return what to do next.

    Args:
        name: The platform's name, an RFC 1123 label.
        into: The folder to make; it must not hold anything yet.
        url: The platform's base URL; by default it is taken from ``SEAKEEP_BASE_URL``.

    Raises:
        UsageError: The name is off, or the folder is not empty.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise UsageError(f"found {name!r}; wanted a name of a-z, 0-9 and inner hyphens")
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"{into} is there already; wanted an empty or new folder")
    template = template_folder()
    for part in _PARTS:
        _copy(template / part, into / part)
    starter = Path(__file__).parent / "starter"
    folder = into / "platforms" / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("platform.yaml", "slos.yaml"):
        _fill(starter / file, folder / file, name, url or _DEFAULT_URL)
    _fill(starter / "README.md", into / "README.md", name, url or _DEFAULT_URL)
    shutil.copyfile(starter / "pytest.ini", into / "pytest.ini")
    shutil.copyfile(starter / "gitignore", into / ".gitignore")
    return (
        f"{into} is ready. Next:\n"
        f"  cd {into}\n"
        f"  edit platforms/{name}/platform.yaml and slos.yaml\n"
        f"  seakeep validate --platform {name}\n"
        f"  pytest probes --platform {name}\n"
        f"  SEAKEEP_PLATFORM={name} locust -f load/browse.py --headless"
        "  # once platform.yaml has its scenario"
    )


def _copy(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source, destination, ignore=ignored)
    else:
        shutil.copyfile(source, destination)


def _fill(source: Path, destination: Path, name: str, url: str) -> None:
    """Copy a starter file with the two placeholders filled in."""
    text = source.read_text().replace("@NAME@", name).replace("@URL@", url)
    destination.write_text(text)
