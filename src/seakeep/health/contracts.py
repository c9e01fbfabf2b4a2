"""The map of contracts: a file each, and a line each here."""

from __future__ import annotations

from collections.abc import Mapping

from seakeep.health.contract import Contract

__all__ = ["CONTRACTS"]

_ALL: tuple[Contract, ...] = ()

CONTRACTS: Mapping[str, Contract] = {contract.name: contract for contract in _ALL}
