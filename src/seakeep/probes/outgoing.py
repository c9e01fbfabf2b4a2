"""A request as it goes over the wire.

httpx's own takes a seventh of a check's time on this side, most of it for its URL. So the URLs that
nearly all checks have are taken apart here, and httpx is asked for the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from seakeep.probes.exchange_errors import SetupError
from seakeep.redact import keep_secret

__all__ = ["Headers", "Outgoing", "from_httpx", "outgoing", "refuse_unsendable"]

Headers = Sequence[tuple[bytes, bytes]]

_PORTS = {"http": 80, "https": 443}
_WITH_LENGTH = frozenset({"PATCH", "POST", "PUT"})
"""Servers want to hear of these that there is no body, too."""
_PLAIN_URL = re.compile(
    r"(https?)://(([a-z0-9][a-z0-9.-]*)(?::([1-9][0-9]{1,3}|[1-5][0-9]{4}))?)"
    r"(/(?:[A-Za-z0-9/._~=&?+,;:@!*()-]|%[0-9A-F]{2})*)",
    re.ASCII,
)
"""What needs neither escaping nor encoding nor another path: RFC 3986, sections 2 and 5.2.4."""
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LINE_END = re.compile(rb"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is asked, where, and with which words.

    Attributes:
        method: Its method.
        scheme: ``http`` or ``https``.
        host: A name or an address, without brackets.
        port: Its port.
        authority: Host and port, as the URL has them.
        target: Path and query, escaped.
        headers: All headers, ``Host`` among them.
        content: The body; may be empty.
    """

    method: str
    scheme: str
    host: str
    port: int
    authority: str
    target: bytes
    headers: Headers
    content: bytes = b""

    @property
    def url(self) -> str:
        """Return the whole URL."""
        return f"{self.scheme}://{self.authority}{self.target.decode('ascii')}"

    def head(self, target: bytes, more: Headers = ()) -> bytes:
        """Return request line and headers.

        Args:
            target: The request target: a path, or a whole URL for a proxy.
            more: More headers.

        Raises:
            SetupError: A header can't be sent: it would end its line, or has no name.
        """
        lines = [b"%b %b HTTP/1.1\r\n" % (self.method.encode("ascii"), target)]
        headers = (*self.headers, *more)
        refuse_unsendable(headers)
        lines += [b"%b: %b\r\n" % header for header in headers]
        lines.append(b"\r\n")
        return b"".join(lines)


def refuse_unsendable(headers: Headers) -> None:
    """Return when each header stays within its line, in any version of HTTP.

    HTTP/2 has no lines, but proxies turn it into HTTP/1.1, and h2 sends whatever it is given:
    https://www.rfc-editor.org/rfc/rfc9113#section-8.2.1.

    Raises:
        SetupError: One would end its line, or has no name.
    """
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or _LINE_END.search(value):
            shown = name.decode("ascii", "replace")
            raise SetupError(f"request: wanted headers of one line each, got more in {shown!r}")


def outgoing(method: str, url: str, headers: Headers, content: bytes | None = None) -> Outgoing:
    """Return a request for a URL; ``Host`` and the length of a body are added.

    User information of the URL becomes basic authentication, as with curl and browsers.

    Raises:
        httpx.InvalidURL: It is none.
    """
    plain = _PLAIN_URL.fullmatch(url)
    if plain is None or "/." in url:
        request = httpx.Request(method, url, headers=list(headers), content=content)
        if request.url.username and "authorization" not in request.headers:
            next(httpx.BasicAuth(request.url.username, request.url.password).auth_flow(request))
            keep_secret(request.url.password)
            keep_secret(request.headers["authorization"].removeprefix("Basic "))
        return from_httpx(request)
    scheme, authority, host, port, target = plain.groups()
    if port:  # a port of the scheme's own is left out: RFC 3986, section 6.2.3
        authority = host if int(port) == _PORTS[scheme] else f"{host}:{int(port)}"
    own = list(headers)
    if not any(name.lower() == b"host" for name, _ in headers):
        own.insert(0, (b"Host", authority.encode("ascii")))
    if content is not None or method in _WITH_LENGTH:
        own.append((b"Content-Length", b"%d" % len(content or b"")))
    return Outgoing(
        method=method,
        scheme=scheme,
        host=host,
        port=int(port) if port else _PORTS[scheme],
        authority=authority,
        target=target.encode("ascii"),
        headers=own,
        content=content or b"",
    )


def from_httpx(request: httpx.Request) -> Outgoing:
    """Return httpx's request, whose body is loaded, as ours.

    Raises:
        httpx.UnsupportedProtocol: Its URL leads nowhere that is spoken here.
    """
    url = request.url
    if url.scheme not in _PORTS or not url.host:
        raise httpx.UnsupportedProtocol(f"wanted an http:// or https:// URL, got {url}")
    return Outgoing(
        method=request.method,
        scheme=url.scheme,
        host=url.host,
        port=url.port or _PORTS[url.scheme],
        authority=url.netloc.decode("ascii"),
        target=url.raw_path,
        headers=request.headers.raw,
        content=request.content,
    )
