"""The way to the platform: its TLS, its addresses, proxies, the version of HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import threading
import warnings
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import pytest

from seakeep.observation import Outcome
from seakeep.platform import Platform
from seakeep.probes import transport
from seakeep.probes.connect import of_family

if TYPE_CHECKING:
    from tests.probes.conftest import Handler, Servers

from tests.probes.exchanges import AUTHORITY, look, look_all, paths, send, server_tls

PlatformAt = Callable[..., Platform]


def test_a_good_certificate_tells_its_version_and_the_days_it_has_left(
    servers: Servers, platform_at: PlatformAt, ca: str
) -> None:
    base_url = servers.serve(paths(servers, {"/": (200, "", "")}), tls=server_tls())
    seen = look(platform_at(base_url, {"tls": {"ca": ca}}))
    assert seen.message == ""
    assert seen.attributes["tls_version"] == "TLSv1.3"
    assert float(seen.attributes["tls_days_left"]) > 300
    assert seen.phases is not None
    assert seen.phases.tls_s is not None


def test_another_name_can_be_asked_for_and_is_verified(
    servers: Servers, platform_at: PlatformAt, ca: str
) -> None:
    tls = server_tls("shop.example.org")
    base_url = servers.serve(paths(servers, {"/": (200, "", "")}), tls=tls)
    named, unnamed, unverified = look_all(
        platform_at(
            base_url,
            {"tls": {"ca": ca, "server_name": "shop.example.org"}},
            {"tls": {"ca": ca}},
            {"tls": {"verify": False}},
        )
    )
    assert named.message == unverified.message == ""
    assert unnamed.cause == "tls-hostname"
    assert float(unverified.attributes["tls_days_left"]) > 300


def test_only_the_wanted_family_is_tried(servers: Servers, platform_at: PlatformAt) -> None:
    six = servers.serve(paths(servers, {"/": (200, "", "")}), host="::1")
    as_literal, as_four = look_all(platform_at(six, {"ip": 6}, {"ip": 4}))
    assert as_literal.attributes["ip_protocol"] == 6
    assert (as_four.cause, as_four.outcome) == ("dns", Outcome.BAD)
    assert as_four.message == "resolve: wanted an IPv4 address for ::1, got ::1"


def test_a_family_that_is_preferred_only_comes_first() -> None:
    found = ("192.0.2.1", "2001:db8::1", "192.0.2.2")
    assert of_family("prefer-6", "x", found) == ["2001:db8::1", "192.0.2.1", "192.0.2.2"]
    assert of_family("prefer-4", "x", found) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
    assert of_family("4", "x", found) == ["192.0.2.1", "192.0.2.2"]
    assert of_family("any", "x", found) == found


async def pipe(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while content := await reader.read(65536):
            writer.write(content)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def forwarding(servers: Servers) -> Handler:
    """A proxy that lets a user called ``me`` through."""

    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        method, target, *_ = (head := servers.requests[-1]).split(" ")
        if "Basic bWU6cGFzcw==" not in head:
            await send(writer, 407)
            return
        where = target if method == "CONNECT" else target.split("/")[2]
        host, port = where.rsplit(":", 1)
        back, forth = await asyncio.open_connection(host, int(port))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            forth.write(head.encode())
        await asyncio.gather(pipe(back, writer), pipe(reader, forth))

    return handler


def test_a_proxy_is_gone_through_with_and_without_tls(
    servers: Servers, platform_at: PlatformAt, ca: str
) -> None:
    proxy = servers.serve(forwarding(servers)).replace("://", "://me:pass@")
    plain = servers.answer("plain")
    secure = servers.serve(paths(servers, {"/": (200, "", "")}), tls=server_tls())
    seen = look_all(
        platform_at(
            plain,
            {"proxy": proxy},
            {"path": f"{secure}/", "proxy": proxy, "tls": {"ca": ca}},
        )
    )
    assert [one.message for one in seen] == ["", ""]
    assert any(request.startswith(f"GET {plain}/ HTTP") for request in servers.requests)
    assert any(request.startswith("CONNECT 127.0.0.1:") for request in servers.requests)


def test_a_proxy_that_wants_to_know_who_asks_is_the_cause_proxy(
    servers: Servers, platform_at: PlatformAt
) -> None:
    proxy = servers.serve(forwarding(servers))
    as_one, as_two = look_all(
        platform_at(servers.answer(), {"proxy": proxy}, {"proxy": proxy, "http_version": 2})
    )
    assert (as_one.outcome, as_one.cause) == (Outcome.BAD, "proxy")
    assert as_one.message.endswith("through it, got 407")
    assert (as_two.outcome, as_two.cause) == (Outcome.INVALID, "observer")


def test_a_proxy_that_refuses_or_is_not_there_is_the_cause_proxy(
    servers: Servers, platform_at: PlatformAt
) -> None:
    proxy = servers.serve(forwarding(servers))
    refused, absent = look_all(
        platform_at(
            "https://127.0.0.1:9",
            {"proxy": proxy},
            {"proxy": "http://127.0.0.1:9"},
        )
    )
    assert (refused.outcome, refused.cause) == (Outcome.BAD, "proxy")
    assert refused.message == "proxy: wanted a tunnel to 127.0.0.1:9, got 407"
    assert (absent.cause, absent.outcome) == ("proxy", Outcome.BAD)


@pytest.mark.parametrize(
    ("said", "got"),
    [
        (b"", "got a closed connection"),
        (b"hello\r\n\r\n", "got illegal status line"),
        (b"HTTP/1.1 103 X\r\n\r\nHTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n", "got 407"),
        (b"HTTP/1.1 103 X\r\n\r\n" * 2000, "got others without end"),
    ],
)
def test_a_proxy_that_makes_no_tunnel_is_the_cause_proxy(
    servers: Servers, platform_at: PlatformAt, said: bytes, got: str
) -> None:
    async def say(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    seen = look(platform_at("https://127.0.0.1:1", {"proxy": servers.serve(say)}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "proxy"), seen.message
    assert "proxy: wanted a tunnel to 127.0.0.1:1" in seen.message
    assert got in seen.message


def test_what_this_machine_lacks_is_not_the_proxy_s_fault(
    platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_descriptor_left(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(transport, "connect_to", no_descriptor_left)
    seen = look(platform_at("http://127.0.0.1:1", {"proxy": "http://127.0.0.1:1"}))
    assert seen.outcome is Outcome.INVALID
    assert seen.cause.startswith("observer"), seen.message


async def speak_http2(reader: StreamReader, writer: StreamWriter) -> None:
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    while content := await reader.read(65536):
        for event in connection.receive_data(content):
            if isinstance(event, h2.events.RequestReceived):
                headers = [(":status", "200"), ("content-length", "5")]
                connection.send_headers(event.stream_id, headers)
                connection.send_data(event.stream_id, b"hello", end_stream=True)
        writer.write(connection.data_to_send())
        await writer.drain()


def test_http2_is_spoken_where_it_is_wanted(
    servers: Servers, platform_at: PlatformAt, ca: str
) -> None:
    two = servers.serve(speak_http2, tls=server_tls(alpn=("h2",)), reads_head=False)
    one = servers.serve(paths(servers, {"/": (200, "", "")}), tls=server_tls())
    expect = {"http_version": 2, "body_matches": ["hello"]}
    tls = {"tls": {"ca": ca}}
    wanted, any_version, not_there, old = look_all(
        platform_at(
            two,
            {**tls, "http_version": 2, "expect": expect},
            {**tls, "http_version": "any", "expect": expect},
            {**tls, "http_version": 2, "path": f"{one}/"},
            {**tls, "http_version": "any", "path": f"{one}/", "expect": {"http_version": 1.1}},
        )
    )
    assert [wanted.message, any_version.message, old.message] == ["", "", ""]
    assert (not_there.outcome, not_there.cause) == (Outcome.BAD, "http-version")


def test_a_server_that_speaks_only_old_tls_has_a_cause_of_its_own(platform_at: PlatformAt) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(old)
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1

    def refuse_one(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(ssl.SSLError):
            old.wrap_socket(connection, server_side=True)  # says why, unlike asyncio's server

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=refuse_one, args=(listener,))
        server.start()
        seen = look(platform_at(f"https://127.0.0.1:{listener.getsockname()[1]}"))
        server.join()
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "tls-version"), seen.message
