"""All rules of a platform, and its two files: the rules, and promtool's tests of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seakeep.errors import ConfigError, Problem
from seakeep.slo.objective import Objective
from seakeep.slo.rules.absence import no_events_alert, stale_alert
from seakeep.slo.rules.alerting import LeftOut, default_alerts
from seakeep.slo.rules.policies import lookbacks_s, policy_alerts, problem, wants_no_events_alert
from seakeep.slo.rules.recording import recording_rules
from seakeep.slo.rules.rule_file import AlertRule, RecordingRule, RuleGroup
from seakeep.slo.rules.subject import STALE_AFTER_S, Subject

__all__ = ["PlatformRules", "SubjectRules", "platform_rules"]


@dataclass(frozen=True, slots=True)
class SubjectRules:
    """The rules of one objective."""

    subject: Subject
    recordings: tuple[RecordingRule, ...]
    alerts: tuple[AlertRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRules:
    """The rules of a platform.

    Attributes:
        platform: The platform's name.
        subjects: Those of each objective.
        stale: The alert on runs that have stopped, where objectives count on them.
        left_out: The alerts that are not generated, and why.
        stale_after_s: The age at which what was pushed no longer counts, in seconds.
    """

    platform: str
    subjects: tuple[SubjectRules, ...]
    stale: AlertRule | None
    left_out: tuple[LeftOut, ...]
    stale_after_s: float

    @property
    def groups(self) -> tuple[RuleGroup, ...]:
        """Return the groups: one per objective, as later rules need what earlier ones record."""
        groups = [
            RuleGroup(
                f"seakeep-{self.platform}-{rules.subject.objective.name}",
                (*rules.recordings, *rules.alerts),
            )
            for rules in self.subjects
        ]
        if self.stale is not None:
            groups.append(RuleGroup(f"seakeep-{self.platform}--probes", (self.stale,)))
        return tuple(groups)


def platform_rules(
    platform: str, objectives: Iterable[Objective], stale_after_s: float = STALE_AFTER_S
) -> PlatformRules:
    """Return the rules of a platform's objectives.

    Args:
        platform: The platform's name.
        objectives: Its objectives.
        stale_after_s: The age at which what was pushed no longer counts, in seconds.

    Raises:
        ConfigError: A policy asks for an alert that could never fire, or a query can't be put over
            a window; holds every problem.
    """
    made: list[SubjectRules] = []
    left_out: list[LeftOut] = []
    problems: list[Problem] = []
    for objective in objectives:
        subject = Subject(platform, objective, stale_after_s)
        alerts = list(_alerts(subject))
        left_out += [each for each in alerts if isinstance(each, LeftOut)]
        problems += [each for each in alerts if isinstance(each, Problem)]
        fine = tuple(each for each in alerts if isinstance(each, AlertRule))
        try:
            recordings = recording_rules(subject, lookbacks_s(subject))
        except ValueError as error:
            problems.append(problem(subject, "query", "no counter over a window", str(error)))
        else:
            made.append(SubjectRules(subject, tuple(recordings), fine))
    if problems:
        raise ConfigError(problems)
    probed = tuple(rules.subject.objective.name for rules in made if rules.subject.is_probed)
    return PlatformRules(
        platform=platform,
        subjects=tuple(made),
        stale=stale_alert(platform, probed, stale_after_s) if probed else None,
        left_out=tuple(left_out),
        stale_after_s=stale_after_s,
    )


def _alerts(subject: Subject) -> Iterable[AlertRule | LeftOut | Problem]:
    has_policies = bool(subject.objective.alert_policies)
    yield from policy_alerts(subject) if has_policies else default_alerts(subject)
    if not has_policies or wants_no_events_alert(subject):
        no_events = no_events_alert(subject)
        if no_events is not None:
            yield no_events
