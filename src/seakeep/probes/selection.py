"""Whether pytest's arguments leave room for browser journeys, before anything is collected."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["may_need_playwright"]

_PLAYWRIGHT_OPTIONS = (
    "--base-url",
    "--browser",
    "--device",
    "--full-page-screenshot",
    "--headed",
    "--output",
    "--playwright-debug",
    "--screenshot",
    "--slowmo",
    "--tracing",
    "--video",
)

_JOURNEY = "journey"


def may_need_playwright(arguments: Sequence[str]) -> bool:
    """Return whether journeys may run, or an option of pytest-playwright is given anyway."""
    has_option = any(argument.startswith(_PLAYWRIGHT_OPTIONS) for argument in arguments)
    return has_option or not _rules_out_journeys(_marker_expression(arguments))


def _rules_out_journeys(expression: str) -> bool:
    """Return whether a ``-m`` expression can't be true of any test marked ``journey``."""
    try:
        return _value(ast.parse(expression, mode="eval").body) is False
    except SyntaxError:  # none is given; or pytest tells what is wrong with it
        return False


def _marker_expression(arguments: Sequence[str]) -> str:
    expression = ""
    for argument, following in pairwise([*arguments, ""]):
        if argument == "-m":
            expression = following
        elif argument.startswith("-m") and not argument.startswith("--"):
            expression = argument[2:].removeprefix("=")
    return expression.strip()


def _value(node: ast.expr) -> bool | None:
    """Evaluate for a test marked ``journey``; ``None`` where other markers would decide."""
    match node:
        case ast.Name(id=name):
            return True if name == _JOURNEY else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            value = _value(operand)
            return None if value is None else not value
        case ast.BoolOp(op=operator, values=nodes):
            values = [_value(value) for value in nodes]
            decisive = isinstance(operator, ast.Or)
            if decisive in values:
                return decisive
            return None if None in values else not decisive
    return None
