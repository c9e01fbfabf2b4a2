"""Patches of objects: JSON merge, strategic merge, JSON Patch; and what they change.

RFC 7396 and RFC 6902, and
https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from seakeep.sandbox.kubernetes_resource import Json
from seakeep.sandbox.kubernetes_status import ApiError, bad_request

__all__ = ["PATCH_TYPES", "changed_paths", "patched"]

_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
_OPERATIONS = "application/json-patch+json"
PATCH_TYPES = (_MERGE, _STRATEGIC, _OPERATIONS)

_SERVERS_OWN = frozenset(
    f"metadata.{name}"
    for name in ("resourceVersion", "managedFields", "creationTimestamp", "generation", "uid")
) | {"status"}
_LONGEST_PATCH = 1000  # operations


def patched(found: Json, content_type: str, patch: object) -> Json:
    """A copy of an object with a patch applied.

    Raises:
        ApiError: 400, the patch makes no sense; 422, it does not fit the object.
    """
    result = copy.deepcopy(found)
    if content_type == _OPERATIONS:
        return _operated(result, patch)
    if not isinstance(patch, dict):
        raise bad_request(f"wanted an object as {content_type}")
    result = _merged(result, patch, by_name=content_type == _STRATEGIC)
    if not isinstance(result.get("metadata"), dict):
        raise bad_request("metadata: wanted an object")
    return dict(result)


def changed_paths(before: object, after: object) -> Iterator[tuple[str, ...]]:
    """The paths of all values that `after` sets anew, or sets otherwise than `before`.

    What it leaves out is as before: a server fills that in. So is the server's own part, and what
    is empty where there was nothing: clients write fields out that were never set.
    """
    for steps in _changed(before, after, ()):
        if not any(".".join(steps[:size]) in _SERVERS_OWN for size in (1, 2)):
            yield steps


def _changed(before: Any, after: Any, steps: tuple[str, ...]) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in after.items():
            yield from _changed(before.get(name), value, (*steps, str(name)))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _changed(old, new, (*steps, str(index)))
    elif before != after and not (before is None and not after and after is not False):
        yield steps


def _merged(target: Any, patch: Json, *, by_name: bool) -> Any:  # noqa: ANN401 - any JSON
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if by_name and name.startswith("$"):
            if name.startswith("$setElementOrder/"):
                continue  # the order of lists that are merged by name matters to nobody here
            raise bad_request(f"the sandbox does not support the directive {name}")
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = _merged(result.get(name), value, by_name=by_name)
        elif by_name and _is_named(value) and _is_named(result.get(name)):
            result[name] = _merged_lists(result[name], value)
        else:
            result[name] = value
    return result


def _is_named(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(x, dict) and "name" in x for x in found)


def _merged_lists(target: list[Json], patch: list[Json]) -> list[Json]:
    """Elements of the same name are merged, the others appended."""
    result = {element["name"]: element for element in target}
    for element in patch:
        result[element["name"]] = _merged(result.get(element["name"]), element, by_name=True)
    return list(result.values())


def _operated(target: Json, patch: object) -> Json:
    if not isinstance(patch, list) or len(patch) > _LONGEST_PATCH:
        raise bad_request(f"wanted a list of at most {_LONGEST_PATCH} operations")
    for operation in patch:
        match operation:
            case {"op": "remove", "path": str(path)}:
                _operate(target, path, "remove", None)
            case {"op": "add" | "replace" | "test" as what, "path": str(path), "value": value}:
                _operate(target, path, what, value)
            case _:
                raise bad_request(
                    f"found the operation {operation!r}; wanted add, replace, remove or test"
                )
    return target


def _operate(target: Json, path: str, what: str, value: object) -> None:
    """One operation of RFC 6902 on the place that a JSON pointer (RFC 6901) names."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
    try:
        place: Any = target
        for step in steps[:-1]:
            place = place[int(step)] if isinstance(place, list) else place[step]
        last: Any = steps[-1]
        if isinstance(place, list):
            last = len(place) if last == "-" else int(last)
        if what == "test" and place[last] != value:
            raise ApiError(422, "Invalid", f"testing {path}: found {place[last]!r}")
        if what in {"replace", "remove"} or (isinstance(place, list) and last != len(place)):
            place[last]  # it must be there
        if what == "remove":
            del place[last]
        elif what == "add" and isinstance(place, list):
            place.insert(last, value)
        elif what != "test":
            place[last] = value
    except (LookupError, ValueError, TypeError):
        raise ApiError(422, "Invalid", f"{what} {path}: there is no such place") from None
