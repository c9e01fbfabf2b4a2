"""PromQL objectives, judged by a real Prometheus: what counts, what does not, and what is said."""

from __future__ import annotations

import asyncio
import math
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.errors import SourceError
from seakeep.observation import Kind, Observation, Outcome
from seakeep.sandbox import control
from seakeep.slo.evaluate import evaluate, holds
from seakeep.slo.objective import (
    Goodness,
    Indicator,
    Objective,
    ObservedRatio,
    Operator,
    PrometheusRatio,
    PrometheusRaw,
    PrometheusThreshold,
    Selector,
)
from seakeep.slo.prometheus_api import MAX_POINTS, Prometheus
from seakeep.slo.prometheus_counts import whole
from seakeep.slo.prometheus_grid import Span, grid
from seakeep.slo.promql import increase_over, longest_range_s, selector, with_window
from seakeep.slo.source_prometheus import tally_queries
from seakeep.slo.source_seakeep import Scope
from seakeep.slo.verdict import State, Tally
from seakeep.slo.window import RollingWindow
from seakeep.store import open_store

INTERVAL_S = 60
HOURS = 6
END_S = int(time.time()) // 3600 * 3600 - 3600
START_S = END_S - HOURS * 3600
END = datetime.fromtimestamp(END_S, UTC)
DEADLINE_S = 20.0


def wave(value: Callable[[int], float | None], series: str) -> list[str]:
    """One series' samples; None for a scrape that did not see it."""
    return [
        f"{series} {found:g} {START_S + minute * INTERVAL_S}"
        for minute in range(HOURS * 60 + 1)
        if (found := value(minute)) is not None
    ]


def steady(value: float, series: str) -> list[str]:
    return wave(lambda minute: value + 0 * minute, series)


def exposition() -> str:
    target = 'job="web",instance="a:80"'
    families: dict[str, list[str]] = {
        "requests": [
            *wave(lambda m: 1000 + 100 * m, f'requests_total{{{target},code="200"}}'),
            *wave(lambda m: 2 * m, f'requests_total{{{target},code="500"}}'),
        ],
        # Restarted in the middle, so that its counter begins again.
        "restarted": wave(
            lambda m: 10 * (m if m < 180 else m - 180), f"restarted_total{{{target}}}"
        ),
        # Came up an hour before the end, with 7 errors at once, and never changed.
        "late": wave(lambda m: 7 if m >= 300 else None, f"late_total{{{target}}}"),
        # Came up with its target, which may have run for long: its count is no event of ours.
        "old": steady(9000, f"old_total{{{target}}}"),
        "recent": wave(lambda m: 5 * (m - 180) if m >= 180 else None, f"recent_total{{{target}}}"),
    }
    gauges: dict[str, list[str]] = {
        "up": steady(1, f"up{{{target}}}"),
        "flow": [
            *steady(90, 'flow{student="1"}'),
            *wave(lambda m: 80 if m < 180 else 60, 'flow{student="2"}'),
        ],
        "batch": steady(5, "batch"),
        "latency": wave(lambda m: 0.2 if m % 10 else 0.9, "latency"),
        "infinite": steady(math.inf, "infinite"),
        "nothing": steady(math.nan, "nothing"),
        "percent": steady(99.5, "percent"),
        "share": wave(lambda m: 0.99 if m % 2 else 1.0, "share"),
        "gone": wave(lambda m: 1 if m < 60 else None, "gone"),
    }
    lines: list[str] = []
    for family, samples in families.items():
        lines += [f"# TYPE {family} counter", *samples]
    for family, samples in gauges.items():
        lines += [f"# TYPE {family} gauge", *samples]
    return "\n".join([*lines, "# EOF", ""])


@contextmanager
def prometheus(folder: Path, config: str) -> Iterator[str]:
    """A Prometheus on a free port of loopback; yields its URL."""
    (folder / "prometheus.yml").write_text(config)
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        "--storage.tsdb.retention.time=15d",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            eventually(lambda: ready(url), f"{(folder / 'log').read_text()}")
            yield url
        finally:
            process.terminate()
            process.wait(DEADLINE_S)


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready").status_code == 200
    except httpx.HTTPError:
        return False


def eventually(holds_now: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds_now():
        assert time.monotonic() < deadline, f"not in {DEADLINE_S:g} s: {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def sandbox_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, sandbox_port: int) -> Iterator[str]:
    """A Prometheus that remembers six hours, and scrapes the sandbox once that is there.

    It takes five seconds until it scrapes at all, which pass while other tests use its memory.
    """
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "history").write_text(exposition())
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run(
        [*command, str(folder / "history"), str(folder / "tsdb")], check=True, capture_output=True
    )
    config = (
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        "scrape_configs:\n"
        f"  - {{job_name: sandbox, static_configs: [{{targets: ['127.0.0.1:{sandbox_port}']}}]}}\n"
    )
    with prometheus(folder, config) as url:
        yield url


@pytest.fixture
def tallied(history: str) -> Callable[..., Tally]:
    def tally(indicator: Indicator, hours: float = HOURS, before: float = 0.0) -> Tally:
        end = END - timedelta(hours=before)
        scope = Scope(platform="p", start=end - timedelta(hours=hours), end=end)
        return tally_queries(indicator, scope)

    return tally


def ratio(url: str, **queries: object) -> PrometheusRatio:
    return PrometheusRatio(address=url, **queries)  # type: ignore[arg-type]


def test_counters_are_counted_over_the_window_whichever_part_is_given(
    history: str, tallied: Callable[..., Tally]
) -> None:
    good = tallied(ratio(history, total="requests_total", good='requests_total{code!~"5.."}'))
    bad = tallied(ratio(history, total="sum(requests_total)", bad='requests_total{code="500"}'))
    assert (good.good, good.bad) == (bad.good, bad.bad) == (36000, 720)
    assert good.first_at == END - timedelta(hours=HOURS)
    assert good.last_at == END


def test_a_window_of_its_own_place_counts_the_same_also_as_a_rate(
    history: str, tallied: Callable[..., Tally]
) -> None:
    for function in ("increase", "rate"):
        queries = {
            "total": f"sum({function}(requests_total[{{{{.window}}}}]))",
            "good": f'sum({function}(requests_total{{code="200"}}[{{{{ .window }}}}]))',
        }
        tally = tallied(ratio(history, **queries), hours=1)
        assert (tally.good, tally.bad) == (6000, 120)


def test_a_restart_of_the_counter_loses_no_more_than_what_was_not_seen(
    history: str, tallied: Callable[..., Tally]
) -> None:
    tally = tallied(ratio(history, total="restarted_total", bad='requests_total{code="500"}'))
    assert tally.valid == pytest.approx(3600, abs=10)


def test_errors_that_a_counter_came_up_with_are_counted(
    history: str, tallied: Callable[..., Tally]
) -> None:
    assert tallied(ratio(history, total="requests_total", bad="late_total")).bad == 7
    assert tallied(ratio(history, total="requests_total", bad="old_total")).bad == 0


def test_a_metric_with_no_such_series_yet_is_none_but_one_spelt_wrong_is_an_error(
    history: str, tallied: Callable[..., Tally]
) -> None:
    none = tallied(ratio(history, total="requests_total", bad='requests_total{code="503"}'))
    assert (none.valid, none.bad) == (36720, 0)
    for bad in ('requests_total{cod="503"}', "request_total", "sum(increase(no[{{.window}}]))"):
        with pytest.raises(SourceError, match="found no series"):
            tallied(ratio(history, total="requests_total", bad=bad))


def test_a_total_without_series_is_no_data(history: str, tallied: Callable[..., Tally]) -> None:
    assert tallied(ratio(history, total="nothing_total", bad="requests_total")) == Tally(
        good=0, bad=0
    )


def test_a_history_shorter_than_the_window_says_where_it_begins(
    history: str, tallied: Callable[..., Tally]
) -> None:
    bad = 'requests_total{code="503"}'
    for total in ("recent_total", "sum(increase(recent_total[{{.window}}]))"):
        tally = tallied(ratio(history, total=total, bad=bad), hours=30 * 24)
        assert tally.first_at is not None
        assert timedelta(0) <= tally.first_at - (END - timedelta(hours=3)) <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ({"total": "sum(rate(requests_total[5m]))", "bad": "late_total"}, "{{.window}}"),
        ({"total": "restarted_total", "bad": "requests_total"}, "more than the 3590"),
        (
            {"total": "sum by (code) (increase(requests_total[{{.window}}]))", "bad": "late_total"},
            r"found 2 series .* sum\(...\)",
        ),
        ({"total": "sum((", "counter": False, "bad": "x"}, "bad_data .*unclosed"),
        ({"total": "-batch", "counter": False, "bad": "batch"}, "found -5"),
        ({"total": "infinite", "counter": False, "bad": "batch"}, "found inf"),
    ],
)
def test_what_can_not_be_counted_is_an_error_that_says_what_is_wanted(
    history: str, tallied: Callable[..., Tally], queries: dict[str, object], said: str
) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        tallied(ratio(history, **queries))
    assert history in str(caught.value)


def test_what_is_no_counter_is_summed_up_over_time(
    history: str, tallied: Callable[..., Tally]
) -> None:
    flow = ratio(history, total="count(flow)", good="count(flow > 70)", counter=False)
    tally = tallied(flow)
    assert tally.good / tally.valid == pytest.approx(0.75, abs=0.002)
    assert tallied(ratio(history, total="batch", bad="batch", counter=False), hours=1).bad == 61 * 5


def test_a_ratio_counts_each_slice_for_one_event(
    history: str, tallied: Callable[..., Tally]
) -> None:
    error_ratio = "sum(rate(requests_total{code='500'}[5m])) / sum(rate(requests_total[5m]))"
    tally = tallied(PrometheusRaw(query=error_ratio, raw_type="failure", address=history))
    assert tally.valid == 72  # five minutes each: answers that share data are not two events
    assert tally.bad == round(72 * 2 / 102)
    share = tallied(PrometheusRaw(query="share", raw_type="success", address=history))
    assert share.bad == pytest.approx(0.005 * share.valid, abs=1)


@pytest.mark.parametrize(
    ("query", "said"),
    [("percent", "divided by 100"), ("flow", "several series"), ("infinite", "found inf")],
)
def test_what_is_no_ratio_is_an_error(
    history: str, tallied: Callable[..., Tally], query: str, said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        tallied(PrometheusRaw(query=query, raw_type="success", address=history))


def under(url: str, query: str, value: float = 0.5) -> PrometheusThreshold:
    return PrometheusThreshold(
        query=query, operator=Operator.LESS_OR_EQUAL, value=value, address=url
    )


def test_each_stored_sample_of_each_series_is_one_event(
    history: str, tallied: Callable[..., Tally]
) -> None:
    tally = tallied(under(history, "latency"))
    assert (tally.good, tally.bad) == (324, 36)
    assert tally.example == f"0.9 at {END:%Y-%m-%dT%H:%M:%SZ}, wanted lte 0.5"
    assert tallied(under(history, "flow", 70)).valid == 720
    gone = tallied(under(history, "gone", 1))
    assert gone.good == 59  # and not the 5 minutes that Prometheus goes on showing it
    assert gone.last_at == END - timedelta(hours=HOURS - 1, minutes=1)


def test_infinite_values_compare_and_nan_is_no_event(
    history: str, tallied: Callable[..., Tally]
) -> None:
    assert tallied(under(history, "infinite")).bad == 360
    assert tallied(under(history, "nothing")) == Tally(good=0, bad=0)
    assert tallied(under(history, "no_such")) == Tally(good=0, bad=0)
    raw = PrometheusRaw(query="nothing", raw_type="success", address=history)
    assert tallied(raw) == Tally(good=0, bad=0)


def test_slices_hold_the_same_events(history: str, tallied: Callable[..., Tally]) -> None:
    scope = Scope(platform="p", start=END - timedelta(hours=HOURS), end=END)
    for indicator in (
        ratio(history, total="requests_total", good='requests_total{code!~"5.."}'),
        under(history, "latency"),
    ):
        tally = tally_queries(indicator, scope, slice_s=1800.0)
        assert tally.slices is not None
        assert len(tally.slices) in {12, 13}  # what is seen at the very end begins a slice
        assert sum(tally.slices.valid) == pytest.approx(tally.valid, rel=0.001)
        assert sum(tally.slices.good) == pytest.approx(tally.good, rel=0.001)
    raw = PrometheusRaw(query="share", raw_type="success", address=history)
    ratios = tally_queries(raw, scope, slice_s=1800.0).slices
    assert ratios is not None
    assert set(ratios.ratios) <= {0.99, 1.0}


def test_slices_shorter_than_two_scrapes_are_an_error_where_the_budget_counts_them(
    history: str,
) -> None:
    scope = Scope(platform="p", start=END - timedelta(hours=1), end=END)
    indicator = ratio(history, total="requests_total", bad='requests_total{code="500"}')
    with pytest.raises(SourceError, match="four scrape intervals"):
        tally_queries(indicator, scope, slice_s=30.0)


def test_a_long_range_is_asked_for_in_answers_that_prometheus_allows(history: str) -> None:
    answers = list(Prometheus(history).range("vector(1)", 0.0, 25_000.0, 1.0))
    points = [point for answer in answers for series in answer for point in series.points]
    assert [len(answer[0].points) for answer in answers] == [MAX_POINTS, MAX_POINTS, 3001]
    assert [point.at_s for point in points] == [float(second) for second in range(25_001)]


def objective(name: str, indicator: Indicator) -> Objective:
    return Objective(
        name=name,
        display_name=name,
        description="",
        service="s",
        target=0.9,
        window=RollingWindow(HOURS * 3600.0),
        indicator=indicator,
        place="slos.yaml:1",
    )


def test_a_source_that_fails_hides_no_other_verdict(history: str, tmp_path: Path) -> None:
    own = ObservedRatio(events=Selector(kinds=(Kind.PROBE,)), good=Goodness())
    objectives = [
        objective("gone", under("http://127.0.0.1:1", "latency")),
        objective("here", ratio(history, total="requests_total", bad='requests_total{code="500"}')),
        objective("own", own),
    ]
    with open_store(tmp_path) as store:
        verdicts = evaluate(store, "p", objectives, end=END)
    assert [verdict.state for verdict in verdicts] == [State.NO_DATA, State.MET, State.NO_DATA]
    assert "http://127.0.0.1:1: " in verdicts[0].reason
    assert "refused" in verdicts[0].reason
    assert not holds(verdicts[:1])


@given(st.floats(0, 1e12), st.floats(0, 1))
def test_whole_numbers_stay_near_and_a_bad_event_never_rounds_away(
    total: float, share: float
) -> None:
    bad = total * share
    good_count, bad_count = whole(total, bad)
    assert abs(good_count + bad_count - total) <= 1
    assert abs(bad_count - bad) <= 1
    assert bad_count >= 1 or bad < 0.01


@given(
    st.integers(1, 10**9), st.integers(0, 10**9), st.sampled_from(["x", "rate(x[5m])", "y[7d:]"])
)
def test_the_times_of_a_grid_lie_in_the_window_and_fill_it(
    window_s: int, end_s: int, query: str
) -> None:
    span = Span(float(end_s - window_s), float(end_s))
    times = grid(span, query)
    assert span.start_s - 1e-6 <= times.first_s - 1e-6 <= times.last_s <= span.end_s
    assert times.first_s - times.step_s <= span.start_s + 1e-6
    assert times.last_s > span.end_s - times.step_s
    assert times.step_s >= min(15.0, longest_range_s(query) or 15.0)


names = st.from_regex(r"[a-z_:][a-z0-9_:]{0,8}", fullmatch=True)
matchers = st.tuples(
    st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.text(st.characters(codec="ascii", exclude_characters="\n")).map(
        lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    ),
)


@given(names, st.lists(matchers, max_size=3), st.booleans())
def test_every_selector_is_found_and_its_labels_too(
    name: str, labels: list[tuple[str, str, str]], summed: bool
) -> None:
    text = name + "{" + ", ".join("".join(part) for part in labels) + "}"
    found = selector(f"sum({text})" if summed else text)
    assert found is not None
    assert (found.text, found.name) == (text, name)
    assert found.labels == tuple(dict.fromkeys(label for label, _, _ in labels))
    assert increase_over(text, 90.0) == f"sum(increase({text}[90s]))"


@given(st.text())
def test_no_text_breaks_the_reading_of_queries(query: str) -> None:
    for use in (selector, longest_range_s, lambda text: with_window(text, 1.5)):
        use(query)


def test_own_observations_and_promql_agree_on_the_sandbox(
    history: str, sandbox_port: int, tmp_path: Path
) -> None:
    events = 'http_requests_total{route=~"/live|none"}'
    with control.foreground(tmp_path / "home", ingress_port=sandbox_port) as sandbox:
        eventually(lambda: scraped(history, 'up{job="sandbox"}') == 1, "the sandbox is scraped")
        seen = asyncio.run(visits(sandbox.base_url, 300))
        eventually(lambda: scraped(history, events) == len(seen), "all is counted")
    good = events.replace("}", ',status_code="200"}')
    objectives = [
        objective("own", ObservedRatio(events=Selector(kinds=(Kind.LOAD,)), good=Goodness())),
        objective("promql", ratio(history, total=events, good=good)),
    ]
    start, end = seen[0].at - timedelta(seconds=60), datetime.now(UTC)
    with open_store(tmp_path / "store") as store:
        store.record_many(seen)
        mine, theirs = evaluate(store, "sandbox", objectives, start=start, end=end)
    assert mine.valid == 300
    assert theirs.valid == 300  # what the counters came up with included
    assert mine.estimate is not None
    assert theirs.estimate is not None
    assert mine.lower <= theirs.estimate <= mine.upper
    assert theirs.lower <= mine.estimate <= theirs.upper


def scraped(url: str, query: str) -> float:
    return sum(s.points[0].value for s in Prometheus(url).instant(query, time.time()))


async def visits(base_url: str, count: int) -> list[Observation]:
    """Requests over two seconds, every eighth to where nothing is."""
    seen: list[Observation] = []
    async with httpx.AsyncClient(base_url=base_url) as client:
        for number in range(count):
            at = datetime.now(UTC)
            answer = await client.get("/nowhere" if number % 8 == 0 else "/live")
            seen.append(
                Observation(
                    at=at,
                    platform="sandbox",
                    kind=Kind.LOAD,
                    name="visit",
                    location="local",
                    run_id="r",
                    outcome=Outcome.GOOD if answer.status_code == 200 else Outcome.BAD,
                    duration_s=answer.elapsed.total_seconds(),
                )
            )
            await asyncio.sleep(0.004)
    return seen
