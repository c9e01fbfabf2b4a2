"""Time that was lost counts as far as it can have changed an observation, and no further."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.causes import Cause
from seakeep.observation import Outcome
from seakeep.probes.fitness import Exchange, Lookup
from seakeep.probes.fitness.losses import LossLog, tolerated_s


def failed(
    cause: str, duration_s: float, *, limit_s: float | None = None, lookup: Lookup | None = None
) -> Exchange:
    return Exchange(
        began_s=100.0,
        ended_s=100.0 + duration_s,
        outcome=Outcome.BAD,
        cause=cause,
        limit_s=limit_s,
        lookup=lookup,
    )


def good(duration_s: float) -> Exchange:
    return Exchange(began_s=100.0, ended_s=100.0 + duration_s, outcome=Outcome.GOOD)


@pytest.mark.parametrize(
    ("seen", "bearable_s"),
    [
        (good(0.1), 1.0),
        (good(6.0), 3.0),
        (failed(Cause.TIMEOUT_READ, 0.2), 0.25),
        (failed(Cause.TIMEOUT_CONNECT, 5.0), 2.5),
        (failed(Cause.TIMEOUT, 15.0), 7.5),
        (failed(Cause.SLOW, 2.0), 1.0),
        (failed(Cause.SLOW, 2.0, limit_s=1.75), 0.25),
        (failed(Cause.SLOW, 1.01, limit_s=1.0), 0.05),
        (failed(Cause.DNS, 5.0, lookup=Lookup(host="a.org", timed_out=True)), 2.5),
        (failed(Cause.DNS, 5.0, lookup=Lookup(host="a.org", error=-2)), None),
        (failed(Cause.STATUS, 5.0), None),
        (failed(Cause.REFUSED, 5.0), None),
        (failed(Cause.TLS_EXPIRED, 5.0), None),
    ],
)
def test_what_an_exchange_can_bear_depends_on_how_it_ended(
    seen: Exchange, bearable_s: float | None
) -> None:
    assert tolerated_s(seen) == (None if bearable_s is None else pytest.approx(bearable_s))


def test_one_long_stall_counts_whole_and_outside_of_it_nothing_does() -> None:
    log = LossLog()
    log.add(101.0, 104.0, 1.5)
    assert log.lost_s(100.0, 105.0) == pytest.approx((3.0, 1.5))
    assert log.lost_s(103.0, 105.0) == pytest.approx((1.0, 0.5))
    assert log.lost_s(104.0, 105.0) == (0, 0)
    assert log.lost_s(100.0, 101.0) == (0, 0)


def test_many_short_stalls_do_not_excuse_a_server_that_was_silent_for_seconds() -> None:
    log = LossLog()
    for n in range(50):  # four fifths of five seconds
        log.add(100 + n / 10, 100.08 + n / 10)
    assert log.lost_s(100.0, 105.0) == pytest.approx((8 * 0.08, 0))
    assert log.excess(failed(Cause.TIMEOUT_READ, 5.0)) is None


def test_what_took_too_long_by_less_than_was_lost_is_not_the_platforms() -> None:
    log = LossLog()
    log.add(100.0, 100.3, 0.9)
    excess = log.excess(failed(Cause.SLOW, 1.2, limit_s=1.0))
    assert excess is not None
    assert tuple(excess) == pytest.approx((0.3, 0.3, 0.2))
    assert log.excess(failed(Cause.SLOW, 1.5, limit_s=1.0)) is None


def test_a_good_exchange_that_was_quick_is_never_asked_what_it_lost() -> None:
    log = LossLog()
    log.add(100.0, 100.9)
    assert log.excess(good(0.9)) is None


Times = st.floats(0, 1000, allow_nan=False)


@settings(deadline=None)
@given(st.lists(st.tuples(Times, st.floats(0, 10), st.floats(0, 1)), max_size=40), Times, Times)
def test_no_exchange_loses_more_than_it_lasted(
    stretches: list[tuple[float, float, float]], one_s: float, other_s: float
) -> None:
    log, now_s = LossLog(), 0.0
    for gap_s, length_s, part in stretches:
        began_s = now_s + gap_s / 40
        now_s = began_s + length_s
        log.add(began_s, now_s, length_s * part)
    began_s, ended_s = sorted((one_s, other_s))
    lost_s, waited_s = log.lost_s(began_s, ended_s)
    assert 0 <= waited_s <= lost_s + 1e-9 <= ended_s - began_s + 2e-9
