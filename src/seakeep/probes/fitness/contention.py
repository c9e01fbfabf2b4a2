"""How contended the machine's processors are, for the wording: it tells nothing of one process."""

from __future__ import annotations

import re
from pathlib import Path

from seakeep.probes.fitness.proc_files import read_text, whole_number

__all__ = ["Contention", "parse_pressure", "parse_stolen"]

_SAME_FOR_S = 1.0
_SOME = re.compile(r"^some avg10=(\d{1,3}\.\d{1,2})\b", re.ASCII | re.MULTILINE)


def parse_pressure(text: str) -> float | None:
    """Return the part of the last 10 s in which some task waited, of 1: ``/proc/pressure/cpu``.

    https://docs.kernel.org/accounting/psi.html
    """
    found = _SOME.search(text)
    return min(float(found[1]) / 100, 1.0) if found else None


def parse_stolen(text: str) -> tuple[int, int] | None:
    """Return the ticks of all processors that were stolen, and all ticks: ``/proc/stat``.

    The first line has user, nice, system, idle, iowait, irq, softirq, steal; what follows is part
    of them: https://man7.org/linux/man-pages/man5/proc_stat.5.html.
    """
    name, _, rest = text.partition("\n")[0].partition(" ")
    numbers = [whole_number(part) for part in rest.split()[:8]]
    ticks = [number for number in numbers if number is not None]
    return (ticks[7], sum(ticks)) if name == "cpu" and len(ticks) == 8 else None


class Contention:
    """Says what PSI and steal have to add; reads nothing until it is asked."""

    def __init__(self, root: Path) -> None:
        self._pressure = root / "proc/pressure/cpu"
        self._stat = root / "proc/stat"
        self._at_start = parse_stolen(read_text(self._stat))
        self._told = ""
        self._told_at_s = float("-inf")

    def told(self, now_s: float) -> str:
        """Return it as the end of a sentence, at most a second old; empty if there is nothing."""
        if now_s - self._told_at_s > _SAME_FOR_S:
            self._told_at_s, self._told = now_s, self._tell()
        return self._told

    def _tell(self) -> str:
        parts: list[str] = []
        pressure = parse_pressure(read_text(self._pressure))
        if pressure:
            parts.append(f"tasks of this machine waited for a processor {pressure:.0%} of 10s")
        stolen = self._stolen()
        if stolen >= 0.01:
            parts.append(f"its host took {stolen:.0%} of its processors since the start")
        return f"; {', and '.join(parts)}" if parts else ""

    def _stolen(self) -> float:
        now, then = parse_stolen(read_text(self._stat)), self._at_start
        if now is None or then is None or now[1] <= then[1]:
            return 0.0
        return max(0.0, (now[0] - then[0]) / (now[1] - then[1]))
