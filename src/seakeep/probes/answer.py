"""One HTTP answer, read to its end: what expectations and contracts judge."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from seakeep.plain import one_line
from seakeep.probes.certificate import TlsFacts
from seakeep.redact import redact

__all__ = ["Answer"]

_MAX_EXCERPT_SOURCE = 16 * 1024
_NOT_OF_THE_WEB = frozenset({"idna", "punycode"})
"""Codecs of host names: none reads a page in them, and they take the square of its length."""
_TAG = re.compile(r"<(/?\w*)[^<>]*>?")  # matches at every "<" and never goes back: linear
_SILENT = ("script", "style")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the platform answered, read to its end.

    Attributes:
        status: The status code.
        headers: The headers, by lower-case name; those of one name are joined by commas.
        body: The body, decompressed.
        encoding: The body's character set.
        duration_s: How long the whole exchange took, in seconds.
        at: When the answer was there, by this observer's clock; an aware time.
        url: The URL that answered, after all redirects.
        redirects: How many redirects were followed to get there.
        http_version: ``1.0``, ``1.1`` or ``2``.
        tls: What the TLS connection was like; ``None`` without TLS.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    encoding: str
    duration_s: float
    at: datetime
    url: str = ""
    redirects: int = 0
    http_version: str = "1.1"
    tls: TlsFacts | None = None

    @cached_property
    def text(self) -> str:
        """The body as text; bytes that make no sense are replaced.

        What calls itself a character set and is none is read as UTF-8.
        """
        try:
            if codecs.lookup(self.encoding).name not in _NOT_OF_THE_WEB:
                return self.body.decode(self.encoding, "replace")
        except (LookupError, ValueError):
            pass
        return self.body.decode("utf-8", "replace")

    @cached_property
    def document(self) -> object:
        """The body as JSON, parsed once.

        Raises:
            ValueError: It is not JSON, or nested deeper than any honest answer.
        """
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deep") from None

    def excerpt(self) -> str:
        """Return the beginning of the body on one line, without secrets or markup."""
        text = redact(self.text)[:_MAX_EXCERPT_SOURCE]
        if "html" in self.headers.get("content-type", ""):
            text = _without_markup(text)
        return one_line(text)


def _without_markup(markup: str) -> str:
    """Return what stands between the tags of HTML, but for scripts and styles."""
    pieces: list[str] = []
    silent, at = "", 0
    for tag in _TAG.finditer(markup):
        if not silent:
            pieces.append(markup[at : tag.start()])
        name, at = tag.group(1).lower(), tag.end()
        if not silent and name in _SILENT:
            silent = name
        elif silent and name == f"/{silent}":
            silent = ""
    if not silent:
        pieces.append(markup[at:])
    return " ".join(pieces)
