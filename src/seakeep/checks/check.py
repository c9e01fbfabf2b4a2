"""What all checks have in common, whatever they ask."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from seakeep.validation import FileModel, Name, Seconds

__all__ = ["Check", "IpFamily", "Suite", "suite_name"]

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


def suite_name(value: str) -> str:
    """Return a suite's name when it can be a mark of pytest.

    Raises:
        ValueError: It is a mark with a meaning of its own.
    """
    if value in _RESERVED_SUITES:
        raise ValueError("a name that is no mark with a meaning of its own: each suite is one")
    return value


Suite = Annotated[Name, AfterValidator(suite_name)]
"""A suite becomes a pytest mark: one named ``xfail`` would make a bad check pass."""

_FAMILIES = ("any", "4", "6", "prefer-4", "prefer-6")


def _family(value: object) -> object:
    text = str(value) if type(value) is int else value
    if text not in _FAMILIES:
        raise ValueError(f"one of {', '.join(_FAMILIES)}")
    return text


IpFamily = Annotated[Literal["any", "4", "6", "prefer-4", "prefer-6"], BeforeValidator(_family)]
"""Which addresses of a name count; ``any`` leaves the order to the system (RFC 6724)."""


class Check(FileModel):
    """One thing asked of a platform, with its assertions. Each kind derives a record from it.

    Attributes:
        kind: What is asked: ``http``, or a name that `seakeep.checks.kinds` knows.
        name: What it is called in reports and metrics.
        suite: What it belongs to; a pytest mark, too.
        timeout_s: The deadline of the whole exchange, from the first lookup to the last byte.
        failure_threshold: How many failures in a row fail the test. Each is recorded as it was.
    """

    inherits: ClassVar[frozenset[str]] = frozenset({"timeout_s", "failure_threshold"})
    """What a suite's defaults may give to a check of this kind."""

    kind: str = "http"
    name: Name
    suite: Suite
    timeout_s: Seconds = Field(default=5.0, alias="timeout")
    failure_threshold: Annotated[int, Field(ge=1, le=1000)] = 1

    @classmethod
    def model_for(cls, value: object) -> type[FileModel]:
        """Return the record of the kind that the file names."""
        from seakeep.checks.kinds import check_model  # noqa: PLC0415 - it needs this module

        return check_model(value) if cls is Check else cls

    @property
    def asks_own_resolver(self) -> bool:
        """Return whether this machine's own name server is asked, which is no platform's."""
        return False

    @abstractmethod
    def target(self, base_url: str) -> str:
        """Return what is asked, as a person would write it: a URL, a name, a host and port."""
