"""TCP checks: a connection, and what is said over it."""

from __future__ import annotations

import shlex
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from seakeep.checks.check import Check, IpFamily
from seakeep.checks.http import TlsOptions
from seakeep.probes.address import HostAndPort
from seakeep.probes.causes import Stage
from seakeep.probes.connection_facts import learn_tls, open_stream
from seakeep.probes.dialogue import DialogueStep, converse
from seakeep.probes.kind import Asking, Kind, Seen
from seakeep.probes.openssl import openssl_line
from seakeep.probes.tls_contexts import tls_context
from seakeep.probes.tls_stream import TlsStream
from seakeep.validation import Sequence_

__all__ = ["KIND", "TcpCheck", "look"]


def _tls(value: object) -> object:
    if isinstance(value, bool):
        return {} if value else None
    if not isinstance(value, dict | TlsOptions):
        raise ValueError("true, false, or a mapping such as {ca: ca.pem}")  # noqa: TRY004
    return value


class TcpCheck(Check):
    """One connection, which must come about, and what must be said over it.

    Attributes:
        address: The host and port.
        ip: Which addresses of the host count.
        tls: Whether the connection is encrypted from its beginning, and how.
        dialogue: What is waited for and sent, in this order.
    """

    inherits: ClassVar[frozenset[str]] = Check.inherits | {"ip"}

    kind: Literal["tcp"] = "tcp"
    address: HostAndPort
    ip: IpFamily = "any"
    tls: Annotated[TlsOptions | None, BeforeValidator(_tls)] = None
    dialogue: Sequence_[DialogueStep] = ()

    @model_validator(mode="after")
    def _waits_for_something(self) -> Self:
        if self.dialogue and all(step.expect is None for step in self.dialogue):
            raise ValueError("an 'expect' in 'dialogue': one that only sends proves nothing")
        return self

    def target(self, base_url: str) -> str:  # noqa: ARG002 - it names its own
        """Return the address as a URL."""
        return f"tcp://{self.address}"


async def look(check: TcpCheck, asking: Asking) -> Seen:
    """Connect, and go through the dialogue; whatever does not hold is raised."""
    context = tls_context(check.tls, None) if check.tls is not None else None
    asking.begin_again()  # loading the authorities took our time, not the platform's
    clock = asking.clock
    stream = await open_stream(check.address, check.ip, asking)
    try:
        if check.tls is not None and context is not None:
            clock.enter(Stage.TLS)
            name = check.tls.server_name or check.address.name
            stream = await TlsStream.handshake(stream, context, name)
            learn_tls(stream, asking)
        if check.dialogue:
            clock.enter(Stage.PROCESSING)
            await converse(stream, check.dialogue, asking, check.timeout_s)
        clock.stop()
    finally:
        stream.close()
    return Seen()


def _repeat(check: TcpCheck, _base_url: str) -> str:
    if check.tls is not None:
        return openssl_line(check.address, check.tls, check.ip)
    family = [f"-{check.ip}"] if check.ip in {"4", "6"} else []
    arguments = ["nc", "-v", *family, check.address.host, str(check.address.port)]
    return " ".join(shlex.quote(argument) for argument in arguments)


KIND = Kind(check=TcpCheck, look=look, repeat=_repeat)
