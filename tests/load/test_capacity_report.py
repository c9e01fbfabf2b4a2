"""What a search says, in a line, a table and an answer."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from seakeep.load.capacity_report import (
    answer,
    capacity_report,
    exit_code,
    outcome_line,
    step_line,
)
from seakeep.load.search import Capacity, Ending
from seakeep.load.search_step import Purpose, Step, StepOutcome


def outcome(
    rate: float,
    held: bool | None,
    broke: str = "",
    unfit: str = "",
    purpose: Purpose = "raise",
) -> StepOutcome:
    return StepOutcome(
        step=Step(rate_per_s=rate, hold_s=10, purpose=purpose),
        held=held,
        requests=1204,
        arrivals=1204,
        p50_s=0.0042,
        p95_s=0.0311,
        p99_s=1.204,
        broke=broke,
        unfit=unfit,
    )


HELD = outcome(118, True)
SLOW = "load-latency: 71.3% of 95%"
BROKEN = outcome(121.4, False, broke=SLOW, purpose="confirm")
UNFIT = outcome(960, None, unfit="the event loop came 84ms late")


def capacity(
    ending: Ending = Ending.FOUND,
    sustained: float | None = 118,
    interval: tuple[float, float | None] = (116.2, 121.4),
    steps: tuple[StepOutcome, ...] = (HELD, BROKEN),
    *,
    confirmed: bool = True,
) -> Capacity:
    return Capacity(
        ending=ending,
        sustained_per_s=sustained,
        interval=interval,
        confirmed=confirmed,
        broke=SLOW if interval[1] else "",
        steps=steps,
        reached_per_s=max((o.rate_per_s for o in steps), default=0.0),
    )


def printed(found: Capacity) -> str:
    console = Console(width=100, file=io.StringIO(), highlight=False)
    with console.capture() as captured:
        console.print(capacity_report(found))
    return captured.get()


def test_the_answer_names_the_rate_the_interval_and_what_broke() -> None:
    assert answer(capacity()) == (
        "sustains 118/s within the objectives; interval 116.2 to 121.4/s",
        f"at 121.4/s {SLOW}",
    )


@pytest.mark.parametrize(
    ("found", "code", "pieces"),
    [
        (capacity(), 0, ["sustains 118/s"]),
        (
            capacity(Ending.CEILING, 500, (489.0, None), (outcome(500, True),)),
            0,
            ["sustains at least 500/s", "500/s is the ceiling"],
        ),
        (
            capacity(Ending.GENERATOR, 480, (470.0, None), (outcome(480, True), UNFIT, UNFIT)),
            0,
            ["sustains at least 480/s", "saturates at 960/s: the event loop came 84ms late"],
        ),
        (
            capacity(Ending.GENERATOR, None, (0.0, None), (UNFIT, UNFIT)),
            2,
            ["no answer: the generator saturates at 960/s"],
        ),
        (
            capacity(Ending.NOTHING_HELD, None, (0.0, 1.0), (outcome(1, False, broke=SLOW),)),
            1,
            ["sustains no rate within the objectives, not even 1/s", f"at 1/s {SLOW}"],
        ),
        (
            capacity(Ending.UNSETTLED, None, (0.0, None), (outcome(1, None, broke="no events"),)),
            1,
            ["no answer: nothing was decided, down to 1/s: no events"],
        ),
        (
            capacity(Ending.OUT_OF_STEPS, 60, (58.0, 240.0), confirmed=False),
            0,
            ["sustains 60/s", "the interval is still wide", "not confirmed"],
        ),
        (
            capacity(Ending.OUT_OF_STEPS, None, (0.0, None), (), confirmed=False),
            1,
            ["no answer: the search was stopped before any rate held"],
        ),
        (
            capacity(steps=(HELD, outcome(120, None, broke=SLOW), BROKEN)),
            0,
            ["neither held nor broken, however long it was held: 120/s"],
        ),
    ],
)
def test_each_ending_has_its_words_and_its_exit_code(
    found: Capacity, code: int, pieces: list[str]
) -> None:
    said = "\n".join(answer(found))
    assert [piece for piece in pieces if piece not in said] == []
    assert exit_code(found) == code


def test_the_table_fits_into_100_columns_and_shows_each_step() -> None:
    lines = printed(capacity(steps=(HELD, UNFIT, BROKEN))).splitlines()
    assert max(len(line) for line in lines) <= 100
    assert lines[1].split() == [
        "118/s", "10s", "raise", "1204", "-", "4ms", "31ms", "1.2s", "held"
    ]  # fmt: skip
    assert lines[2].endswith("unfit the event loop came 84ms late")
    assert "broken load-latency: 71.3% of 95%" in lines[3]
    assert lines[4].startswith("sustains 118/s")


def test_each_step_has_a_line_before_and_after() -> None:
    assert step_line(BROKEN.step).plain == "121.4/s for 10s (confirm)"
    assert outcome_line(HELD).plain == "118/s: held, p95 31ms"
    assert outcome_line(BROKEN).plain == f"121.4/s: broken, p95 31ms; {SLOW}"
    assert outcome_line(UNFIT).plain == "960/s: unfit, p95 31ms; the event loop came 84ms late"
