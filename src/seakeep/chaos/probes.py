"""Probes for the hypothesis and the method of an experiment. They work under the guard only."""

from __future__ import annotations

from seakeep.chaos.faults.injecting import scaled_s
from seakeep.chaos.session import current
from seakeep.errors import RefusedError

__all__ = ["objectives_hold", "watch"]


def objectives_hold() -> bool:
    """Return whether the guarded objectives hold; the tolerance is ``true``.

    Before the fault that is the baseline; later, that no breach has been proven while it lasted.

    Raises:
        RefusedError: The observer sees nothing.
    """
    session = current(objectives_hold)
    if session.observer.blind:
        raise RefusedError(f"the observer stopped: {session.observer.error}")
    if session.evidence.injected_at is None:
        return not session.evidence.unsteady()
    return session.evidence.breach is None


def watch(duration_s: float) -> bool:
    """Watch the platform for so many seconds, less when an objective is breached.

    Args:
        duration_s: How long, multiplied by ``SEAKEEP_DURATION_SCALE``.

    Returns:
        Whether the objectives hold.

    Raises:
        UsageError: It is no number above 0.
    """
    session = current(watch)
    session.watch(scaled_s(duration_s))
    return session.evidence.breach is None
