"""The command to repeat a check by hand."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from seakeep.checks import HttpCheck
from seakeep.checks.http import TlsOptions
from seakeep.platform import Platform
from seakeep.probes.address import Address
from seakeep.probes.curl import curl_line
from seakeep.probes.openssl import openssl_line


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


def test_it_repeats_all_that_the_check_does_and_leaves_secrets_to_the_shell(
    platform_at: Callable[..., Platform],
) -> None:
    check = {
        "path": "/orders",
        "body": {"json": {"a": "it's"}},
        "auth": {"bearer": {"token_env": "SHOP_TOKEN"}},
        "redirects": 3,
        "ip": 6,
        "http_version": 2,
        "proxy": "http://me:pass@127.0.0.1:3128",
        "tls": {"verify": False},
    }
    (declared,) = platform_at("https://example.org", check).checks
    assert isinstance(declared, HttpCheck)
    line = curl_line(declared, "https://example.org")
    assert line.endswith(""" -H "Authorization: Bearer ${SHOP_TOKEN}" https://example.org/orders""")
    assert shlex.split(line)[6:-3] == [
        *("-L", "--max-redirs", "3", "-6", "--http2"),
        *("-x", "http://***@127.0.0.1:3128", "--insecure"),
        *("-H", "Content-Type: application/json", "--data-raw", '{"a": "it\'s"}'),
    ]


def test_a_password_is_named_and_never_shown(platform_at: Callable[..., Platform]) -> None:
    check = {"auth": {"basic": {"user": "$(id)", "password_env": "SHOP_PASSWORD"}}}
    (declared,) = platform_at("http://example.org", check).checks
    assert isinstance(declared, HttpCheck)
    assert """ -u '$(id):'"${SHOP_PASSWORD}" """ in curl_line(declared, "http://example.org")


def test_a_long_body_is_cut_and_leaves_no_half_of_a_secret(
    platform_at: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "abcdef123")
    check = {"method": "POST", "body": f"{'x' * 495}abcdef123{'y' * 495}"}
    (declared,) = platform_at("http://example.org", check).checks
    assert isinstance(declared, HttpCheck)
    assert shlex.split(curl_line(declared, ""))[-2] == f"{'x' * 495}***yy..."


def test_http2_without_tls_is_asked_for_as_the_check_does(
    platform_at: Callable[..., Platform],
) -> None:
    (declared,) = platform_at("http://example.org", {"http_version": 2}).checks
    assert isinstance(declared, HttpCheck)
    assert "--http2-prior-knowledge" in curl_line(declared, "http://example.org").split()


def test_a_passphrase_is_left_to_the_shell(
    platform_at: Callable[..., Platform], tmp_path: Path
) -> None:
    (tmp_path / "own.pem").touch()
    tls = {"certificate": str(tmp_path / "own.pem"), "key_password_env": "KEY_WORD"}
    (declared,) = platform_at("https://example.org", {"tls": tls}).checks
    assert isinstance(declared, HttpCheck)
    assert """ --pass "${KEY_WORD}" """ in curl_line(declared, "https://example.org")
    address = Address("example.org", 443)
    assert openssl_line(address, declared.tls or TlsOptions(), "any").endswith(
        " -passin env:KEY_WORD"
    )


@pytest.mark.parametrize(
    ("base_url", "wanted"),
    [
        (
            "https://192.0.2.1:8443",
            (
                "--connect-to shop.test:8443:192.0.2.1:8443 -H 'Host: 192.0.2.1:8443' "
                "https://shop.test:8443/a"
            ),
        ),
        (
            "https://[2001:db8::1]",
            (
                "--connect-to 'shop.test:443:[2001:db8::1]:443' -H 'Host: [2001:db8::1]' "
                "https://shop.test/a"
            ),
        ),
        ("https://shop.test", "https://shop.test/a"),
        ("http://192.0.2.1", "http://192.0.2.1/a"),
    ],
    ids=["port", "ipv6", "same", "plain"],
)
def test_another_server_name_is_asked_for_at_the_same_address(
    platform_at: Callable[..., Platform], base_url: str, wanted: str
) -> None:
    check = {"path": "/a", "http_version": "1.1", "tls": {"server_name": "shop.test"}}
    (declared,) = platform_at(base_url, check).checks
    assert isinstance(declared, HttpCheck)
    assert curl_line(declared, base_url) == f"curl -sS -i --globoff --max-time 5 {wanted}"


def test_a_token_that_is_fetched_is_left_to_the_shell(platform_at: Callable[..., Platform]) -> None:
    oauth2 = {
        "token_url": "https://login.example.org/token",
        "client_id": "probe",
        "client_secret_env": "SHOP_SECRET",
    }
    (declared,) = platform_at("https://example.org", {"auth": {"oauth2": oauth2}}).checks
    assert isinstance(declared, HttpCheck)
    line = curl_line(declared, "https://example.org")
    assert line.endswith(""" -H "Authorization: Bearer ${ACCESS_TOKEN}" https://example.org/""")
