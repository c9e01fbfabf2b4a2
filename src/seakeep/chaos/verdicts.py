"""The objectives as a probe for any experiment, with or without the guard.

probes:
- type: probe
name: objectives-hold
tolerance: true
provider:
type: python
module: seakeep.chaos.verdicts
func: objectives_hold
arguments: {window: 5m}
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from seakeep import environment
from seakeep.errors import UsageError
from seakeep.slo.check import Question, check_platform
from seakeep.slo.evaluate import holds, is_proven

__all__ = ["objectives_hold"]


def objectives_hold(
    window: str | None = None,
    objectives: Sequence[str] = (),
    location: str | None = None,
    require_proof: bool = False,
) -> bool:
    """Return whether nothing is breached or without data: what ``seakeep check`` exits with.

    Args:
        window: A duration such as ``5m`` in place of each objective's own window.
        objectives: The names of those to judge; all by default.
        location: A glob: only what was observed there counts.
        require_proof: Whether each must be proven met, too.

    Raises:
        UsageError: No platform is set, or an argument can't be read.
        ConfigError: The platform's files are wrong.
        StoreError: The store can't be read.
    """
    platform = os.environ.get(environment.PLATFORM)
    if not platform:
        raise UsageError(f"no platform: set {environment.PLATFORM}")
    asked = Question(window=window, objectives=tuple(objectives), location=location)
    verdicts = check_platform(platform, asked)
    return holds(verdicts) and (is_proven(verdicts) or not require_proof)
