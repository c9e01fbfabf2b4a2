"""One request to a Toxiproxy: where it goes, and when it ends at the latest."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import httpx

from seakeep import __version__
from seakeep.errors import FaultError, UsageError
from seakeep.plain import one_line

__all__ = ["MAX_BYTES", "Reply", "address", "exchange", "settle"]

MAX_BYTES = 4 * 1024 * 1024
"""The most that is read of one answer: some ten thousand toxics."""

_LATE = "late"

_making: set[threading.Thread] = set()
"""Requests that make something: one may be on its way though nobody waits for it any more."""

# Toxiproxy refuses browsers, by a name that begins with Mozilla/: its api.go.
_HEADERS = {"User-Agent": f"seakeep/{__version__}", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a body, whatever they say."""

    status: int
    text: str


def address(url: str) -> str:
    """Return a server's URL without a slash at its end.

    Raises:
        UsageError: It is no ``http`` or ``https`` URL with a host, or has more than a path.
            User information is refused since the URL is written into the ledger.
    """
    try:
        parsed = httpx.URL(url)
        fine = parsed.scheme in {"http", "https"} and bool(parsed.host)
        bare = not (parsed.userinfo or parsed.query or parsed.fragment)
    except (httpx.InvalidURL, ValueError):
        fine = bare = False
    if not fine or not bare or any(character.isspace() for character in url):
        raise UsageError(
            f"found {one_line(url)!r} as the URL of Toxiproxy; wanted http://host:port, without "
            "user information"
        )
    return url.rstrip("/")


def exchange(url: str, method: str, path: str, body: object, deadline_s: float) -> Reply:
    """Send a request and return the reply; it ends by the deadline, whatever the server does.

    Raises:
        FaultError: There was no reply, not in time, or it was too large.
    """
    outcome: list[Reply | str] = []
    ends = time.monotonic() + deadline_s

    def run() -> None:
        try:
            outcome.append(_sent(url, method, path, body, ends))
        finally:
            _making.discard(thread)

    # In a daemon thread, which can be left behind: httpx has limits for each read, not for all of
    # them together, and none for a resolver that does not answer.
    thread = threading.Thread(target=run, name="seakeep-toxiproxy", daemon=True)
    if method == "POST":
        _making.add(thread)
    thread.start()
    thread.join(deadline_s)
    found = outcome[0] if outcome else _LATE
    if isinstance(found, Reply):
        return found
    raise FaultError(f"no answer within {deadline_s:g} s" if found == _LATE else found)


def settle(deadline_s: float) -> None:
    """Wait until no request that makes something is on its way: none may arrive after its undo.

    A signal ends the wait for an answer, and not the request.

    Raises:
        FaultError: One still is, so that no absence proves anything yet.
    """
    end = time.monotonic() + deadline_s
    for thread in tuple(_making):
        if thread.ident is not None:  # else the signal came before it was started
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                raise FaultError(
                    "a request to a Toxiproxy is still on its way; it may take effect yet"
                )


def _sent(url: str, method: str, path: str, body: object, ends: float) -> Reply | str:
    """The one boundary: past it, there are no exceptions of the network."""
    left_s = max(0.05, ends - time.monotonic())
    try:
        # No proxy of the environment: it would send what is meant for loopback elsewhere.
        with (
            httpx.Client(timeout=left_s, trust_env=False, verify=_tls(url)) as client,
            client.stream(method, url + path, json=body, headers=_HEADERS) as answer,
        ):
            return _read(answer, ends)
    except httpx.TimeoutException:
        return _LATE
    except Exception as error:  # noqa: BLE001 - a thread's last word, of whatever kind
        return one_line(str(error)) or type(error).__name__


def _tls(url: str) -> bool:
    # The certificates of the system take 20 ms to load; plain HTTP needs none.
    return url.startswith("https:")


def _read(answer: httpx.Response, ends: float) -> Reply | str:
    """The reply, read raw: packed bytes, which were not asked for, might burst."""
    content = bytearray()
    for chunk in answer.iter_raw():
        content += chunk
        if len(content) > MAX_BYTES:
            return f"more than {MAX_BYTES} bytes"
        if time.monotonic() > ends:
            return _LATE
    return Reply(answer.status_code, content.decode("utf-8", "replace"))
