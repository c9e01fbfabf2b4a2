"""Whether an answer is what the platform's file says it must be: a file per subject."""

from __future__ import annotations

from seakeep.probes.expectations.judgment import judge, judge_aside

__all__ = ["judge", "judge_aside"]
