from __future__ import annotations

import asyncio
import contextlib
import math
import random
import statistics
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.sandbox.fault_proxy import FaultProxy
from seakeep.sandbox.faults import Bandwidth, Combined, Delay, Loss, Partition
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


def test_a_partition_holds_also_what_is_on_its_way() -> None:
    async def body(link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        await reader.readexactly(1)
        link.lay("slow", Direction.BACKWARD, Delay(0.1))
        writer.write(b"late")
        await asyncio.sleep(0.03)  # the echo has entered the delay line by now
        link.lay("cut", Direction.BACKWARD, Partition())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(4), 0.2)
        link.lift("cut")
        assert await asyncio.wait_for(reader.readexactly(4), 1) == b"late"

    with_echo(body)


def test_a_partition_in_one_direction_lets_the_other_pass() -> None:
    async def body(link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link.lay("cut", Direction.FORWARD, Partition())
        assert not link.faulty(Direction.BACKWARD)
        link.lift("cut")
        writer.write(b"x")
        assert await asyncio.wait_for(reader.readexactly(1), 1) == b"x"

    with_echo(body)


@pytest.mark.parametrize("burst_bytes", [1_000, 50_000])
def test_a_bandwidth_passes_a_body_at_its_rate_after_the_burst(burst_bytes: int) -> None:
    rate_per_s, size = 500_000, 200_000

    async def body(link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        writer.write(b"x")
        await reader.readexactly(1)
        expected_s = (size - burst_bytes) / rate_per_s
        found_s = []
        for _ in range(3):  # a busy machine is late at times, and never early
            link.lay("thin", Direction.FORWARD, Bandwidth(rate_per_s, burst_bytes))
            started = loop.time()
            writer.write(b"z" * size)
            await reader.readexactly(size)
            found_s.append(loop.time() - started)
            if found_s[-1] == pytest.approx(expected_s, rel=0.1):
                return
        raise AssertionError(f"{found_s}; wanted {expected_s}")

    with_echo(body)


def test_several_connections_share_a_bandwidth() -> None:
    fault = Bandwidth(1000, 100)
    assert fault.hold_s(100, now_s=5.0) == 0
    assert fault.hold_s(500, now_s=5.0) == pytest.approx(0.5)
    assert fault.hold_s(500, now_s=5.0) == pytest.approx(1.0)
    assert fault.hold_s(0, now_s=5.5) == pytest.approx(0.5)
    assert fault.hold_s(100, now_s=60.0) == 0  # a pause fills the bucket, and no more than that
    assert fault.hold_s(100, now_s=60.0) == pytest.approx(0.1)


@given(
    sizes=st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 2)), min_size=1, max_size=30),
    rate=st.floats(100, 1e6),
    burst=st.floats(1, 20_000),
)
def test_no_more_than_burst_and_rate_ever_pass(
    sizes: list[tuple[int, float]], rate: float, burst: float
) -> None:
    fault, now_s, passed = Bandwidth(rate, burst), 0.0, 0
    for size, pause_s in sizes:
        now_s += pause_s
        done_s = now_s + fault.hold_s(size, now_s)
        passed += size
        assert passed <= burst + rate * done_s + 1e-3


def held_s(link: Link, direction: Direction) -> float:
    async def ask() -> float:
        return sum(link.holds_s(direction, 1).values())

    return asyncio.run(ask())


def test_faults_of_several_names_add_up_and_are_lifted_one_by_one() -> None:
    link = Link("here", "there")
    link.lay("a", Direction.FORWARD, Delay(0.1))
    link.lay("b", Direction.FORWARD, Combined((Delay(0.2), Delay(0.3))))
    assert held_s(link, Direction.FORWARD) == pytest.approx(0.6)
    assert held_s(link, Direction.BACKWARD) == 0
    link.lift("a")
    assert held_s(link, Direction.FORWARD) == pytest.approx(0.5)


@pytest.mark.parametrize("correlation", [0.0, 0.25, 0.9])
def test_jitter_stays_within_its_bounds_and_takes_after_the_last(correlation: float) -> None:
    random.seed(7)
    fault = Delay(0.1, 0.02, correlation)
    drawn = [fault.hold_s(1, 0) for _ in range(4000)]
    assert all(0.08 <= held <= 0.12 for held in drawn)
    assert statistics.mean(drawn) == pytest.approx(0.1, abs=0.002)
    assert statistics.correlation(drawn[1:], drawn[:-1]) == pytest.approx(correlation, abs=0.06)


def test_a_delay_is_never_negative() -> None:
    fault = Delay(0.01, 0.05)
    assert min(fault.hold_s(1, 0) for _ in range(200)) == 0


@pytest.mark.parametrize("percent", [5, 30, 60])
def test_a_loss_hits_as_many_segments_as_it_says(percent: int) -> None:
    random.seed(7)
    fault, count, share = Loss(percent / 100), 4000, percent / 100
    lost = sum(fault.hold_s(1, 0) > 0 for _ in range(count))
    deviation = math.sqrt(count * share * (1 - share))
    assert abs(lost - count * share) < 4 * deviation


def test_losses_that_are_correlated_come_together() -> None:
    def shares(fault: Loss) -> tuple[float, float]:
        """How many are lost, and how many of those are lost again at once."""
        held = [fault.hold_s(1, 0) for _ in range(6000)]
        lost = sum(found > 0 for found in held)
        return lost / len(held), sum(found > 0.3 for found in held) / lost

    random.seed(7)
    assert shares(Loss(0.4)) == pytest.approx((0.4, 0.4), abs=0.04)
    first, again = shares(Loss(0.4, 0.8))
    assert again > 2 * first


def test_a_loss_follows_the_retransmission_timer_until_tcp_gives_up() -> None:
    fault = Loss(0.5)
    assert {round(fault.hold_s(1, 0), 3) for _ in range(300)} >= {0.0, 0.2, 0.6}
    assert Loss(1.0).hold_s(1, 0) == math.inf
    # The same draw for ever, and one that is lost: there is an end to that, too.
    assert {Loss(0.9999, 1.0).hold_s(1, 0) for _ in range(20)} <= {0.0, math.inf}
