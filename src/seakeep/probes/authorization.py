"""Puts into a request who asks."""

from __future__ import annotations

import base64

from seakeep.checks.authentication import Authentication
from seakeep.probes.secrets import secret
from seakeep.redact import keep_secret

__all__ = ["authorization", "needs_token", "not_taken"]


def needs_token(authentication: Authentication | None) -> bool:
    """Return whether a token must be fetched first, which takes time of its own."""
    return authentication is not None and authentication.oauth2 is not None


def not_taken(authentication: Authentication | None) -> None:
    """Fetch a new token next time: the platform did not take this one."""
    from seakeep.probes.tokens import forget  # noqa: PLC0415 - few checks have one

    if authentication is not None and authentication.oauth2 is not None:
        forget(authentication.oauth2)


async def authorization(authentication: Authentication) -> bytes:
    """Return the ``Authorization`` header that a check's file asks for.

    Raises:
        SetupError: A secret is not in the environment.
        TokenError: The authorization server gave no token.
    """
    if authentication.basic is not None:
        basic = authentication.basic
        pair = f"{basic.user}:{secret(basic.password_env)}".encode()
        encoded = base64.b64encode(pair)
        keep_secret(encoded.decode())
        return b"Basic " + encoded
    if authentication.bearer is not None:
        token = secret(authentication.bearer.token_env)
    else:
        from seakeep.probes.tokens import access_token  # noqa: PLC0415 - few checks have one

        assert authentication.oauth2 is not None  # noqa: S101 - the record has exactly one
        token = await access_token(authentication.oauth2)
    return b"Bearer " + token.encode()
