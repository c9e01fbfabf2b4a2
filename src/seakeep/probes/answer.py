"""One HTTP answer, read to its end: what expectations and contracts judge."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from seakeep.plain import one_line
from seakeep.probes.certificate import TlsFacts
from seakeep.probes.json_text import parse_json
from seakeep.redact import redact

__all__ = ["Answer"]

_MAX_EXCERPT_SOURCE = 16 * 1024
_NOT_OF_THE_WEB = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})
"""Codecs of host names and of Python: some take the square of a text's length, some warn of it."""
_MAX_ENCODING_NAME = 40
"""Python remembers each name that it was ever asked for, so that endless new ones fill memory."""
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
        name = self.encoding if len(self.encoding) <= _MAX_ENCODING_NAME else "utf-8"
        try:
            if codecs.lookup(name).name.replace("_", "-") not in _NOT_OF_THE_WEB:
                return self.body.decode(name, "replace")
        except (LookupError, ValueError):
            pass
        return self.body.decode("utf-8", "replace")

    @cached_property
    def document(self) -> object:
        """The body as JSON, parsed once.

        Raises:
            ValueError: It is not; says what it is instead.
        """
        return parse_json(self.body)

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
