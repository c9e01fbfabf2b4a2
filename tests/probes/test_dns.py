"""DNS checks against a real name server, honest and hostile."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from seakeep.observation import Observation, Outcome
from seakeep.platform import Platform
from seakeep.probes.address import parse_address
from seakeep.probes.engine import kind_of, run_checks
from tests.probes.listeners import Listeners, check_of, listening, observe, quiet

Question = dns.message.Message


@pytest.fixture(scope="module")
def listeners() -> Iterator[Listeners]:
    with listening() as running:
        yield running


def records(*texts: str, rcode: str = "NOERROR") -> Callable[[Question], bytes]:
    """Answer with records as zone files have them: name, TTL, class, type, value."""

    def reply(question: Question) -> bytes:
        answer = dns.message.make_response(question)
        answer.set_rcode(dns.rcode.from_text(rcode))
        for text in texts:
            name, ttl, of_class, of_type, value = text.split(" ", 4)
            rrset = dns.rrset.from_text(name, int(ttl), of_class, of_type, value)
            answer.answer.append(rrset)
        return answer.to_wire()

    return reply


def cut_off(question: Question) -> bytes:
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.TC
    return answer.to_wire()


def silence(question: Question) -> None:
    return None


TWO = records("example.org. 60 IN A 192.0.2.1", "example.org. 60 IN A 192.0.2.2")


def ask(server: str, **keys: Any) -> Observation:  # noqa: ANN401
    return observe(kind="dns", **{"query": "example.org", "server": server, **keys})


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_answer_is_good_and_is_counted(listeners: Listeners, transport: str) -> None:
    expect = {
        "rcode": "noerror",
        "answers": [r"^192\.0\.2\.1$", r"\.2$"],
        "answers_exclude": ["^10[.]"],
        "min_answers": 2,
        "max_ttl": "1m",
    }
    seen = ask(listeners.name_server(TWO), transport=transport, expect=expect)
    assert (seen.outcome, seen.message) == (Outcome.GOOD, "")
    assert seen.attributes["dns_answers"] == 2
    assert (seen.attributes["ip"], seen.attributes["ip_protocol"]) == ("127.0.0.1", 4)
    assert str(seen.attributes["url"]).endswith("/example.org?type=A")
    phases = seen.phases
    assert phases is not None
    assert phases.processing_s is not None
    assert (phases.connect_s is not None) == (transport == "tcp")
    assert phases.resolve_s is None


def test_what_udp_cuts_off_is_asked_for_over_tcp(listeners: Listeners) -> None:
    seen = ask(listeners.name_server(cut_off, TWO))
    assert (seen.outcome, seen.attributes["dns_answers"]) == (Outcome.GOOD, 2)
    phases = seen.phases
    assert phases is not None
    assert phases.connect_s is not None
    assert phases.processing_s is not None
    assert phases.connect_s + phases.processing_s == pytest.approx(seen.duration_s)


def test_tcp_that_cuts_off_as_well_is_a_broken_server(listeners: Listeners) -> None:
    assert ask(listeners.name_server(cut_off)).cause == "protocol"


def test_names_are_followed_to_the_end_of_their_chain(listeners: Listeners) -> None:
    chain = records("example.org. 60 IN CNAME a.example.net.", "a.example.net. 9 IN A 192.0.2.7")
    server = listeners.name_server(chain)
    seen = ask(server, expect={"answers": [r"^192\.0\.2\.7$"]})
    assert (seen.message, seen.attributes["dns_answers"]) == ("", 2)
    assert ask(server, type="CNAME", expect={"answers": ["^a.example.net.$"]}).message == ""


def test_an_answer_about_another_name_does_not_count(listeners: Listeners) -> None:
    seen = ask(listeners.name_server(records("example.com. 60 IN A 192.0.2.1")))
    assert seen.cause == "dns-answer"


def test_a_chain_without_an_end_is_a_wrong_answer(listeners: Listeners) -> None:
    loop = records("example.org. 60 IN CNAME example.org.")
    seen = ask(listeners.name_server(loop))
    assert (seen.cause, "chain of names" in seen.message) == ("dns-answer", True)


@pytest.mark.parametrize(
    ("of_type", "value", "pattern"),
    [
        ("AAAA", "2001:db8::1", "^2001:db8::1$"),
        ("MX", "10 mail.example.org.", r"^10 mail\."),
        ("NS", "ns.example.org.", "^ns"),
        ("SOA", "ns.example.org. me.example.org. 7 1 1 1 1", " 7 "),
        ("SRV", "0 5 5060 sip.example.org.", " 5060 "),
        ("TXT", '"v=spf1 " "-all"', "^v=spf1 -all$"),
        ("CAA", '0 issue "ca.example.org"', "ca.example.org"),
    ],
)
def test_each_type_is_matched_by_its_text(
    listeners: Listeners, of_type: str, value: str, pattern: str
) -> None:
    server = listeners.name_server(records(f"example.org. 60 IN {of_type} {value}"))
    assert ask(server, type=of_type, expect={"answers": [pattern]}).message == ""


@pytest.mark.parametrize(
    ("reply", "expect", "message"),
    [
        (records(rcode="NXDOMAIN"), {}, "rcode: wanted NOERROR, got NXDOMAIN"),
        (records(rcode="SERVFAIL"), {}, "rcode: wanted NOERROR, got SERVFAIL"),
        (TWO, {"rcode": "NXDOMAIN"}, "rcode: wanted NXDOMAIN, got NOERROR"),
        (records(), {}, "answers: wanted at least 1 of type A, got none"),
        (TWO, {"min_answers": 3}, "of type A, got 2 (192.0.2.1, 192.0.2.2)"),
        (TWO, {"answers": ["^9"]}, "answers: wanted one like /^9/, got 192.0.2.1, 192.0.2.2"),
        (TWO, {"answers_exclude": ["2$"]}, "answers: wanted none like /2$/, got 192.0.2.2"),
        (TWO, {"max_ttl": "30s"}, "ttl: wanted at most 30s, got 1m"),
    ],
    ids=["nxdomain", "servfail", "exists", "empty", "few", "lacks", "has", "ttl"],
)
def test_a_wrong_answer_says_what_was_wanted(
    listeners: Listeners, reply: Callable[[Question], bytes], expect: dict[str, Any], message: str
) -> None:
    keys = {"expect": expect} if expect else {}
    seen = ask(listeners.name_server(reply), **keys)
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "dns-answer")
    assert message in seen.message
    assert seen.attributes["dns_answers"] in {0, 2}


def test_a_name_that_shall_not_exist_need_not(listeners: Listeners) -> None:
    server = listeners.name_server(records(rcode="NXDOMAIN"))
    assert ask(server, expect={"rcode": "NXDOMAIN"}).message == ""


@pytest.mark.parametrize("is_wanted", [True, False])
def test_recursion_is_asked_for_or_not(listeners: Listeners, is_wanted: bool) -> None:
    asked: list[Question] = []

    def reply(question: Question) -> bytes:
        asked.append(question)
        return TWO(question)

    ask(listeners.name_server(reply), recursion=is_wanted)
    assert bool(asked[0].flags & dns.flags.RD) == is_wanted


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_silence_ends_at_the_deadline(listeners: Listeners, transport: str) -> None:
    seen = ask(listeners.name_server(silence), transport=transport, timeout="300ms")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "timeout-read")
    assert 0.29 < seen.duration_s < 2
    assert "dns_answers" not in seen.attributes


def test_at_the_deadline_the_connection_is_closed(listeners: Listeners) -> None:
    gone = threading.Event()
    seen = ask(listeners.tcp(quiet(gone)), transport="tcp", timeout="100ms")
    assert seen.cause == "timeout-read"
    assert gone.wait(5)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_port_where_nothing_listens_refuses(transport: str) -> None:
    with (
        socket.socket() as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        port = (udp if transport == "udp" else tcp).getsockname()[1]
        if transport == "udp":
            udp.close()
        seen = ask(f"127.0.0.1:{port}", transport=transport)
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "refused")


def test_a_server_that_has_no_address_is_dns() -> None:
    assert ask("nowhere.invalid").cause == "dns"


def test_a_server_may_be_named(listeners: Listeners) -> None:
    port = listeners.name_server(TWO).rpartition(":")[2]
    seen = ask(f"localhost:{port}", ip="4")
    assert (seen.message, seen.attributes["ip"]) == ("", "127.0.0.1")
    assert seen.phases is not None
    assert seen.phases.resolve_s is not None


def test_without_a_server_it_is_the_first_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dns.resolver.Resolver.read_resolv_conf", lambda *_: None)
    check = {"kind": "dns", "query": "example.org"}
    seen = observe(**check)
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "observer")
    assert seen.attributes["url"] == "dns:///example.org?type=A"


def look_at_own(monkeypatch: pytest.MonkeyPatch, server: str, **keys: Any) -> Observation:  # noqa: ANN401
    """Ask without a server, on a machine whose own name server is this one."""
    monkeypatch.setattr("seakeep.probes.dns._server_of_system", lambda: parse_address(server))
    check = {"name": "c", "suite": "other", "kind": "dns", "query": "example.org", **keys}
    document = {"name": "test", "environment": "sandbox", "base_url": "http://127.0.0.1:1"}
    platform = Platform.model_validate({**document, "checks": [check]})
    (seen,) = asyncio.run(run_checks(platform, platform.checks, location="here", run_id="r"))
    return seen


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_this_machine_s_own_server_that_refuses_says_nothing_of_the_platform(
    monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        server = f"127.0.0.1:{(udp if transport == 'udp' else tcp).getsockname()[1]}"
        if transport == "udp":
            udp.close()
        seen = look_at_own(monkeypatch, server, transport=transport)
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "observer-resolver")
    assert f"the name server of this machine, {server}, which does not answer" in seen.message
    assert seen.message.endswith("it would have been refused")


def test_this_machine_s_own_server_that_is_silent_says_nothing_of_the_platform(
    monkeypatch: pytest.MonkeyPatch, listeners: Listeners
) -> None:
    seen = look_at_own(monkeypatch, listeners.name_server(silence), timeout="300ms")
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "observer-resolver")


def test_silence_about_one_name_is_the_platform_s_when_others_are_answered(
    monkeypatch: pytest.MonkeyPatch, listeners: Listeners
) -> None:
    nobody = records(rcode="NXDOMAIN")

    def reply(question: Question) -> bytes | None:
        is_asked = question.question[0].name.to_text() == "example.org."
        return None if is_asked else nobody(question)

    seen = look_at_own(monkeypatch, listeners.name_server(reply), timeout="300ms")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "timeout-read")


def test_what_this_machine_s_own_server_answers_counts(
    monkeypatch: pytest.MonkeyPatch, listeners: Listeners
) -> None:
    denied = look_at_own(monkeypatch, listeners.name_server(records(rcode="NXDOMAIN")))
    assert (denied.outcome, denied.cause) == (Outcome.BAD, "dns-answer")
    assert look_at_own(monkeypatch, listeners.name_server(TWO)).outcome is Outcome.GOOD


def test_the_command_that_repeats_it_is_what_a_person_would_use() -> None:
    check = check_of(kind="dns", query="example.org", type="MX", server="192.0.2.1")
    assert kind_of(check).repeat(check, "") == "dig @192.0.2.1 -p 53 example.org MX"
    check = check_of(kind="dns", query="example.org", transport="tcp", recursion=False)
    assert kind_of(check).repeat(check, "") == "dig example.org A +tcp +norecurse"
