"""Printed lattices in numbers: parameters with intervals, the difficulty dial, the choice of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.labels import label_ends
from fplib.plots.parts import golden, in_percent, looks, named_rows
from fplib.plots.statistics import line_of_runs
from fplib.plots.style import LIGHT, Palette, canvas, figure


@figure
def parameter_intervals(
    groups: Mapping[str, Sequence[Mapping[str, Any]]], *, palette: Palette = LIGHT
) -> Figure:
    """Estimates with their intervals, each as a multiple of its true value.

    Args:
        groups: title of a panel -> rows with "name", and "estimate", "low", "high", "truth" (one
            number a run, or one, same unit), drawn one under the other within the row.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; an interval that misses the truth is red and has a cross.

    Raises:
        ValueError: if there is nothing to draw, or a truth is zero.
    """
    if not groups or not all(groups.values()):
        raise ValueError("groups: expected at least one, each with at least one row.")
    names = [[str(row["name"]) for row in rows] for rows in groups.values()]
    most = max(np.size(row["estimate"]) for rows in groups.values() for row in rows)
    drawn = canvas(max(map(len, names)) * max(0.34, 0.06 * most) + 0.9)
    panels = drawn.subplots(1, len(groups), sharex=True, squeeze=False)[0]
    for panel, (title, rows) in zip(panels, groups.items(), strict=True):
        for level, row in enumerate(rows):
            _intervals(panel, level, row, palette)
        panel.axvline(1, color=palette.ink, lw=1.0)
        panel.set_title(title)
        named_rows(panel, [row["name"] for row in rows])
        panel.tick_params(labelleft=panel is panels[0] or names.count(names[0]) < len(names))
        panel.xaxis.set_major_formatter(in_percent)
        panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    drawn.supxlabel("estimate with its interval (% of the truth)")
    return drawn


@figure
def difficulty(
    spread: ArrayLike, series: Mapping[str, ArrayLike], *, palette: Palette = LIGHT
) -> Figure:
    """Accuracy against the difficulty dial: a dot a run, a line through the medians.

    Args:
        spread: setting of the dial of every run, (R,).
        series: name -> accuracy of every run, (R,), fractions.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if lengths differ or there is nothing to draw.
    """
    spread = np.asarray(spread, np.float64)
    if not series or not len(spread) or any(np.shape(v) != spread.shape for v in series.values()):
        raise ValueError(
            f"series: expected at least one, each of length {len(spread)} as `spread`, received "
            f"{ {name: np.shape(v) for name, v in series.items()} }."
        )
    settings = np.unique(spread)
    step = np.diff(settings).min() if len(settings) > 1 else 0.3
    drawn = canvas(3.2)
    axis = drawn.subplots()
    ends = []
    for k, (name, look) in enumerate(zip(series, looks(list(series), palette), strict=True)):
        shift = 0.16 * step * (k - (len(series) - 1) / 2)
        place: Any = {"estimator": "median", "width": 0.1 * step, "shift": shift}
        line_of_runs(axis, spread, series[name], palette, **place, **look._asdict())
        end = np.median(np.asarray(series[name])[spread == settings[-1]])
        ends.append((settings[-1], end, name, look.colour))
    axis.set_xticks(settings)
    axis.set_xlim(settings[0] - 0.4 * step, settings[-1] + 0.4 * step)
    low = min(np.min(v) for v in series.values())
    axis.set_ylim(max(0.0, low - 0.06 * (1 - low) - 0.005), 1 + 0.04 * (1 - low) + 0.002)
    axis.yaxis.set_major_formatter(in_percent)
    axis.set(xlabel="spread of the prints (difficulty dial)", ylabel="accuracy (%)")
    label_ends(axis, ends, palette)
    return drawn


@figure
def relative_errors(ratios: Mapping[str, ArrayLike], *, palette: Palette = LIGHT) -> Figure:
    """Errors of a prediction as shares of those of a constant one, a dot a run.

    Args:
        ratios: name of a row -> error over the constant's error of every run, (R,).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; runs that do no better than the constant are red and have a cross.

    Raises:
        ValueError: if there is no row, or one without runs.
    """
    rows = {name: np.asarray(values, np.float64) for name, values in ratios.items()}
    if not rows or not all(len(values) for values in rows.values()):
        raise ValueError("ratios: expected at least one row, each with at least one run.")
    drawn = canvas(0.55 * len(rows) + 0.9)
    axis = drawn.subplots()
    for level, values in enumerate(rows.values()):
        y, better = level + 0.6 * golden(len(values)), values < 1
        for good, ink, mark in ((better, palette.ink, "o"), (~better, palette.alarm, "X")):
            axis.plot(values[good], y[good], mark, color=ink, ms=5, alpha=0.8, mew=0)
    axis.axvline(1, color=palette.ink, lw=1.0)
    named_rows(axis, list(rows))
    axis.xaxis.set_major_formatter(in_percent)
    axis.set_xlabel("error (% of that of the training mean)")
    return drawn


@figure
def selection(groups: Sequence[Mapping[str, ArrayLike]], *, palette: Palette = LIGHT) -> Figure:
    """Held-out bound against accuracy of restarts, each group relative to its best bound.

    Args:
        groups: one a split, with "elbo" (R,), nats a specimen, and "accuracy" (R,), fractions.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; the restart that the bound chooses is ringed.

    Raises:
        ValueError: if there is no group or lengths differ.
    """
    if not groups or any(np.shape(g["elbo"]) != np.shape(g["accuracy"]) for g in groups):
        raise ValueError("groups: expected at least one, each with as many bounds as accuracies.")
    drawn = canvas(3.0)
    axis = drawn.subplots()
    for group in groups:
        elbo = np.asarray(group["elbo"], np.float64)
        accuracy = np.asarray(group["accuracy"], np.float64)
        best = int(np.argmax(elbo))
        shown = accuracy + 0.008 * golden(len(accuracy))  # equal ones stay countable
        axis.plot(elbo - elbo[best], shown, "o", color=palette.muted, ms=4, alpha=0.7, mew=0)
        axis.plot(0, shown[best], "o", mfc="none", mec=palette.accent, ms=8, mew=1.2, alpha=0.8)
    lowest = min(np.min(group["accuracy"]) for group in groups)
    limits = min(lowest, 0.9) - 0.015, 1.015
    axis.set_ylim(*limits)
    axis.set_yticks([tick for tick in axis.get_yticks() if tick <= 1.0])
    axis.set_ylim(*limits)  # which the ticks have moved
    axis.yaxis.set_major_formatter(in_percent)
    axis.set(
        xlabel="held-out bound below the best restart of the split (nats a tile)",
        ylabel="accuracy a lattice (%)",
    )
    return drawn


def _intervals(panel: Axes, level: int, row: Mapping[str, Any], palette: Palette) -> None:
    """The intervals of one row, one a run and one under the other, in multiples of the truth."""
    truth = np.asarray(row["truth"], np.float64)
    if (truth == 0).any():
        raise ValueError(f"truth: expected values other than 0 for {row['name']!r}.")
    middle, low, high = (np.atleast_1d(row[k] / truth) for k in ("estimate", "low", "high"))
    n = len(middle)
    y = level + 0.86 * ((np.arange(n) + 0.5) / n - 0.5)
    held = (low <= 1) & (high >= 1)
    for good, ink, mark in ((held, palette.ink, "o"), (~held, palette.alarm, "X")):
        panel.hlines(y[good], low[good], high[good], color=ink, lw=1.2)
        panel.plot(middle[good], y[good], mark, color=ink, ms=2.8 if n > 3 else 5)
