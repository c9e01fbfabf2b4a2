"""One request to a Prometheus server: where it goes, who asks, and when it ends at the latest."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from seakeep import __version__, environment
from seakeep.errors import SourceError
from seakeep.redact import redact

if TYPE_CHECKING:
    import httpx

__all__ = ["MAX_BYTES", "Reply", "Server", "exchange", "shown"]

MAX_BYTES = 32 * 1024 * 1024
"""The most that is read of one answer: some 30 series of 30 days at 5-minute steps."""

_CONNECT_S = 5.0
"""A server that can't be reached is told sooner than one that is still at work."""

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Server:
    """A Prometheus server.

    Attributes:
        url: Its URL without user information, query and trailing slash.
        user: A name and a password for basic authentication.
        token: A bearer token.
    """

    url: str
    user: tuple[str, str] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def at(cls, address: str | None) -> Server:
        """Return the server at an address, or that of ``$SEAKEEP_PROMETHEUS``.

        The token of ``$SEAKEEP_PROMETHEUS_TOKEN`` is meant for that server, so no other gets it.

        Raises:
            SourceError: There is no address, or it is no ``http`` or ``https`` URL with a host.
        """
        own = environment.prometheus()
        chosen = address or own
        if chosen is None:
            raise SourceError(
                f"found no address of a Prometheus; wanted ${environment.PROMETHEUS}, such as "
                "http://127.0.0.1:9090, or an address in the objective's metric source"
            )
        parts = _parts(chosen)
        origin = parts.netloc.rpartition("@")[2]
        user = None
        if parts.username is not None:
            user = (unquote(parts.username), unquote(parts.password or ""))
        same = own is not None and _origin(_parts(own)) == _origin(parts)
        return cls(
            urlunsplit((parts.scheme, origin, parts.path.rstrip("/"), "", "")),
            user=user,
            token=environment.prometheus_token() if same and user is None else None,
        )

    @property
    def shown(self) -> str:
        """Return the URL for people."""
        return redact(self.url)


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a body, whatever they say."""

    status: int
    content: bytes


def exchange(server: Server, path: str, form: Mapping[str, str], deadline_s: float) -> Reply:
    """Post a form and return the reply; it ends by the deadline, whatever the server does.

    Raises:
        SourceError: There was no reply, not in time, or it was too large.
    """
    outcome: list[Reply | str] = []
    ends = time.monotonic() + deadline_s

    def run() -> None:
        outcome.append(_posted(server, path, form, ends))

    # In a daemon thread, which can be left behind: httpx has limits for each read, not for all of
    # them together, and none for a resolver that does not answer.
    thread = threading.Thread(target=run, name="seakeep-prometheus", daemon=True)
    thread.start()
    thread.join(deadline_s)
    found = outcome[0] if outcome else "no answer"
    if isinstance(found, Reply):
        return found
    late = time.monotonic() >= ends
    reason = f"no answer within {deadline_s:g} s" if late else found
    raise SourceError(redact(f"{server.shown}: {shown(reason)}; wanted the answer of a Prometheus"))


def shown(value: object) -> str:
    """Return a text of somebody else's as a line that is safe to show: short and printable."""
    text = " ".join(str(value).split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _posted(server: Server, path: str, form: Mapping[str, str], ends: float) -> Reply | str:
    """The one boundary: past it, there are no exceptions of the network."""
    import httpx  # noqa: PLC0415 - a tenth of a second to import; own observations need none of it

    left_s = max(0.05, ends - time.monotonic())
    limits = httpx.Timeout(left_s, connect=min(left_s, _CONNECT_S))
    try:
        with (
            httpx.Client(auth=server.user, verify=_tls(server), timeout=limits) as client,
            client.stream("POST", server.url + path, data=form, headers=_headers(server)) as answer,
        ):
            return _read(answer, ends)
    except httpx.ConnectTimeout:
        return f"no connection within {min(left_s, _CONNECT_S):g} s"
    except httpx.TimeoutException:
        return "no answer in time"
    except Exception as error:  # noqa: BLE001 - a thread's last word, of whatever kind
        return str(error) or type(error).__name__


def _read(answer: httpx.Response, ends: float) -> Reply | str:
    """The reply, read raw: packed bytes, which were not asked for, might burst."""
    body = bytearray()
    for chunk in answer.iter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            return f"an answer of over {MAX_BYTES >> 20} MiB; ask for fewer series or a sum"
        if time.monotonic() > ends:
            return "no whole answer in time"
    return Reply(answer.status_code, bytes(body))


def _headers(server: Server) -> dict[str, str]:
    headers = {
        "User-Agent": f"seakeep/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if server.token is not None:
        headers["Authorization"] = f"Bearer {server.token}"
    return headers


def _tls(server: Server) -> bool:
    # Certificates take 30 ms to load, and plain HTTP has none to verify.
    return server.url.startswith("https:")


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        sound, parts = False, urlsplit("")
    if not sound or re.search(r"[\s\x00-\x1f]", address):
        found = shown(redact(address.rpartition("@")[2]))
        raise SourceError(
            f"found {found!r} as the address of a Prometheus; wanted an http:// or https:// URL "
            "with a host, such as http://127.0.0.1:9090"
        )
    return parts


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, parts.hostname, parts.port or default
