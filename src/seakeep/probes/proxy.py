"""The way through an HTTP proxy: a whole URL for plain HTTP, a tunnel for all that is encrypted.

https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
"""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

import h11

from seakeep.probes.exchange_errors import ProxyRefusedError
from seakeep.probes.stream import Stream
from seakeep.redact import keep_secret

__all__ = ["authorization", "host_and_port", "open_tunnel"]


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
        ProxyRefusedError: It did not make one.
        h11.RemoteProtocolError: What came is not HTTP.
    """
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    connection = h11.Connection(h11.CLIENT)
    headers = [(b"Host", where.encode()), *authorization(proxy)]
    head = h11.Request(method="CONNECT", target=where, headers=headers)
    await stream.write(connection.send(head) or b"")
    await stream.write(connection.send(h11.EndOfMessage()) or b"")
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await stream.read())
    if not isinstance(event, h11.Response) or not 200 <= event.status_code < 300:
        status = getattr(event, "status_code", "no answer")
        raise ProxyRefusedError(f"proxy: wanted a tunnel to {where}, got {status}")
