"""Follows redirects as a visitor's browser would, and no further than is safe.

httpx builds each next request (https://www.python-httpx.org/compatibility/#redirects): the method
that RFC 9110 wants, cookies of the way, no ``Authorization`` for another host. Beyond that, none
of the check's own headers goes to another origin, and nobody is sent to a link-local address,
where clouds keep the credentials of this very machine.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from seakeep.plain import one_line
from seakeep.probes.exchange_errors import RedirectError, RedirectLoopError

__all__ = ["follow", "refuse_inner"]

_CREDENTIALS = frozenset({"100.100.100.200", "fd00:ec2::254"})
"""Of Alibaba's cloud and, by IPv6, of Amazon's; the others' are link-local."""
_FOR_ANY_ORIGIN = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})


async def follow(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    most: int,
    own_headers: Mapping[str, str],
) -> tuple[httpx.Response, int]:
    """Send a request, follow its redirects, and return the last answer and how many there were.

    Args:
        client: Sends; keeps the cookies of this one check.
        request: The first request.
        most: How many redirects are followed.
        own_headers: Headers that the check itself declares.

    Raises:
        RedirectLoopError: There are more, or one leads to where it has been.
        RedirectError: One can't be followed.
    """
    been = {(request.method, str(request.url))}
    for count in range(most + 1):
        try:
            response = await client.send(request, stream=True)
        except (httpx.RemoteProtocolError, httpx.InvalidURL, ValueError) as error:
            # httpx can't make a URL of the Location.
            raise RedirectError(f"redirect: wanted a URL to go to, got {error}") from None
        following = response.next_request
        if following is None:
            return response, count
        await response.aclose()
        _refuse_unsafe(request.url, following.url, response.headers["location"])
        if (following.method, str(following.url)) in been:
            got = one_line(str(following.url), 80)
            raise RedirectLoopError(f"redirect: wanted an end, got {got} again")
        been.add((following.method, str(following.url)))
        request = _without_own_headers(request, following, own_headers)
    got = one_line(str(request.url), 80)
    raise RedirectLoopError(f"redirect: wanted at most {most}, got one more to {got}")


def _refuse_unsafe(origin: httpx.URL, target: httpx.URL, location: str) -> None:
    if target.scheme not in {"http", "https"} or not target.host or not _is_url(location):
        got = one_line(location, 80)
        raise RedirectError(f"redirect: wanted an http:// or https:// URL, got {got}")
    if not _is_inner(origin.host):
        refuse_inner(target.host)


def _is_url(location: str) -> bool:
    """Return whether a redirect's target is well-formed; httpx lets a lone bracket pass."""
    try:
        _ = urlsplit(location).port
    except ValueError:
        return False
    return True


def refuse_inner(address: str) -> None:
    """Return when a redirect may lead to an address.

    Raises:
        RedirectError: It is link-local, or another one where clouds keep a machine's credentials.
    """
    if _is_inner(address):
        raise RedirectError(f"redirect: wanted a host of the network, got {address}")


def _is_inner(host: str) -> bool:
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        found = getattr(address, "ipv4_mapped", None) or address
        return found.is_link_local or str(found) in _CREDENTIALS
    return False


def _without_own_headers(
    request: httpx.Request, following: httpx.Request, own_headers: Mapping[str, str]
) -> httpx.Request:
    if _origin(request.url) != _origin(following.url):
        for name in own_headers:
            if name.lower() not in _FOR_ANY_ORIGIN and name in following.headers:
                del following.headers[name]
    return following


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
