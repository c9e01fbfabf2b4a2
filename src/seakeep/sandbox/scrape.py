"""Joins the metrics of all pods into one exposition, each sample labelled with its pod.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["joined"]

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+.*)$")


def joined(texts: Mapping[str, str]) -> str:
    """One exposition from one for each pod; a family stays together, as the format wants."""
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for pod, text in texts.items():
        family = ""
        for line in text.splitlines():
            if line.startswith("# HELP "):
                family = line.split(" ", 3)[2]
                samples.setdefault(family, [])
            if line.startswith("#"):
                head = heads.setdefault(family, [])
                if line not in head:
                    head.append(line)
            elif match := _SAMPLE.match(line):
                name, labels, value = match.groups()
                label = f'pod="{pod}"' + (f",{labels}" if labels else "")
                samples[family].append(f"{name}{{{label}}} {value}")
    lines = [line for family in heads for line in (*heads[family], *samples[family])]
    return "\n".join(lines) + "\n" if lines else ""
