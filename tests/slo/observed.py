"""Observations and indicators of every kind, for the tests of roll-ups."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from seakeep.histogram import Histogram
from seakeep.observation import Attribute, Batch, Kind, Observation, Outcome
from seakeep.slo.objective import Goodness, ObservedRatio, Operator, Selector, Threshold

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

attributes: st.SearchStrategy[dict[str, Attribute]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {"experiment": st.sampled_from(["kill", "slow"])},
        optional={"phase": st.sampled_from(["before", "during", "after"])},
    ),
    st.dictionaries(
        st.sampled_from(["lcp_ms", "suite", "phase"]),
        st.one_of(st.floats(0, 5), st.sampled_from(["a", "during"]), st.booleans()),
        max_size=2,
    ),
)
# Two and a half days around NOW, at microseconds, many at the edges of minutes, hours and days.
moments = st.one_of(
    st.integers(-216_000, 3_600).map(lambda s: NOW + timedelta(seconds=s)),
    st.integers(-3_600, 60).map(lambda m: NOW + timedelta(minutes=m)),
    st.integers(-3_600_000_000, 1).map(lambda us: NOW + timedelta(microseconds=us)),
)
durations = st.sampled_from([0.0, 0.1, 0.5, 1.0, 30.0])
single = st.builds(
    Observation,
    at=moments,
    platform=st.sampled_from(["p", "p", "q"]),
    kind=st.sampled_from([Kind.PROBE, Kind.PROBE, Kind.LOAD]),
    name=st.sampled_from(["health", "lti-config", "lti-jwks"]),
    location=st.sampled_from(["local", "far"]),
    run_id=st.sampled_from(["r1", "r2"]),
    outcome=st.sampled_from(Outcome),
    duration_s=durations,
    cause=st.sampled_from(["", "status", "refused"]),
    message=st.sampled_from(["", "wanted 200, got 503", "wanted 200, got 502"]),
    attributes=attributes,
)


def as_batch(seen: Observation, durations: list[float]) -> Observation:
    """Return an observation of many events that differ in nothing but how long they took."""
    batch = Batch(
        count=len(durations),
        shortest_s=min(durations),
        durations=Histogram(durations),
        service=Histogram(durations),
    )
    return replace(seen, duration_s=max(durations), batch=batch)


batches = st.builds(as_batch, single, st.lists(durations, min_size=1, max_size=6))
observations = st.one_of(single, single, batches)
thresholds = st.builds(
    Threshold,
    operator=st.sampled_from(Operator),
    value=st.sampled_from([0, 0.5, 2.0]),
    attribute=st.sampled_from([None, "lcp_ms"]),
)
indicators = st.builds(
    ObservedRatio,
    events=st.builds(
        Selector,
        kinds=st.sampled_from([(Kind.PROBE,), (Kind.LOAD, Kind.PROBE)]),
        name=st.sampled_from(["*", "lti-*", "health"]),
        location=st.sampled_from(["*", "local"]),
        attributes=st.sampled_from([{}, {"suite": "a"}, {"phase": "during"}]),
        has_attribute=st.sampled_from([None, "lcp_ms"]),
    ),
    good=st.one_of(
        st.builds(Goodness, needs_good_outcome=st.booleans(), threshold=thresholds),
        st.builds(Goodness, max_duration_s=st.sampled_from([None, 0.5])),
        st.builds(Goodness, attribute=st.just("lcp_ms"), max_value=st.floats(0, 5)),
    ),
)
