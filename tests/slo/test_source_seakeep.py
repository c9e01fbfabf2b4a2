"""SQL and Python agree on which observations are events and which of them are good."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.slo.objective import Goodness, ObservedRatio, Operator, Selector, Threshold
from seakeep.slo.source_seakeep import Scope, tally_events
from seakeep.store import open_store

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

attributes: st.SearchStrategy[dict[str, Attribute]] = st.dictionaries(
    st.sampled_from(["lcp_ms", "suite", "degraded"]),
    st.one_of(st.integers(0, 5), st.floats(0, 5), st.sampled_from(["a", "b"]), st.booleans()),
    max_size=2,
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


@given(st.lists(observations, max_size=30), selectors, goodnesses)
@settings(deadline=None)
def test_the_store_counts_what_the_records_say(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[Observation],
    events: Selector,
    good: Goodness,
) -> None:
    indicator = ObservedRatio(events=events, good=good)
    scope = Scope(platform="p", start=NOW - timedelta(seconds=50), end=NOW, run_id="r1")
    mine = [
        o
        for o in seen
        if o.platform == "p"
        and scope.start <= o.at <= scope.end
        and o.run_id == "r1"
        and events.matches(o)
    ]
    valid = [o for o in mine if o.outcome is not Outcome.INVALID]
    with open_store(tmp_path_factory.mktemp("s")) as store:
        store.record_many(seen)
        tally = tally_events(store, indicator, scope)
    assert tally.good == sum(good.is_good(o) for o in valid)
    assert tally.valid == len(valid)
    assert tally.invalid == len(mine) - len(valid)
    assert tally.first_at == min((o.at for o in valid), default=None)
    assert sum(count for _, count in tally.top_causes) == tally.bad


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
