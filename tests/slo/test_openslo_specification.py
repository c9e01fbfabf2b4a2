"""What OpenSLO's specification and tools show as examples is read, or refused with a reason.

https://github.com/OpenSLO/OpenSLO: README.md, examples/ and pkg/openslo/v1/examples/, in words of
our own. Examples that hold no SLO stand beside one here.
"""

from pathlib import Path

import pytest

from seakeep.slo.objective import PrometheusRaw, PrometheusThreshold
from tests.slo.openslo_files import QUERIED, document, objectives_of, problems_of, slo

LABELLED = """\
---
apiVersion: openslo/v1
kind: Service
metadata:
  name: school
  displayName: School
  labels: {userImpacting: "true", tags: [auth, lti], tier-1: [a]}
  annotations: {openslo.com/service-folder: ./here, example.org/owner: us}
spec: {description: Lessons.}
"""
CONDITION = """\
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: cpu-usage-breach, displayName: Too busy}
spec:
  description: Tells when it is too busy for too long.
  severity: page
  condition: {kind: burnrate, op: lte, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}
"""
TARGETS = """\
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: OnCallMail}
spec: {description: Mail to who is on call., target: email}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: OnCallSlack}
spec: {description: "P1 to the channel", target: slack}
"""
POLICY = """\
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: AlertPolicy, displayName: Alert policy}
spec:
  description: Mail when too busy.
  alertWhenBreaching: true
  alertWhenResolved: false
  conditions:
    - conditionRef: cpu-usage-breach
  notificationTargets:
    - targetRef: OnCallMail
"""
INLINE_POLICY = """\
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: high-priority}
spec:
  alertWhenBreaching: true
  conditions:
    - kind: AlertCondition
      metadata: {name: memory-usage-breach, displayName: Too full}
      spec:
        severity: page
        condition: {kind: burnrate, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}
  notificationTargets:
    - kind: AlertNotificationTarget
      metadata: {name: on-call-slack}
      spec: {target: slack}
"""
SOURCES = """\
- apiVersion: openslo/v1
  kind: DataSource
  metadata: {name: prometheus, labels: {env: [prod]}}
  spec:
    type: Prometheus
    connectionDetails:
    - url: http://prometheus.example.com
"""
RAW = """\
ratioMetric:
  rawType: success
  raw:
    metricSource:
      metricSourceRef: prometheus
      type: Prometheus
      spec:
        query: |
          1 - (sum(sum_over_time(satisfaction_ratio[{{.window}}]))
          / sum(count_over_time(satisfaction_ratio[{{.window}}])))
"""
LAG = """\
thresholdMetric:
  metricSource:
    metricSourceRef: prometheus
    type: Prometheus
    spec: {query: 'sum(min_over_time(kafka_consumergroup_lag{topic="in"}[2m]))'}
"""
SLICES = "[{displayName: Good, op: gt, target: 0.995, timeSliceTarget: 0.95, timeSliceWindow: 1m}]"
NOON = "{startTime: 2022-01-01 12:00:00, timeZone: America/New_York}"
WEEK = f"{{duration: 1w, isRolling: false, calendar: {NOON}}}"


@pytest.mark.parametrize(
    "texts",
    [
        (slo(), LABELLED),
        (slo(), CONDITION, TARGETS, POLICY, INLINE_POLICY),
        (slo(QUERIED, window=WEEK, method="Timeslices", objectives=SLICES),),
        (slo(QUERIED, window="{duration: 2w, isRolling: true}", more="alertPolicies:\n"),),
        (
            slo(
                QUERIED,
                method="RatioTimeslices",
                objectives="[{displayName: Good, op: gt, timeSliceWindow: 1m, target: 0.99}]",
            ),
        ),
    ],
    ids=["labels", "alerts", "calendar-week", "no-policies", "ratio-timeslices"],
)
def test_what_the_specification_shows_is_read(tmp_path: Path, texts: tuple[str, ...]) -> None:
    assert objectives_of(tmp_path, *texts)


def test_indicators_of_their_own_with_a_list_of_data_sources_are_read(tmp_path: Path) -> None:
    lag = "[{op: lt, value: 100, target: 0.99}]"
    raw, threshold = objectives_of(
        tmp_path,
        SOURCES,
        document("SLI", "satisfaction", RAW),
        document("SLI", "throughput", LAG),
        slo("indicatorRef: satisfaction", name="satisfaction"),
        slo("indicatorRef: throughput", name="throughput", objectives=lag),
    )
    assert isinstance(raw.indicator, PrometheusRaw)
    assert isinstance(threshold.indicator, PrometheusThreshold)
    assert threshold.indicator.address == "http://prometheus.example.com"


def other(source: str) -> str:
    return QUERIED.replace("type: Prometheus", f"type: {source}")


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ((slo(other("Any")),), "found 'Any'; wanted seakeep or Prometheus"),
        ((slo(other("AppDynamics")),), "found 'AppDynamics'; wanted seakeep or Prometheus"),
        ((slo(other("Datadog")),), "found 'Datadog'; wanted seakeep or Prometheus"),
        (
            (
                slo(),
                document("DataSource", "cloud", "type: CloudWatch\nconnectionDetails: {a: b}\n"),
            ),
            "found 'CloudWatch'; wanted seakeep or Prometheus",
        ),
        # "a month", says the example's comment, but m is a minute.
        (
            (slo(QUERIED, window=WEEK.replace("1w", "1m")),),
            "found '1m'; wanted days, weeks, months",
        ),
        ((slo().replace("timeWindow:", "#"),), "found nothing; wanted the key 'timeWindow'"),
        ((slo(name="TestSLO"),), "found 'TestSLO'; wanted lower-case letters"),
        ((slo(), POLICY), "found 'cpu-usage-breach'; wanted the name of one AlertCondition"),
        ((slo(more="alertPolicies: [Foo]\n"),), "found 'Foo'; wanted the name of one AlertPolicy"),
        (
            (slo().replace("openslo/v1", "openslo/v1alpha"),),
            "'openslo/v1alpha'; wanted 'openslo/v1'",
        ),
        ((slo().replace("openslo/v1", "openslo.com/v2alpha"),), "wanted 'openslo/v1'"),
    ],
)
def test_what_it_shows_but_is_not_supported_is_refused_with_the_reason(
    tmp_path: Path, texts: tuple[str, ...], told: str
) -> None:
    problems = problems_of(tmp_path, *texts)
    assert problems
    assert all(problem.line > 0 for problem in problems)
    assert any(told in str(problem) for problem in problems), [str(p) for p in problems]
