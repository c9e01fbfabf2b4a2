"""What holds for every contract: hostile documents, what comes first, and what a file may say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from seakeep.causes import Failure
from seakeep.health import CONTRACTS, NOT_JSON, Contract, HealthExpectation, Status
from tests.health.judging import STAMP, causes, judged, told

KEYS = st.sampled_from(
    ["status", "timestamp", "services", "service", "checks", "components", "details", "time", "x"]
)
WORDS = st.sampled_from(
    ["healthy", "unhealthy", "degraded", "unknown", "ready", "pass", "warn", "fail", "UP", "DOWN"]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5), WORDS, st.just(STAMP)
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(KEYS, st.text()), inner, max_size=4)
    ),
    max_leaves=20,
)
HEADERS = st.dictionaries(
    st.sampled_from(["Cache-Control", "date", "AGE", "Expires", "x"]),
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(["no-store", "max-age=9", "12", "Mon, 17 Nov 2025 14:23:00 GMT"]),
    ),
)


@given(
    document=DOCUMENTS,
    headers=HEADERS,
    status=st.one_of(st.sampled_from([200, 503]), st.integers(100, 599)),
    contract=st.sampled_from(sorted(CONTRACTS)),
)
@settings(max_examples=300, deadline=None)
def test_no_document_makes_it_raise(
    document: object, headers: dict[str, str], status: int, contract: str
) -> None:
    verdict = judged(contract, document, status, headers)
    assert all(isinstance(failure, Failure) for failure in verdict.failures)
    assert all(isinstance(value, str | float | bool) for value in verdict.attributes.values())
    findings = str(verdict.attributes.get("findings", "")).split("; ")
    assert all("\n" not in finding and ";" not in finding for finding in findings)


class Odd:
    """What no JSON parser returns."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("contract", sorted(CONTRACTS))
@pytest.mark.parametrize("value", [Odd(), {1}, b"healthy", {7: {8: "healthy"}}, ["a"], 10**400])
def test_nor_do_values_of_other_types(contract: str, value: object) -> None:
    for document in (value, dict.fromkeys(("status", "timestamp", "checks", "services"), value)):
        judged(contract, document)
    named = {"status": "healthy", "timestamp": STAMP, "services": [{"service": value}]}
    judged(contract, {**named, "checks": {"x": value}, "components": {"x": value}})


def test_a_body_that_is_not_json_is_told_apart_from_somebody_else_who_answers() -> None:
    assert causes(judged("ready", NOT_JSON, 200)) == ["json"]
    assert causes(judged("ready", NOT_JSON, 503)) == ["status"]
    assert causes(judged("ready", NOT_JSON, 502)) == ["status"]
    assert causes(judged("by-code", NOT_JSON, 200)) == []


def test_a_thousand_parts_with_endless_names_make_a_short_message() -> None:
    services = [{"service": f"{n};\n" + "x" * 500, "status": "unhealthy"} for n in range(1000)]
    document = {"status": "unhealthy", "timestamp": STAMP, "services": services}
    ((cause, message),) = told(judged("services-list", document, 503))
    assert cause == "unhealthy"
    assert len(message) < 300
    assert "\n" not in message
    assert message.endswith("and 995 more")


def test_the_content_comes_before_its_age_and_before_what_may_be_stored() -> None:
    checks = {"database": "unhealthy", "redis": "healthy", "eventbus": "unhealthy"}
    document = {"status": "degraded", "timestamp": "2025-11-17T12:00:00Z", "checks": checks}
    verdict = judged("checks-map", document, 503, {"Cache-Control": "public"})
    assert causes(verdict) == ["contradiction", "unhealthy", "stale", "cacheable"]


def test_a_time_that_can_not_be_read_hides_nothing_else() -> None:
    document = {"status": "not ready", "timestamp": "soon"}
    assert causes(judged("ready", document, 503)) == ["unhealthy", "contract"]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)
def test_a_contract_has_a_code_for_healthy_and_never_the_same_for_unhealthy(
    contract: Contract,
) -> None:
    healthy = set(contract.codes[Status.HEALTHY])
    assert 200 in healthy
    assert healthy.isdisjoint(contract.codes.get(Status.UNHEALTHY, ()))


def test_a_name_alone_is_the_contract_and_the_rest_as_contracted() -> None:
    expected = HealthExpectation.model_validate("checks-map")
    assert expected == HealthExpectation(contract="checks-map")
    assert (expected.max_age_s, expected.degraded, expected.minor) == (30, "as-served", None)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("services", "a contract among actuator, alive"),
        ({"contract": "ready", "minor": ["redis"]}, "never degraded"),
        ({"contract": "ready", "max_age": 5}, "a duration"),
        ({"contract": "ready", "cache": "yes"}, "may-allow"),
    ],
)
def test_a_mistake_in_the_file_says_what_was_wanted(written: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(ValidationError, match=message):
        HealthExpectation.model_validate(written)
