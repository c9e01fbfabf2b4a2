"""TLS checks against real servers with good and bad certificates."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from seakeep.observation import Observation, Outcome
from seakeep.probes.engine import kind_of
from tests.probes.listeners import Listeners, check_of, listening, observe, quiet

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()
GOOD = AUTHORITY.issue_cert("localhost", "127.0.0.1", "::1")
PAST = datetime(2020, 1, 1, tzinfo=UTC)
EXPIRED = AUTHORITY.issue_cert("127.0.0.1", not_before=PAST, not_after=PAST + timedelta(days=30))
SOON = AUTHORITY.issue_cert("127.0.0.1", not_after=datetime.now(UTC) + timedelta(days=3, hours=1))


@pytest.fixture(scope="module")
def listeners() -> Iterator[Listeners]:
    with listening() as running:
        yield running


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(file)
    return str(file)


def server_context(certificate: trustme.LeafCert = GOOD) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


async def say_nothing(reader: StreamReader, writer: StreamWriter) -> None:
    pass


async def say_something_else(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"220 mail.example.org ESMTP ready\r\n")
    await writer.drain()


async def reset(reader: StreamReader, writer: StreamWriter) -> None:
    await reader.read(1)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def look(address: str, ca: str, **keys: Any) -> Observation:  # noqa: ANN401
    return observe(kind="tls", address=address, ca=ca, timeout="5s", **keys)


def test_a_trusted_certificate_is_good_and_tells_its_days(listeners: Listeners, ca: str) -> None:
    seen = look(listeners.tcp(say_nothing, tls=server_context(SOON)), ca)
    assert (seen.outcome, seen.message) == (Outcome.GOOD, "")
    assert (seen.attributes["ip"], seen.attributes["ip_protocol"]) == ("127.0.0.1", 4)
    assert seen.attributes["tls_version"] == "TLSv1.3"
    days, expires_at = seen.attributes["tls_days_left"], seen.attributes["tls_expires_at"]
    assert isinstance(days, float)
    assert isinstance(expires_at, float)
    assert 3 < days < 3.1
    assert expires_at == pytest.approx(seen.at.timestamp() + days * 86400)
    assert str(seen.attributes["url"]).startswith("tls://127.0.0.1:")
    phases = seen.phases
    assert phases is not None
    assert phases.resolve_s is phases.processing_s is phases.transfer_s is None
    assert phases.connect_s is not None
    assert phases.tls_s is not None
    assert phases.connect_s + phases.tls_s == pytest.approx(seen.duration_s)


def test_a_name_is_resolved_asked_for_and_verified(listeners: Listeners, ca: str) -> None:
    port = listeners.tcp(say_nothing, tls=server_context()).rpartition(":")[2]
    seen = look(f"localhost:{port}", ca, ip=4)
    assert seen.message == ""
    assert seen.phases is not None
    assert seen.phases.resolve_s is not None


@pytest.mark.parametrize(
    ("certificate", "keys", "cause"),
    [
        (EXPIRED, {}, "tls-expired"),
        (AUTHORITY.issue_cert("example.org"), {}, "tls-hostname"),
        (GOOD, {"server_name": "example.org"}, "tls-hostname"),
        (STRANGER.issue_cert("127.0.0.1"), {}, "tls-untrusted"),
    ],
    ids=["expired", "wrong-name", "wrong-server-name", "unknown-authority"],
)
def test_a_chain_that_is_not_to_be_trusted_has_its_cause(
    listeners: Listeners, ca: str, certificate: trustme.LeafCert, keys: dict[str, Any], cause: str
) -> None:
    seen = look(listeners.tcp(say_nothing, tls=server_context(certificate)), ca, **keys)
    assert (seen.outcome, seen.cause) == (Outcome.BAD, cause)
    assert seen.attributes["ip"] == "127.0.0.1"


def test_a_certificate_that_signed_itself_is_not_trusted(
    listeners: Listeners, ca: str, tmp_path: Path
) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(STRANGER.private_key_pem.bytes() + STRANGER.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    address = listeners.tcp(say_nothing, tls=context)
    assert look(address, ca).cause == "tls-untrusted"
    unverified = look(address, ca, verify=False, expect={"min_days_left": 1})
    assert (unverified.outcome, unverified.message) == (Outcome.GOOD, "")


def test_the_authorities_of_the_system_do_not_know_the_certificate(listeners: Listeners) -> None:
    address = listeners.tcp(say_nothing, tls=server_context())
    assert observe(kind="tls", address=address).cause == "tls-untrusted"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_a_server_of_old_versions_only_is_told_by_its_version(ca: str) -> None:
    context = server_context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1

    def serve() -> None:  # asyncio would hang up without the alert that servers send
        accepted, _ = listening_socket.accept()
        with accepted, contextlib.suppress(OSError):
            context.wrap_socket(accepted, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening_socket:
        serving = threading.Thread(target=serve)
        serving.start()
        seen = look(f"127.0.0.1:{listening_socket.getsockname()[1]}", ca)
        serving.join()
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "tls-version")


@pytest.mark.parametrize(
    ("expect", "cause", "message"),
    [
        ({"min_version": "1.3"}, "tls-version", "wanted at least"),
        ({"min_days_left": 14}, "certificate", "certificate: wanted at least 14 days left, got 3."),
        ({"name": "example.org"}, "certificate", "wanted one for example.org, got 127.0.0.1"),
        ({"issuer": "O=Let's Encrypt"}, "certificate", "/O=Let's Encrypt/, got "),
    ],
    ids=["version", "days", "name", "issuer"],
)
def test_what_is_trusted_and_yet_not_as_expected_says_so(
    listeners: Listeners, ca: str, expect: dict[str, Any], cause: str, message: str
) -> None:
    context = server_context(SOON)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    seen = look(listeners.tcp(say_nothing, tls=context), ca, expect=expect)
    assert (seen.outcome, seen.cause) == (Outcome.BAD, cause)
    assert message in seen.message
    assert seen.attributes["tls_version"] == "TLSv1.2"


def test_all_that_is_expected_may_hold(listeners: Listeners, ca: str) -> None:
    expect = {"min_version": "1.2", "min_days_left": 2, "name": "127.0.0.1", "issuer": "trustme"}
    seen = look(listeners.tcp(say_nothing, tls=server_context(SOON)), ca, expect=expect)
    assert seen.message == ""


def test_one_that_never_shakes_hands_ends_at_the_deadline_and_is_hung_up_on(
    listeners: Listeners, ca: str
) -> None:
    gone = threading.Event()
    seen = observe(kind="tls", address=listeners.tcp(quiet(gone)), ca=ca, timeout="300ms")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "timeout-connect")
    assert 0.29 < seen.duration_s < 2
    assert gone.wait(5)


def test_one_that_resets_fails_the_handshake(listeners: Listeners, ca: str) -> None:
    assert look(listeners.tcp(reset), ca).cause == "tls-handshake"


def test_one_that_speaks_no_tls_fails_the_handshake(listeners: Listeners, ca: str) -> None:
    assert look(listeners.tcp(say_something_else), ca).cause == "tls-handshake"


def test_a_port_where_nothing_listens_refuses(ca: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert look(f"127.0.0.1:{closed.getsockname()[1]}", ca).cause == "refused"


def test_an_address_of_the_other_family_is_no_address(listeners: Listeners, ca: str) -> None:
    seen = look(listeners.tcp(say_nothing, tls=server_context()), ca, ip=6)
    assert seen.cause == "dns"
    assert seen.message == "resolve: wanted an IPv6 address for 127.0.0.1, got 127.0.0.1"


def test_ipv6_alone_is_fine(listeners: Listeners, ca: str) -> None:
    try:
        address = listeners.tcp(say_nothing, tls=server_context(), host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    seen = look(address, ca)
    assert (seen.message, seen.attributes["ip_protocol"]) == ("", 6)


def test_a_file_of_no_certificates_is_our_own_fault(listeners: Listeners, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    seen = look(listeners.tcp(say_nothing), str(tmp_path / "ca.pem"))
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "observer")


MAIL = {
    "smtp": (b"220-hello\r\n220 mail\r\n", b"EHLO seakeep\r\n", b"250-mail\r\n250 STARTTLS\r\n"),
    "imap": (b"* OK ready\r\n", b"a STARTTLS\r\n", b"a OK begin\r\n"),
    "pop3": (b"+OK ready\r\n", b"STLS\r\n", b"+OK begin\r\n"),
    "ftp": (b"220 ready\r\n", b"AUTH TLS\r\n", b"234 begin\r\n"),
}


@pytest.mark.parametrize("protocol", MAIL)
def test_tls_can_be_asked_for_in_other_protocols(
    listeners: Listeners, ca: str, protocol: str
) -> None:
    greeting, wanted, answer = MAIL[protocol]
    asked = []

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(greeting)
        asked.append(await reader.readline())
        writer.write(answer)
        if protocol == "smtp":
            asked.append(await reader.readline())
            writer.write(b"220 go on\r\n")
        await writer.start_tls(server_context())

    seen = look(listeners.tcp(serve), ca, starttls=protocol)
    assert (seen.outcome, seen.message) == (Outcome.GOOD, "")
    assert asked[0] == wanted
    assert seen.phases is not None
    assert seen.phases.processing_s is not None


def test_a_mail_server_without_tls_says_so(listeners: Listeners, ca: str) -> None:
    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        await reader.readline()
        writer.write(b"a BAD unknown command\r\n")
        await writer.drain()
        writer.write_eof()

    seen = look(listeners.tcp(serve), ca, starttls="imap")
    assert seen.cause == "banner"
    assert "wanted /^a OK/, got 'a BAD unknown command'" in seen.message


def test_the_command_that_repeats_it_verifies_the_same() -> None:
    check = check_of(kind="tls", address="example.org:25", starttls="smtp", ip=4)
    assert kind_of(check).repeat(check, "") == (
        "openssl s_client -connect example.org:25 -4 -starttls smtp -servername example.org "
        "-verify_return_error -verify_hostname example.org"
    )
    check = check_of(kind="tls", address="[::1]:443", verify=False, expect={"min_days_left": 1})
    assert kind_of(check).repeat(check, "") == "openssl s_client -connect '[::1]:443' -noservername"


def test_looks_side_by_side_do_not_share_what_they_learn(listeners: Listeners, ca: str) -> None:
    async def hold(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(0)

    first = look(listeners.tcp(hold, tls=server_context(SOON)), ca)
    second = look(listeners.tcp(hold, tls=server_context(GOOD)), ca)
    assert first.attributes["tls_expires_at"] != second.attributes["tls_expires_at"]
