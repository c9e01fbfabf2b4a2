"""The first of the four records: what is watched, as ``platform.yaml`` declares it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from seakeep.checks.declared import DeclaredCheck, Defaults, with_defaults, without_expectation
from seakeep.checks.http import UrlPath
from seakeep.errors import RefusedError, UsageError
from seakeep.experiment import Experiment
from seakeep.maintenance import Maintenance
from seakeep.scenario import Scenario
from seakeep.stage import Environment
from seakeep.validation import FileModel, HttpUrl, Name, Number, Seconds, Sequence_

__all__ = [
    "Environment",
    "Experiment",
    "Journey",
    "Limits",
    "Platform",
    "Scenario",
    "Step",
    "Target",
]


class Target(FileModel):
    """An element of a page, by what a person sees of it."""

    role: Literal["button", "link", "heading", "textbox", "radio", "checkbox", "status"] | None = (
        None
    )
    name: str | None = None
    label: str | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        ways = [way for way in ("role", "label", "text") if getattr(self, way) is not None]
        if len(ways) != 1 or (self.name is not None and self.role is None):
            raise ValueError("one of 'role' (with 'name'), 'label' or 'text'")
        return self


class Step(FileModel):
    """One thing the visitor does, or must see. Exactly one of its keys is given."""

    click: Target | None = None
    fill: Target | None = None
    value: str | None = None
    see: Target | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        ways = [way for way in ("click", "fill", "see") if getattr(self, way) is not None]
        if len(ways) != 1 or (self.value is not None) != (self.fill is not None):
            raise ValueError("one of 'click', 'see', or 'fill' with 'value'")
        return self


class Journey(FileModel):
    """A browser walk that ends in something the visitor must see."""

    name: Name
    start: UrlPath
    steps: Sequence_[Step]
    timeout_s: Seconds = Field(default=15.0, alias="timeout")

    @model_validator(mode="after")
    def _ends_in_an_assertion(self) -> Self:
        if not self.steps or self.steps[-1].see is None:
            raise ValueError(
                "steps that end with 'see': a journey without its last assertion proves nothing"
            )
        return self


class Limits(FileModel):
    """The most that Seakeep may ever do to this platform."""

    max_rate_per_s: Annotated[Number, Field(gt=0, alias="max_rate")] = 500.0
    max_load_duration_s: Seconds = Field(default=3600.0, alias="max_load_duration")
    max_concurrent_checks: Annotated[int, Field(ge=1, le=1000)] = 32
    spread_s: Seconds | None = Field(default=None, alias="spread")


class Platform(FileModel):
    """What is watched. Read with `load_platform`.

    Attributes:
        maintenance: When it was or will be worked on.
        exams: When its users must not be disturbed: no experiment starts then.
    """

    name: Name
    display_name: str = ""
    environment: Environment = Field(strict=False)
    base_url: HttpUrl
    hosts: Sequence_[str] = ()
    limits: Limits = Field(default_factory=Limits)
    defaults: Defaults = Field(default_factory=dict)
    checks: Annotated[Sequence_[DeclaredCheck], Field(min_length=1)]
    journeys: Sequence_[Journey] = ()
    scenarios: Sequence_[Scenario] = ()
    experiments: Sequence_[Experiment] = ()
    maintenance: Sequence_[Maintenance] = ()
    exams: Sequence_[Maintenance] = ()
    _folder: Path = PrivateAttr(default_factory=Path)

    @model_validator(mode="after")
    def _checks_are_complete(self) -> Self:
        checks = with_defaults(self.checks, self.defaults)
        empty = without_expectation(checks)
        if empty:
            wrong = [
                InitErrorDetails(type="missing", loc=("checks", index, "expect"), input=None)
                for index in empty
            ]
            raise ValidationError.from_exception_data("Platform", wrong)
        return self.model_copy(update={"checks": checks})

    @property
    def folder(self) -> Path:
        """Return the folder that holds ``platform.yaml`` and ``slos.yaml``."""
        return self._folder

    @property
    def title(self) -> str:
        """Return the name for people."""
        return self.display_name or self.name

    def url(self, path: str) -> str:
        """Return the absolute URL of a path, or the URL itself when it is absolute already."""
        return f"{self.base_url}{path}" if path.startswith("/") else path

    def scenario(self, name: str) -> Scenario:
        """Return the scenario of that name.

        Raises:
            UsageError: There is none.
        """
        for scenario in self.scenarios:
            if scenario.name == name:
                return scenario
        known = ", ".join(scenario.name for scenario in self.scenarios) or "none"
        raise UsageError(f"platform {self.name} has no scenario {name!r} (it has: {known})")

    def allow_action(self, *, allow_production: bool = False) -> None:
        """Return when load and chaos may touch this platform.

        Raises:
            RefusedError: The platform is production, or its host is not in its own list.
        """
        if self.environment is Environment.PRODUCTION and not allow_production:
            raise RefusedError(
                f"platform {self.name}: its environment is production; load and chaos need "
                "--allow-production, or SEAKEEP_ALLOW_PRODUCTION=1, for that run"
            )
        host = urlsplit(self.base_url).hostname or ""
        if self.hosts and host not in self.hosts:
            raise RefusedError(
                f"platform {self.name}: base_url is on {host}, which is not among its hosts "
                f"({', '.join(self.hosts)})"
            )
