"""Good checks in the midst of all the hostile ones are as good as alone."""

from __future__ import annotations

from statistics import median

from seakeep.observation import Outcome
from tests.probes.hostile.case import CASES
from tests.probes.hostile.site import HostileSite, visit

GOOD = tuple(f"good-{n}" for n in range(30))
ONE_CORE_S = 0.5
"""What the work for three hundred others may add, on a machine with other work beside."""


def test_no_hostile_server_disturbs_its_neighbours(site: HostileSite) -> None:
    good = [site.check(CASES["bystander"], name=name, timeout="8s") for name in GOOD]
    hostile = [site.check(case) for case in CASES.values()]
    step = len(hostile) // len(good) + 1
    mixed = [
        check
        for at, own in enumerate(good)
        for check in (*hostile[at * step : (at + 1) * step], own)
    ]
    alone, beside = visit(good), visit(mixed)
    assert not any(beside.seen[name].outcome is Outcome.BAD for name in GOOD)
    alone_s = [alone.seen[name].duration_s for name in GOOD]
    beside_s = [beside.seen[name].duration_s for name in GOOD]
    assert median(beside_s) < median(alone_s) + ONE_CORE_S
    assert max(beside_s) < max(alone_s) + 4 * ONE_CORE_S
    first = min(seen.at for seen in beside.seen.values())
    last_start_s = max((beside.seen[name].at - first).total_seconds() for name in GOOD)
    assert last_start_s < 3  # one after another, the hostile ones' deadlines are 20 s and more
