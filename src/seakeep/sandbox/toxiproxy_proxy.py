"""A proxy: a door on loopback, the connections that came through it, and the toxics on them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from seakeep.sandbox.toxiproxy_flow import Attributes
from seakeep.sandbox.toxiproxy_tap import Tap

__all__ = ["Toxic", "ToxicProxy"]

_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Toxic:
    """One toxic.

    Attributes:
        name: Unique on its proxy.
        type: What it does.
        stream: ``upstream`` or ``downstream``.
        toxicity: The chance of each connection to be caught.
        attributes: The settings of its type.
    """

    name: str
    type: str
    stream: str
    toxicity: float
    attributes: Attributes

    def to_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "attributes": asdict(self.attributes),  # type: ignore[call-overload]
            "name": self.name,
            "type": self.type,
            "stream": self.stream,
            "toxicity": self.toxicity,
        }


class ToxicProxy:
    """Serves a protocol on a port, each connection through a tap.

    Attributes:
        name: Its name.
        address: Host and port; port 0 until it first listens, if any free one will do.
        upstream: Where it leads, as the API shows it.
        toxics: What is on it, by name, in the order of its coming.
        own: Whether it belongs to the sandbox, so that it can't be moved or deleted.
    """

    def __init__(
        self,
        name: str,
        address: tuple[str, int],
        upstream: str,
        behind: Callable[[], asyncio.BaseProtocol],
        *,
        own: bool = False,
    ) -> None:
        self.name = name
        self.address = address
        self.upstream = upstream
        self.own = own
        self.toxics: dict[str, Toxic] = {}
        self._behind = behind
        self._taps: set[Tap] = set()
        self._server: asyncio.Server | None = None
        self._kept: socket.socket | None = None

    @property
    def enabled(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    async def start(self) -> None:
        """Listen; no error if it does already.

        Raises:
            OSError: The port is taken.
        """
        if self._server is not None:
            return
        self._release()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._tap, *self.address, backlog=_BACKLOG)
        self.address = (self.address[0], self._server.sockets[0].getsockname()[1])

    def stop_listening(self) -> None:
        """Take no more connections; those that there are go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def stop(self) -> None:
        """Take no more connections, and break those that there are; nobody else gets the port."""
        if self._server is not None:
            self.stop_listening()
            self._kept = _bound(self.address)
        self._break()

    def close(self) -> None:
        """Stop for good."""
        self.stop_listening()
        self._break()
        self._release()

    def add(self, toxic: Toxic) -> None:
        """Let a toxic act: on the connections that there are, and on those to come."""
        self.toxics[toxic.name] = toxic
        for tap in self._taps:
            self._catch(tap, toxic)

    def update(self, toxic: Toxic) -> None:
        """Let a toxic that is on it act otherwise; each connection is drawn anew."""
        self.toxics[toxic.name] = toxic
        for tap in self._taps:
            flow = tap.flow(toxic.stream)
            if _drawn(toxic):
                flow.update(toxic.name, toxic.attributes)
            else:
                flow.remove(toxic.name)

    def remove(self, toxic: Toxic) -> None:
        """Take a toxic off; what it held flows again."""
        del self.toxics[toxic.name]
        for tap in tuple(self._taps):
            tap.flow(toxic.stream).remove(toxic.name)

    def to_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "name": self.name,
            "listen": "{}:{}".format(*self.address),
            "upstream": self.upstream,
            "enabled": self.enabled,
            "toxics": [toxic.to_json() for toxic in self.toxics.values()],
        }

    def _tap(self) -> Tap:
        behind = self._behind()
        assert isinstance(behind, asyncio.Protocol)  # noqa: S101 - for the type checker
        return Tap(behind, self._opened, self._taps.discard)

    def _opened(self, tap: Tap) -> None:
        self._taps.add(tap)
        for toxic in self.toxics.values():
            self._catch(tap, toxic)

    def _catch(self, tap: Tap, toxic: Toxic) -> None:
        if _drawn(toxic):
            tap.flow(toxic.stream).begin(toxic.name, toxic.attributes)

    def _break(self) -> None:
        for tap in tuple(self._taps):
            tap.cut()

    def _release(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


def _drawn(toxic: Toxic) -> bool:
    return random.random() < toxic.toxicity  # noqa: S311 - chance, not secrecy


def _bound(address: tuple[str, int]) -> socket.socket | None:
    """A socket that has the port but does not listen, so that who connects is refused."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with contextlib.suppress(OSError):
        kept.bind(address)
        return kept
    kept.close()
    return None
