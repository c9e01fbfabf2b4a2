"""Roll-ups and observations give one and the same tally, and one and the same verdict."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.histogram import ACCURACY
from seakeep.maintenance import Maintenance
from seakeep.observation import Kind, Observation, Outcome
from seakeep.slo import evaluate as evaluation
from seakeep.slo.evaluate import evaluate
from seakeep.slo.objective import Goodness, Objective, ObservedRatio, Selector
from seakeep.slo.rollup_fold import fingerprint, fold, prune
from seakeep.slo.source_rollup import tally_rollup
from seakeep.slo.source_seakeep import Scope, tally_events
from seakeep.slo.verdict import Planned, Tally
from seakeep.slo.window import RollingWindow
from seakeep.store import Store, open_store
from tests.slo.observed import NOW, indicators, moments, observations

PROBES = ObservedRatio(events=Selector(kinds=(Kind.PROBE,)), good=Goodness(max_duration_s=0.5))


def worked_on(start: datetime, end: datetime, reason: str) -> Maintenance:
    return Maintenance.model_validate({"from": start, "to": end, "reason": reason})


windows = st.tuples(moments, moments).map(sorted)
maintenances = st.lists(
    st.builds(
        lambda window, reason: worked_on(window[0], window[1] + timedelta(microseconds=1), reason),
        windows,
        st.sampled_from(["move", "upgrade"]),
    ),
    max_size=3,
).map(tuple)


def rolled_up(
    store: Store, indicator: ObservedRatio, scope: Scope, slice_s: float = 0.0
) -> tuple[Tally, Scope]:
    rollup = fold(store, scope.platform, [indicator])[fingerprint(indicator)]
    return tally_rollup(store, indicator, rollup, scope, slice_s=slice_s, share=0.9)


scopes = st.builds(
    lambda window, **rest: Scope(platform="p", start=window[0], end=window[1], **rest),
    window=windows,
    maintenance=maintenances,
    exclude=st.frozensets(st.sampled_from(Planned)),
    location=st.sampled_from(["*", "far"]),
)


@given(
    st.lists(observations, max_size=60),
    indicators,
    scopes,
    st.sampled_from([0.0, 60.0, 7.0, 3600.0, 90.0]),
)
@settings(deadline=None, max_examples=70)
def test_the_tally_of_a_roll_up_is_that_of_the_observations(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[Observation],
    indicator: ObservedRatio,
    scope: Scope,
    slice_s: float,
) -> None:
    with open_store(tmp_path_factory.mktemp("s")) as store:
        store.record_many(seen)
        mine, within = rolled_up(store, indicator, scope, slice_s)
        theirs = tally_events(store, indicator, scope, slice_s=slice_s, share=0.9)
    assert within == scope
    free = {"example": "", "quantile_s": None}  # of several at once any; within the accuracy
    assert replace(mine, **free) == replace(theirs, **free)  # type: ignore[arg-type]
    assert bool(mine.example) == bool(theirs.example)
    if indicator.good.limits_duration or indicator.good.attribute is None:
        near = theirs.quantile_s and pytest.approx(theirs.quantile_s, rel=ACCURACY)
        if indicator.good.threshold is None or indicator.good.threshold.attribute is None:
            assert mine.quantile_s == near


def probe(at: datetime, outcome: Outcome = Outcome.GOOD, **attributes: str) -> Observation:
    return Observation(
        at=at,
        platform="p",
        kind=Kind.PROBE,
        name="health",
        location="local",
        run_id="r",
        outcome=outcome,
        duration_s=0.1,
        message="" if outcome is Outcome.GOOD else f"wanted 200, got 503 at {at}",
        cause="" if outcome is Outcome.GOOD else "status",
        attributes=attributes,
    )


def objective(indicator: ObservedRatio = PROBES) -> Objective:
    return Objective(
        name="availability",
        display_name="Availability",
        description="",
        service="s",
        target=0.9,
        window=RollingWindow(30 * 86_400.0),
        indicator=indicator,
        place="slos.yaml:1",
    )


def test_a_verdict_from_roll_ups_is_that_from_observations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = [
        probe(NOW - timedelta(minutes=m), Outcome.BAD if m % 50 < 7 else Outcome.GOOD)
        for m in range(0, 45_000, 7)
    ]
    during = [
        probe(NOW - timedelta(days=3, seconds=s), experiment="kill", phase="during")
        for s in range(100)
    ]
    upkeep = [worked_on(NOW - timedelta(days=9, seconds=12), NOW - timedelta(days=8), "move")]
    with open_store(tmp_path) as store:
        store.record_many([*seen, *during])
        end = NOW + timedelta(seconds=17)
        mine = evaluate(
            store, "p", [objective()], end=end, maintenance=upkeep, exclude=frozenset(Planned)
        )
        monkeypatch.setattr(evaluation, "fold_objectives", lambda *_: {})  # without any roll-up
        theirs = evaluate(
            store, "p", [objective()], end=end, maintenance=upkeep, exclude=frozenset(Planned)
        )
    assert mine[0].excluded > 100
    assert mine[0].quantile_s == pytest.approx(theirs[0].quantile_s, rel=ACCURACY)
    assert replace(mine[0], quantile_s=None) == replace(theirs[0], quantile_s=None)


def test_pruned_observations_count_on_and_the_verdict_names_the_window_it_is_of(
    tmp_path: Path,
) -> None:
    start = NOW - timedelta(days=30) + timedelta(seconds=30)
    with open_store(tmp_path) as store:
        store.record_many(probe(start + timedelta(seconds=s)) for s in range(-30, 30))
        store.record(probe(NOW))
        evaluate(store, "p", [objective()], end=NOW)
        prune(store, NOW - timedelta(days=1), NOW - timedelta(days=400))
        (verdict,) = evaluate(store, "p", [objective()], end=start + timedelta(days=30))
    assert verdict.valid == 61
    assert verdict.window_start == start - timedelta(seconds=30)
    assert verdict.window_end == start + timedelta(days=30)


@pytest.mark.parametrize("second", [0, 15, 45, 60])
def test_where_observations_are_gone_a_minute_is_in_maintenance_or_not_and_never_both(
    tmp_path: Path, second: int
) -> None:
    """Wherever in the minute the pruning began."""
    upkeep = (worked_on(NOW + timedelta(seconds=20), NOW + timedelta(seconds=100), "move"),)
    scope = Scope(
        platform="p",
        start=NOW - timedelta(minutes=5),
        end=NOW + timedelta(minutes=5),
        maintenance=upkeep,
        exclude=frozenset({Planned.MAINTENANCE}),
    )
    with open_store(tmp_path) as store:
        store.record_many(probe(NOW + timedelta(seconds=s)) for s in range(-120, 180))
        fold(store, "p", [PROBES])
        prune(store, NOW + timedelta(seconds=second), NOW - timedelta(days=400))
        tally, _ = rolled_up(store, PROBES, scope)
    (planned,) = tally.planned
    assert tally.valid + planned.valid == 300
    assert 80 <= planned.valid <= 120


def test_slices_shorter_than_a_minute_are_counted_from_observations_or_else_minutes(
    tmp_path: Path,
) -> None:
    scope = Scope(platform="p", start=NOW - timedelta(days=9), end=NOW)
    with open_store(tmp_path) as store:
        store.record_many(probe(NOW - timedelta(days=8, seconds=s)) for s in range(600))
        exact, _ = rolled_up(store, PROBES, scope)
        prune(store, NOW, NOW - timedelta(days=400))
        rest, _ = rolled_up(store, PROBES, scope)
    assert exact.slices is not None
    assert rest.slices is not None
    assert (exact.slices.length_s, rest.slices.length_s) == (10.0, 60.0)
    assert sum(exact.slices.valid) == sum(rest.slices.valid) == 600
