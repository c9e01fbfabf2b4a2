"""Toxiproxy's HTTP API, as far as faults need it: proxies, and the toxics on them.

https://github.com/Shopify/toxiproxy#http-api. Whatever is not a whole and well-formed answer of a
Toxiproxy is a `FaultError`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from seakeep import environment
from seakeep.chaos.toxiproxy.exchange import Reply, address, exchange
from seakeep.errors import FaultError, UsageError
from seakeep.plain import one_line

__all__ = ["DEFAULT_URL", "PREFIX", "Proxy", "Toxic", "Toxiproxy", "is_name"]

DEFAULT_URL = "http://127.0.0.1:8474"
"""Where Toxiproxy listens unless told otherwise: https://github.com/Shopify/toxiproxy#http-api."""

PREFIX = "seakeep-"
"""What the names of our toxics begin with, and nobody else's should."""

_TIMEOUT_S = 5.0
# Releases are numbered, and some builds are not: "git" is what a build of the source calls itself.
_VERSION = re.compile(r"(?:git|v?\d+\.\d+)[\w.+-]{0,60}", re.ASCII)
# A slash would be taken for one of the path, also when it is escaped: github.com/gorilla/mux.
_NAME = re.compile(r"(?!\.{1,2}$)[^/\x00-\x20\x7f]{1,256}")


@dataclass(frozen=True, slots=True)
class Toxic:
    """One fault on a proxy.

    Attributes:
        name: Unique on its proxy.
        type: What it does, such as ``latency``.
        stream: ``downstream`` for what goes to the client, ``upstream`` for what comes from it.
        toxicity: The share of the connections that it is on, from 0 to 1.
        attributes: The settings of its type, such as ``latency`` in milliseconds.
    """

    name: str
    type: str
    stream: str = "downstream"
    toxicity: float = 1.0
    attributes: Mapping[str, int] = field(default_factory=dict)

    def is_like(self, other: Toxic) -> bool:
        """Return whether it does what another does; Toxiproxy keeps the toxicity in 32 bits."""
        mine, its = self.attributes, other.attributes
        return (
            (self.name, self.type, self.stream) == (other.name, other.type, other.stream)
            and math.isclose(self.toxicity, other.toxicity, rel_tol=1e-6)
            and all(its.get(key) == value for key, value in mine.items())
        )


@dataclass(frozen=True, slots=True)
class Proxy:
    """A door that traffic goes through.

    Attributes:
        name: Its name.
        listen: Where clients connect to.
        upstream: Where it leads.
        enabled: Whether it listens at all.
        toxics: The faults on it.
    """

    name: str
    listen: str
    upstream: str
    enabled: bool
    toxics: tuple[Toxic, ...] = ()

    def toxic(self, name: str) -> Toxic | None:
        """Return the toxic of a name; ``None`` when it is not there."""
        return next((toxic for toxic in self.toxics if toxic.name == name), None)


class Toxiproxy:
    """One server; every call is a request of its own."""

    def __init__(self, url: str | None = None, *, timeout_s: float = _TIMEOUT_S) -> None:
        """Take an address; nothing is asked yet.

        Args:
            url: Where the API is; by default that of ``$SEAKEEP_TOXIPROXY_URL``, else port 8474 of
                this machine.
            timeout_s: The most that one request may take, in seconds, however the server dawdles.

        Raises:
            UsageError: It is no ``http`` or ``https`` URL, or carries user information.
        """
        self.url = address(url or environment.toxiproxy() or DEFAULT_URL)
        self._timeout_s = timeout_s

    def version(self) -> str:
        """Return its version.

        Raises:
            FaultError: It does not answer, or is no Toxiproxy.
        """
        reply = self._ask("GET", "/version")
        body = _json(reply)
        found = body.get("version") if isinstance(body, dict) else reply.text.strip()
        if reply.status != 200 or not isinstance(found, str) or not _VERSION.fullmatch(found):
            raise self._problem("GET", "/version", _said(reply), "the version of a Toxiproxy")
        return found

    def proxies(self) -> tuple[Proxy, ...]:
        """Return all proxies, with their toxics.

        Raises:
            FaultError: It does not answer, or is no Toxiproxy.
        """
        reply = self._ask("GET", "/proxies")
        body = _json(reply)
        try:
            if reply.status == 200 and isinstance(body, dict):
                return tuple(_proxy(value) for value in body.values())
        except (KeyError, TypeError, ValueError):
            pass
        raise self._problem("GET", "/proxies", _said(reply), "the proxies of a Toxiproxy")

    def proxy(self, name: str) -> Proxy | None:
        """Return a proxy with its toxics; ``None`` when a Toxiproxy says that it is not there.

        Raises:
            FaultError: It does not answer, or is no Toxiproxy.
        """
        path = _path(name)
        reply = self._ask("GET", path)
        if self._is_missing(reply):
            return None
        try:
            if reply.status == 200 and (found := _proxy(_json(reply))).name == name:
                return found
        except (KeyError, TypeError, ValueError):
            pass
        raise self._problem("GET", path, _said(reply), f"the proxy {name}")

    def add(self, proxy: str, toxic: Toxic) -> None:
        """Put a toxic on a proxy: on the connections that there are, and on those to come.

        Raises:
            FaultError: It was not taken; or there was no answer, so that it may have been.
        """
        body = {
            "name": toxic.name,
            "type": toxic.type,
            "stream": toxic.stream,
            "toxicity": toxic.toxicity,
            "attributes": dict(toxic.attributes),
        }
        path = f"{_path(proxy)}/toxics"
        reply = self._ask("POST", path, body)
        if reply.status not in {200, 201}:
            raise self._problem("POST", path, _said(reply), f"the toxic {toxic.name} taken")

    def toxic(self, proxy: str, name: str) -> Toxic | None:
        """Return a toxic; ``None`` when a Toxiproxy says that it, or its proxy, is not there.

        Raises:
            FaultError: It does not answer, or is no Toxiproxy.
        """
        found = self.proxy(proxy)
        return found.toxic(name) if found else None

    def remove(self, proxy: str, name: str) -> bool:
        """Take a toxic off a proxy, and return whether it was there.

        Raises:
            FaultError: It does not answer, or is no Toxiproxy.
        """
        path = f"{_path(proxy)}/toxics/{_quoted(name)}"
        reply = self._ask("DELETE", path)
        if self._is_missing(reply):
            return False
        if reply.status not in {200, 204}:
            raise self._problem("DELETE", path, _said(reply), f"the toxic {name} removed")
        return True

    def ours(self) -> Iterator[tuple[str, str]]:
        """Yield proxy and name of every toxic whose name begins as ours do, whoever made it.

        Raises:
            FaultError: It does not answer, or is no Toxiproxy.
        """
        for proxy in self.proxies():
            for toxic in proxy.toxics:
                if toxic.name.startswith(PREFIX):
                    yield proxy.name, toxic.name

    def _ask(self, method: str, path: str, body: object = None) -> Reply:
        try:
            return exchange(self.url, method, path, body, self._timeout_s)
        except FaultError as error:
            raise self._problem(method, path, str(error), "the answer of a Toxiproxy") from None

    def _is_missing(self, reply: Reply) -> bool:
        """Whether it is not there: anybody's 404 says nothing, a Toxiproxy's does."""
        if reply.status != 404:
            return False
        self.version()
        return True

    def _problem(self, method: str, path: str, found: str, wanted: str) -> FaultError:
        return FaultError(f"{method} {one_line(self.url + path)}: found {found}; wanted {wanted}")


def is_name(text: str) -> bool:
    """Return whether a proxy of this name can be asked for by its path."""
    return _NAME.fullmatch(text) is not None


def _path(proxy: str) -> str:
    return f"/proxies/{_quoted(proxy)}"


def _quoted(name: str) -> str:
    if not is_name(name):
        raise UsageError(f"found the name {one_line(name)!r}; wanted one without slash and blank")
    return quote(name, safe="")


def _json(reply: Reply) -> object:
    """The body as JSON; ``None`` when it is none. Errors are told as text/plain, so no type counts.

    https://pkg.go.dev/net/http#Error
    """
    try:
        found: object = json.loads(reply.text)
    except (ValueError, RecursionError):
        return None
    return found


def _said(reply: Reply) -> str:
    body = _json(reply)
    error = body.get("error") if isinstance(body, dict) else None
    return f"status {reply.status} ({one_line(str(error or reply.text), 120) or 'empty'})"


def _proxy(body: Any) -> Proxy:  # noqa: ANN401 - JSON, whatever it is
    """Read a proxy.

    Raises:
        KeyError: A field is missing.
        TypeError: Something is of another kind.
        ValueError: Likewise.
    """
    texts = (body["name"], body["listen"], body["upstream"])
    toxics = body.get("toxics") or []
    if not all(isinstance(text, str) for text in texts) or not isinstance(body["enabled"], bool):
        raise TypeError
    return Proxy(*texts, body["enabled"], tuple(_toxic(entry) for entry in toxics))


def _toxic(body: Any) -> Toxic:  # noqa: ANN401 - JSON, whatever it is
    texts = (body["name"], body["type"], body["stream"])
    attributes = body.get("attributes") or {}
    if not all(isinstance(text, str) for text in texts) or not isinstance(attributes, dict):
        raise TypeError
    return Toxic(*texts, float(body["toxicity"]), attributes)
