"""A failed check as a curl command, for a person to repeat it by hand."""

from __future__ import annotations

import re
import shlex

from seakeep.checks.http import HttpCheck
from seakeep.redact import redact

__all__ = ["curl_line"]

_SECRET_HEADER = re.compile(r"auth|cookie|token|secret|key|password", re.IGNORECASE)


def curl_line(check: HttpCheck, base_url: str) -> str:
    """Return the command on one line, its secrets masked and every argument quoted."""
    # curl takes brackets and braces for ranges unless told otherwise.
    arguments = ["curl", "-sS", "-i", "--globoff", "--max-time", f"{check.timeout_s:g}"]
    if check.verb == "HEAD":
        arguments.append("--head")
    elif check.verb != "GET":
        arguments += ["-X", check.verb]
    for name, value in check.headers.items():
        shown = "***" if _SECRET_HEADER.search(name) else value
        arguments += ["-H", f"{name}: {shown}"]
    arguments.append(check.target(base_url))
    return " ".join(shlex.quote(redact(argument)) for argument in arguments)
