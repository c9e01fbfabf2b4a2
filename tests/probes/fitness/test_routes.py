"""No way to the target is the observer's fault, and only where there was or should be one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from seakeep.causes import Cause
from seakeep.observation import Outcome
from seakeep.probes.fitness import Exchange, Tick
from seakeep.probes.fitness.routes import Routes

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
DEFAULT = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
ON_LINK = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"  # 192.0.2.0/24


class Machine:
    def __init__(self, root: Path) -> None:
        self._file = root / "proc/self/net/route"
        self._file.parent.mkdir(parents=True)
        self.has(DEFAULT, ON_LINK)

    def has(self, *routes: str) -> None:
        self._file.write_text(HEAD + "".join(routes))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def sampled(routes: Routes, after_s: float) -> None:
    """Have the routes looked at so many seconds from now."""
    at_s = time.perf_counter() + after_s
    routes.sample(Tick(at_s, at_s))


def said(routes: Routes, cause: str, host: str, *addresses: str, after_s: float = 900) -> str:
    """Return what is said of an exchange of 1 ms, so many seconds from now."""
    now_s = time.perf_counter() + after_s
    found = routes.unfit(
        Exchange(
            began_s=now_s - 0.001,
            ended_s=now_s,
            outcome=Outcome.BAD,
            cause=cause,
            host=host,
            addresses=addresses,
        )
    )
    assert found is None or found.cause is Cause.OBSERVER_ROUTE
    return found.message if found else ""


def test_a_default_route_that_is_gone_excuses_what_lies_beyond_it(
    machine: Machine, tmp_path: Path
) -> None:
    routes = Routes(tmp_path)
    assert said(routes, Cause.UNREACHABLE, "a.org", "198.51.100.1") == ""
    machine.has(ON_LINK)
    sampled(routes, 100)
    gone = "route: wanted a way to 198.51.100.1, got none"
    assert said(routes, Cause.UNREACHABLE, "a.org", "198.51.100.1") == gone
    assert said(routes, Cause.TIMEOUT_CONNECT, "a.org", "198.51.100.1") == gone
    assert said(routes, Cause.DNS, "a.org") == "route: wanted a way to a.org, got none"


@pytest.mark.parametrize(
    ("cause", "host", "addresses"),
    [
        (Cause.UNREACHABLE, "localhost", ()),
        (Cause.UNREACHABLE, "127.0.0.1", ("127.0.0.1",)),
        (Cause.UNREACHABLE, "box", ("192.0.2.7",)),
        (Cause.UNREACHABLE, "a.org", ("198.51.100.1", "192.0.2.7")),
        (Cause.REFUSED, "a.org", ("198.51.100.1",)),
        (Cause.TIMEOUT_READ, "a.org", ("198.51.100.1",)),
        (Cause.STATUS, "a.org", ("198.51.100.1",)),
        (Cause.UNREACHABLE, "a.org", ("no address",)),
    ],
)
def test_what_needs_no_default_route_or_has_been_reached_is_judged(
    machine: Machine, tmp_path: Path, cause: Cause, host: str, addresses: tuple[str, ...]
) -> None:
    routes = Routes(tmp_path)
    machine.has(ON_LINK)
    sampled(routes, 100)
    assert said(routes, cause, host, *addresses) == ""


def test_a_closed_network_is_judged_by_its_routes_and_its_names_as_they_are(
    machine: Machine, tmp_path: Path
) -> None:
    machine.has(ON_LINK)
    routes = Routes(tmp_path)
    assert said(routes, Cause.DNS, "box") == ""
    assert said(routes, Cause.TIMEOUT_CONNECT, "box", "192.0.2.7") == ""
    assert said(routes, Cause.UNREACHABLE, "a.org", "2001:db8::1")


def test_a_route_that_is_back_does_not_excuse_what_fails_after(
    machine: Machine, tmp_path: Path
) -> None:
    routes = Routes(tmp_path)
    machine.has(ON_LINK)
    sampled(routes, 100)
    machine.has(DEFAULT, ON_LINK)
    sampled(routes, 200)
    for after_s, is_excused in ((50, False), (150, True), (250, False)):
        told = said(routes, Cause.UNREACHABLE, "a.org", "198.51.100.1", after_s=after_s)
        assert bool(told) == is_excused


def test_a_machine_whose_routes_can_not_be_read_or_counted_is_not_doubted(
    machine: Machine, tmp_path: Path
) -> None:
    assert said(Routes(tmp_path / "elsewhere"), Cause.UNREACHABLE, "a.org", "198.51.100.1") == ""
    machine.has(*[ON_LINK] * 3000)
    assert said(Routes(tmp_path), Cause.UNREACHABLE, "a.org", "198.51.100.1") == ""
