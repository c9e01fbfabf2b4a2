"""The way through an HTTP proxy: a whole URL for plain HTTP, a tunnel for all that is encrypted.

https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
"""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

import h11

from seakeep.plain import one_line
from seakeep.probes.exchange_errors import ProxyRefusedError
from seakeep.probes.stream import Stream
from seakeep.redact import keep_secret

__all__ = ["authorization", "host_and_port", "open_tunnel"]

_MOST_EVENTS = 1000
"""Pieces of an answer, and answers before the final one."""


def host_and_port(proxy: str) -> tuple[str, int]:
    """Return where a proxy listens."""
    parts = urlsplit(proxy)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def authorization(proxy: str) -> list[tuple[bytes, bytes]]:
    """Return the header that tells the proxy who asks, when its URL has user information."""
    parts = urlsplit(proxy)
    if parts.username is None:
        return []
    password = unquote(parts.password or "")
    encoded = base64.b64encode(f"{unquote(parts.username)}:{password}".encode())
    keep_secret(password)
    keep_secret(encoded.decode())
    return [(b"Proxy-Authorization", b"Basic " + encoded)]


async def open_tunnel(stream: Stream, proxy: str, host: str, port: int) -> None:
    """Ask the proxy for a tunnel; past it, the stream is one to the host.

    Raises:
        ProxyRefusedError: It did not make one, hung up, or said something else.
    """
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    connection = h11.Connection(h11.CLIENT)
    headers = [(b"Host", where.encode()), *authorization(proxy)]
    head = h11.Request(method="CONNECT", target=where, headers=headers)
    asked = (connection.send(head) or b"") + (connection.send(h11.EndOfMessage()) or b"")
    try:
        await stream.write(asked)
        status = await _status(connection, stream)
    except (OSError, h11.RemoteProtocolError) as error:
        got = one_line(str(error) or type(error).__name__)
        raise ProxyRefusedError(f"proxy: wanted a tunnel to {where}, got {got}") from None
    if not 200 <= status < 300:
        raise ProxyRefusedError(f"proxy: wanted a tunnel to {where}, got {status}")


async def _status(connection: h11.Connection, stream: Stream) -> int:
    """Return the status of the final answer; others may come before it."""
    for _ in range(_MOST_EVENTS):
        event = connection.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            content = await stream.read()
            if not content:
                raise ConnectionError("a closed connection")
            connection.receive_data(content)
    raise ConnectionError("others without end")
