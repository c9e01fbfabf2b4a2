"""Access tokens by OAuth 2.0's client credentials: fetched once, and kept until they expire.

https://www.rfc-editor.org/rfc/rfc6749#section-4.4
"""

from __future__ import annotations

import asyncio
import json
import time
import weakref
from dataclasses import dataclass
from urllib.parse import quote

import h11
import httpx

from seakeep import __version__
from seakeep.checks.authentication import ClientCredentials
from seakeep.checks.http import HttpOptions
from seakeep.plain import one_line
from seakeep.probes.body import read_body
from seakeep.probes.causes import OUT_OF_RESOURCES
from seakeep.probes.clock import StageClock
from seakeep.probes.exchange_errors import ExchangeError, SetupError, TokenError
from seakeep.probes.secrets import secret
from seakeep.probes.transport import FreshConnections
from seakeep.redact import keep_secret

__all__ = ["FETCH_TIMEOUT_S", "access_token", "forget"]

FETCH_TIMEOUT_S = 10.0
_MARGIN_S = 30.0
"""Before its expiry a token is no longer used: clocks differ, and a request takes time."""
_MAX_LIFE_S = 300.0
"""Where the answer does not say, and at most: a revoked token is noticed after that."""
_MAX_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until_s: float


class _Wallet:
    """The tokens of one event loop; a fetch that is under way is waited for, not repeated."""

    def __init__(self) -> None:
        self.tokens: dict[ClientCredentials, _Token] = {}
        self.fetches: dict[ClientCredentials, asyncio.Task[_Token]] = {}

    def fetch(self, client: ClientCredentials) -> asyncio.Task[_Token]:
        """Return the fetch that is under way, or a new one; all who wait share how it ends."""
        under_way = self.fetches.get(client)
        if under_way is None:
            under_way = self.fetches[client] = asyncio.create_task(_fetch(client))
            under_way.add_done_callback(lambda ended: self._keep(client, ended))
        return under_way

    def _keep(self, client: ClientCredentials, ended: asyncio.Task[_Token]) -> None:
        del self.fetches[client]
        if not ended.cancelled() and ended.exception() is None:
            self.tokens[client] = ended.result()


_wallets: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Wallet] = (
    weakref.WeakKeyDictionary()
)


async def access_token(client: ClientCredentials) -> str:
    """Return a token that is good for now.

    Raises:
        TokenError: The authorization server gave none.
        SetupError: The client's secret is not in the environment.
    """
    wallet = _wallets.setdefault(asyncio.get_running_loop(), _Wallet())
    token = wallet.tokens.get(client)
    if token is None or token.until_s <= time.monotonic():
        # Whoever gives up must not take the token away from those who still wait for it.
        token = await asyncio.shield(wallet.fetch(client))
    return token.value


def forget(client: ClientCredentials) -> None:
    """Fetch a new token next time: the platform did not take this one."""
    wallet = _wallets.get(asyncio.get_running_loop())
    if wallet is not None:
        wallet.tokens.pop(client, None)


async def _fetch(client: ClientCredentials) -> _Token:
    wanted = f"token: wanted an access token from {client.token_url}"
    try:
        async with asyncio.timeout(FETCH_TIMEOUT_S):
            status, body = await _post(client)
    except TimeoutError:
        raise TokenError(f"{wanted} within {FETCH_TIMEOUT_S:g}s, got none") from None
    except SetupError:
        raise  # our own fault, and not the authorization server's
    except ExchangeError as error:
        raise TokenError(f"{wanted}, got {error}") from None
    except (OSError, h11.ProtocolError, httpx.HTTPError) as error:
        if getattr(error, "errno", None) in OUT_OF_RESOURCES:
            raise
        raise TokenError(f"{wanted}, got {error or type(error).__name__}") from None
    try:
        answer = json.loads(body)
        value, life_s = answer["access_token"], float(answer.get("expires_in", _MAX_LIFE_S))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        value, life_s = None, 0.0
    if status >= 400:
        excerpt = one_line(body.decode("utf-8", "replace"), 80)
        raise TokenError(f"{wanted}, got {status} | {excerpt}")
    if status != 200 or not isinstance(value, str) or not _is_token(value):
        # Nothing of the body is shown: there may well be a token in it, in some other form.
        raise TokenError(f"{wanted}, got {status} and no answer of RFC 6749 with one")
    keep_secret(value)
    kept_s = min(_MAX_LIFE_S, max(life_s - _MARGIN_S, life_s / 2))
    return _Token(value, time.monotonic() + kept_s)


def _is_token(value: str) -> bool:
    """Return whether a header can carry it: https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12."""
    return value.isascii() and value.isprintable() and value.strip() != ""


async def _post(client: ClientCredentials) -> tuple[int, bytes]:
    form = {"grant_type": "client_credentials"}
    form |= {"scope": client.scope} if client.scope else {}
    form |= {"audience": client.audience} if client.audience else {}
    value = secret(client.client_secret_env)
    headers = {"User-Agent": f"seakeep/{__version__}", "Accept": "application/json"}
    request = httpx.Request("POST", client.token_url, headers=headers, data=form)
    if client.in_body:
        form |= {"client_id": client.client_id, "client_secret": value}
        request = httpx.Request("POST", client.token_url, headers=headers, data=form)
    else:
        # Both are form-encoded first: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1.
        pair = quote(client.client_id, safe=""), quote(value, safe="")
        next(httpx.BasicAuth(*pair).auth_flow(request))
    transport = FreshConnections(HttpOptions(), StageClock())
    response = await transport.handle_async_request(request)
    try:
        body = await read_body(response.aiter_raw(), "", _MAX_ANSWER_BYTES)
    finally:
        await response.aclose()
    return response.status_code, body
