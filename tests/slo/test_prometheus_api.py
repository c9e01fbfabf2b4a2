"""Servers that refuse, lie, drip, burst and hang: told for what they are, in time."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.errors import SourceError
from seakeep.slo import prometheus_exchange
from seakeep.slo.prometheus_api import Point, Prometheus, Series, _series

Handler = Callable[[socket.socket, bytes], None]


@contextmanager
def listening(handler: Handler) -> Iterator[str]:
    """Answer every connection so, in a thread of its own; yields the address."""
    over = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                handler(connection, _request(connection))
            except OSError:
                return

    def accept() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()


def _request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(body: object, status: int = 200) -> Handler:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(connection: socket.socket, _: bytes) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(head.encode() + content)

    return answer


def vector(*values: object, **more: object) -> dict[str, object]:
    result = [{"metric": {}, "value": value} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}, **more}


def deep() -> bytes:
    return b"[" * 200_000


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (answering(b"<html>Welcome to the proxy\x1b[31m</html>"), "found '<html>Welcome"),
        (answering(b""), "found ''"),
        (answering(deep()), r"found '\[\["),
        (answering(b'{"status": "success"}'), "found no result"),
        (answering([]), r"found '\[\]'"),
        (answering({"status": "success", "data": None}), "no result"),
        (answering(vector([1])), "no result"),
        (answering(vector([1, 2])), "the value 2"),
        (answering(vector([None, "2"])), "the time None"),
        (answering(b'{"status":"success","data":' + b"9" * 5000), "found '"),
        (answering(vector([1, "one"])), "no result"),
        (
            answering({"status": "success", "data": {"resultType": "string", "result": [1, "x"]}}),
            "found a string .* wanted a scalar or vector of numbers",
        ),
        (
            answering(
                {
                    "status": "success",
                    "data": {
                        "resultType": "vector",
                        "result": [{"metric": {}, "histogram": [1, {}]}],
                    },
                }
            ),
            "a native histogram",
        ),
        (answering(vector([1, "1"], warnings=["store-7 is away"])), "partial .*store-7 is away"),
        (
            answering({"status": "error", "errorType": "bad_data", "error": "oh\x1b no"}, 400),
            r"the error bad_data \(oh\? no\), status 400",
        ),
        (answering({"status": "error", "errorType": "timeout", "error": "slow"}, 503), "slow"),
        (answering(b"Unauthorized", 401), "found status 401"),
        (answering(b"oops", 502), "found status 502"),
        (answering(vector([1, "1"]), 302), "found status 302"),
        (
            lambda connection, _: connection.sendall(b"\x00\x01 no HTTP\r\n\r\n"),
            "wanted the answer",
        ),
        (lambda connection, _: connection.sendall(b"HTTP/1.1 200 OK\r\n"), "wanted the answer"),
        (lambda *_: None, "wanted the answer"),
    ],
)
def test_what_is_no_answer_is_told_with_where_and_what_was_wanted(
    handler: Handler, said: str
) -> None:
    with listening(handler) as url, pytest.raises(SourceError, match=said) as caught:
        Prometheus(url, deadline_s=5.0).instant("up", 0.0)
    assert str(caught.value).startswith(f"{url}: ")
    assert "wanted" in str(caught.value)
    assert str(caught.value).isprintable()


def dripping(connection: socket.socket, _: bytes) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def trickling(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(500):
        connection.sendall(b" ")
        time.sleep(0.02)


def silent(connection: socket.socket, _: bytes) -> None:
    connection.recv(1)


@pytest.mark.parametrize("handler", [dripping, trickling, silent])
def test_one_deadline_holds_for_all_of_an_exchange(handler: Handler) -> None:
    began = time.monotonic()
    with listening(handler) as url, pytest.raises(SourceError, match=r"within 0\.3 s"):
        Prometheus(url, deadline_s=0.3).instant("up", 0.0)
    assert time.monotonic() - began < 1.0


def test_an_answer_without_end_is_left_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_exchange, "MAX_BYTES", 1 << 20)

    def endless(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b"1" * 65536 + b"\r\n")

    with listening(endless) as url, pytest.raises(SourceError, match="over 1 MiB"):
        Prometheus(url).instant("up", 0.0)


def test_packed_bytes_are_not_unpacked() -> None:
    def packed(connection: socket.socket, _: bytes) -> None:
        body = b"\x1f\x8b\x08" + b"\x00" * 50
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    with listening(packed) as url, pytest.raises(SourceError, match="JSON"):
        Prometheus(url).instant("up", 0.0)


def test_nobody_there_and_no_such_name_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for host in (f"127.0.0.1:{port}", "no-such-host.invalid"):
        with pytest.raises(SourceError, match=f"http://{host}: "):
            Prometheus(f"http://{host}", deadline_s=5.0).instant("up", 0.0)


@pytest.mark.parametrize(
    "address",
    ["", "prometheus:9090", "ftp://a", "http://", "http://a:b", "http://a:0", "http://a b", "//x"],
)
def test_an_address_that_is_none_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEAKEEP_PROMETHEUS", raising=False)
    with pytest.raises(SourceError, match=r"found .* wanted"):
        Prometheus(address)


def seen_by(url_of: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, default: bool) -> bytes:
    """What a server gets when it is asked by an address, or by default."""
    requests: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        requests.append(request)
        answering(vector([1, "1"]))(connection, request)

    with listening(answer) as url:
        monkeypatch.setenv("SEAKEEP_PROMETHEUS", url_of(url) if default else "http://other:1")
        Prometheus(None if default else url_of(url)).instant('up{a="&=+ä"}', 12.5)
    return requests[0]


def test_the_query_goes_out_as_a_form_below_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    request = seen_by(lambda url: f"{url}/prefix/", monkeypatch, default=True)
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /prefix/api/v1/query HTTP/1.1")
    form = parse_qs(body.decode())
    assert form["query"] == ['up{a="&=+ä"}']
    assert form["time"] == ["12.500"]


def test_the_token_goes_to_its_own_server_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAKEEP_PROMETHEUS_TOKEN", "s3cret-token")
    assert b"Bearer s3cret-token" in seen_by(lambda url: url, monkeypatch, default=True)
    assert b"s3cret-token" not in seen_by(lambda url: url, monkeypatch, default=False)


def test_user_information_is_basic_authentication(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_user(url: str) -> str:
        return url.replace("://", "://me:p%40ss@")

    assert b"Basic bWU6cEBzcw==" in seen_by(with_user, monkeypatch, default=False)


def test_secrets_are_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAKEEP_PROMETHEUS_TOKEN", "s3cret-token")
    refusal = {"status": "error", "errorType": "no", "error": "bad token s3cret-token"}
    with listening(answering(refusal, 403)) as url:
        server = Prometheus(url.replace("://", "://me:hunter22@"))
        with pytest.raises(SourceError) as caught:
            server.instant("up", 0.0)
    assert "s3cret" not in str(caught.value)
    assert "hunter22" not in str(caught.value)
    with pytest.raises(SourceError) as caught:
        Prometheus("ftp://me:hunter22@host")
    assert "hunter22" not in str(caught.value)


def test_infos_do_not_spoil_an_answer() -> None:
    body = vector([1.5, "NaN"], [2, "+Inf"], infos=["might not be a counter"])
    with listening(answering(body)) as url:
        first, second = Prometheus(url).instant("up", 0.0)
    assert first.points[0].value != first.points[0].value
    assert second == Series({}, (Point(2.0, float("inf")),))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["resultType", "result", "metric", "value", "values", "histogram"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(values, st.sampled_from(["vector", "matrix", "scalar", "string"]))
def test_no_shape_of_an_answer_gets_past_the_reader(value: object, kind: str) -> None:
    try:
        found = tuple(
            _series({"resultType": kind, "result": value}, {"vector", "scalar", "matrix"})
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return
    for series in found:
        for at_s, number in series.points:
            assert isinstance(at_s, float)
            assert isinstance(number, float)


def test_checking_own_observations_does_not_import_httpx() -> None:
    code = "import sys, seakeep.slo.evaluate, seakeep.slo.source_prometheus; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert "httpx" not in ended.stdout.split()
