"""The options of ``check.get()`` and ``.expect()`` are those of ``platform.yaml``, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from seakeep.checks.expectation import Expectation
from seakeep.checks.http import HttpOptions
from seakeep.pytest_plugin import Checker, Reply
from seakeep.pytest_plugin.checker import _label
from seakeep.pytest_plugin.keywords import ExpectKeywords, RequestKeywords
from seakeep.validation import NAME_PATTERN

if TYPE_CHECKING:
    # Read by mypy, and by nobody else: what a person writes has types.
    from typing import assert_type

    def _custom_check(check: Checker) -> None:
        reply = check.get("/orders", headers={"X-A": "b"}, timeout="5s", redirects=2)
        assert_type(reply.expect(status=[200, "2xx"], json={"a": {"at_least": 1}}), Reply)
        assert_type(reply.status, int)
        assert_type(reply.text, str)
        assert_type(reply.duration_s, float)
        assert_type(reply.json(), Any)
        check.post("/orders", body={"json": {"a": 1}}, auth={"bearer": {"token_env": "T"}})
        check.request("DELETE", "/orders/1", name="tidy").expect(max_duration="1s")
        check.get("/", timeout=5)  # type: ignore[arg-type]
        check.get("/", headrs={})  # type: ignore[call-arg]
        reply.expect(max_duration=1)  # type: ignore[arg-type]


def _keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_no_option_is_left_out_and_none_is_made_up() -> None:
    of_the_call_itself = {"method", "expect"}
    assert RequestKeywords.__annotations__.keys() == {
        *(_keys(HttpOptions) - of_the_call_itself),
        "name",
    }
    assert ExpectKeywords.__annotations__.keys() == _keys(Expectation)


@pytest.mark.parametrize(
    ("test", "label"),
    [
        ("test_orders", "test-orders"),
        ("test_orders[a b-1]", "test-orders-a-b-1"),
        ("test_Größe[ü]", "test-gr-e"),
        ("test_" + "x" * 100, "test-" + "x" * 44 + "-"),
        ("[]", ""),
    ],
)
def test_an_observation_has_the_name_of_its_test_made_safe(test: str, label: str) -> None:
    assert _label(test).startswith(label)
    assert NAME_PATTERN.fullmatch(f"{_label(test)}-9999")
