"""Each hostile server ends one check, in time and with its own cause, and leaves nothing behind."""

from __future__ import annotations

import re

import pytest

from seakeep.causes import Cause
from seakeep.observation import Observation, Outcome
from tests.probes.hostile.case import CASES, Case
from tests.probes.hostile.site import HostileSite, Visited

MARGIN_S = 3.0
"""For the noise of a machine that has other work; what ends at its deadline is this late."""

UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal obeys, and what makes a report read otherwise than it is written."""


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES.values()])
def test_a_hostile_server_ends_a_check_with_its_own_cause(case: Case, visited: Visited) -> None:
    seen = visited.seen[case.name]
    outcome = Outcome.BAD if case.cause else Outcome.GOOD
    assert (seen.cause, seen.outcome) == (case.cause, outcome), seen.message
    if case.cause:
        assert re.search(r"wanted .+, got ", seen.message)
        assert re.search(case.says, seen.message)
    assert_is_in_time(case, seen)
    assert_is_harmless(seen)


def assert_is_in_time(case: Case, seen: Observation) -> None:
    limit_s = float(seen.attributes["timeout_s"])
    if case.is_timeout:
        assert limit_s * 0.9 < seen.duration_s < limit_s + MARGIN_S
    else:
        assert seen.duration_s < limit_s


def assert_is_harmless(seen: Observation) -> None:
    assert len(seen.message) <= 2000
    assert not UNFIT.search(seen.message)
    for value in seen.attributes.values():
        assert not UNFIT.search(str(value))
        assert len(str(value)) <= 4000
    assert seen.cause == "" or seen.cause in set(Cause)


def test_nothing_stays_open_after_all_of_them(visited: Visited) -> None:
    assert len(visited.seen) == len(CASES)
    assert not visited.tasks
    assert not visited.files


def test_no_secret_reaches_another_origin(visited: Visited, site: HostileSite) -> None:
    received = site.received()
    heads = [head for name, all_of in received.items() if "bystander" in name for head in all_of]
    by_way = {head.split(" ")[1] for head in heads}
    assert by_way >= {"/port", "/host", "/schemeless", "/plain", "/tls"}
    assert "/kept" not in by_way  # a body may well be a secret
    for head in heads:
        assert not re.search(r"(?im)^(cookie|x-api-key|authorization: bearer)", head)
        assert "123456" not in head


def test_what_a_redirect_plants_stays_where_it_was_planted(
    visited: Visited, site: HostileSite
) -> None:
    for name, heads in site.received().items():
        for head in heads:
            assert not re.search(r"(?im)^injected:", head), name
            if name != "redirects-and-sets-a-cookie":
                assert "planted" not in head, name
