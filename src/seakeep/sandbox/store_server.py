r"""The store: a small network key-value server, a process of its own.

One command a line, one answer a line, answers in the order of the commands::

    PING              PONG
    SET <key> <json>  OK
    GET <key>         VALUE <json>  or  NONE
    DEL <key>         OK
    anything else     ERR <why>

Keys hold no blank. The values live in memory; the oldest go when there are too many.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections import OrderedDict

from seakeep.sandbox.lifeline import die_with_parent, on_stdin_end

__all__ = ["Store", "main"]

_KEYS_LIMIT = 100_000
_LINE_LIMIT = 64 * 1024


class Store:
    """The keys and values, and what each command does to them."""

    def __init__(self, keys_limit: int = _KEYS_LIMIT) -> None:
        self._values: OrderedDict[str, str] = OrderedDict()
        self._keys_limit = keys_limit

    def answer(self, line: str) -> str:
        """The answer to one command, both without the line's end."""
        match line.split(" ", 2):
            case ["PING"]:
                return "PONG"
            case ["SET", key, value]:
                return self._set(key, value)
            case ["GET", key]:
                value_or_none = self._values.get(key)
                return "NONE" if value_or_none is None else f"VALUE {value_or_none}"
            case ["DEL", key]:
                self._values.pop(key, None)
                return "OK"
        return "ERR wanted PING, SET <key> <json>, GET <key> or DEL <key>"

    def _set(self, key: str, value: str) -> str:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._keys_limit:
            self._values.popitem(last=False)
        return "OK"


class _Connection(asyncio.Protocol):
    def __init__(self, store: Store) -> None:
        self._store = store
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._transport is None:
            return
        if len(self._rest) > _LINE_LIMIT:
            self._transport.abort()
            return
        answers = [self._store.answer(line.decode("utf-8", "replace")) for line in lines]
        if answers:
            self._transport.write(("\n".join(answers) + "\n").encode())


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    on_stdin_end(loop, stopped.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    store = Store()
    server = await loop.create_server(lambda: _Connection(store), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"port {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stderr.write("the store listens, and is empty\n")
    await stopped.wait()
    sys.stderr.write("the store stops\n")
    server.close()


def main() -> None:
    """Run the store until SIGTERM, or until the parent (pid in argument 1) is gone."""
    die_with_parent(int(sys.argv[1]))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())


if __name__ == "__main__":
    main()
