"""A chaos experiment as ``platform.yaml`` declares it: how it is guarded, where, and when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from seakeep import environment
from seakeep.experiment_schedule import Schedule
from seakeep.stage import Environment
from seakeep.validation import FileModel, Name, Number, Seconds, Sequence_, Share

__all__ = ["Experiment"]


_NOT_FOR_FILES = {
    environment.ALLOW_PRODUCTION,
    environment.HOME,
    environment.LOCATION,
    environment.PLATFORM,
    environment.PUSHGATEWAY,
    environment.RUN_ID,
    environment.TEXTFILE,
}
"""What only whoever starts a run may say: above all that production may be broken."""


def _variables(value: Mapping[str, str]) -> Mapping[str, str]:
    if not all(name.isidentifier() and name.isupper() and name.isascii() for name in value):
        raise ValueError("names of environment variables, such as SEAKEEP_LATENCY_MS")
    if reserved := sorted(_NOT_FOR_FILES.intersection(value)):
        raise ValueError(f"settings of the experiment; {reserved[0]} is for who starts it to set")
    return value


def _setting(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a text or a number")  # noqa: TRY004 - pydantic collects ValueError only
    return str(value)


_Setting = Annotated[str, BeforeValidator(_setting)]


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
        observer_rate_per_s: How many checks its observer asks a second.
        environments: Where it may run.
        schedule: When it is due; ``None`` when only somebody's wish starts it.
    """

    name: Name
    guarded: Sequence_[Name] = ()
    timeout_s: Seconds = Field(default=600.0, alias="timeout")
    recovery_timeout_s: Seconds = Field(default=30.0, alias="recovery_timeout")
    settings: Annotated[Mapping[str, _Setting], AfterValidator(_variables)] = Field(
        default_factory=dict
    )
    expected_spend: Share = 0.0
    observer_rate_per_s: Annotated[Number, Field(gt=0, le=1000, alias="observer_rate")] = 20.0
    environments: Sequence_[Annotated[Environment, Field(strict=False)]] = tuple(Environment)
    schedule: Schedule | None = None

    @property
    def file(self) -> Path:
        """Return the experiment's file, relative to the project's root."""
        return Path("chaos") / f"{self.name}.yaml"

    def settings_for(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the settings that an environment leaves open; what is set there, wins.

        An empty variable is not set: that is what a CI makes of one that nobody gave a value.
        """
        return {name: value for name, value in self.settings.items() if not environ.get(name)}
