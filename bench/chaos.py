"""Chaos: how true the sandbox's faults are, how fast they go, and what torment leaves behind."""

from __future__ import annotations

from collections.abc import Iterator

from bench import chaos_faults, chaos_reaction, chaos_torment
from bench.measure import Figure

__all__ = ["run"]


def run() -> Iterator[Figure]:
    """Measure all of them; the torment takes the longest by far."""
    yield from chaos_faults.run()
    yield from chaos_reaction.run()
    yield from chaos_torment.run()
