"""The command to repeat a check by hand."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from seakeep.checks import HttpCheck
from seakeep.platform import Platform
from seakeep.probes.curl import curl_line


def test_it_is_quoted_and_hides_secrets(
    platform_at: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "abcdef123")
    headers = {"Authorization": "Bearer x", "X-Note": "it's $HOME"}
    check = {"path": "/a?b=1&k=abcdef123", "method": "HEAD", "headers": headers, "timeout": "2s"}
    platform = platform_at("https://user:pass@example.org", check)
    (declared,) = platform.checks
    assert isinstance(declared, HttpCheck)
    assert shlex.split(curl_line(declared, platform.base_url)) == [
        *("curl", "-sS", "-i", "--globoff", "--max-time", "2", "--head"),
        *("-H", "Authorization: ***", "-H", "X-Note: it's $HOME"),
        "https://***@example.org/a?b=1&k=***",
    ]
