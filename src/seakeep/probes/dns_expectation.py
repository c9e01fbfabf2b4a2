"""What a name server must answer, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import dns.exception
import dns.message
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
from dns.rdtypes.txtbase import TXTBase
from pydantic import AfterValidator, Field

from seakeep.causes import Cause, Failure
from seakeep.duration import format_duration
from seakeep.plain import one_line
from seakeep.probes.expectations.patience import OutOfTimeError, Patience
from seakeep.validation import FileModel, Regex, Seconds, Sequence_

__all__ = ["DnsExpectation", "failures"]

_NOERROR = "NOERROR"
_PATIENCE_S = 0.1
"""Processor time for the judgment; all other checks wait meanwhile."""


def _rcode(value: str) -> str:
    try:
        return dns.rcode.to_text(dns.rcode.from_text(value))
    except (dns.exception.DNSException, ValueError):
        raise ValueError("a response code such as NOERROR, NXDOMAIN or REFUSED") from None


class DnsExpectation(FileModel):
    """What the answer must be like; all of it must hold. Answers are those of the type asked for.

    Attributes:
        rcode: The response code, by name: https://www.iana.org/assignments/dns-parameters.
        answers: Regular expressions, each of which some answer must match.
        answers_exclude: Regular expressions that no answer may match.
        min_answers: How many answers there must be; 1 for ``NOERROR`` and else 0 by default.
        max_ttl_s: The longest that the answers may be kept.
    """

    rcode: Annotated[str, AfterValidator(_rcode)] = _NOERROR
    answers: Sequence_[Regex] = ()
    answers_exclude: Sequence_[Regex] = ()
    min_answers: Annotated[int, Field(ge=0, le=1000)] | None = None
    max_ttl_s: Seconds | None = Field(default=None, alias="max_ttl")

    @property
    def fewest(self) -> int:
        """Return how many answers there must be."""
        return int(self.rcode == _NOERROR) if self.min_answers is None else self.min_answers


def failures(wanted: DnsExpectation, answer: dns.message.Message, asked: str) -> Iterator[Failure]:
    """Yield what does not hold of an answer.

    Args:
        wanted: What the platform's file expects.
        answer: What the server said.
        asked: The type of record that it was asked for.
    """
    rcode = dns.rcode.to_text(answer.rcode())
    if rcode != wanted.rcode:
        yield _failure(f"rcode: wanted {wanted.rcode}, got {rcode}")
        return
    try:
        found = _answers(answer)
    except dns.exception.DNSException as error:
        yield _failure(f"answers: wanted a chain of names with an end, got {type(error).__name__}")
        return
    texts = [_text(record) for record in found] if found is not None else []
    try:
        for message in _wrong_answers(wanted, texts, asked):
            yield _failure(message)
    except OutOfTimeError as error:
        yield _failure(f"answers: wanted some to search, got texts on which it takes {error}")
    if wanted.max_ttl_s is not None and found is not None and found.ttl > wanted.max_ttl_s:
        most, got = format_duration(wanted.max_ttl_s), format_duration(float(found.ttl))
        yield _failure(f"ttl: wanted at most {most}, got {got}")


def _wrong_answers(wanted: DnsExpectation, texts: list[str], asked: str) -> Iterator[str]:
    got = one_line(", ".join(texts), 120) or "none"
    if len(texts) < wanted.fewest:
        count = f"{len(texts)} ({got})" if texts else "none"
        yield f"answers: wanted at least {wanted.fewest} of type {asked}, got {count}"
    patience = Patience(_PATIENCE_S)
    for pattern in wanted.answers:
        if all(patience.search(pattern, text) is None for text in texts):
            yield f"answers: wanted one like /{pattern}/, got {got}"
    for pattern in wanted.answers_exclude:
        bad = [text for text in texts if patience.search(pattern, text) is not None]
        if bad:
            yield f"answers: wanted none like /{pattern}/, got {one_line(bad[0], 80)}"


def _failure(message: str) -> Failure:
    return Failure(Cause.DNS_ANSWER, message)


def _answers(answer: dns.message.Message) -> dns.rrset.RRset | None:
    """Return the records of the name and type asked for, past all CNAMEs."""
    if not isinstance(answer, dns.message.QueryMessage) or not answer.question:
        return None
    return answer.resolve_chaining().answer


def _text(record: dns.rdata.Rdata) -> str:
    """Return a record as zone files have it, but texts without their quotes and joins."""
    if isinstance(record, TXTBase):
        return b"".join(record.strings).decode("utf-8", "replace")
    return record.to_text()
