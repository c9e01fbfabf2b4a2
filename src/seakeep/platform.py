"""The first of the four records: what is watched, as ``platform.yaml`` declares it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from seakeep.errors import RefusedError
from seakeep.maintenance import Maintenance
from seakeep.validation import FileModel, HttpUrl, Name, Number, Regex, Seconds, Sequence_

__all__ = [
    "Check",
    "Environment",
    "Expectation",
    "Experiment",
    "Journey",
    "Limits",
    "Platform",
    "Scenario",
    "Step",
    "Target",
]


class Environment(StrEnum):
    """How careful Seakeep must be: load and chaos refuse ``production`` unless told so."""

    SANDBOX = "sandbox"
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


def _status_codes(value: object) -> object:
    codes = value if isinstance(value, list) else [value]
    if not codes or not all(type(code) is int and 100 <= code <= 599 for code in codes):
        raise ValueError("a status code such as 200, or a list of them")
    return tuple(codes)


def _path(value: str) -> str:
    if not re.fullmatch(r"(/|https?://)\S*", value):
        raise ValueError("a path that begins with /, or a whole URL")
    return value


def _jmespath(value: str) -> str:
    import jmespath  # noqa: PLC0415 - only where a file has such a path

    try:
        jmespath.compile(value)
    except jmespath.exceptions.JMESPathError:
        raise ValueError("a JMESPath expression, as https://jmespath.org explains") from None
    return value


def _json_scalar(value: object) -> object:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ValueError("a text, number, true, false or null")


JmesPath = Annotated[str, AfterValidator(_jmespath)]
JsonScalar = Annotated[object, BeforeValidator(_json_scalar)]
StatusCodes = Annotated[tuple[int, ...], BeforeValidator(_status_codes)]
Path_ = Annotated[str, AfterValidator(_path)]


class Expectation(FileModel):
    """What one answer must be like; all of it must hold.

    Attributes:
        status: The status codes that are right.
        headers: Header names, and the regular expression each value must match.
        body_matches: Regular expressions that the body must contain.
        body_excludes: Regular expressions that the body must not contain.
        json_equals: JMESPath expressions, and the value each must have.
        max_duration_s: The longest the whole exchange may take.
    """

    status: StatusCodes = ()
    headers: Mapping[str, Regex] = Field(default_factory=dict)
    body_matches: Sequence_[Regex] = ()
    body_excludes: Sequence_[Regex] = ()
    json_equals: Mapping[JmesPath, JsonScalar] = Field(default_factory=dict, alias="json")
    max_duration_s: Seconds | None = Field(default=None, alias="max_duration")

    @model_validator(mode="after")
    def _asserts_something(self) -> Self:
        if not self.model_fields_set or not any(getattr(self, n) for n in self.model_fields_set):
            raise ValueError("at least one expectation, such as 'status: 200'")
        return self


_MARKS_OF_PYTEST = (
    "filterwarnings",
    "parametrize",
    "skip",
    "skipif",
    "tryfirst",
    "trylast",
    "usefixtures",
    "xfail",
)  # https://docs.pytest.org/en/stable/reference/reference.html#marks
_RESERVED_SUITES = frozenset({*_MARKS_OF_PYTEST, "checks", "journey"})


def _suite(value: str) -> str:
    if value in _RESERVED_SUITES:
        raise ValueError("a name that is no mark with a meaning of its own: each suite is one")
    return value


Suite = Annotated[Name, AfterValidator(_suite)]
"""A suite becomes a pytest mark: one named ``xfail`` would make a bad check pass."""


class Check(FileModel):
    """One request with its assertions."""

    name: Name
    suite: Suite
    path: Path_
    method: Literal["GET", "HEAD", "OPTIONS"] = "GET"
    headers: Mapping[str, str] = Field(default_factory=dict)
    timeout_s: Seconds = Field(default=5.0, alias="timeout")
    expect: Expectation


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
    start: Path_
    steps: Sequence_[Step]
    timeout_s: Seconds = Field(default=15.0, alias="timeout")

    @model_validator(mode="after")
    def _ends_in_an_assertion(self) -> Self:
        if not self.steps or self.steps[-1].see is None:
            raise ValueError(
                "steps that end with 'see': a journey without its last assertion proves nothing"
            )
        return self


class Scenario(FileModel):
    """One load scenario: which Locust file, how many users, at what rate, for how long."""

    name: Name
    users: Annotated[int, Field(ge=1)]
    rate_per_s: Annotated[Number, Field(gt=0, alias="rate")]
    duration_s: Seconds = Field(alias="duration")

    @property
    def file(self) -> Path:
        """Return the scenario's locustfile, relative to the project's root."""
        return Path("load") / f"{self.name.replace('-', '_')}.py"


class Experiment(FileModel):
    """One chaos experiment, and how its guard watches it."""

    name: Name
    guarded: Sequence_[Name] = ()
    timeout_s: Seconds = Field(default=600.0, alias="timeout")
    recovery_timeout_s: Seconds = Field(default=30.0, alias="recovery_timeout")

    @property
    def file(self) -> Path:
        """Return the experiment's file, relative to the project's root."""
        return Path("chaos") / f"{self.name}.yaml"


class Limits(FileModel):
    """The most that Seakeep may ever do to this platform."""

    max_rate_per_s: Annotated[Number, Field(gt=0, alias="max_rate")] = 500.0
    max_load_duration_s: Seconds = Field(default=3600.0, alias="max_load_duration")


class Platform(FileModel):
    """What is watched. Read with `load_platform`."""

    name: Name
    display_name: str = ""
    environment: Environment = Field(strict=False)
    base_url: HttpUrl
    hosts: Sequence_[str] = ()
    limits: Limits = Field(default_factory=Limits)
    checks: Annotated[Sequence_[Check], Field(min_length=1)]
    journeys: Sequence_[Journey] = ()
    scenarios: Sequence_[Scenario] = ()
    experiments: Sequence_[Experiment] = ()
    maintenance: Sequence_[Maintenance] = ()
    _folder: Path = PrivateAttr(default_factory=Path)

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

    def allow_action(self, *, allow_production: bool = False) -> None:
        """Return when load and chaos may touch this platform.

        Raises:
            RefusedError: The platform is production, or its host is not in its own list.
        """
        if self.environment is Environment.PRODUCTION and not allow_production:
            raise RefusedError(
                f"platform {self.name}: its environment is production; load and chaos need "
                "--allow-production for that run"
            )
        host = urlsplit(self.base_url).hostname or ""
        if self.hosts and host not in self.hosts:
            raise RefusedError(
                f"platform {self.name}: base_url is on {host}, which is not among its hosts "
                f"({', '.join(self.hosts)})"
            )
