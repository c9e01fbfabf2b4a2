"""DNS checks against servers that answer nonsense: each has a cause, and nothing is raised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.observation import Observation, Outcome
from tests.probes.listeners import Listeners, listening, observe

Question = dns.message.Message


@pytest.fixture(scope="module")
def listeners() -> Iterator[Listeners]:
    with listening() as running:
        yield running


def good(question: Question) -> bytes:
    answer = dns.message.make_response(question)
    answer.answer.append(dns.rrset.from_text("example.org.", 60, "IN", "A", "192.0.2.1"))
    return answer.to_wire()


def to_another(question: Question) -> bytes:
    answer = dns.message.make_response(question)
    answer.id ^= 1
    return answer.to_wire()


def to_another_name(question: Question) -> bytes:
    return dns.message.make_response(dns.message.make_query("x.org", "A", id=question.id)).to_wire()


def ask(server: str, transport: str = "udp") -> Observation:
    return observe(kind="dns", query="example.org", server=server, transport=transport)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("reply", "got"),
    [
        (to_another, "answer: wanted one to this question, got one to another"),
        (to_another_name, "answer: wanted one to this question, got one to another"),
        (lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", "wanted a DNS message, got"),
        (lambda _: b"\0", "wanted a DNS message, got 1 bytes"),
    ],
    ids=["wrong-id", "wrong-name", "http", "one-byte"],
)
def test_what_is_no_answer_is_a_breach_of_protocol(
    listeners: Listeners, reply: Callable[[Question], bytes], got: str, transport: str
) -> None:
    seen = ask(listeners.name_server(reply), transport=transport)
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "protocol")
    assert got in seen.message


def test_the_longest_answer_there_can_be_is_read_in_time(listeners: Listeners) -> None:
    def reply(question: Question) -> bytes:
        answer = dns.message.make_response(question)
        values = [f"10.0.{n // 250}.{n % 250}" for n in range(4000)]
        answer.answer.append(dns.rrset.from_text_list("example.org.", 60, "IN", "A", values))
        return answer.to_wire(max_size=65535)

    seen = ask(listeners.name_server(reply), transport="tcp")
    assert (seen.outcome, seen.attributes["dns_answers"]) == (Outcome.GOOD, 4000)


class Hostile:
    """One name server that answers with what `wire` makes of a good answer."""

    def __init__(self, listeners: Listeners) -> None:
        self.wire: Callable[[bytes], bytes] = bytes
        self.address = listeners.name_server(lambda question: self.wire(good(question)))


@pytest.fixture(scope="module")
def hostile(listeners: Listeners) -> Hostile:
    return Hostile(listeners)


ENDS = {"", "dns-answer", "protocol", "reset"}


@settings(max_examples=120, deadline=None)
@given(garbage=st.binary(min_size=1, max_size=400), transport=st.sampled_from(["udp", "tcp"]))
def test_garbage_never_gets_past_the_check(
    hostile: Hostile, garbage: bytes, transport: str
) -> None:
    hostile.wire = lambda _: garbage
    seen = ask(hostile.address, transport=transport)
    assert seen.cause == "protocol"
    assert seen.duration_s < 5


@settings(max_examples=200, deadline=None)
@given(hole=st.binary(min_size=1, max_size=12), at=st.integers(2, 90))
def test_a_good_answer_with_a_hole_in_it_never_raises(
    hostile: Hostile, hole: bytes, at: int
) -> None:
    hostile.wire = lambda whole: whole[:at] + hole + whole[at + len(hole) :]
    seen = ask(hostile.address)
    assert seen.cause in ENDS
    assert seen.duration_s < 5


@settings(max_examples=60, deadline=None)
@given(garbage=st.binary(max_size=60))
def test_garbage_without_a_length_over_tcp_never_raises(
    listeners: Listeners, garbage: bytes
) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(garbage)
        writer.write_eof()

    seen = ask(listeners.tcp(serve), transport="tcp")
    assert seen.cause in {"protocol", "reset"}
    assert seen.duration_s < 5
