from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.chaos import actions
from seakeep.chaos.faults import toxic
from seakeep.chaos.faults.fault import Injection, Origin
from seakeep.chaos.faults.toxic import Scope, ToxicFault
from seakeep.chaos.toxiproxy import exchange
from seakeep.chaos.toxiproxy.exchange import Reply
from seakeep.chaos.toxiproxy.server import Toxic, Toxiproxy
from seakeep.chaos.toxiproxy.sweep import sweep
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undo import RemoveToxic, undo_from_json
from seakeep.errors import FaultError, RefusedError, RollbackError, SeakeepError, UsageError
from seakeep.sandbox.environment import SandboxEnvironment

from .toxiproxies import answering

ORIGIN = Origin("edge-latency", "run/1")
EDGE = Scope("edge", 5)


@pytest.fixture
def server(sandbox: SandboxEnvironment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toxiproxy]:
    """The sandbox's Toxiproxy, and no cluster: none may be needed."""
    monkeypatch.setenv("SEAKEEP_TOXIPROXY_URL", sandbox.toxiproxy_url)
    for name in ("KUBECONFIG", "SEAKEEP_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HOME", "/nonexistent")
    yield Toxiproxy()
    httpx.post(f"{sandbox.toxiproxy_url}/reset", trust_env=False)


def never() -> bool:
    return False


def toxics(server: Toxiproxy) -> list[str]:
    return [toxic for _, toxic in server.ours()]


def injected(fault: ToxicFault) -> Injection:
    injection: Injection = fault.prepare(Reach(), ORIGIN)
    injection.apply(Reach())
    injection.confirm(Reach(), never)
    return injection


def least_s(client: httpx.Client) -> float:
    """Return the quickest of some requests: other work on the machine makes the rest late."""

    def once() -> float:
        started = time.perf_counter()
        assert client.get("/live").status_code == 200
        return time.perf_counter() - started

    return min(once() for _ in range(9))


def test_latency_is_injected_confirmed_and_undone_without_a_cluster(
    server: Toxiproxy, sandbox: SandboxEnvironment
) -> None:
    with httpx.Client(base_url=sandbox.base_url, trust_env=False) as client:

        def error_s() -> float:
            before = least_s(client)
            injection = injected(toxic.latency(EDGE, 80))
            added = least_s(client) - before
            injection.undo.carry_out(Reach(), 5)
            assert injection.undo.is_done(Reach())
            return abs(added - 0.08)

        assert any(error_s() < 0.005 for _ in range(5))
        assert least_s(client) < 0.06


def test_an_injection_says_what_it_is_and_belongs_to_its_run(server: Toxiproxy) -> None:
    fault = toxic.latency(Scope("edge", 5, "upstream", 25), 100, 10)
    injection = injected(fault)
    assert injection.text == (
        "100 ms ± 10 ms latency upstream on proxy edge, 25% of the connections, for 5 s"
    )
    assert (injection.least_rise_s, injection.share) == (0.05, 0.25)
    assert (injection.undo.namespace, injection.undo.ends_by_itself) == ("", False)
    ((proxy, name),) = server.ours()
    found = server.toxic(proxy, name)
    assert name.startswith("seakeep-edge-latency-")
    assert name.endswith(".run-1")
    assert found == Toxic(name, "latency", "upstream", 0.25, {"latency": 100, "jitter": 10})


@pytest.mark.parametrize(
    "fault",
    [
        toxic.bandwidth(EDGE, 100),
        toxic.slow_close(EDGE, 100),
        toxic.timeout(EDGE),
        toxic.reset_peer(EDGE, 5),
        toxic.limit_data(EDGE, 0),
    ],
    ids=lambda fault: fault.type,
)
def test_every_toxic_is_taken_listed_and_removed(server: Toxiproxy, fault: ToxicFault) -> None:
    injection = injected(fault)
    assert len(toxics(server)) == 1
    undo = undo_from_json(json.loads(json.dumps(injection.undo.to_json())))
    assert undo == injection.undo
    undo.carry_out(Reach(), 5)
    assert toxics(server) == []


def test_a_toxic_of_another_run_has_to_go_first_and_one_of_this_run_need_not(
    server: Toxiproxy,
) -> None:
    injected(toxic.latency(EDGE, 1))
    injected(toxic.bandwidth(EDGE, 1000))
    with pytest.raises(RefusedError, match="recover"):
        toxic.latency(EDGE, 1).prepare(Reach(), Origin("edge-latency", "run2"))


def test_a_proxy_that_is_not_there_or_disabled_is_nothing_to_break(server: Toxiproxy) -> None:
    with pytest.raises(RefusedError, match=r"no proxy back at .* \(it has edge\)"):
        toxic.latency(Scope("back", 5), 1).prepare(Reach(), ORIGIN)
    httpx.post(f"{server.url}/proxies/edge", json={"enabled": False}, trust_env=False)
    with pytest.raises(RefusedError, match="disabled"):
        toxic.latency(EDGE, 1).prepare(Reach(), ORIGIN)


def test_a_fault_that_vanished_was_disabled_or_changed_is_not_confirmed(
    server: Toxiproxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toxic, "_CONFIRM_DEADLINE_S", 0.0)
    injection = injected(toxic.latency(EDGE, 50))
    ((_, name),) = server.ours()
    url = f"{server.url}/proxies/edge"
    httpx.post(f"{url}/toxics/{name}", json={"attributes": {"latency": 5}}, trust_env=False)
    with pytest.raises(FaultError, match="'latency': 5"):
        injection.confirm(Reach(), never)
    httpx.post(url, json={"enabled": False}, trust_env=False)
    with pytest.raises(FaultError, match="edge disabled"):
        injection.confirm(Reach(), never)
    httpx.post(f"{server.url}/reset", trust_env=False)
    with pytest.raises(FaultError, match="no toxic"):
        injection.confirm(Reach(), never)
    injection.confirm(Reach(), lambda: True)


def test_sweep_removes_what_has_our_name_and_nothing_else(server: Toxiproxy) -> None:
    injected(toxic.latency(EDGE, 1))
    injected(toxic.limit_data(EDGE, 10_000_000))
    server.add("edge", Toxic("somebody-elses", "latency", attributes={"latency": 1}))
    swept = tuple(sweep())
    assert [found.proven for found in swept] == [True, True]
    assert str(swept[0]).startswith("toxic seakeep-edge-latency-")
    assert tuple(sweep(server.url)) == ()
    proxy = server.proxy("edge")
    assert proxy is not None
    assert [toxic.name for toxic in proxy.toxics] == ["somebody-elses"]


def test_a_proxy_that_is_gone_took_its_toxic_along(server: Toxiproxy) -> None:
    undo = RemoveToxic(server.url, "deleted", "seakeep-x")
    assert undo.is_done(Reach())
    undo.carry_out(Reach(), 5)


def test_an_undo_may_be_repeated_and_looks_twice_for_what_may_be_on_its_way(
    server: Toxiproxy,
) -> None:
    injection = injected(toxic.latency(EDGE, 1))
    injection.undo.carry_out(Reach(), 0)  # it was seen to go
    with pytest.raises(RollbackError):
        injection.undo.carry_out(Reach(), 0)
    late = threading.Timer(0.1, injection.apply, [Reach()])
    late.start()
    injection.undo.carry_out(Reach(), 5)
    late.join()
    assert toxics(server) == []


def a_toxiproxy(path: str) -> tuple[int, bytes] | None:
    return (200, b'{"version": "2.9.0"}') if path == "/version" else None


HOSTILE: list[tuple[str, tuple[int, bytes]]] = [
    ("nothing of the kind", (404, b"<html>not here")),
    ("an error", (500, b'{"error": "proxy not found", "status": 404}')),
    ("rubbish", (200, b"\xff\x00{")),
    ("a list", (200, b"[]")),
    ("half a proxy", (200, b'{"name": "edge", "listen": 5}')),
    ("another proxy", (200, b'{"name":"e","listen":"","upstream":"","enabled":true,"toxics":[]}')),
    ("odd toxics", (200, b'{"name":"edge","listen":"","upstream":"","enabled":true,"toxics":[5]}')),
    ("depth", (200, b"[" * 100_000)),
    ("a flood", (200, b" " * (5 * 1024 * 1024))),
]


@pytest.mark.parametrize("answer", [a for _, a in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_a_server_that_is_no_toxiproxy_proves_nothing(answer: tuple[int, bytes]) -> None:
    with answering(lambda *_: answer) as url:
        undo = RemoveToxic(url, "edge", "seakeep-x")
        with pytest.raises(FaultError, match=r"found .*; wanted"):
            undo.is_done(Reach())
        with pytest.raises(RollbackError, match=r"may be in place.*seakeep recover"):
            undo.carry_out(Reach(), 0)
        with pytest.raises(FaultError):
            tuple(sweep(url))
        with pytest.raises(FaultError):
            toxic.latency(Scope("edge", 5, url=url), 1).prepare(Reach(), ORIGIN)


def test_a_version_may_be_plain_text_as_it_was_once() -> None:
    with answering(lambda *_: (200, b"2.1.4\n")) as url:
        assert Toxiproxy(url).version() == "2.1.4"


def test_a_404_counts_only_when_the_server_is_a_toxiproxy() -> None:
    missing = (404, b'{"error": "proxy not found", "status": 404}')
    with answering(lambda _, path: a_toxiproxy(path) or missing) as url:
        assert RemoveToxic(url, "edge", "seakeep-x").is_done(Reach())


def test_a_refusal_is_told_as_the_server_says_it() -> None:
    refusal = (409, b'{"error": "toxic already \x1b[2Jexists", "status": 409}')
    with (
        answering(lambda *_: refusal) as url,
        pytest.raises(FaultError, match=r"POST .*/proxies/edge/toxics: found status 409"),
    ):
        Toxiproxy(url).add("edge", Toxic("t", "latency"))


def test_a_server_that_never_ends_is_left_in_time() -> None:
    with answering(lambda *_: (200, b'{"version":'), dawdles=True) as url:
        started = time.monotonic()
        with pytest.raises(FaultError, match=r"found no answer within 0\.2 s"):
            Toxiproxy(url, timeout_s=0.2).version()
        assert time.monotonic() - started < 2


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(FaultError, match=r"GET http://127.0.0.1:1/version: found .*refused"):
        Toxiproxy("http://127.0.0.1:1").version()


@pytest.mark.parametrize(
    "url", ["edge", "ftp://x", "http://", "http://u:secret@x", "http://x/?a=b", "http://x y"]
)
def test_an_address_that_is_none_is_a_usage_error_without_its_secret(url: str) -> None:
    with pytest.raises(UsageError, match="wanted http://host:port") as raised:
        Toxiproxy(url)
    assert "secret" not in str(raised.value)
    with pytest.raises(FaultError):
        RemoveToxic(url, "edge", "t").is_done(Reach())


WRONG: list[Any] = [
    lambda: toxic.latency(EDGE, 0),
    lambda: toxic.latency(EDGE, float("nan")),
    lambda: toxic.latency(EDGE, 10, 11),
    lambda: toxic.bandwidth(EDGE, 0.2),
    lambda: toxic.limit_data(EDGE, 1e12),
    lambda: Scope("a/b", 5),
    lambda: Scope("..", 5),
    lambda: Scope("edge", 0),
    lambda: Scope("edge", 5, "sideways"),
    lambda: Scope("edge", 5, toxicity_percent=0),
]


@pytest.mark.parametrize("make", WRONG)
def test_arguments_that_make_no_toxic_are_refused(make: Any) -> None:  # noqa: ANN401
    with pytest.raises(UsageError):
        make()


def test_the_pre_flight_knows_the_actions_by_their_arguments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEAKEEP_DURATION_SCALE", "0.5")
    slow = actions.FAULTS["slow_edge"](
        proxy="edge", latency_ms=100, jitter_ms=0, duration_s=60, stream="upstream"
    )
    assert slow == toxic.latency(Scope("edge", 30, "upstream"), 100)
    cut = actions.FAULTS["cut_edge"](proxy="edge", duration_s=60, toxicity_percent=50)
    assert cut == toxic.timeout(Scope("edge", 30, toxicity_percent=50))


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "listen", "upstream", "enabled", "toxics", "stream", "type"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(bodies)
def test_whatever_a_server_says_is_a_proxy_or_an_error_of_ours(body: object) -> None:
    text = json.dumps(body)

    class Told(Toxiproxy):
        def _ask(self, *_: object, **__: object) -> Any:  # noqa: ANN401
            return Reply(200, text)

    server = Told("http://127.0.0.1:1")
    for ask in (lambda: server.proxy("x"), server.proxies, server.version):
        try:
            ask()
        except SeakeepError:
            continue


def test_a_toxic_on_its_way_is_waited_for_before_its_absence_proves_anything() -> None:
    asked, through = threading.Event(), threading.Event()
    made: list[str] = []

    def answer(method: str, _: str) -> tuple[int, bytes]:
        if method == "POST":
            asked.set()
            through.wait(5)
            made.append("toxic")
        return 201, b"{}"

    with answering(answer) as url:
        # As after a signal: nobody waits for the answer any more, but the request is on its way.
        adding = Toxiproxy(url).add
        left = threading.Thread(target=adding, args=("edge", Toxic("t", "timeout")), daemon=True)
        left.start()
        assert asked.wait(5)
        with pytest.raises(FaultError, match="still on its way"):
            exchange.settle(0.0)
        threading.Timer(0.1, through.set).start()
        Reach().settle()
        assert made == ["toxic"]
        left.join(5)
