"""Why a request failed, from whatever was raised."""

from __future__ import annotations

import errno
import socket
import ssl
from dataclasses import dataclass
from typing import Any

import pytest

from seakeep.causes import Cause
from seakeep.load.causes import (
    CutOffError,
    ForeignHostError,
    cause_of,
    failure_of,
    message_of,
    trace_id_of,
)


def named(name: str, *args: object) -> Exception:
    """Return an exception of a class of Locust's or a client's, which must not be imported here."""
    error: Exception = type(name, (Exception,), {})(*args)
    return error


def wrapped(inner: BaseException, how: str) -> BaseException:
    outer = named("RequestFailed", "something went wrong")
    if how == "args":
        outer.args = ("something went wrong", inner)
    elif how == "cause":
        outer.__cause__ = inner
    elif how == "context":
        outer.__context__ = inner
    else:
        setattr(outer, how, inner)
    return outer


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (named("LocustBadStatusCode", 503), Cause.STATUS),
        (named("CatchResponseError", "no course"), Cause.ASSERTION),
        (named("HTTPConnectionClosed"), Cause.RESET),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Cause.RESET),
        (BrokenPipeError(errno.EPIPE, "broken pipe"), Cause.RESET),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), Cause.REFUSED),
        (socket.gaierror(socket.EAI_NONAME, "no such name"), Cause.DNS),
        (ssl.SSLCertVerificationError("expired"), Cause.TLS),
        (TimeoutError("timed out"), Cause.TIMEOUT_READ),
        (OSError(errno.EMFILE, "too many open files"), Cause.GENERATOR_SATURATED),
        (OSError(errno.EADDRNOTAVAIL, "no port left"), Cause.GENERATOR_SATURATED),
        (ForeignHostError("elsewhere"), Cause.FOREIGN_HOST),
        (CutOffError("the run ended"), Cause.CUT_OFF),
        (ValueError("?"), Cause.PROTOCOL),
        (OSError("?"), Cause.PROTOCOL),
    ],
)
@pytest.mark.parametrize("how", ["", "args", "cause", "context", "original", "reason"])
def test_the_cause_is_found_however_deep_it_is(error: Exception, cause: Cause, how: str) -> None:
    assert cause_of(wrapped(error, how) if how else error) == cause


def test_a_timeout_while_connecting_is_one_of_connecting() -> None:
    def _connect_socket() -> None:
        raise TimeoutError("timed out")

    with pytest.raises(TimeoutError) as caught:
        _connect_socket()
    assert cause_of(caught.value) == Cause.TIMEOUT_CONNECT


def test_errors_that_wrap_each_other_come_to_an_end() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    one.args = (one, other)
    assert cause_of(one) == Cause.PROTOCOL


def test_what_a_scenario_calls_a_failure_failed_of_what_came_before() -> None:
    @dataclass
    class Response:
        error: object

    called, refused = named("CatchResponseError", "no JSON"), ConnectionRefusedError("refused")
    assert failure_of(called, Response(refused)) is refused
    assert failure_of(called, Response(None)) is called
    assert failure_of(called, None) is called
    assert failure_of(refused, Response(ValueError())) is refused


def test_the_trace_id_is_found_with_the_error_or_with_the_answer() -> None:
    @dataclass
    class Sent:
        headers: dict[str, str] | None

    @dataclass
    class Answer:
        request: Sent | None

    error: Any = ValueError()
    header = f"00-{'a' * 32}-{'b' * 16}-01"
    assert trace_id_of(error, None) == ""
    assert trace_id_of(error, Answer(None)) == trace_id_of(error, Answer(Sent(None))) == ""
    assert trace_id_of(error, Answer(Sent({"traceparent": header}))) == "a" * 32
    error.original = Answer(Sent({"traceparent": header.replace("a", "c")}))
    assert trace_id_of(error, Answer(Sent({"traceparent": header}))) == "c" * 32


def test_a_long_message_is_cut_between_words_or_marked() -> None:
    assert message_of("page " * 5000).endswith("...")
    assert message_of("a" + " " * 4090 + "secretly" + " " * 4090) == "a"
    assert len(message_of("x" * 10**6)) == 200
