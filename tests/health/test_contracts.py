"""Each contract has a file, a test and a place in the documentation, whose samples are judged."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

import seakeep.health
from seakeep.health import CONTRACTS, Contract
from tests.health.judging import judged

TESTS = Path(__file__).parent
PAGE = (TESTS.parent.parent / "docs" / "health.md").read_text()
SAMPLES = dict(
    re.findall(r"^### `([a-z-]+)`\n.*?^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
)


def contract_files() -> dict[str, Contract]:
    names = (module.name for module in pkgutil.iter_modules(seakeep.health.__path__))
    modules = {name: importlib.import_module(f"seakeep.health.{name}") for name in names}
    return {n: module.CONTRACT for n, module in modules.items() if hasattr(module, "CONTRACT")}


@pytest.mark.parametrize(("module", "contract"), contract_files().items())
def test_a_contract_is_named_as_its_file_and_has_a_line_and_a_test(
    module: str, contract: Contract
) -> None:
    assert contract.name == module.replace("_", "-")
    assert CONTRACTS[contract.name] is contract
    test = TESTS / f"test_{module}.py"
    assert f'"{contract.name}"' in test.read_text()


def test_no_contract_is_without_a_file() -> None:
    assert {contract.name for contract in contract_files().values()} == set(CONTRACTS)


def test_the_page_has_a_row_and_a_sample_for_each_contract_and_no_other() -> None:
    assert SAMPLES.keys() == CONTRACTS.keys()
    assert re.findall(r"^\| `([a-z-]+)` \| .*\d{3}", PAGE, re.MULTILINE) == list(CONTRACTS)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_the_page_is_good(name: str) -> None:
    assert not judged(name, json.loads(SAMPLES[name])).failures
