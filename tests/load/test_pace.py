"""The arithmetic of pacing and the names of failures, without Locust."""

from __future__ import annotations

import itertools
import socket
import ssl

import pytest

from seakeep.load import pace as pace_module
from seakeep.load.causes import ForeignHostError, cause_of, message_of
from seakeep.load.pace import Pace


class _User:
    pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(pace_module, "perf_counter", lambda: now[0])
    return now


def test_a_users_starts_are_one_period_apart_however_long_requests_take(clock: list[float]) -> None:
    pace, user = Pace(), _User()
    pace.set(rate_per_s=10.0, users=5)
    clock[0] += pace.wait_s(user)
    first = clock[0]
    clock[0] += 0.3  # a request
    clock[0] += pace.wait_s(user)
    clock[0] += 0.1
    clock[0] += pace.wait_s(user)
    assert clock[0] == pytest.approx(first + 2 * 0.5)


def test_a_late_user_starts_at_once_and_makes_up_for_nothing(clock: list[float]) -> None:
    pace, user = Pace(), _User()
    pace.set(rate_per_s=1.0, users=1)
    clock[0] += pace.wait_s(user)
    clock[0] += 5.5
    assert pace.wait_s(user) == 0.0
    assert pace.wait_s(user) == pytest.approx(1.0)


def test_users_spawned_together_are_spread_over_one_period(clock: list[float]) -> None:
    pace = Pace()
    users = [_User() for _ in range(20)]
    pace.set(rate_per_s=20.0, users=20)
    waits = sorted(pace.wait_s(user) for user in users)
    gaps = [later - earlier for earlier, later in itertools.pairwise(waits)]
    assert waits[0] >= 0.0
    assert waits[-1] < 1.0
    assert max(gaps) < 0.15


def _wrapped(inner: BaseException) -> BaseException:
    outer = RuntimeError("retries exceeded")
    outer.original = inner  # type: ignore[attr-defined]
    return outer


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (socket.gaierror(-2, "Name or service not known"), "dns"),
        (ConnectionRefusedError(111, "Connection refused"), "refused"),
        (ConnectionResetError(104, "Connection reset by peer"), "reset"),
        (BrokenPipeError(32, "Broken pipe"), "reset"),
        (_wrapped(TimeoutError("timed out")), "timeout-read"),
        (ssl.SSLError("certificate verify failed"), "tls"),
        (ForeignHostError("elsewhere"), "foreign-host"),
        (ValueError("what"), "protocol"),
    ],
)
def test_a_failure_has_one_cause(error: BaseException, cause: str) -> None:
    assert cause_of(error) == cause


def test_a_timeout_while_connecting_is_told_from_one_while_reading() -> None:
    def _connect_socket() -> None:
        raise TimeoutError("timed out")

    with pytest.raises(TimeoutError) as caught:
        _connect_socket()
    assert cause_of(_wrapped(caught.value)) == "timeout-connect"


def test_a_message_holds_no_secrets_and_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_TOKEN", "very-secret-indeed")
    message = message_of("got\n very-secret-indeed " + "x" * 500)
    assert message.startswith("got *** x")
    assert len(message) == 200
