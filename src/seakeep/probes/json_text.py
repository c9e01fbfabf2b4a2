"""JSON as it comes from outside, and JSON as a message shows it."""

from __future__ import annotations

import codecs
import json
from typing import Never

from seakeep.plain import one_line

__all__ = ["json_text", "parse_json"]

_MOST_ENCODED = 4 * 1024
"""Characters of a value that are written out, of which a line shows fewer still."""


def _refuse(name: str) -> Never:
    raise ValueError(f"{name}, which JSON does not have")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


def parse_json(body: bytes) -> object:
    """Return the value that a body holds.

    It must be UTF-8, as https://www.rfc-editor.org/rfc/rfc8259#section-8.1 has it, whatever the
    answer's headers say; a byte order mark is passed over. Of keys that stand twice in one object
    the last counts, as in browsers. A number too large for a double is infinite.

    Raises:
        ValueError: With what was got instead; for a number of more digits than Python reads, and
            for nesting deeper than any honest answer, too.
    """
    if not body:
        raise ValueError("an empty body")
    try:
        return _DECODER.decode(body.removeprefix(codecs.BOM_UTF8).decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"bytes that are not UTF-8 (at {error.start})") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"a body that is none: {error}") from None
    except RecursionError:
        raise ValueError("JSON that is nested too deep") from None
    except ValueError as error:
        if "digits" in str(
            error
        ):  # https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
            raise ValueError("a number of too many digits") from None
        raise


def json_text(value: object, limit: int = 80) -> str:
    """Return a value as one short line of JSON, without secrets; what is cut ends in dots."""
    pieces: list[str] = []
    length = 0
    try:
        for piece in _ENCODER.iterencode(value):
            pieces.append(piece)
            length += len(piece)
            if length > _MOST_ENCODED:
                break
    except RecursionError:
        pieces.append("...")
    return one_line("".join(pieces), limit)
