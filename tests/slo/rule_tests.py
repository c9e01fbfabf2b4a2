"""Objectives to make rules of, and the real promtool to judge them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from seakeep.observation import Kind
from seakeep.slo.alert_policy import AlertPolicy
from seakeep.slo.objective import (
    OCCURRENCES,
    Budgeting,
    Goodness,
    Indicator,
    Objective,
    ObservedRatio,
    Selector,
)
from seakeep.slo.window import RollingWindow, Window

PROBES = ObservedRatio(events=Selector(kinds=(Kind.PROBE,)), good=Goodness())
LOAD = ObservedRatio(events=Selector(kinds=(Kind.LOAD,)), good=Goodness())
HOUR_S, DAY_S = 3600.0, 86_400.0
MONTH = RollingWindow(30 * DAY_S)


def objective(
    target: float = 0.99,
    indicator: Indicator = PROBES,
    *,
    name: str = "availability",
    window: Window = MONTH,
    budgeting: Budgeting = OCCURRENCES,
    policies: tuple[AlertPolicy, ...] = (),
) -> Objective:
    return Objective(
        name=name,
        display_name=name.capitalize(),
        description="",
        service="school",
        target=target,
        window=window,
        indicator=indicator,
        place="slos.yaml:7",
        budgeting=budgeting,
        alert_policies=policies,
    )


def promtool(*arguments: str | Path) -> str:
    """Return what promtool complains of; nothing when it is content."""
    ended = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


def complaints(
    folder: Path,
    rules: str,
    series: Mapping[str, str],
    expected: Sequence[tuple[str, str, float | None]],
) -> str:
    """Return what promtool complains of when the rules see these series, one sample a minute.

    Args:
        folder: Where the files go.
        rules: The rule file.
        series: The values of each series, in promtool's notation.
        expected: When, an expression without labels, and its value; ``None`` for no value.
    """
    (folder / "a.rules.yaml").write_text(rules)
    group = {
        "interval": "1m",
        "input_series": [{"series": key, "values": value} for key, value in series.items()],
        "promql_expr_test": [
            {
                # In whole millionths: promtool takes the last bit of a float for a difference.
                "expr": f"round(1e6 * {expression})",
                "eval_time": at,
                "exp_samples": (
                    [] if value is None else [{"labels": "{}", "value": round(1e6 * value)}]
                ),
            }
            for at, expression, value in expected
        ],
    }
    body = {"rule_files": ["a.rules.yaml"], "evaluation_interval": "1m", "tests": [group]}
    (folder / "a.test.yaml").write_text(yaml.safe_dump(body))
    return promtool("check", "rules", folder / "a.rules.yaml") or promtool(
        "test", "rules", folder / "a.test.yaml"
    )
