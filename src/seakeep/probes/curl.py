"""A failed check as a curl command, for a person to repeat it by hand.

Secrets that the check names by variable stand there as that variable, so that a shell which has
them can run the line as it is; all others are masked.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from urllib.parse import urlsplit

from seakeep.checks.http import HttpCheck
from seakeep.redact import is_secret_header, redact

__all__ = ["curl_line"]

_MAX_BODY = 500
"""Characters of a body that are shown; a longer one comes from the platform's file."""

_FETCHED_TOKEN = "ACCESS_TOKEN"  # noqa: S105 - a variable's name
"""What a token from the authorization server is called: a person fetches one for themselves."""


def curl_line(check: HttpCheck, base_url: str) -> str:
    """Return the command on one line, its secrets masked and every argument quoted."""
    target = check.target(base_url)
    words = [shlex.quote(redact(word)) for word in _words(check, target)]
    target = _as_other_name(check, target)
    return " ".join([*words, *_authorization(check), shlex.quote(redact(target))])


def _words(check: HttpCheck, target: str) -> Iterator[str]:
    # curl takes brackets and braces for ranges unless told otherwise.
    yield from ("curl", "-sS", "-i", "--globoff", "--max-time", f"{check.timeout_s:g}")
    if check.verb == "HEAD":
        yield "--head"
    elif check.verb != "GET" and (check.verb != "POST" or check.body is None):
        yield from ("-X", check.verb)  # a body makes a POST; told so, curl posts on after 303, too
    if check.redirects:
        yield from ("-L", "--max-redirs", str(check.redirects))
    if check.ip in {"4", "6"}:
        yield f"-{check.ip}"
    if check.http_version == "2" and target.startswith("http:"):
        yield "--http2-prior-knowledge"
    elif check.http_version != "1.1":
        yield "--http2"
    if check.proxy:
        yield from ("-x", check.proxy)
    yield from _tls_words(check, target)
    for name, value in check.headers.items():
        shown = "***" if is_secret_header(name) else value
        yield from ("-H", f"{name}: {shown}")
    yield from _body_words(check)


def _tls_words(check: HttpCheck, target: str) -> Iterator[str]:
    tls = check.tls
    if tls is None:
        return
    if (name := _other_name(check, target)) is not None:
        url = urlsplit(target)
        authority = url.netloc.rpartition("@")[2]
        host, port = authority.removesuffix(f":{url.port}"), url.port or 443
        yield from ("--connect-to", f"{name}:{port}:{host}:{port}")
        if not any(header.lower() == "host" for header in check.headers):
            yield from ("-H", f"Host: {authority}")
    if not tls.verify:
        yield "--insecure"
    for option, file in (("--cacert", tls.ca), ("--cert", tls.certificate), ("--key", tls.key)):
        if file is not None:
            yield from (option, str(file))


def _other_name(check: HttpCheck, target: str) -> str | None:
    """Return the name that is asked for and verified, where that is not the URL's host."""
    name = check.tls.server_name if check.tls else None
    url = urlsplit(target)
    return name if name and url.scheme == "https" and name != url.hostname else None


def _as_other_name(check: HttpCheck, target: str) -> str:
    """Return the URL with that name as its host: curl takes the name to ask for from nowhere else.

    Where it then connects is told by ``--connect-to``:
    https://curl.se/docs/manpage.html#--connect-to.
    """
    name = _other_name(check, target)
    if name is None:
        return target
    url = urlsplit(target)
    user, at, _ = url.netloc.rpartition("@")
    port = "" if url.port is None else f":{url.port}"
    return url._replace(netloc=f"{user}{at}{name}{port}").geturl()


def _body_words(check: HttpCheck) -> Iterator[str]:
    if check.body is None:
        return
    if not any(name.lower() == "content-type" for name in check.headers):
        yield from ("-H", f"Content-Type: {check.body.content_type}")
    text = redact(check.body.content.decode())  # before the cut, which might leave half a secret
    yield from ("--data-raw", text if len(text) <= _MAX_BODY else f"{text[:_MAX_BODY]}...")


def _authorization(check: HttpCheck) -> Iterator[str]:
    """Yield arguments that a shell completes; names of variables hold nothing it would obey."""
    if check.tls is not None and check.tls.key_password_env is not None:
        yield from ("--pass", f'"${{{check.tls.key_password_env}}}"')
    ways = check.authentication
    if ways is None:
        return
    if ways.basic is not None:
        yield from ("-u", f'{shlex.quote(ways.basic.user + ":")}"${{{ways.basic.password_env}}}"')
    elif ways.bearer is not None:
        yield from ("-H", f'"Authorization: Bearer ${{{ways.bearer.token_env}}}"')
    elif ways.oauth2 is not None:
        yield from ("-H", f'"Authorization: Bearer ${{{_FETCHED_TOKEN}}}"')
