"""The shapes that a load scenario can have: how its rate of arrivals goes over time.

Each is a record of the platform's file, chosen by its ``kind``, and makes a rate curve.
docs/shapes.md shows them.
"""

from seakeep.shape.arrivals import ClassStart, Replay
from seakeep.shape.base import PositiveRate, Shape
from seakeep.shape.declared import DeclaredShape
from seakeep.shape.rates import Constant, Ramp, Soak, Spike, Steps

__all__ = [
    "ClassStart",
    "Constant",
    "DeclaredShape",
    "PositiveRate",
    "Ramp",
    "Replay",
    "Shape",
    "Soak",
    "Spike",
    "Steps",
]
