from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from seakeep.chaos import timeline as timelines
from seakeep.chaos.evidence import Evidence, Phase
from seakeep.chaos.observer import Observer
from seakeep.chaos.timeline import Timeline
from seakeep.observation import Observation

from .conftest import await_true
from .test_evidence import OBJECTIVE, seen


class Store:
    """Keeps what it gets, in no hurry."""

    def __init__(self) -> None:
        self.kept: list[Observation] = []

    def record_many(self, batch: Sequence[Observation]) -> None:
        self.kept += batch


class WallClock(datetime):
    """A wall clock that can be set."""

    set_by = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> Any:  # noqa: ANN401
        return datetime.now(tz) + cls.set_by


async def ask(_: object) -> Observation:
    return seen(0.0)


def test_what_is_seen_while_the_store_writes_is_recorded_too() -> None:
    store: Any = Store()
    taken: list[Observation] = []

    def take(observation: Observation) -> Observation:
        observer._fresh, batch = [], observer._fresh  # as if the list was handed over just now
        store.record_many(batch)
        taken.append(observation)
        return observation

    checks: Any = ["home"]
    observer = Observer(ask, checks, take, store)
    observer.start()
    observer.keep()
    await_true(lambda: len(taken) >= 10)
    observer.stop()
    assert len(store.kept) == len(taken)


def test_a_wall_clock_set_back_moves_no_observation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "datetime", WallClock)
    evidence = Evidence("e", [OBJECTIVE])
    checks: Any = ["home"]
    store: Any = Store()
    observer = Observer(ask, checks, evidence.take, store, evidence.timeline)
    observer.start()
    await_true(lambda: evidence.seen(Phase.BEFORE))
    evidence.injected_at = evidence.timeline.now()
    monkeypatch.setattr(WallClock, "set_by", timedelta(seconds=-8))
    await_true(lambda: evidence.seen(Phase.DURING))
    evidence.gone_at = evidence.timeline.now()
    await_true(lambda: evidence.seen(Phase.AFTER))
    observer.stop()
    assert evidence.gone_at > evidence.injected_at
    assert len(evidence.seen(Phase.BEFORE)) < 10


def test_requests_that_hang_are_no_part_of_a_steady_state() -> None:
    """Every third is answered by nobody: what the others say is no recovery."""
    evidence = Evidence("e", [OBJECTIVE])
    evidence.injected_at = evidence.gone_at = evidence.timeline.now()

    async def ask_one_of_three(check: object) -> Observation:
        await asyncio.sleep(60 if check == "hangs" else 0)
        return seen(0.0)

    checks: Any = ["home", "home", "hangs"]
    store: Any = Store()
    observer = Observer(ask_one_of_three, checks, evidence.take, store, evidence.timeline)
    evidence.unanswered_since = observer.unanswered_since
    observer.start()
    await_true(lambda: len(evidence.seen(Phase.AFTER)) >= 20)
    assert evidence.recovered_at(0.0) is None
    observer.stop()
    assert observer.unanswered_since() is None


def test_a_timeline_tells_the_utc_of_its_beginning() -> None:
    timeline = Timeline()
    assert abs(timeline.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert timeline.at(timeline.elapsed_s()) <= timeline.now()
    assert timeline.at(1.0) - timeline.at(0.0) == timedelta(seconds=1)
