"""Short ways to write a file of objectives, for the tests of its reader."""

from pathlib import Path
from textwrap import dedent, indent

from seakeep.errors import Problem
from seakeep.slo.objective import Objective
from seakeep.slo.openslo import read_objectives

OBSERVED = """\
ratioMetric:
  good: {metricSource: {type: seakeep, spec: {outcome: good}}}
  total: {metricSource: {type: seakeep, spec: {kind: probe}}}
"""
QUERIED = """\
ratioMetric:
  counter: true
  good: {metricSource: {type: Prometheus, spec: {query: 'hits{code="200"}'}}}
  total: {metricSource: {type: Prometheus, spec: {query: hits}}}
"""


def document(kind: str, name: str, spec: str) -> str:
    head = f"---\napiVersion: openslo/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"
    return head + indent(dedent(spec), "  ")


def slo(
    metric: str = OBSERVED,
    *,
    name: str = "speed",
    objectives: str = "[{target: 0.99}]",
    window: str = "{duration: 30d, isRolling: true}",
    method: str = "Occurrences",
    more: str = "",
) -> str:
    inline = (
        f"indicator:\n  metadata: {{name: {name}-indicator}}\n  spec:\n{indent(metric, '    ')}"
    )
    indicator = metric if metric.startswith("indicatorRef") else inline
    spec = (
        f"service: school\n{indicator}\ntimeWindow: [{window}]\n"
        f"budgetingMethod: {method}\nobjectives: {objectives}\n{dedent(more)}"
    )
    return document("SLO", name, spec)


def threshold(spec: str, source: str = "seakeep") -> str:
    return f"thresholdMetric:\n  metricSource: {{type: {source}, spec: {spec}}}\n"


def problems_of(folder: Path, *texts: str) -> tuple[Problem, ...]:
    file = folder / "slos.yaml"
    file.write_text("\n".join(texts))
    return read_objectives(file)[1]


def objectives_of(folder: Path, *texts: str) -> tuple[Objective, ...]:
    file = folder / "slos.yaml"
    file.write_text("\n".join(texts))
    objectives, problems = read_objectives(file)
    assert not problems, [str(problem) for problem in problems]
    return objectives
