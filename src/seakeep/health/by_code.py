"""The status code says it all, as to Kubernetes: 200 is healthy, 503 is not; any body will do.

For liveness and for readiness whose body is not agreed on.
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

from seakeep.health.contract import Contract
from seakeep.health.status import Status

__all__ = ["CONTRACT"]

CONTRACT = Contract(
    name="by-code",
    codes={Status.HEALTHY: {200}, Status.UNHEALTHY: {503}},
)
