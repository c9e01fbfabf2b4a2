"""The files of a project with one platform, one objective and one scenario."""

from __future__ import annotations

PLATFORM = {
    "name": "harbour",
    "environment": "development",
    "base_url": "${SEAKEEP_BASE_URL}",
    "hosts": ["127.0.0.1"],
    "limits": {"max_rate": 300, "max_load_duration": "1m"},
    "checks": [{"name": "home", "suite": "home", "path": "/", "expect": {"status": 200}}],
    "scenarios": [{"name": "browse", "users": 4, "rate": 40, "duration": "2s"}],
}

SLOS = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: load-success}}
spec:
  service: harbour
  indicator:
    metadata: {{name: good}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: seakeep, spec: {{outcome: good}}}}}}
        total: {{metricSource: {{type: seakeep, spec: {{kind: {kind}}}}}}}
  timeWindow: [{{duration: 7d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.8}}]
"""

LOCUSTFILE = """
import os
from locust import task
from seakeep.load import scenario
from seakeep.load.user import PlatformUser

class Visitor(PlatformUser):
    wait_time = scenario.arrivals("browse")
    network_timeout = {timeout_s}

    @task
    def visit(self):
        {body}
"""
