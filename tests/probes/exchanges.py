"""What tests of HTTP checks look with, and what their servers say."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from typing import TYPE_CHECKING

import trustme

from seakeep.observation import Observation
from seakeep.platform import Platform
from seakeep.probes.engine import run_checks

if TYPE_CHECKING:
    from tests.probes.conftest import Handler, Servers


AUTHORITY = trustme.CA()
"""Issues the certificates of all these servers."""


def look(platform: Platform) -> Observation:
    return look_all(platform)[0]


def look_all(platform: Platform) -> tuple[Observation, ...]:
    return asyncio.run(run_checks(platform, platform.checks, location="here", run_id="r1"))


def server_tls(*names: str, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


async def send(writer: StreamWriter, status: int, body: str = "", headers: str = "") -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    writer.write(f"{head}{body}".encode())
    await writer.drain()


def paths(servers: Servers, answers: dict[str, tuple[int, str, str]]) -> Handler:
    """Answers by path: status, body, headers."""

    async def handler(_: StreamReader, writer: StreamWriter) -> None:
        await send(writer, *answers[servers.requests[-1].split(" ")[1]])

    return handler


def to(where: str) -> tuple[int, str, str]:
    return 302, "", f"Location: {where}\r\n"
