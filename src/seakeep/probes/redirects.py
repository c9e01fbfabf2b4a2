"""Follows redirects as a visitor's browser would, and no further than is safe.

httpx builds each next request (https://www.python-httpx.org/compatibility/#redirects): the method
that RFC 9110 wants, cookies of the way, no ``Authorization`` for another host. Beyond that, neither
the check's own headers nor its body go to another origin, and nobody is sent to a link-local
address, where clouds keep the credentials of this very machine.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
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
    answers: list[httpx.Response] = []
    client.event_hooks = {"response": [_kept_in(answers)]}
    for count in range(most + 1):
        try:
            response = await client.send(request, stream=True)
        except (httpx.RemoteProtocolError, httpx.InvalidURL, ValueError) as error:
            if len(answers) == count:
                raise  # no answer: a certificate that is not trusted is a ValueError, too
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
        if _origin(request.url) == _origin(following.url):
            _add_own_cookies(following, own_headers)
        else:
            _refuse_body(request.url, following)
            _remove_own_headers(following, own_headers)
            own_headers = {}
        request = following
    got = one_line(str(request.url), 80)
    raise RedirectLoopError(f"redirect: wanted at most {most}, got one more to {got}")


def _kept_in(answers: list[httpx.Response]) -> Callable[[httpx.Response], Awaitable[None]]:
    """Return what httpx calls with each answer, before it makes anything of it."""

    async def keep(response: httpx.Response) -> None:
        answers.append(response)

    return keep


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


def _add_own_cookies(following: httpx.Request, own_headers: Mapping[str, str]) -> None:
    """Add the check's own cookies to those of the way; httpx forgets them at each redirect."""
    for name, own in own_headers.items():
        if name.lower() == "cookie":
            of_the_way = following.headers.get("cookie")
            following.headers["cookie"] = f"{own}; {of_the_way}" if of_the_way else own


def _refuse_body(origin: httpx.URL, following: httpx.Request) -> None:
    """Return when no body goes elsewhere; to the same host by TLS is not elsewhere."""
    target = following.url
    if target.host == origin.host and target.scheme == "https":
        return
    if following.headers.get("content-length", "0") != "0":
        got = one_line(str(target), 80)
        raise RedirectError(f"redirect: wanted the request's body to stay where it is, got {got}")


def _remove_own_headers(following: httpx.Request, own_headers: Mapping[str, str]) -> None:
    for name in own_headers:
        if name.lower() not in _FOR_ANY_ORIGIN and name in following.headers:
            del following.headers[name]


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
