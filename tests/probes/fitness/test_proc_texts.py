"""What the kernel's files say is read as documented; garbage says nothing, and raises nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.probes.fitness.contention import Contention, parse_pressure, parse_stolen
from seakeep.probes.fitness.cpu_wait import parse_waited_s
from seakeep.probes.fitness.memory import parse_available, parse_group
from seakeep.probes.fitness.proc_files import MOST_BYTES, numbers_by_name, read_text
from seakeep.probes.fitness.routing_table import parse_ipv4_routes, parse_ipv6_routes, read_table

PRESSURE = "some avg10=87.25 avg60=1.00 avg300=2.54 total=2189760606\nfull avg10=0.00 total=0\n"
STAT = "cpu  100 0 50 800 10 0 0 40 5 0\ncpu0 1 2 3 4 5 6 7 8 9 0\nintr 1\n"
MEMINFO = "MemTotal:  2048 kB\nMemFree:  1 kB\nMemAvailable:   512 kB\nHugePages_Total:  0\n"
IPV4 = (
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    "eth0\t000300C0\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
)
ZERO = "0" * 32
IPV6 = (
    f"fd{ZERO[2:]} 40 {ZERO} 00 {ZERO} 00000100 00000001 00000000 00000001     eth0\n"
    f"{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 00000001 00000000 00200200       lo\n"
)
PARSERS: tuple[Callable[[str], object], ...] = (
    parse_pressure,
    parse_stolen,
    parse_waited_s,
    parse_available,
    parse_group,
    numbers_by_name,
    lambda text: list(parse_ipv4_routes(text)),
    lambda text: list(parse_ipv6_routes(text)),
    lambda text: read_table(text, text).leads_to("192.0.2.1"),
)


def test_each_file_is_read_as_the_kernel_documents_it() -> None:
    assert parse_pressure(PRESSURE) == pytest.approx(0.8725)
    assert parse_stolen(STAT) == (40, 1000)
    assert parse_waited_s("73313 1500000000 2\n") == pytest.approx(1.5)
    assert parse_available(MEMINFO) == (512 * 1024, 2048 * 1024)
    assert parse_group("4:memory:/a\n0::/b/c\n") == PurePosixPath("/b/c")


def test_routes_that_are_down_or_turn_packets_away_lead_nowhere() -> None:
    little_endian = ipaddress.ip_network("192.0.2.0/24")
    assert set(parse_ipv4_routes(IPV4)) == {ipaddress.ip_network("0.0.0.0/0"), little_endian}
    assert list(parse_ipv6_routes(IPV6)) == [ipaddress.ip_network("fd00::/64")]


Texts = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [*PRESSURE.split(), *STAT.split(), *IPV4.split(), *IPV6.split(), "\n", "²"]
        ),
        max_size=40,
    ).map(" ".join),
    st.builds(
        lambda text, at, junk: text[:at] + junk + text[at + 1 :],
        st.sampled_from([PRESSURE, STAT, MEMINFO, IPV4, IPV6, "0::/a/../b", "1 2 3"]),
        st.integers(0, 300),
        st.text(max_size=3),
    ),
)


@settings(deadline=None, max_examples=150)
@given(Texts)
def test_garbage_in_place_of_any_file_raises_nothing(text: str) -> None:
    for parse in PARSERS:
        parse(text)


def test_a_file_that_is_missing_a_folder_or_endless_is_no_error(tmp_path: Path) -> None:
    assert read_text(tmp_path / "none") == ""
    assert read_text(tmp_path) == ""
    assert len(read_text("/dev/zero")) == MOST_BYTES


def test_pressure_and_steal_are_told_once_they_are_there(tmp_path: Path) -> None:
    (tmp_path / "proc/pressure").mkdir(parents=True)
    (tmp_path / "proc/stat").write_text(STAT)
    contention = Contention(tmp_path)
    assert contention.told(0.0) == ""
    (tmp_path / "proc/pressure/cpu").write_text(PRESSURE)
    (tmp_path / "proc/stat").write_text("cpu  150 0 50 800 10 0 0 90 5 0\n")
    assert contention.told(0.5) == ""  # not read again so soon
    assert contention.told(2.0) == (
        "; tasks of this machine waited for a processor 87% of 10s, "
        "and its host took 50% of its processors since the start"
    )
