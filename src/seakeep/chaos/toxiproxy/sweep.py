"""Removes every toxic that carries our name from a Toxiproxy, whichever run put it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seakeep.chaos.toxiproxy.server import Toxiproxy
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undo import RemoveToxic
from seakeep.errors import FaultError

__all__ = ["Swept", "sweep"]

_DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class Swept:
    """One toxic that was found, and what became of it.

    Attributes:
        proxy: The proxy that it was on.
        toxic: Its name.
        error: Why it is not proven gone; empty when it is.
    """

    proxy: str
    toxic: str
    error: str = ""

    @property
    def proven(self) -> bool:
        """Return whether it is proven gone."""
        return not self.error

    def __str__(self) -> str:
        return f"toxic {self.toxic} on proxy {self.proxy}"


def sweep(url: str | None = None, deadline_s: float = _DEADLINE_S) -> Iterator[Swept]:
    """Remove the toxics whose names begin with ``seakeep-``, and yield each with its proof.

    Does no harm when repeated; yields nothing when there are none.

    Args:
        url: Where the API is; by default that of ``$SEAKEEP_TOXIPROXY_URL``.
        deadline_s: How long the removal of one may take, in seconds.

    Raises:
        UsageError: The URL is none.
        FaultError: It does not answer, or is no Toxiproxy, so that nothing is known.
    """
    server = Toxiproxy(url)
    server.version()
    for proxy, toxic in tuple(server.ours()):
        try:
            RemoveToxic(server.url, proxy, toxic).carry_out(Reach(), deadline_s)
        except FaultError as error:
            yield Swept(proxy, toxic, str(error))
        else:
            yield Swept(proxy, toxic)
