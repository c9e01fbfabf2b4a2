"""One HTTP/2 exchange over a stream, with httpcore's connection for the protocol.

Its network streams are a documented joint: https://www.encode.io/httpcore/network-backends/.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, cast

import h2.config
import httpcore
import httpx

from seakeep.probes.causes import Stage
from seakeep.probes.clock import StageClock
from seakeep.probes.exchange_errors import MalformedError
from seakeep.probes.outgoing import Outgoing, refuse_unsendable
from seakeep.probes.stream import Stream

__all__ = ["exchange"]

_HOP_BY_HOP = frozenset({b"connection", b"proxy-authorization"})
"""Headers that HTTP/2 has no place for: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2."""


async def exchange(stream: Stream, request: Outgoing, clock: StageClock) -> httpx.Response:
    """Send a request, and return its answer with the body unread.

    Raises:
        SetupError: A header can't be sent.
        MalformedError: The head of the answer is none.
        httpcore.ProtocolError: What came is not HTTP/2.
        OSError: The connection broke.
    """
    refuse_unsendable(request.headers)
    url = httpcore.URL(
        scheme=request.scheme, host=request.host, port=request.port, target=request.target
    )
    connection = _StrictConnection(origin=url.origin, stream=_NetworkStream(stream))
    clock.enter(Stage.PROCESSING)
    response = await connection.handle_async_request(
        httpcore.Request(
            method=request.method,
            url=url,
            headers=[(n, v) for n, v in request.headers if n.lower() not in _HOP_BY_HOP],
            content=request.content,
        )
    )
    _refuse_malformed(response)
    clock.enter(Stage.TRANSFER)
    return httpx.Response(
        response.status,
        headers=response.headers,
        stream=_Body(response, stream),
        extensions={"http_version": b"HTTP/2"},
    )


def _refuse_malformed(response: httpcore.Response) -> None:
    """Return when the status is one; all else of the head is h2's to refuse.

    Raises:
        MalformedError: It is not.
    """
    if not 200 <= response.status <= 599:
        raise MalformedError(f"processing: wanted a status code, got {response.status}")


class _StrictConnection(httpcore.AsyncHTTP2Connection):
    """One that refuses a head which is none; httpcore itself takes it as it comes.

    https://python-hyper.org/projects/h2/en/stable/api.html#h2.config.H2Configuration
    """

    CONFIG = h2.config.H2Configuration(validate_inbound_headers=True)


class _NetworkStream(httpcore.AsyncNetworkStream):
    """One of our streams, as httpcore wants it; the deadline is the check's, over all."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        return await self._stream.read()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        await self._stream.write(buffer)

    async def aclose(self) -> None:
        self._stream.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        raise NotImplementedError("the stream is encrypted before the exchange begins")

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        return self._stream.tls if info == "ssl_object" else None


class _Body(httpx.AsyncByteStream):
    """The body as it comes in; closing it closes the connection."""

    def __init__(self, response: httpcore.Response, stream: Stream) -> None:
        self._response = response
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in cast("AsyncIterable[bytes]", self._response.stream):
            yield chunk

    async def aclose(self) -> None:
        self._stream.close()
