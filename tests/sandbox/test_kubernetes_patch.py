from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.sandbox.kubernetes_patch import changed_paths, patched
from seakeep.sandbox.kubernetes_status import ApiError

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
OPERATIONS = "application/json-patch+json"

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
json_objects = st.dictionaries(st.text(max_size=3), json_values, max_size=3)


def within(body: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"metadata": {"name": "x"}, "body": body}


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # RFC 7396, appendix A, those whose patch is an object
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patches_are_those_of_the_rfc(target: Any, patch: Any, result: Any) -> None:  # noqa: ANN401
    assert patched(within(target), MERGE, {"body": patch})["body"] == result


@given(json_objects, json_objects)
def test_a_merge_patch_twice_is_a_merge_patch_once(
    target: dict[str, Any], patch: dict[str, Any]
) -> None:
    once = patched(within(target), MERGE, {"body": patch})
    assert patched(once, MERGE, {"body": patch}) == once


def test_a_strategic_patch_merges_lists_by_name() -> None:
    found = within({"containers": [{"name": "app", "image": "a"}, {"name": "side", "image": "b"}]})
    patch = {
        "body": {
            "$setElementOrder/containers": [{"name": "side"}, {"name": "app"}],
            "containers": [{"name": "side", "image": "c"}, {"name": "new"}],
        }
    }
    containers = patched(found, STRATEGIC, patch)["body"]["containers"]
    assert containers == [
        {"name": "app", "image": "a"},
        {"name": "side", "image": "c"},
        {"name": "new"},
    ]
    with pytest.raises(ApiError, match="directive"):
        patched(found, STRATEGIC, {"body": {"$patch": "replace"}})


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ({"op": "replace", "path": "/body/a", "value": 2}, {"a": 2, "l": [1, 3]}),
        ({"op": "add", "path": "/body/b~1c", "value": 2}, {"a": 1, "l": [1, 3], "b/c": 2}),
        ({"op": "add", "path": "/body/l/1", "value": 2}, {"a": 1, "l": [1, 2, 3]}),
        ({"op": "add", "path": "/body/l/-", "value": 4}, {"a": 1, "l": [1, 3, 4]}),
        ({"op": "replace", "path": "/body/l/0", "value": 9}, {"a": 1, "l": [9, 3]}),
        ({"op": "remove", "path": "/body/l/0"}, {"a": 1, "l": [3]}),
        ({"op": "test", "path": "/body/a", "value": 1}, {"a": 1, "l": [1, 3]}),
    ],
)
def test_json_patches_do_what_their_operations_say(operation: Any, result: Any) -> None:  # noqa: ANN401
    assert patched(within({"a": 1, "l": [1, 3]}), OPERATIONS, [operation])["body"] == result


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({"op": "replace", "path": "/body/nowhere", "value": 2}, 422),
        ({"op": "remove", "path": "/body/l/7"}, 422),
        ({"op": "test", "path": "/body/a", "value": 2}, 422),
        ({"op": "replace", "path": "", "value": {}}, 422),
        ({"op": "add", "path": "/body/a/b", "value": 2}, 422),
        ({"op": "copy", "path": "/body/a", "from": "/body/l"}, 400),
        ("nonsense", 400),
    ],
)
def test_json_patches_that_do_not_fit_are_refused(operation: Any, code: int) -> None:  # noqa: ANN401
    with pytest.raises(ApiError) as refused:
        patched(within({"a": 1, "l": [1, 3]}), OPERATIONS, [operation])
    assert refused.value.code == code


@given(json_objects)
def test_nothing_changes_from_an_object_to_itself(found: dict[str, Any]) -> None:
    assert list(changed_paths(found, found)) == []


def test_changed_paths_are_those_that_are_set_anew_and_not_the_servers_own() -> None:
    before = {"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 3, "paused": False}}
    after = {
        "metadata": {"resourceVersion": "2"},
        "spec": {"replicas": 0, "strategy": {}, "template": {"spec": {"image": "x"}}},
        "status": {"replicas": 9},
    }
    assert list(changed_paths(before, after)) == [("spec", "replicas"), ("spec", "template")]
