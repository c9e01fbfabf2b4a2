"""A host that only looks like a name is not handed to the system's resolver."""

from __future__ import annotations

import asyncio
import socket

import pytest

from seakeep.probes.resolver import resolve


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "0"])
def test_an_address_in_disguise_is_no_host(host: str) -> None:
    with pytest.raises(socket.gaierror, match="neither a name nor an address"):
        asyncio.run(resolve(host, 80))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_name_and_an_address_are(host: str) -> None:
    assert "127.0.0.1" in asyncio.run(resolve(host, 80))
