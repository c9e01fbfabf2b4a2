"""A resolver is dead when it answers for no name at all, and only then."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import cast

import pytest

from seakeep.causes import Cause
from seakeep.probes.fitness import (
    Lookup,
    name_servers,
    resolver_answers,
    resolver_is_dead,
    suspect,
)


def found(host: str) -> Lookup:
    return Lookup(host=host)


def denied(host: str) -> Lookup:
    return Lookup(host=host, error=socket.EAI_NONAME)


def unanswered(host: str) -> Lookup:
    return Lookup(host=host, error=socket.EAI_AGAIN)


def late(host: str) -> Lookup:
    return Lookup(host=host, timed_out=True)


@pytest.mark.parametrize(
    ("lookups", "is_dead"),
    [
        ([], False),
        ([found("a.org")], False),
        ([unanswered("a.org"), unanswered("b.net")], True),
        ([unanswered("a.org"), late("www.a.org"), late("www.a.org")], True),
        ([unanswered("a.org"), unanswered("b.net"), found("c.com")], False),
        ([unanswered("a.org"), unanswered("b.net"), denied("c.com")], False),
        ([unanswered("a.org")], True),
        ([late("a.org")], True),
        ([denied("a.org")], False),
        ([denied("api.a.org"), denied("www.A.org.")], False),  # one domain that has lapsed
        ([denied("a.org"), denied("b.net")], True),
        ([denied("a.invalid"), denied("b.invalid")], False),
        ([late("a.invalid")], False),
        ([unanswered("a.org"), found("localhost"), found("127.0.0.1")], True),
        ([found("localhost"), found("::1")], False),
    ],
)
def test_a_batch_tells_a_dead_resolver_from_a_dead_name(
    lookups: list[Lookup],
    is_dead: bool,
) -> None:
    verdict = resolver_is_dead(lookups)
    assert (verdict is not None) == is_dead
    assert verdict is None or verdict.cause is Cause.OBSERVER_RESOLVER


def test_the_message_names_some_of_the_names() -> None:
    verdict = resolver_is_dead([late(f"a{n}.org") for n in range(5)])
    assert verdict is not None
    assert verdict.message == (
        "resolve: wanted an address for a0.org, a1.org, a2.org and 2 more; "
        "the resolver answers for no name at all"
    )


def test_a_resolver_that_answers_for_something_else_leaves_the_names_to_the_platform() -> None:
    lookups = [late("a.org"), late("www.a.org")]
    assert suspect(lookups) == "a.org"
    assert resolver_is_dead(lookups, answers=True) is None
    assert resolver_is_dead(lookups, answers=False) is not None


def test_a_resolver_is_only_asked_when_nothing_speaks_for_it() -> None:
    assert suspect([late("a.org"), found("b.org")]) is None
    assert suspect([late("a.org"), denied("b.org")]) is None
    assert suspect([found("localhost")]) is None


class Resolver(asyncio.DatagramProtocol):
    """Answers with one code; with ``None`` not at all, with -1 what is no answer to us."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        self.questions: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.questions.append(data)
        if self.code == -1:
            number = bytes([data[0] ^ 0xFF, data[1]])
            for answer in (number + b"\x81\x80" + data[4:], b"", b"\0", data):
                self.transport.sendto(answer, addr)
        elif self.code is not None:
            self.transport.sendto(data[:2] + bytes([0x81, 0x80 | self.code]) + data[4:], addr)


def asked(code: int | None, host: str = "www.a.org") -> tuple[bool, list[bytes]]:
    async def ask() -> tuple[bool, list[bytes]]:
        resolver, loop = Resolver(code), asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: resolver, local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        patience_s = 10.0 if code in {0, 3, 5} else 0.15
        try:
            answers = await resolver_answers(host, ["127.0.0.1"], port=port, timeout_s=patience_s)
        finally:
            transport.close()
        return answers, resolver.questions

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("code", "answers"), [(0, True), (3, True), (5, True), (2, False), (None, False), (-1, False)]
)
def test_no_such_name_is_an_answer_and_neither_silence_nor_a_server_failure_is(
    code: int | None,
    answers: bool,
) -> None:
    assert asked(code)[0] is answers


def test_the_question_is_for_a_name_that_nobody_has_asked_for_before() -> None:
    (first,), (second,) = asked(3)[1], asked(3)[1]
    assert first[12:] != second[12:]
    assert first.endswith(b"\x03org\0\0\1\0\1")


@pytest.mark.parametrize("host", ["a", "..", "ä.рф", "a." + "x" * 300, ""])
def test_any_name_makes_a_question(host: str) -> None:
    answers, (question,) = asked(3, host)
    assert answers
    assert len(question) < 120


def test_nobody_to_ask_is_no_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    gone = resolver_answers("a.org", ["127.0.0.1"], port=port, timeout_s=0.1)
    assert asyncio.run(gone) is False
    assert asyncio.run(resolver_answers("a.org", [])) is False


def test_name_servers_are_those_of_resolv_conf(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc/resolv.conf"
    file.write_text(
        "# nameserver 9.9.9.9\nnameserver 10.0.0.1 x\nnameserver fe80::1%eth0\noptions\n"
    )
    assert name_servers(tmp_path) == ("10.0.0.1", "fe80::1%eth0")
    file.write_text("nameserver\nnameserver somewhere\n")
    assert name_servers(tmp_path) == ("127.0.0.1",)
