"""The page on expectations tells all of them, and every example on it is valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from seakeep.checks import Expectation
from seakeep.checks.expectation import CertificateExpectation
from seakeep.checks.json_condition import TYPES, JsonOperator

PAGE = (Path(__file__).parents[2] / "docs" / "expectations.md").read_text()
ROWS = re.findall(r"^\| `(\w+)` \| `(\{.*?\})` \|", PAGE, re.MULTILINE)
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("key", "example"), ROWS, ids=[key for key, _ in ROWS])
def test_each_row_has_an_example_of_its_key_that_is_valid(key: str, example: str) -> None:
    Expectation.model_validate(yaml.safe_load(example))
    assert f"{key}:" in example


@pytest.mark.parametrize("block", BLOCKS)
def test_each_block_is_valid(block: str) -> None:
    assert Expectation.model_validate(yaml.safe_load(block)["expect"]).asserts_something


def test_the_page_has_all_keys_and_all_operators_in_the_order_of_the_records() -> None:
    keys = [field.alias or name for name, field in Expectation.model_fields.items()]
    assert [key for key, _ in ROWS] == [*keys, *JsonOperator]
    assert all(f"`{name}`" in PAGE for name in TYPES)
    assert all(f"    {name}:" in PAGE for name in CertificateExpectation.model_fields)
