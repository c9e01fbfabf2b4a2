"""Files of TLS that can't be used: each message names the file, and what was wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from seakeep.checks.http import TlsOptions
from seakeep.probes.exchange_errors import SetupError
from seakeep.probes.tls_contexts import tls_context

AUTHORITY = trustme.CA()
OWN = AUTHORITY.issue_cert("probe.example.org")
KEY = OWN.private_key_pem.bytes()
CHAIN = b"".join(each.bytes() for each in OWN.cert_chain_pems)
WORD = "correct-horse"


def encrypted(form: PrivateFormat) -> bytes:
    key = load_pem_private_key(KEY, None)
    return key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(WORD.encode()))


PKCS8 = encrypted(PrivateFormat.PKCS8)
OLD = encrypted(PrivateFormat.TraditionalOpenSSL)
FORMS = pytest.mark.parametrize("key", [PKCS8, OLD], ids=["pkcs8", "old"])


def own(folder: Path, key: bytes, chain: bytes = CHAIN, variable: str | None = None) -> TlsOptions:
    """Return options whose files hold these."""
    (folder / "client.pem").write_bytes(chain)
    (folder / "client.key").write_bytes(key)
    return TlsOptions(
        certificate=folder / "client.pem", key=folder / "client.key", key_password_env=variable
    )


def said(options: TlsOptions) -> str:
    with pytest.raises(SetupError) as caught:
        tls_context(options, None)
    assert WORD not in str(caught.value)
    return str(caught.value)


@FORMS
def test_a_wrong_passphrase_is_told_from_a_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: bytes
) -> None:
    options = own(tmp_path, key, variable="KEY_WORD")
    wanted = "tls: wanted the passphrase of client.key in KEY_WORD, got "
    for word, got in (("wrong-horse", "another"), ("x" * 2000, "another"), ("", "an empty one")):
        monkeypatch.setenv("KEY_WORD", word)
        assert said(options) == wanted + got
    assert said(own(tmp_path, key)) == (
        "tls: wanted key_password_env for client.key, which is encrypted, got none"
    )


@FORMS
def test_the_right_passphrase_opens_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: bytes
) -> None:
    monkeypatch.setenv("KEY_WORD", WORD)
    tls_context(own(tmp_path, key, variable="KEY_WORD"), None)
    both = tmp_path / "both.pem"
    both.write_bytes(CHAIN + key)
    tls_context(TlsOptions(certificate=both, key_password_env="KEY_WORD"), None)


@pytest.mark.parametrize("key_type", list(trustme.KeyType))
def test_a_key_must_be_the_one_of_its_certificate(
    tmp_path: Path, key_type: trustme.KeyType
) -> None:
    other = AUTHORITY.issue_cert("probe.example.org", key_type=key_type)
    assert said(own(tmp_path, other.private_key_pem.bytes())) == (
        "tls: wanted the key of the certificate in client.pem in client.key, got another"
    )


def test_a_file_that_holds_something_else_is_named(tmp_path: Path) -> None:
    assert said(own(tmp_path, CHAIN)) == "tls: wanted a PEM key in client.key, got none"
    damaged = KEY[:100] + KEY[110:]
    assert said(own(tmp_path, damaged)).endswith("client.key, got one that is damaged")
    for chain in (KEY, b"", b"\0\xff" * 99):
        assert said(own(tmp_path, KEY, chain)) == (
            "tls: wanted PEM certificates in client.pem, got none"
        )


@pytest.mark.parametrize("content", [b"no PEM\n", b"", KEY], ids=["text", "empty", "key"])
def test_authorities_are_wanted_as_pem(tmp_path: Path, content: bytes) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(content)
    assert said(TlsOptions(ca=ca)) == "tls: wanted PEM certificates in ca.pem, got none"


def test_a_file_that_can_not_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    for name in ("client.pem", "client.key"):
        options = own(tmp_path, KEY)
        (tmp_path / name).unlink()
        assert said(options) == f"tls: wanted to read {name}, got No such file or directory"
    gone = TlsOptions(ca=tmp_path / "gone.pem")
    assert said(gone).endswith("in gone.pem, got No such file or directory")
    assert "Is a directory" in said(own(tmp_path, KEY).model_copy(update={"key": tmp_path}))
