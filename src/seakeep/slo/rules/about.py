"""What all alerts of an objective have: its labels, its name, the page that says what to do."""

from __future__ import annotations

from dataclasses import replace

from seakeep.slo.rules.rule_file import AlertRule
from seakeep.slo.rules.subject import Subject

__all__ = ["VALUE", "about", "runbook"]

VALUE = "{{ $value | humanizePercentage }}"
"""The template of an alert's value, a ratio, in per cent."""


def about(subject: Subject, rule: AlertRule) -> AlertRule:
    """Return an alert with the labels of its objective, and told as being about that.

    Args:
        subject: The objective.
        rule: The alert, whose ``summary`` goes on after the objective's name.
    """
    objective, told = subject.objective, rule.annotations
    said = (_plain(objective.description), told["description"])
    return replace(
        rule,
        labels={**subject.labels, **rule.labels},
        annotations={
            "summary": f"{subject.platform}: {_plain(objective.display_name)} {told['summary']}",
            "description": " ".join(text for text in said if text),
            "runbook": runbook(rule.alert),
        },
    )


def runbook(name: str) -> str:
    """Return where to read what to do about an alert."""
    return f"docs/alerts.md#{name.lower()}"


def _plain(text: str) -> str:
    """Return a text from a file in one line, and so that it is no Go template."""
    return " ".join(text.replace("{{", "{ {").split())
