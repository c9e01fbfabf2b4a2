"""What TLS was like, and whom a certificate is for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.probes.certificate import TlsFacts, _certified
from seakeep.probes.expectations.host_name import is_for
from tests.probes.expectations.answers import NOON, answer, verdict

FACTS = TlsFacts(
    version="TLSv1.2",
    expires_at=NOON + timedelta(days=13.99),
    names=("example.org", "*.example.org", "10.0.0.1"),
    issuer="CN=R3,O=Let's Encrypt,C=US",
)


@pytest.mark.parametrize(
    "expected",
    [
        {"min_version": "1.2"},
        {"min_days_left": 13},
        {"name": "www.example.org"},
        {"issuer": "O=Let's Encrypt"},
    ],
)
def test_what_holds_is_good(expected: dict[str, Any]) -> None:
    assert verdict({"tls": expected}, answer(tls=FACTS)) is None


@pytest.mark.parametrize(
    ("expected", "cause", "said"),
    [
        ({"min_version": 1.3}, "tls-version", "tls: wanted at least 1.3, got 1.2"),
        (
            {"min_days_left": 14},
            "certificate",
            "certificate: wanted at least 14 days left, got 13.9",
        ),
        (
            {"name": "example.com"},
            "certificate",
            "certificate: wanted one for example.com, got example.org, *.example.org, 10.0.0.1",
        ),
        (
            {"issuer": "DigiCert"},
            "certificate",
            "issuer: wanted /DigiCert/, got CN=R3,O=Let's Encrypt,C=US",
        ),
    ],
)
def test_what_does_not_hold_says_wanted_and_got(
    expected: dict[str, Any], cause: str, said: str
) -> None:
    assert verdict({"tls": expected}, answer("text", tls=FACTS)) == (cause, said)


@pytest.mark.parametrize(
    ("expected", "cause"),
    [({"min_version": "1.2"}, "tls-version"), ({"min_days_left": 0}, "certificate")],
)
def test_an_answer_without_tls_is_a_failure_whatever_was_wanted(
    expected: dict[str, Any], cause: str
) -> None:
    found = verdict({"tls": expected}, answer())
    assert found == (cause, "tls: wanted a TLS connection, got none")


@pytest.mark.parametrize(
    "expected", [{"min_days_left": 0}, {"name": "a"}, {"issuer": ""}, {"min_version": "1.2"}]
)
def test_a_certificate_that_can_not_be_read_meets_nothing(expected: dict[str, Any]) -> None:
    assert verdict({"tls": expected}, answer(tls=TlsFacts(version=""))) is not None


@pytest.mark.parametrize(
    ("names", "wanted", "is_right"),
    [
        (("Example.ORG",), "example.org.", True),
        (("*.example.org",), "a.example.org", True),
        (("*.example.org",), "example.org", False),
        (("*.example.org",), "a.b.example.org", False),
        (("*.example.org",), "*.example.org", True),
        (("a*.example.org",), "ab.example.org", False),
        (("*.*.org",), "a.example.org", False),
        (("*.org",), "example.org", False),
        (("*",), "localhost", False),
        (("localhost",), "localhost", True),
        (("xn--bcher-kva.de",), "bücher.de", True),
        (("*.0.0.1",), "10.0.0.1", False),
        (("10.0.0.1",), "10.0.0.1", True),
        (("2001:db8::1",), "2001:0DB8:0:0::1", True),
        (("2001:db8::1",), "2001:db8::2", False),
        ((), "example.org", False),
    ],
)
def test_names_match_as_rfc_9525_has_it(
    names: tuple[str, ...], wanted: str, is_right: bool
) -> None:
    assert is_for(names, wanted) == is_right


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), max_size=3), st.text(min_size=1, max_size=20))
def test_no_name_whatever_breaks_the_comparison(names: list[str], wanted: str) -> None:
    is_for(names, wanted)
    assert is_for([*names, wanted], wanted)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=2))
def test_bytes_that_are_no_certificate_leave_the_facts_out(chain: list[bytes]) -> None:
    assert _certified(tuple(chain)) == TlsFacts(version="")
