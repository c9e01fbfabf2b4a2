"""A target for load that notes when it read each request and answered it, and can freeze.

``python -m bench.load_server [AFTER_S FOR_S]`` prints its port and serves until its input ends;
then it prints its log as JSON. So many seconds after its first request it sleeps: nothing is
accepted, read or answered until it wakes. All times are Unix time, which the generator's are, too.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time

__all__ = ["Server"]

_HEAD_END = b"\r\n\r\n"
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
    b"Connection: keep-alive\r\n\r\nok\n"
)
_MAX_HEAD = 65_536


class Server:
    """All connections of one listening socket, in one thread."""

    def __init__(self, freeze_after_s: float = 0.0, freeze_s: float = 0.0) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._events = select.epoll()
        self._events.register(self._listener.fileno(), select.EPOLLIN)
        self._guests: dict[int, socket.socket] = {}
        self._parts: dict[int, bytes] = {}
        self._read_at: list[float] = []
        self._answered_at: list[float] = []
        self._freeze_after_s, self._freeze_s = freeze_after_s, freeze_s
        self._frozen: tuple[float, float] | None = None

    def serve_until_input_ends(self) -> dict[str, object]:
        """Serve, and return the log; ends when whoever started this is gone."""
        until = sys.stdin.fileno()
        self._events.register(until, select.EPOLLIN)
        while True:
            for number, _ in self._events.poll(self._pause_s()):
                if number == until:
                    return {
                        "read": self._read_at,
                        "answered": self._answered_at,
                        "frozen": self._frozen,
                    }
                if number == self._listener.fileno():
                    self._welcome()
                else:
                    self._hear(number)
            if self._pause_s() == 0.0:
                self._freeze()

    def _pause_s(self) -> float | None:
        """Return the time until it freezes, or ``None`` when it does not, or not again."""
        if not self._freeze_s or self._frozen or not self._read_at:
            return None
        return max(0.0, self._read_at[0] + self._freeze_after_s - time.time())

    def _freeze(self) -> None:
        begun = time.time()
        time.sleep(self._freeze_s)
        self._frozen = (begun, time.time())

    def _welcome(self) -> None:
        for _ in range(64):
            try:
                guest, _address = self._listener.accept()
            except BlockingIOError:
                return
            guest.setblocking(False)
            guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._guests[guest.fileno()] = guest
            self._events.register(guest.fileno(), select.EPOLLIN)

    def _hear(self, number: int) -> None:
        guest = self._guests[number]
        try:
            data = self._parts.pop(number, b"") + guest.recv(_MAX_HEAD)
        except OSError:
            data = b""
        if data.endswith(_HEAD_END):
            self._read_at.append(time.time())
            try:
                guest.sendall(_ANSWER)
            except OSError:
                self._close(number)
            else:
                self._answered_at.append(time.time())
        elif not data or len(data) > _MAX_HEAD:
            self._close(number)
        else:
            self._parts[number] = data

    def _close(self, number: int) -> None:
        self._guests.pop(number).close()


if __name__ == "__main__":
    server = Server(*(float(text) for text in sys.argv[1:3]))
    print(server.port, flush=True)
    print(json.dumps(server.serve_until_input_ends()))
