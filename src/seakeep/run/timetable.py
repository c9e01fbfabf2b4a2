"""What of a platform's experiments is due, when each ran last, and when it is due next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from rich.table import Table

from seakeep.errors import UsageError
from seakeep.experiment import Experiment
from seakeep.observation import Observation
from seakeep.platform import Platform
from seakeep.store import Condition, Store

__all__ = ["Turn", "ended", "in_turn", "moment", "timetable", "timetable_table"]

# The first condition is word for word that of the store's index by name, or it is not used.
_LAST_RUN = """
    id = (
        SELECT id FROM observation
        WHERE kind <> 'load' AND platform = ? AND kind = 'chaos' AND name = ?
        AND coalesce(json_extract(attributes, '$.status'), '') <> 'skipped'
        ORDER BY at_us DESC, id DESC LIMIT 1
    )
"""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One experiment at one moment.

    Attributes:
        experiment: The experiment.
        begin: When the slot began that the moment lies in (UTC); ``None`` without a schedule.
        last: Its last run that was not skipped, whoever started it; ``None`` when there is none.
        due: Whether it is due: the slot began, and the moment lies, in its days and hours, and it
            did not run since the slot began.
        next_begin: When it is due next (UTC); the moment itself when it is now, ``None`` when
            that is not to be told.
    """

    experiment: Experiment
    begin: datetime | None
    last: Observation | None
    due: bool
    next_begin: datetime | None


def timetable(platform: Platform, store: Store, now: datetime) -> tuple[Turn, ...]:
    """Return every experiment of a platform, as it is declared there.

    Raises:
        UsageError: None has a schedule, so that nothing would ever be due.
    """
    if not any(experiment.schedule for experiment in platform.experiments):
        raise UsageError(
            f"platform {platform.name} has no experiment with a schedule: wanted one in "
            f"{platform.folder / 'platform.yaml'}, such as 'schedule: {{every: 6h}}'"
        )
    return tuple(_turn(platform, store, one, now) for one in platform.experiments)


def in_turn(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Return those that are due, the longest overdue first.

    Of those whose slots began together, the one comes first that did not run for longest; of
    those that never ran, the one that is declared first.
    """
    due = [turn for turn in turns if turn.due]
    return tuple(sorted(due, key=lambda turn: (turn.begin or _LONG_AGO, _last_at(turn))))


def timetable_table(turns: Iterable[Turn]) -> Table:
    """Return the turns as a table that fits in 100 columns; its times are in each one's zone."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("experiment", "schedule"):
        table.add_column(title, min_width=16, overflow="fold")
    for title in ("last run", "next due"):
        table.add_column(title, no_wrap=True)
    for turn in turns:
        schedule, zone = turn.experiment.schedule, _zone(turn)
        told = schedule.describe() if schedule else "when somebody starts it, UTC"
        last = f"{ended(turn.last)} {_time(turn.last.at, zone)}" if turn.last else "never"
        following = _time(turn.next_begin, zone) if turn.next_begin else "-"
        table.add_row(turn.experiment.name, told, last, "now" if turn.due else following)
    return table


def ended(run: Observation) -> str:
    """Return how a run ended: its status, or its outcome where it has none."""
    return str(run.attributes.get("status") or run.outcome.value)


def moment(at: datetime) -> str:
    """Return a moment for a line that names no zone, such as ``2026-06-15 22:00 UTC``."""
    return f"{_time(at, UTC)} UTC"


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _turn(platform: Platform, store: Store, experiment: Experiment, now: datetime) -> Turn:
    condition = Condition(_LAST_RUN, (platform.name, experiment.name))
    last = next(store.observations(condition), None)
    schedule = experiment.schedule
    if schedule is None:
        return Turn(experiment=experiment, begin=None, last=last, due=False, next_begin=None)
    begin = schedule.slot(now)
    ran = last is not None and last.at >= begin
    due = not ran and schedule.allows(begin) and schedule.allows(now)
    following = now if due else schedule.next_begin(now)
    return Turn(experiment=experiment, begin=begin, last=last, due=due, next_begin=following)


def _last_at(turn: Turn) -> datetime:
    return turn.last.at if turn.last else _LONG_AGO


def _zone(turn: Turn) -> tzinfo:
    schedule = turn.experiment.schedule
    return ZoneInfo(schedule.timezone) if schedule else UTC
