"""Draws the figures of verdicts.md from simulation: ``python -m docs.verdicts_plots``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from docs.verdicts_simulation import (
    bursts,
    clustered_coverage,
    exact_coverage,
    first_alarms,
    most_bad_in_window,
    optimum,
    peeking_alarms,
    threshold_alarms,
    window_coverage,
)

FOLDER = Path(__file__).parent / "verdicts"
BLUE, ORANGE, GREEN, GREY = "#1f6feb", "#d4740c", "#2a8a4a", "#6b7280"
STYLE: dict[str, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e5e7eb",
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "lines.linewidth": 1.8,
}


def draw_coverage() -> Figure:
    """Draw how often each bound holds, by the number of independent events: exact, no chance."""
    sizes = np.unique(np.logspace(1, 4, 160).astype(int))
    figure, both = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True, layout="constrained")
    for truth, colour in ((0.9, GREEN), (0.99, BLUE), (0.999, ORANGE)):
        held = np.array([exact_coverage(int(n), truth) for n in sizes])
        for side, axes in enumerate(both):
            axes.plot(sizes, held[:, side], color=colour, linewidth=1.1, label=f"{truth:.1%}")
    for axes, name in zip(both, ("lower", "upper"), strict=True):
        nominal(axes)
        axes.set(xscale="log", xlabel="events", title=f"{name} bound", ylim=(0.94, 1.003))
    both[0].set_ylabel("chance that it holds")
    lines, names = both[0].get_legend_handles_labels()
    labels = [f"true share {name}" for name in names]
    figure.legend(lines, labels, fontsize=9, loc="outside lower center", ncols=3)
    return figure


def draw_clusters() -> Figure:
    """Draw what bursts take from the bounds, and what the correction gives back."""
    lengths = (1.06, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0)
    held = [clustered_coverage(bursts(600, 10_080, 0.05, length), 0.95) for length in lengths]
    # Ten moments a minute, of which the probe sees one.
    windows = [window_coverage(bursts(400, 14_400, 0.05, 10 * x), every=10)[1] for x in lengths]
    figure, axes = plt.subplots(figsize=(7.2, 3.4))
    for values, colour, style, label in (
        (windows, GREEN, "-", "upper bound, for the window's own share"),
        ([one.corrected for one in held], BLUE, "-", "lower bound, corrected, for any window"),
        ([one.naive for one in held], ORANGE, "--", "lower bound as if events were independent"),
    ):
        axes.plot(lengths, values, color=colour, linestyle=style, marker="o", ms=3, label=label)
    nominal(axes)
    axes.set(xlabel="failures per burst, on average", ylabel="share of runs in which it holds")
    axes.set_ylim(0.5, 1.01)
    axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.55), fontsize=9)
    return figure


def draw_false_alarms() -> Figure:
    """Draw how many sound platforms have been called breached, by the number of looks."""
    looks = np.unique(np.logspace(0, 4, 200).astype(int))
    peeking = peeking_alarms(0.99, looks=10_000, runs=2000)
    proving = first_alarms(0.99, 0.01, alpha=0.05, bad_events=180, runs=4000)
    threshold = threshold_alarms(most_bad_in_window(0.01, 300, 10_000, runs=1000), allowed=3)
    figure, axes = plt.subplots(figsize=(7.2, 3.4))
    for alarms, colour, label in (
        (threshold, GREY, "error ratio of the last 300 events above 1%"),
        (peeking, ORANGE, "95% interval, looked at after each event"),
        (proving, BLUE, "sequential test, alpha = 5%"),
    ):
        axes.plot(looks, [(alarms <= n).mean() for n in looks], color=colour, label=label)
    axes.axhline(0.05, color=GREY, linewidth=1, linestyle="--")
    axes.text(1.1, 0.065, "5%", color=GREY, fontsize=9)
    axes.set(xscale="log", xlabel="looks, one after each event")
    axes.set_ylabel("sound platforms\ncalled breached so far")
    axes.set_ylim(-0.02, 1.02)
    axes.legend(loc="center left", bbox_to_anchor=(0.0, 0.62), fontsize=9)
    return figure


def draw_delay() -> Figure:
    """Draw how many events it takes to find a breach, by how bad it is."""
    rates = np.logspace(np.log10(1.5), 2, 14)
    figure, axes = plt.subplots(figsize=(7.2, 3.4))
    sequential, least = [], []
    for rate in rates:
        ratio = min(1.0, rate * 0.01)
        floor = optimum(0.99, ratio, alpha=0.001)
        alarms = first_alarms(0.99, ratio, 0.001, int(6 * floor * ratio) + 40)
        sequential.append(alarms.mean())
        least.append(floor)
    sound = most_bad_in_window(0.01, 300, 10_000, runs=2000)[:, -1]
    tuned = int(np.quantile(sound, 0.999, method="higher"))
    for allowed, style, label in (
        (3, ":", "last 300 events above 1%: every sound platform alarms, too"),
        (tuned, "--", f"last 300 events above {tuned / 300:.1%}: as few false alarms in 10,000"),
    ):
        delays = [
            threshold_alarms(
                most_bad_in_window(min(1.0, rate * 0.01), 300, 10_000, runs=300), allowed
            ).mean()
            for rate in rates
        ]
        axes.plot(rates, delays, color=GREY, linestyle=style, label=label)
    axes.plot(rates, sequential, color=BLUE, label="sequential test, alpha = 0.1%")
    axes.plot(rates, least, color=GREEN, linewidth=1, label="the least there is, log(1/alpha) / KL")
    axes.set(xscale="log", yscale="log", xlabel="burn rate", ylabel="events until the alarm, mean")
    axes.set_xticks([1.5, 2, 3, 6, 14.4, 50, 100], ["1.5", "2", "3", "6", "14.4", "50", "100"])
    axes.minorticks_off()
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=1, fontsize=9)
    return figure


def nominal(axes: Axes) -> None:
    """Draw the line that the bounds promise to stay above."""
    axes.axhline(0.95, color=GREY, linewidth=1, linestyle="--")


def main() -> None:
    """Draw all figures into ``docs/verdicts/``."""
    mpl.use("agg")
    plt.style.use(STYLE)
    FOLDER.mkdir(exist_ok=True)
    for name, draw in (
        ("coverage", draw_coverage),
        ("clusters", draw_clusters),
        ("false-alarms", draw_false_alarms),
        ("delay", draw_delay),
    ):
        figure = draw()
        file = FOLDER / f"{name}.png"
        figure.savefig(file, dpi=120, bbox_inches="tight")
        with Image.open(file) as image:
            # The figures have few colours: a palette makes a third of the file.
            image.convert("RGB").quantize(48).save(file, optimize=True)
        plt.close(figure)
        print(f"docs/verdicts/{name}.png")


if __name__ == "__main__":
    main()
