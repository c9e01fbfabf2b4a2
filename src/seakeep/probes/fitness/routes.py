"""Whether this machine has a way to the target at all."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from seakeep.causes import Cause
from seakeep.probes.fitness.exchange import Exchange, Tick, Unfit, is_local_name
from seakeep.probes.fitness.proc_files import read_text
from seakeep.probes.fitness.routing_table import RoutingTable, read_table

__all__ = ["Routes"]

_MATTERS_TO = frozenset({Cause.UNREACHABLE, Cause.DNS, Cause.TIMEOUT_CONNECT})


class Routes:
    """Keeps the routes that there were, and finds out whether none led to a target.

    A machine without a default route from the start may well live in a closed network, where names
    are known all the same: there, only an address that no route covers tells something.
    """

    every_s = 2.0

    def __init__(self, root: Path) -> None:
        self._ipv4 = str(root / "proc/self/net/route")
        self._ipv6 = str(root / "proc/self/net/ipv6_route")
        self._tables: deque[tuple[float, RoutingTable]] = deque(maxlen=600)
        self._texts = ("", "")
        self._had_default = False
        self.sample(Tick.now())

    def sample(self, tick: Tick) -> None:
        """Read the routes, and keep them when they have changed."""
        texts = (read_text(self._ipv4), read_text(self._ipv6))
        if texts == self._texts or not any(texts):
            return
        self._texts = texts
        table = read_table(*texts)
        self._had_default = self._had_default or table.has_default
        if not self._tables or self._tables[-1][1] != table:  # counts of use change, too
            self._tables.append((tick.now_s, table))

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return what is missing, when the exchange could not leave this machine."""
        if seen.cause not in _MATTERS_TO or is_local_name(seen.host):
            return None
        lost = any(self._is_cut_off(table, seen) for table in self._during(seen))
        if not lost:
            return None
        target = ", ".join(seen.addresses[:4]) or seen.host
        return Unfit(Cause.OBSERVER_ROUTE, f"route: wanted a way to {target}, got none")

    def _is_cut_off(self, table: RoutingTable, seen: Exchange) -> bool:
        if seen.addresses:
            return not any(table.leads_to(address) for address in seen.addresses)
        return self._had_default and not table.has_default

    def _during(self, seen: Exchange) -> list[RoutingTable]:
        """Return the tables that held at some moment of an exchange."""
        found: list[RoutingTable] = []
        for at_s, table in reversed(self._tables):
            if at_s <= seen.ended_s or not found:
                found.append(table)
            if at_s <= seen.began_s:
                break
        return found
