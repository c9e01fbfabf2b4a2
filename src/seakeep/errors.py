"""Every error that Seakeep raises on purpose, in one tree.

    SeakeepError                  exit 2
    ├── UsageError                exit 2   the command line, or the environment, is off
    ├── ConfigError               exit 2   files are off: every problem at once
    ├── StoreError                exit 2   the store can't be opened, read or written
    ├── SourceError               exit 2   a source such as Prometheus gave no usable answer
    ├── PushError                 exit 2   the Pushgateway did not take the push
    ├── SandboxError              exit 2   the sandbox did not start, or is not there
    ├── RefusedError              exit 3   a safety rule said no; nothing was done
    └── FaultError                exit 4   a fault did not take hold
        └── RollbackError         exit 4   a fault may still be in place

Each message says what, where (file and key, or URL), and what was wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

__all__ = [
    "ConfigError",
    "FaultError",
    "Problem",
    "PushError",
    "RefusedError",
    "RollbackError",
    "SandboxError",
    "SeakeepError",
    "SourceError",
    "StoreError",
    "UsageError",
]


class SeakeepError(Exception):
    """The root: a message for a person, and the exit code a command ends with."""

    exit_code: ClassVar[int] = 2


class UsageError(SeakeepError):
    """The command line or the environment asks for something that can't be done."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration file.

    Attributes:
        file: The file it stands in.
        line: Its line, counted from 1; 0 when the whole file is meant.
        key: The dotted path of the key, such as ``checks[2].timeout``; may be empty.
        found: What stands there.
        wanted: What should stand there.
    """

    file: Path
    line: int
    key: str
    found: str
    wanted: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        key = f" {self.key}:" if self.key else ""
        return f"{where}:{key} found {self.found}; wanted {self.wanted}"


class ConfigError(SeakeepError):
    """One or more configuration files are wrong; holds all problems, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StoreError(SeakeepError):
    """The store can't be opened, read or written."""


class SourceError(SeakeepError):
    """A source of events gave no answer that can be counted; never taken for good events."""


class PushError(SeakeepError):
    """The Pushgateway did not take a push; what was to be pushed is still in the store."""


class SandboxError(SeakeepError):
    """The sandbox did not start, did not stop, or is not there."""


class RefusedError(SeakeepError):
    """A safety rule or the pre-flight said no, and nothing was injected or sent."""

    exit_code = 3


class FaultError(SeakeepError):
    """A fault did not take hold, or its effect could not be proven."""

    exit_code = 4


class RollbackError(FaultError):
    """A fault may still be in place, or recovery was not proven: the loudest error of all."""
