"""The map of contracts: a file each, and a line each here."""

from __future__ import annotations

from collections.abc import Mapping

from seakeep.health import (
    actuator,
    alive,
    by_code,
    checks_booleans,
    checks_map,
    health_json,
    ready,
    services_list,
    startup_by_code,
    status_only,
)
from seakeep.health.contract import Contract

__all__ = ["CONTRACTS"]

_ALL: tuple[Contract, ...] = (
    services_list.CONTRACT,
    checks_map.CONTRACT,
    checks_booleans.CONTRACT,
    status_only.CONTRACT,
    ready.CONTRACT,
    alive.CONTRACT,
    by_code.CONTRACT,
    startup_by_code.CONTRACT,
    health_json.CONTRACT,
    actuator.CONTRACT,
)

CONTRACTS: Mapping[str, Contract] = {contract.name: contract for contract in _ALL}
