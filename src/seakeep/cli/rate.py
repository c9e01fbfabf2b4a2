"""Rates on the command line."""

from __future__ import annotations

import math

import click

__all__ = ["RATE"]


class _Rate(click.FloatRange):
    """A number above zero that is one: ``nan`` is neither above nor below anything."""

    name = "rate"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = float(super().convert(value, param, ctx))  # type: ignore[arg-type]
        if not math.isfinite(found):
            self.fail(f"{value} is not a rate; wanted a number of requests per second", param, ctx)
        return found


RATE = _Rate(min=0, min_open=True)
"""A rate per second."""
