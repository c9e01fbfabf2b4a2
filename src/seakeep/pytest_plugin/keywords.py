"""What may stand between the brackets of ``check.get(...)`` and ``.expect(...)``.

These are the keys of a check in ``platform.yaml``, written the same way; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

__all__ = ["ExpectKeywords", "RequestKeywords"]


class RequestKeywords(TypedDict, total=False):
    """The options of a request, and the name of its observation."""

    name: str
    headers: Mapping[str, str]
    body: str | Mapping[str, object]
    auth: Mapping[str, object]
    timeout: str
    failure_threshold: int
    redirects: int
    proxy: str
    ip: str | int
    http_version: str | float
    body_limit: str | int
    tls: Mapping[str, object]


class ExpectKeywords(TypedDict, total=False):
    """What an answer must be like; all of it must hold."""

    status: int | str | Sequence[int | str]
    headers: Mapping[str, str]
    headers_exclude: Mapping[str, str]
    body_matches: Sequence[str]
    body_excludes: Sequence[str]
    json: Mapping[str, object]
    json_schema: str | Mapping[str, object]
    health: str | Mapping[str, object]
    final_url: str
    http_version: str | float | Sequence[str | float]
    tls: Mapping[str, object]
    max_duration: str
