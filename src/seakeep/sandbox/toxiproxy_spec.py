"""What requests to the Toxiproxy API say, read as the real one reads it, and its errors.

Fields that are not known are ignored, as Go's encoding/json does. What the sandbox can't do, or
must not, is refused: it opens and calls ports of 127.0.0.1 only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from seakeep.sandbox.toxiproxy_flow import Attributes
from seakeep.sandbox.toxiproxy_proxy import Toxic
from seakeep.sandbox.toxiproxy_toxics import TYPES

__all__ = [
    "Address",
    "ProxyWish",
    "ToxiproxyError",
    "address",
    "bad_body",
    "changed",
    "json_of",
    "proxy_wish",
    "toxic",
]

_T = TypeVar("_T")
Address = tuple[str, int]

_ADDRESS = re.compile(r"(?:127\.0\.0\.1|localhost):(\d{1,5})", re.ASCII)
_MOST = 2**63 - 1  # an int64 of Go


class ToxiproxyError(Exception):
    """A request refused, with the status and the sentence that the client gets."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class ProxyWish:
    """What a request says of a proxy; ``None`` for what it does not say."""

    name: str | None
    listen: Address | None
    upstream: Address | None
    enabled: bool | None


def bad_body(problem: str) -> ToxiproxyError:
    """The request makes no sense."""
    return ToxiproxyError(400, f"bad request body: {problem}")


def json_of(text: bytes) -> Any:  # noqa: ANN401 - JSON, whatever it is
    """The body of a request.

    Raises:
        ToxiproxyError: It is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad_body(str(error)) from None


def proxy_wish(body: object, own: Mapping[str, object] | None = None) -> ProxyWish:
    """What a request says of a proxy.

    Args:
        body: The request.
        own: A proxy of the sandbox, as the API shows it; what is said of it in the same words says
            nothing.

    Raises:
        ToxiproxyError: A field is not what it should be.
    """
    said = _mapping(body)
    if own:
        said = {key: value for key, value in said.items() if own.get(key) != value}
    return ProxyWish(
        _of(said, "name", str),
        _address(said, "listen"),
        _address(said, "upstream"),
        _of(said, "enabled", bool),
    )


def address(text: str) -> Address:
    """Read an address.

    Raises:
        ToxiproxyError: It is none, or leads to another machine.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match.group(1)) > 65535:
        raise ToxiproxyError(400, f"found {text!r}; the sandbox knows ports of 127.0.0.1 only")
    return "127.0.0.1", int(match.group(1))


def toxic(body: object) -> Toxic:
    """The toxic that a request asks for.

    Raises:
        ToxiproxyError: A field is not what it should be.
    """
    said = _mapping(body)
    stream = _of(said, "stream", str) or "downstream"
    if stream not in {"upstream", "downstream"}:
        wanted = "stream was invalid, can be either upstream or downstream"
        raise ToxiproxyError(400, wanted)
    kind = _of(said, "type", str) or ""
    if kind not in TYPES:
        raise ToxiproxyError(400, "invalid toxic type")
    name = _of(said, "name", str) or f"{kind}_{stream}"
    plain = Toxic(name, kind, stream, 1.0, TYPES[kind]())
    return changed(plain, body)


def changed(before: Toxic, body: object) -> Toxic:
    """The toxic with what a request changes of it: toxicity and attributes.

    Raises:
        ToxiproxyError: A field is not what it should be.
    """
    said = _mapping(body)
    toxicity = said.get("toxicity")
    if toxicity is None:
        toxicity = before.toxicity
    if isinstance(toxicity, bool) or not isinstance(toxicity, int | float):
        raise bad_body(f"toxicity: found {toxicity!r}; wanted a number")
    if not 0 <= toxicity <= 1:
        raise bad_body(f"toxicity: found {toxicity!r}; wanted 0 to 1")
    attributes = _attributes(before.attributes, _mapping(said.get("attributes") or {}))
    return replace(before, toxicity=toxicity, attributes=attributes)


def _attributes(before: Attributes, said: Mapping[str, Any]) -> Attributes:
    known = [field.name for field in fields(before)]  # type: ignore[arg-type]
    values = {name: said[name] for name in known if said.get(name) is not None}
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
            raise bad_body(f"attributes.{name}: found {value!r}; wanted a whole number from 0 on")
    return replace(before, **values)  # type: ignore[type-var]


def _mapping(body: object) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise bad_body("wanted an object")
    return body


def _of(said: Mapping[str, Any], key: str, kind: type[_T]) -> _T | None:
    found = said.get(key)
    if found is not None and not isinstance(found, kind):
        raise bad_body(f"{key}: found {found!r}; wanted a {kind.__name__}")
    return found


def _address(said: Mapping[str, Any], key: str) -> Address | None:
    text = _of(said, key, str)
    try:
        return address(text) if text else None
    except ToxiproxyError as error:
        raise bad_body(f"{key}: {error}") from None
