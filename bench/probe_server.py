"""A target for probes that costs next to nothing and keeps its own account of the time.

``python -m bench.probe_server [DELAY_MS]`` prints its port and serves until its input ends. One
loop over the kernel's events, one ready answer, each connection closed after it. A path may ask for
waiting times of its own, ``/check/17?head_ms=12&body_ms=3``; when such a request was accepted, read
and answered is kept under its path, and ``/stamps`` gives all of it as JSON.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import select
import socket
import sys
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

__all__ = ["BODY", "PATTERN", "STAMPS"]

STAMPS = "/stamps"
PATTERN = '"status": ?"UP"'
"""What checks look for in the body, near its end."""
_PARTS = {f"part-{number}": {"status": "UP", "lag_ms": number} for number in range(20)}
BODY = json.dumps({"checks": _PARTS, "version": "1.2.3", "status": "UP"}).encode()
_HEAD_END = b"\r\n\r\n"
_MAX_HEAD = 65_536


def _head(length: int) -> bytes:
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


_READY_HEAD = _head(len(BODY))
_READY = _READY_HEAD + BODY


@dataclass(slots=True)
class _Guest:
    """One connection, and what it waits for."""

    connection: socket.socket
    accepted: float
    received: bytes = b""
    path: str = ""
    read: float = 0.0
    head_sent: float = 0.0
    body_s: float = 0.0


class Server:
    """All connections of one listening socket, in one thread."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._events = select.epoll()
        self._events.register(self._listener.fileno(), select.EPOLLIN)
        self._guests: dict[int, _Guest] = {}
        self._due: list[tuple[float, int, _Guest]] = []
        self._order = itertools.count()
        self._stamps: dict[str, tuple[float, float, float, float]] = {}

    def serve_until_input_ends(self) -> None:
        """Serve; ends when whoever started this is gone."""
        until = sys.stdin.fileno()
        self._events.register(until, select.EPOLLIN)
        while True:
            for number, _ in self._events.poll(self._pause_s()):
                if number == until:
                    return
                if number == self._listener.fileno():
                    self._welcome()
                else:
                    self._hear(self._guests[number])
            while self._due and self._due[0][0] <= time.perf_counter():
                self._go_on(heapq.heappop(self._due)[2])

    def _pause_s(self) -> float | None:
        return max(0.0, self._due[0][0] - time.perf_counter()) if self._due else None

    def _welcome(self) -> None:
        for _ in range(64):
            try:
                connection, _address = self._listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            guest = _Guest(connection, time.perf_counter())
            self._guests[connection.fileno()] = guest
            self._events.register(connection.fileno(), select.EPOLLIN)

    def _hear(self, guest: _Guest) -> None:
        try:
            data = guest.connection.recv(_MAX_HEAD)
        except OSError:
            data = b""
        guest.received += data
        if not data or len(guest.received) > _MAX_HEAD:
            self._close(guest)
        elif _HEAD_END in guest.received:
            guest.read = time.perf_counter()
            self._take(guest, guest.received.split(b" ", 2)[1].decode("latin-1"))

    def _take(self, guest: _Guest, target: str) -> None:
        if target == STAMPS:
            body = json.dumps(self._stamps).encode()
            guest.connection.setblocking(True)
            self._send(guest, _head(len(body)) + body)
            self._close(guest)
        elif "?" in target:
            parts = urlsplit(target)
            wanted = parse_qs(parts.query)
            guest.path, guest.body_s = parts.path, float(wanted["body_ms"][0]) / 1000
            self._wait(guest, guest.read + float(wanted["head_ms"][0]) / 1000)
        elif self._delay_s:
            self._wait(guest, guest.read + self._delay_s)
        else:
            self._go_on(guest)

    def _wait(self, guest: _Guest, until: float) -> None:
        heapq.heappush(self._due, (until, next(self._order), guest))

    def _go_on(self, guest: _Guest) -> None:
        if not guest.path:
            self._send(guest, _READY)
            self._close(guest)
        elif not guest.head_sent:
            guest.head_sent = self._send(guest, _READY_HEAD)
            self._wait(guest, guest.head_sent + guest.body_s)
        else:
            body_sent = self._send(guest, BODY)
            self._stamps[guest.path] = (guest.accepted, guest.read, guest.head_sent, body_sent)
            self._close(guest)

    def _send(self, guest: _Guest, data: bytes) -> float:
        """Send, and return the moment just before: from then on it is on its way."""
        now = time.perf_counter()
        with contextlib.suppress(OSError):
            guest.connection.sendall(data)
        return now

    def _close(self, guest: _Guest) -> None:
        del self._guests[guest.connection.fileno()]
        guest.connection.close()


if __name__ == "__main__":
    server = Server(float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.0)
    print(server.port, flush=True)
    server.serve_until_input_ends()
