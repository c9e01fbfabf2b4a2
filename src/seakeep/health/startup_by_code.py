"""A startup probe: 200 when it is up, 503 while it starts, which is expected; any body will do.

One answer can't tell how long it has been starting. Watch readiness beside it: that is bad for as
long as this says ``starting``.
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

from seakeep.health.contract import Contract
from seakeep.health.status import Status

__all__ = ["CONTRACT"]

CONTRACT = Contract(
    name="startup-by-code",
    codes={Status.HEALTHY: {200}, Status.STARTING: {503}},
)
