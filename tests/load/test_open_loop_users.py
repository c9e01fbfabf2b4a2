"""Users come, are sent away and come again while arrivals do: none of these is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import gevent  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seakeep.load import open_loop
from seakeep.load.open_loop import ArrivalCounts, OpenLoop
from tests.load.greenlets import LONG_S, ready, until


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_loop, "_LOOK_EVERY_S", 0.002)


def total(*some: ArrivalCounts) -> ArrivalCounts:
    return ArrivalCounts(
        due=sum(c.due for c in some),
        started=sum(c.started for c in some),
        late=sum(c.late for c in some),
        missed=sum(c.missed for c in some),
        lag_s=max(c.lag_s for c in some),
    )


@dataclass
class Office:
    """Users that come, are sent away, and come again, while arrivals come as well."""

    loop: OpenLoop
    coming: list[float] = field(default_factory=list)
    users: list[Any] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    told: list[ArrivalCounts] = field(default_factory=lambda: [ArrivalCounts()])
    arrived: int = 0

    def times(self) -> Iterator[float | None]:
        while True:
            yield self.coming.pop(0) if self.coming else None

    def user(self) -> None:
        self.taken.append(self.loop.take())

    def do(self, step: str, nth: int) -> None:
        if step in {"old", "new"}:
            at_s = 1.0 if step == "old" else LONG_S - 1
            self.coming += [at_s + 1e-6 * (self.arrived + k) for k in range(nth % 4)]
            self.arrived += nth % 4
            if nth % 2:
                until(lambda: not self.coming)
        elif step == "user":
            self.users.append(gevent.spawn(self.user))
        elif step == "kill" and self.users:
            self.users[nth % len(self.users)].kill(block=bool(nth % 2))
        elif step == "count":
            self.told.append(self.loop.counts())
        elif step == "turn":
            gevent.sleep(0)

    def check(self) -> None:
        told = total(*self.told)
        loop = self.loop
        due, started, missed = loop._due, loop._started, loop._missed
        assert told.due + due == told.started + started + told.missed + missed + loop.waiting
        assert len(self.taken) == told.started + started == len(set(self.taken))
        asleep = sum(not user.ready() for user in self.users)
        assert 0 <= loop.idle <= asleep

    def close(self) -> None:
        until(lambda: not self.coming)
        gevent.killall(self.users)
        self.told.append(self.loop.counts())
        self.check()
        assert self.loop.idle == 0
        assert total(*self.told).due == self.arrived
        self.loop.end()
        self.told.append(self.loop.counts())
        done = total(*self.told)
        assert (done.due, done.started + done.missed) == (self.arrived, self.arrived)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["old", "new", "new", "user", "user", "kill", "count", "turn"]),
            st.integers(0, 7),
        ),
        max_size=25,
    )
)
def test_whatever_users_do_an_arrival_is_started_missed_or_waits(
    steps: list[tuple[str, int]],
) -> None:
    office = Office(ready(patience_s=LONG_S / 2))
    office.loop.begin(office.times(), perf_counter() - LONG_S)
    for step, nth in steps:
        office.do(step, nth)
        office.check()
    office.close()


@pytest.mark.parametrize("is_first_to_know", [True, False])
def test_the_arrival_of_a_user_who_is_sent_away_meanwhile_is_not_lost(
    is_first_to_know: bool,
) -> None:
    loop = ready()
    first, second = gevent.spawn(loop.take), gevent.spawn(loop.take)
    gevent.sleep(0)
    if is_first_to_know:  # before the arrival wakes it, or just after
        first.kill(block=False)
    loop._queue.put(open_loop._Arrival(perf_counter(), found_a_user=True))
    if not is_first_to_know:
        first.kill(block=False)
    until(first.ready)
    if isinstance(first.value, gevent.GreenletExit):
        until(second.ready)
    taken = [each.value for each in (first, second) if isinstance(each.value, float)]
    assert len(taken) == 1
    second.kill()
    assert (loop.counts().started, loop.waiting, loop.idle) == (1, 0, 0)
