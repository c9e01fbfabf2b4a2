"""The push against a real Pushgateway, and against everything that only looks like one."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from seakeep.errors import UsageError
from seakeep.reports.metrics import metric_groups
from seakeep.reports.pushgateway import group_path, push

from . import gateways
from .prometheus_tools import complaints
from .run_builder import run_report


def groups_of(url: str) -> dict[str, set[str]]:
    """Return the gateway's groups as suite to metric names."""
    data = httpx.get(f"{url}/api/v1/metrics").json()["data"]
    return {group["labels"]["suite"]: set(group) - {"labels"} for group in data}


def test_a_run_arrives_in_one_group_per_suite(pushgateway: str) -> None:
    outcome = push(run_report(), pushgateway)

    assert (outcome.ok, outcome.groups, outcome.error) == (True, 7, "")
    assert outcome.duration_s < 2
    groups = groups_of(pushgateway)
    assert set(groups) == {"health", "lti", "home", "journey", "load", "chaos", "objectives"}
    assert all("seakeep_last_run_timestamp_seconds" in names for names in groups.values())
    text = httpx.get(f"{pushgateway}/metrics").text
    key = 'instance="",job="seakeep",location="eu-west"'
    assert f'probe_success{{check="health",{key},platform="harbour",suite="health"}} 1' in text
    assert f'seakeep_verdict{{{key},objective="launch",platform="harbour",state="inconclu' in text


def test_a_check_that_was_removed_disappears(pushgateway: str) -> None:
    report = replace(run_report(), platform_name="removal")
    push(report, pushgateway)
    without = [o for o in report.observations if o.name != "home"]
    home = [o for o in report.observations if o.name == "home"]
    renamed = [replace(o, name="front") for o in home]
    push(replace(report, observations=(*without, *renamed)), pushgateway)

    text = httpx.get(f"{pushgateway}/metrics").text
    mine = [line for line in text.splitlines() if 'platform="removal"' in line]
    assert any('check="front"' in line for line in mine)
    assert not any('check="home"' in line for line in mine)


def test_names_of_any_kind_survive_the_grouping_key(pushgateway: str) -> None:
    name = 'eü/west 1 "x"'
    assert push(replace(run_report(50), location=name, platform_name=""), pushgateway).ok
    assert push(replace(run_report(50), location=".."), pushgateway).ok
    data = httpx.get(f"{pushgateway}/api/v1/metrics").json()["data"]
    assert {name, ".."} <= {group["labels"].get("location", "") for group in data}


def test_group_paths_follow_the_documented_encoding() -> None:
    assert group_path({"job": "seakeep", "suite": "lti"}) == "/metrics/job/seakeep/suite/lti"
    assert group_path({"job": "a/b"}) == "/metrics/job@base64/YS9i"
    assert group_path({"job": "x", "suite": ""}) == "/metrics/job/x/suite@base64/="


def test_promtool_finds_nothing_to_say(pushgateway: str) -> None:
    push(run_report(), pushgateway)
    lines = httpx.get(f"{pushgateway}/metrics").text.splitlines(keepends=True)
    ours = "".join(line for line in lines if "probe_" in line or "seakeep_" in line)
    assert complaints(ours) == ""


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (gateways.broken, "500 Oh: disk is full"),
        (gateways.moved, "302"),
        (gateways.garbled, ""),
        (gateways.endless, "500 No: xxxx"),
    ],
)
def test_a_bad_answer_is_told_once(answer: gateways.Answer, told: str) -> None:
    with gateways.gateway(answer) as address:
        outcome = push(run_report(), f"http://{address}")

    assert not outcome.ok
    assert outcome.groups == 0
    assert outcome.duration_s < 2
    assert outcome.error.startswith(f"the Pushgateway http://{address} took 0 of 7 groups: ")
    assert told in outcome.error
    assert "\n" not in outcome.error


def test_a_gateway_that_hangs_or_drips_costs_five_seconds_at_most() -> None:
    with (
        gateways.gateway(gateways.silent) as silent,
        gateways.gateway(gateways.dripping) as dripping,
        ThreadPoolExecutor() as threads,
    ):
        began = time.monotonic()
        urls = [f"http://{address}" for address in (silent, dripping)]
        outcomes = list(threads.map(push, [run_report()] * 2, urls))
        took = time.monotonic() - began

    assert took <= 5.5
    for url, outcome in zip(urls, outcomes, strict=True):
        told = f"the Pushgateway {url} took 0 of 7 groups: no answer within 5 s"
        assert outcome.error == told


def test_a_gateway_that_is_not_there_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    outcome = push(run_report(), url)
    assert not outcome.ok
    assert outcome.duration_s < 1


def test_a_dead_resolver_costs_five_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object) -> list[object]:
        time.sleep(7)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    began = time.monotonic()
    outcome = push(run_report(50), "http://gateway.invalid:9091")
    assert time.monotonic() - began <= 5.5
    assert "no answer within 5 s" in outcome.error


def test_user_information_authenticates_and_is_never_shown() -> None:
    seen: list[bytes] = []
    with gateways.gateway(gateways.broken, seen) as address:
        outcome = push(run_report(50), f"http://bob:s%40cret@{address}/prefix/")
    assert "cret" not in outcome.error
    assert "bob" not in outcome.error
    assert b"PUT /prefix/metrics/job/seakeep/" in seen[0]
    assert b"Authorization: Basic Ym9iOnNAY3JldA==" in seen[0]


@pytest.mark.parametrize(
    "url", ["", "gateway:9091", "ftp://bob:secret@host", "http://", "http://bob:secret@h:x1", "a b"]
)
def test_a_bad_url_is_a_usage_error_without_secrets(url: str) -> None:
    with pytest.raises(UsageError, match="wanted an http:// or https:// URL") as caught:
        push(run_report(50), url)
    assert "secret" not in str(caught.value)


def test_push_works_where_a_loop_runs_already(pushgateway: str) -> None:
    async def inside() -> bool:
        return push(metric_groups(run_report(50)), pushgateway).ok

    assert asyncio.run(inside())
