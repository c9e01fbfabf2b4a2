from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.sandbox.durations import duration_s
from seakeep.sandbox.label_selector import LabelSelector, Requirement

names = st.from_regex(r"[a-z]([a-z0-9._-]{0,8}[a-z0-9])?", fullmatch=True)
requirements = st.one_of(
    st.builds(
        Requirement,
        names,
        st.sampled_from(["In", "NotIn"]),
        st.lists(names, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Requirement, names, st.sampled_from(["Exists", "DoesNotExist"])),
)


@given(st.lists(requirements, max_size=4))
def test_a_selector_written_out_reads_back_as_itself(found: list[Requirement]) -> None:
    selector = LabelSelector(tuple(found))
    assert LabelSelector.parse(str(selector)) == selector


@given(requirements, st.dictionaries(names, names, max_size=3))
def test_a_requirement_and_its_opposite_never_agree(
    found: Requirement, labels: dict[str, str]
) -> None:
    opposites = {"In": "NotIn", "NotIn": "In", "Exists": "DoesNotExist", "DoesNotExist": "Exists"}
    opposite = Requirement(found.key, opposites[found.operator], found.values)  # type: ignore[arg-type]
    assert found.matches(labels) is not opposite.matches(labels)


@pytest.mark.parametrize("text", ["=x", "a===b", "a in x", "a in (b", "a,,b", "a=b c", "a>1"])
def test_what_is_no_selector_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unable to parse requirement"):
        LabelSelector.parse(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1m", 60), ("500ms", 0.5), ("1h2m3.5s", 3723.5), (".5s", 0.5), ("0", 0)],
)
def test_durations_are_read_as_go_reads_them(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "1 s", "-1s", "s", 5, None, "1d"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="wanted a duration"):
        duration_s(text)
