"""Secrets stay out of what is written."""

import time
from pathlib import Path

import pytest

from seakeep import redact as redact_module
from seakeep.redact import keep_secret, redact
from seakeep.yaml_source import read_documents


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact_module, "_kept", set())


def test_the_value_of_a_variable_that_is_named_like_a_secret_is_masked() -> None:
    environ = {"API_TOKEN": "tok-123456", "HOME": "/home/ann"}
    assert redact("got tok-123456 in /home/ann", environ) == "got *** in /home/ann"


def test_the_user_information_of_a_url_is_masked() -> None:
    assert redact("http://ann:pw@gateway:9091/metrics", {}) == "http://***@gateway:9091/metrics"


def test_a_longer_secret_that_contains_a_shorter_one_is_masked_whole() -> None:
    environ = {"A_SECRET": "abcdef", "B_SECRET": "abcdef-ghijkl"}
    assert redact("x abcdef-ghijkl y", environ) == "x *** y"


def test_very_short_values_are_left_since_masking_them_would_garble_the_text() -> None:
    assert redact("a plain text", {"X_TOKEN": "a"}) == "a plain text"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://ann:p@ssw0rd@host/x?mail=a@b.org", "http://***@host/x?mail=a@b.org"),
        ("http://ann:p@ss@w0rd@host", "http://***@host"),
        ("http://host/to/ann@host", "http://host/to/ann@host"),
        ("http://host?ann@host", "http://host?ann@host"),
    ],
)
def test_a_password_with_an_at_sign_is_masked_whole(url: str, shown: str) -> None:
    assert redact(f"see {url} or mail c@d.org", {}) == f"see {shown} or mail c@d.org"


def test_what_a_file_sends_in_a_header_is_a_secret_whatever_its_name(tmp_path: Path) -> None:
    environ = {"SKILLCORE_AUTH": "hush-hush-hush", "PLACE": "elsewhere"}
    file = tmp_path / "platform.yaml"
    file.write_text(
        "path: /${PLACE}\nheaders: {Authorization: 'Basic ${SKILLCORE_AUTH}', A: '${NO:-default}'}"
    )
    read_documents(file, environ)
    said = redact("401 for hush-hush-hush at elsewhere by default", environ)
    assert said == "401 for *** at elsewhere by default"


def test_a_short_value_is_kept_no_secret() -> None:
    keep_secret("no")
    assert redact("not known", {}) == "not known"


@pytest.mark.parametrize(
    "written",
    [
        "p%20s/%2b%22x%C3%BC",
        "p+s%2F%2B%22x%c3%bc",
        'p s\\/+\\"x\\u00fc',
        "p s/+&quot;xü",
        'p s/+"xü',
    ],
)
def test_a_secret_is_masked_however_a_url_or_json_or_html_writes_it(written: str) -> None:
    assert redact(f"<{written}>", {"APP_SECRET": 'p s/+"xü'}) == "<***>"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h/in?access_token=abc&next=/x", "http://h/in?access_token=***&next=/x"),
        ("http://h/in#a=1&id_token=a.b.c", "http://h/in#a=1&id_token=***"),
        ("http://h/in?page=2", "http://h/in?page=2"),
    ],
)
def test_a_parameter_that_is_named_like_a_secret_is_masked(url: str, shown: str) -> None:
    assert redact(f"to {url} now", {}) == f"to {shown} now"


def test_a_long_text_that_looks_like_secrets_all_over_is_masked_in_no_time() -> None:
    began = time.process_time()
    redact("?token" * 200_000 + "?" + "token" * 200_000, {"A_TOKEN": '"' * 40})
    redact('"' * 500_000, {"A_TOKEN": '"' * 40 + "x"})
    assert time.process_time() - began < 5
