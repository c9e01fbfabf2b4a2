"""Reads ``slos.yaml``: documents of OpenSLO v1.

The specification is https://github.com/OpenSLO/OpenSLO. What this reader does not support is an
error with file and line, never ignored.
"""

from seakeep.slo.openslo.reader import (
    FILE_NAME,
    load_objectives,
    objectives_if_any,
    read_objectives,
    unknown_guarded,
)

__all__ = [
    "FILE_NAME",
    "load_objectives",
    "objectives_if_any",
    "read_objectives",
    "unknown_guarded",
]
