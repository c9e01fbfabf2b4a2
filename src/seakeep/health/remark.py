"""What is said of an account of health: a failure, or something to know that is none."""

from __future__ import annotations

from dataclasses import dataclass

from seakeep.causes import Failure

__all__ = ["Finding", "Remark"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found that is no failure; short, without a semicolon."""

    text: str


Remark = Failure | Finding
