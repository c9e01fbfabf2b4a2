"""A chaos experiment as ``platform.yaml`` declares it: how it is guarded, where, and when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from seakeep.experiment_schedule import Schedule
from seakeep.stage import Environment
from seakeep.validation import FileModel, Name, Seconds, Sequence_, Share

__all__ = ["Experiment"]


def _variables(value: Mapping[str, str]) -> Mapping[str, str]:
    if not all(name.isidentifier() and name.isupper() for name in value):
        raise ValueError("names of environment variables, such as SEAKEEP_LATENCY_MS")
    return value


class Experiment(FileModel):
    """One chaos experiment, and how its guard watches it.

    Attributes:
        name: Its name, and its file's.
        guarded: The objectives that end it when they are breached; by default all of checks.
        timeout_s: After so long its faults are removed and it ends, whatever it is doing.
        recovery_timeout_s: How long the platform may take until its steady state is back.
        settings: Environment variables that its file reads, where they are not set already.
        expected_spend: The share of each guarded objective's error budget that it may well take;
            as much must be left before it starts.
        environments: Where it may run.
        schedule: When it is due; ``None`` when only somebody's wish starts it.
    """

    name: Name
    guarded: Sequence_[Name] = ()
    timeout_s: Seconds = Field(default=600.0, alias="timeout")
    recovery_timeout_s: Seconds = Field(default=30.0, alias="recovery_timeout")
    settings: Annotated[Mapping[str, str], AfterValidator(_variables)] = Field(default_factory=dict)
    expected_spend: Share = 0.0
    environments: Sequence_[Annotated[Environment, Field(strict=False)]] = tuple(Environment)
    schedule: Schedule | None = None

    @property
    def file(self) -> Path:
        """Return the experiment's file, relative to the project's root."""
        return Path("chaos") / f"{self.name}.yaml"
