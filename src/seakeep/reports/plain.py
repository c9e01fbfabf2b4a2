"""Text from a target, made fit to print, under the name that reports have for it."""

from __future__ import annotations

from seakeep.plain import plain

__all__ = ["plain"]
