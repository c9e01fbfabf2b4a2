from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import Awaitable, Callable

import pytest

from seakeep.sandbox.fault_proxy import FaultProxy
from seakeep.sandbox.faults import Delay, Loss, Partition
from seakeep.sandbox.link import Direction, Link

Body = Callable[[Link, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def with_echo(body: Body) -> None:
    """Run `body` with a connection, through a proxied link, to a server that echoes."""

    served: list[asyncio.Task[None] | None] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def run() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        link = Link("here", "there")
        link.address = server.sockets[0].getsockname()
        proxy = FaultProxy(link)
        await proxy.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        try:
            async with asyncio.timeout(10):
                await body(link, reader, writer)
        finally:
            writer.close()
            await proxy.close()
            server.close()
            await asyncio.gather(*filter(None, served))

    asyncio.run(run())


def test_bytes_pass_in_order_and_in_full() -> None:
    sent = bytes(range(256)) * 8192  # 2 MiB

    async def body(_: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        assert await reader.readexactly(len(sent)) == sent

    with_echo(body)


def test_a_delay_holds_one_direction_and_is_accurate() -> None:
    async def body(link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        writer.write(b"hello")
        await reader.readexactly(5)
        link.lay("slow", Direction.FORWARD, Delay(0.05))
        took_s = []
        for _ in range(11):
            started = loop.time()
            writer.write(b"x")
            await reader.readexactly(1)
            took_s.append(loop.time() - started)
        assert statistics.median(took_s) == pytest.approx(0.05, abs=0.005)
        assert min(took_s) > 0.049

    with_echo(body)


def test_a_delay_is_a_pipeline_and_not_a_throttle() -> None:
    sent = b"y" * (4 * 1024 * 1024)

    async def body(link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        await reader.readexactly(1)
        link.lay("slow", Direction.FORWARD, Delay(0.2))
        started = asyncio.get_running_loop().time()
        writer.write(sent)
        assert await reader.readexactly(len(sent)) == sent
        # Held chunk after chunk, these 64 chunks and more would take 12 seconds.
        assert asyncio.get_running_loop().time() - started < 1.5

    with_echo(body)


def test_a_partition_refuses_nothing_and_loses_nothing() -> None:
    async def body(link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        await reader.readexactly(1)
        link.lay("cut", Direction.BACKWARD, Partition())
        writer.write(b"late")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(4), 0.2)
        assert not reader.at_eof()
        link.lift("cut")
        assert await asyncio.wait_for(reader.readexactly(4), 1) == b"late"

    with_echo(body)


def test_a_connection_opened_in_a_partition_hangs_until_it_is_lifted() -> None:
    async def body(link: Link, _: asyncio.StreamReader, other: asyncio.StreamWriter) -> None:
        link.lay("cut", Direction.FORWARD, Partition())
        port = other.get_extra_info("peername")[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(5), 0.2)
        link.lift("cut")
        assert await asyncio.wait_for(reader.readexactly(5), 1) == b"hello"
        writer.close()

    with_echo(body)


def test_a_target_that_is_down_closes_the_connection_at_once() -> None:
    async def body(link: Link, _: asyncio.StreamReader, other: asyncio.StreamWriter) -> None:
        link.address = None
        port = other.get_extra_info("peername")[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(5), 1) == b""
        writer.close()

    with_echo(body)


def test_faults_of_several_names_add_up_and_are_lifted_one_by_one() -> None:
    link = Link("here", "there")
    link.lay("a", Direction.FORWARD, Delay(0.1))
    link.lay("b", Direction.FORWARD, Delay(0.2))
    assert link.hold_s(Direction.FORWARD) == pytest.approx(0.3)
    assert link.hold_s(Direction.BACKWARD) == 0
    link.lift("a")
    assert link.hold_s(Direction.FORWARD) == pytest.approx(0.2)


def test_jitter_stays_within_its_bounds_and_loss_follows_the_retransmission_timer() -> None:
    drawn = [Delay(0.1, 0.02).hold_s() for _ in range(200)]
    assert all(0.08 <= held_s <= 0.12 for held_s in drawn)
    assert len(set(drawn)) > 1
    lost = {round(Loss(0.5).hold_s(), 3) for _ in range(200)}
    assert lost >= {0.0, 0.2, 0.6}
    assert Loss(1.0).hold_s() == float("inf")
