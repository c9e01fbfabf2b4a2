"""Draws the figure of shapes.md from the examples on that page: ``python -m docs.shapes_plot``."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import yaml
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from docs.verdicts_plots import BLUE, ORANGE, STYLE
from seakeep.load.schedule import schedule_of
from seakeep.scenario import Scenario

FOLDER = Path(__file__).parent
TICKS = 56
"""Ticks in a row, at most: more would run into each other."""
ROWS = (("even", BLUE), ("poisson", ORANGE))


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the title and the scenario of each section that shows a shape."""
    page = (FOLDER / "shapes.md").read_text()
    for title, text in re.findall(
        r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL
    ):
        found = re.search(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        if found:
            yield title, yaml.safe_load(found.group(1))["scenarios"][0]


def record_a_morning(file: Path) -> None:
    """Write an access log of an hour: lessons that start, and an outage that nobody got through."""
    draw = random.Random(7)
    starts = [draw.gauss(60 + 900 * lesson, 40) for lesson in range(4) for _ in range(500)]
    seconds = sorted(abs(at_s) for at_s in (*starts, *(draw.uniform(0, 3600) for _ in range(2500))))
    with file.open("w") as opened:
        for at_s in (at_s for at_s in seconds if not 1300 < at_s < 1500 and at_s < 3600):
            minute, second = divmod(int(at_s), 60)
            opened.write(f'10.0.0.1 - - [02/Mar/2026:08:{minute:02}:{second:02} +0100] "GET /"\n')


def draw_shape(axes: Axes, title: str, keys: dict[str, Any], folder: Path) -> None:
    """Draw the rate of a scenario, and a tick for every so many arrivals."""
    made = Scenario.model_validate(keys, context={"folder": folder})
    curve = made.shape.curve(made.duration_s)
    scale, unit = (60.0, "min") if made.duration_s > 180 else (1.0, "s")
    points = sorted(
        edge + step
        for edge in np.cumsum([0.0, *(one.duration_s for one in curve.segments)])
        for step in (-1e-6, 1e-6)
    )
    points = [at_s for at_s in points if 0 <= at_s < made.duration_s]
    rates = [curve.rate_at(at_s) for at_s in points]
    top = curve.peak_per_s
    axes.fill_between(np.array(points) / scale, rates, color=BLUE, alpha=0.12, linewidth=0)
    width = 0.9 if len(points) > 100 else 1.8
    axes.plot(np.array(points) / scale, rates, color=BLUE, linewidth=width)
    rows = (("poisson", ORANGE),) if keys["shape"]["kind"] == "replay" else ROWS
    for row, (spacing, colour) in enumerate(rows):
        arrivals = thinned(keys, spacing, folder)
        axes.eventplot(
            [np.array(arrivals) / scale],
            lineoffsets=[-top * (0.16 + 0.17 * row)],
            linelengths=top * 0.12,
            linewidths=0.9,
            colors=colour,
        )
    axes.set(xlim=(0, made.duration_s / scale), ylim=(-top * 0.44, top * 1.15))
    axes.set_title(f"{title}: {made.describe()}", fontsize=9.5, loc="left", color="#111827")
    axes.set_xlabel(unit, fontsize=9, labelpad=1)
    axes.set_yticks([0, top / 2, top], ["0", f"{top / 2:.0f}", f"{top:.0f}"])
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 3, 5, 10]))
    axes.tick_params(labelsize=8.5, length=0)


def thinned(keys: dict[str, Any], spacing: str, folder: Path) -> list[float]:
    """Return arrivals of the same shape at so low a rate that each can be seen."""
    if keys["shape"]["kind"] == "replay":
        made = Scenario.model_validate(keys, context={"folder": folder})
        times = list(schedule_of(made).times())
        return times[:: len(times) // (2 * TICKS)]
    made = Scenario.model_validate({**keys, "spacing": spacing})
    whole = made.shape.curve(made.duration_s).count
    low = schedule_of(made, rate_per_s=made.rate_per_s * min(1.0, TICKS / whole), seed=11)
    return list(low.times())


def draw() -> Figure:
    """Draw all shapes, a panel each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record_a_morning(folder / "monday.log")
        shown = list(examples())
        figure, panels = plt.subplots(4, 2, figsize=(9.2, 8.6), layout="constrained")
        for axes, (title, keys) in zip(panels.flat, shown, strict=False):
            draw_shape(axes, title, keys, folder)
    for axes in panels.flat[len(shown) :]:
        explain(axes)
    return figure


def explain(axes: Axes) -> None:
    """Draw what the lines are, in a panel of their own."""
    axes.axis("off")
    axes.plot([], [], color=BLUE, label="arrivals per second")
    tick: dict[str, Any] = {"marker": "|", "linestyle": "", "markersize": 11}
    axes.plot([], [], color=BLUE, **tick, label="arrivals, spacing: even")
    axes.plot([], [], color=ORANGE, **tick, label="arrivals, spacing: poisson, or recorded")
    axes.legend(
        loc="center left", fontsize=10, title="one tick for many arrivals", alignment="left"
    )


def main() -> None:
    """Draw the figure into ``docs/``."""
    mpl.use("agg")
    plt.style.use(STYLE)
    figure, file = draw(), FOLDER / "shapes.png"
    figure.savefig(file, dpi=120, bbox_inches="tight")
    with Image.open(file) as image:
        image.convert("RGB").quantize(48).save(file, optimize=True)
    print("docs/shapes.png")


if __name__ == "__main__":
    main()
