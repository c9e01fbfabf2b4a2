"""Gateways that misbehave, each as a raw socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[socket.socket], None]


def silent(connection: socket.socket) -> None:
    time.sleep(8)


def dripping(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100:
        connection.sendall(bytes([byte]))
        time.sleep(1)


def broken(connection: socket.socket) -> None:
    _read(connection)
    connection.sendall(b"HTTP/1.1 500 Oh\r\nContent-Length: 13\r\n\r\ndisk is full\n")


def moved(connection: socket.socket) -> None:
    _read(connection)
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")


def garbled(connection: socket.socket) -> None:
    _read(connection)
    connection.sendall(b"\x00\x01 no HTTP at all\r\n\r\n")


def endless(connection: socket.socket) -> None:
    _read(connection)
    connection.sendall(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


@contextmanager
def gateway(answer: Answer, seen: list[bytes] | None = None) -> Iterator[str]:
    """Yield the address of a gateway that answers every connection so."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    if seen is not None:
                        seen.append(connection.recv(4096, socket.MSG_PEEK))
                    answer(connection)
                except OSError:
                    return

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _read(connection: socket.socket) -> None:
    """Read the whole request: what is left unread would become a reset when we close."""
    with connection.makefile("rb") as request:
        length = 0
        while (line := request.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        request.read(length)
