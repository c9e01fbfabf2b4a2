"""A TCP proxy on loopback that can go dead."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

__all__ = ["DeadlyProxy"]


class DeadlyProxy:
    """A TCP proxy on loopback that can stop to pass anything on."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._alive = threading.Event()
        self._alive.set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def dead(self) -> Iterator[None]:
        """Pass nothing on within the block; connections stay open and hang."""
        self._alive.clear()
        try:
            yield
        finally:
            self._alive.set()

    def close(self) -> None:
        """Take no more connections."""
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(self._target) as target:
            back = threading.Thread(target=self._pump, args=(target, client), daemon=True)
            back.start()
            self._pump(client, target)
            back.join()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                self._alive.wait()
                sink.sendall(chunk)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
