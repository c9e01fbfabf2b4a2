"""Whether pytest's own arguments rule browser journeys out, before anything is collected."""

from __future__ import annotations

import ast
from collections.abc import Sequence

__all__ = ["rules_out_journeys"]

_JOURNEY = "journey"


def rules_out_journeys(arguments: Sequence[str]) -> bool:
    """Return whether the last ``-m`` can't be true of any test marked ``journey``."""
    expression = _marker_expression(arguments)
    try:
        return _value(ast.parse(expression, mode="eval").body) is False
    except SyntaxError:  # pytest tells what is wrong with it
        return False


def _marker_expression(arguments: Sequence[str]) -> str:
    expression = ""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
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
