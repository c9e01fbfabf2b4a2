"""Whatever stands in a file of objectives is read, or its problems are told: never ignored."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.slo.openslo import read_objectives
from seakeep.yaml_source import Location

ROOT = Path(__file__).parents[2]
WHOLE = "\n---\n".join(
    (ROOT / "platforms" / name / "slos.yaml").read_text()
    for name in ("atomic-guide", "pathfinity", "drivemaster")
)
POLICY = {
    "kind": "AlertPolicy",
    "metadata": {"name": "burns"},
    "spec": {
        "conditions": [
            {
                "kind": "AlertCondition",
                "metadata": {"name": "fast"},
                "spec": {
                    "severity": "page",
                    "condition": {"op": "gt", "threshold": 2, "lookbackWindow": "1h"},
                },
            }
        ]
    },
}


def sound_documents() -> list[dict[str, object]]:
    documents = [d for d in yaml.safe_load_all(WHOLE) if d is not None]
    slos = [document for document in documents if document["kind"] == "SLO"]
    slos[2]["spec"]["alertPolicies"] = [POLICY]
    slos[0]["spec"]["timeWindow"] = [
        {"duration": "1M", "calendar": {"startTime": "2026-01-01", "timeZone": "Asia/Tokyo"}}
    ]
    slos[0]["spec"]["budgetingMethod"] = "Timeslices"
    for target in slos[0]["spec"]["objectives"]:
        target.update(timeSliceWindow="5m", timeSliceTarget=0.9)
    kept: dict[tuple[str, str], dict[str, object]] = {}
    for document in documents:
        kept.setdefault((document["kind"], document["metadata"]["name"]), document)
    return list(kept.values())


SOUND = sound_documents()


def places(value: object, at: Location = ()) -> Iterator[Location]:
    yield at
    for key, part in value.items() if isinstance(value, dict) else ():
        yield from places(part, (*at, key))
    for index, part in enumerate(value) if isinstance(value, list) else ():
        yield from places(part, (*at, index))


PLACES = list(places(SOUND))[1:]
MAPPINGS = [at for at in PLACES if isinstance(at[-1], str)]
FREE = {"labels", "annotations", "attributes"}  # their keys are the user's own
WORDS = ["1M", "gt", "5m", "seakeep", "Prometheus", "SLO", "prometheus", "2026-01-01"]
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
) | st.sampled_from(WORDS)
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "slos.yaml"


def write(file: Path, documents: list[dict[str, object]]) -> None:
    file.write_text("\n---\n".join(json.dumps(document) for document in documents))


def parent_of(documents: object, at: Location) -> object:
    for key in at[:-1]:
        documents = documents[key]  # type: ignore[index]
    return documents


def test_the_sound_documents_are_sound(file: Path) -> None:
    write(file, SOUND)
    objectives, problems = read_objectives(file)
    assert not problems
    assert len(objectives) == 13


@given(st.sampled_from(PLACES), junk)
@settings(deadline=None, max_examples=50)
def test_anything_anywhere_is_read_or_told_with_its_line(
    file: Path, at: Location, value: object
) -> None:
    documents = copy.deepcopy(SOUND)
    parent_of(documents, at)[at[-1]] = value  # type: ignore[index]
    write(file, documents)
    objectives, problems = read_objectives(file)
    assert problems or objectives
    assert all(problem.line > 0 and problem.found and problem.wanted for problem in problems)


@given(st.sampled_from([at for at in MAPPINGS if not FREE & set(at)]))
@settings(deadline=None, max_examples=50)
def test_no_unknown_key_is_ignored(file: Path, at: Location) -> None:
    documents = copy.deepcopy(SOUND)
    parent_of(documents, at)["surprise"] = 1  # type: ignore[index]
    write(file, documents)
    _, problems = read_objectives(file)
    assert any("surprise" in problem.found for problem in problems)


@given(st.sampled_from(MAPPINGS))
@settings(deadline=None, max_examples=50)
def test_reading_a_file_without_one_of_its_keys_never_fails(file: Path, at: Location) -> None:
    documents = copy.deepcopy(SOUND)
    del parent_of(documents, at)[at[-1]]  # type: ignore[attr-defined]
    write(file, documents)
    objectives, problems = read_objectives(file)
    assert problems or objectives
