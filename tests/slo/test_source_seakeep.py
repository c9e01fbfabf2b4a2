"""SQL and Python agree on which observations are events and which of them are good."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.maintenance import Maintenance
from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.slo.exclusion import planned_label
from seakeep.slo.objective import Goodness, ObservedRatio, Operator, Selector, Threshold
from seakeep.slo.slices import sliced
from seakeep.slo.source_seakeep import Scope, tally_events
from seakeep.slo.verdict import Planned
from seakeep.store import open_store

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

attributes: st.SearchStrategy[dict[str, Attribute]] = st.dictionaries(
    st.sampled_from(["lcp_ms", "suite", "degraded", "experiment", "phase"]),
    st.one_of(
        st.integers(0, 5), st.floats(0, 5), st.sampled_from(["a", "b", "during"]), st.booleans()
    ),
    max_size=3,
)
observations = st.builds(
    Observation,
    at=st.integers(-100, 100).map(lambda s: NOW + timedelta(seconds=s)),
    platform=st.sampled_from(["p", "q"]),
    kind=st.sampled_from(Kind),
    name=st.sampled_from(["health", "lti-config", "lti-jwks"]),
    location=st.sampled_from(["local", "far"]),
    run_id=st.sampled_from(["r1", "r2"]),
    outcome=st.sampled_from(Outcome),
    duration_s=st.sampled_from([0.1, 0.5, 1.0]),
    cause=st.sampled_from(["", "status"]),
    attributes=attributes,
)
selectors = st.builds(
    Selector,
    kinds=st.sets(st.sampled_from(Kind), min_size=1).map(lambda kinds: tuple(sorted(kinds))),
    name=st.sampled_from(["*", "lti-*", "health"]),
    location=st.sampled_from(["*", "local"]),
    attributes=st.sampled_from([{}, {"suite": "a"}, {"degraded": True}]),
    has_attribute=st.sampled_from([None, "lcp_ms"]),
)
thresholds = st.builds(
    Threshold,
    operator=st.sampled_from(Operator),
    value=st.sampled_from([0, 0.5, 1.0, 2.0, 5.0]),
    attribute=st.sampled_from([None, "lcp_ms"]),
)
goodnesses = st.one_of(
    st.builds(Goodness, needs_good_outcome=st.booleans(), threshold=thresholds),
    st.builds(Goodness, max_duration_s=st.sampled_from([None, 0.5])),
    st.builds(
        Goodness,
        needs_good_outcome=st.booleans(),
        attribute=st.just("lcp_ms"),
        max_value=st.floats(0, 5),
    ),
)


upkeep = tuple(
    Maintenance.model_validate({"from": NOW + begin, "to": NOW + end, "reason": reason})
    for begin, end, reason in [
        (timedelta(seconds=-40), timedelta(seconds=-20), "move"),
        (timedelta(seconds=-25), timedelta(seconds=-10), "upgrade"),
    ]
)


@given(
    st.lists(observations, max_size=30),
    selectors,
    goodnesses,
    st.frozensets(st.sampled_from(Planned)),
    st.sampled_from([0.0, 7.0]),
)
@settings(deadline=None)
def test_the_store_counts_what_the_records_say(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[Observation],
    events: Selector,
    good: Goodness,
    exclude: frozenset[Planned],
    slice_s: float,
) -> None:
    indicator = ObservedRatio(events=events, good=good)
    scope = Scope(
        platform="p",
        start=NOW - timedelta(seconds=50),
        end=NOW,
        run_id="r1",
        maintenance=upkeep,
        exclude=exclude,
    )
    all_mine = [
        o
        for o in seen
        if o.platform == "p"
        and scope.start <= o.at <= scope.end
        and o.run_id == "r1"
        and events.matches(o)
    ]
    labels = [planned_label(o, upkeep, exclude) for o in all_mine]
    mine = [
        o
        for o, named in zip(all_mine, labels, strict=True)
        if named is None or named[0] not in exclude
    ]
    valid = [o for o in mine if o.outcome is not Outcome.INVALID]
    with open_store(tmp_path_factory.mktemp("s")) as store:
        store.record_many(seen)
        tally = tally_events(store, indicator, scope, slice_s=slice_s, share=0.9)
    assert tally.good == sum(good.is_good(o) for o in valid)
    assert tally.valid == len(valid)
    assert tally.invalid == len(mine) - len(valid)
    assert tally.first_at == min((o.at for o in valid), default=None)
    assert tally.last_at == max((o.at for o in valid), default=None)
    assert sum(count for _, count in tally.top_causes) == tally.bad
    assert tally.slices is not None
    assert tally.slices == sliced(
        tally.slices.length_s, [(o.at.timestamp(), good.is_good(o)) for o in valid]
    )
    assert slice_s in {0.0, tally.slices.length_s}
    durations = sorted(o.duration_s for o in valid)
    assert tally.quantile_s == (
        durations[math.ceil(0.9 * len(valid) - 1e-9) - 1] if valid else None
    )
    planned = Counter(
        (*named, named[0] in exclude)
        for o, named in zip(all_mine, labels, strict=True)
        if named is not None and o.outcome is not Outcome.INVALID
    )
    assert {(p.kind, p.reason, p.excluded): p.valid for p in tally.planned} == planned


def test_a_vital_that_was_not_measured_is_no_event_when_it_is_asked_for(tmp_path: Path) -> None:
    events = Selector(kinds=(Kind.JOURNEY,), has_attribute="inp_ms")
    assert not events.matches(
        Observation(
            at=NOW,
            platform="p",
            kind=Kind.JOURNEY,
            name="j",
            location="l",
            run_id="r",
            outcome=Outcome.GOOD,
            duration_s=1.0,
            attributes={"lcp_ms": 1.0},
        )
    )
