"""A failed check as a curl command, for a person to repeat it by hand."""

from __future__ import annotations

import re
import shlex

from seakeep.platform import Check, Platform
from seakeep.redact import redact

__all__ = ["curl_line"]

_SECRET_HEADER = re.compile(r"auth|cookie|token|secret|key|password", re.IGNORECASE)


def curl_line(platform: Platform, check: Check) -> str:
    """Return the command on one line, its secrets masked and every argument quoted."""
    # curl takes brackets and braces for ranges unless told otherwise.
    arguments = ["curl", "-sS", "-i", "--globoff", "--max-time", f"{check.timeout_s:g}"]
    if check.method == "HEAD":
        arguments.append("--head")
    elif check.method != "GET":
        arguments += ["-X", check.method]
    for name, value in check.headers.items():
        shown = "***" if _SECRET_HEADER.search(name) else value
        arguments += ["-H", f"{name}: {shown}"]
    arguments.append(platform.url(check.path))
    return " ".join(shlex.quote(redact(argument)) for argument in arguments)
