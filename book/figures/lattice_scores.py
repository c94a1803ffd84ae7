"""Printed lattices in numbers: parameters with intervals, the difficulty dial, the choice of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.labels import label_ends
from fplib.plots.style import LIGHT, Palette, canvas, figure

MARKS = ("o", "s", "^", "D")


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
        The figure; an interval that misses the truth has the contrast colour and a cross.

    Raises:
        ValueError: if there is nothing to draw, or a truth is zero.
    """
    if not groups or not all(groups.values()):
        raise ValueError("groups: expected at least one, each with at least one row.")
    counts = [
        max(0.34, 0.055 * np.size(row["estimate"])) for rows in groups.values() for row in rows
    ]
    drawn = canvas(1.08 * sum(counts) + 0.42 * len(groups) + 0.45)
    heights = []
    start = 0
    for rows in groups.values():
        heights.append(sum(counts[start : start + len(rows)]))
        start += len(rows)
    panels = np.atleast_1d(drawn.subplots(len(groups), 1, sharex=True, height_ratios=heights))
    sizes = iter(counts)
    for panel, (title, rows) in zip(panels, groups.items(), strict=True):
        level, ticks = 0.0, []
        for row in rows:
            size = next(sizes)
            found = {
                k: np.atleast_1d(np.asarray(row[k], np.float64))
                for k in ("estimate", "low", "high")
            }
            truth = np.broadcast_to(np.asarray(row["truth"], np.float64), found["estimate"].shape)
            if (truth == 0).any():
                raise ValueError(f"truth: expected values other than 0 for {row['name']!r}.")
            middle, low, high = (found[k] / truth for k in ("estimate", "low", "high"))
            n = len(middle)
            y = level + size * (np.arange(n) + 0.5) / n * 0.86 + 0.07 * size
            held = (low <= 1) & (high >= 1)
            for good, ink, mark in ((held, palette.accent, "o"), (~held, palette.contrast, "X")):
                panel.hlines(y[good], low[good], high[good], color=ink, lw=1.3)
                panel.plot(middle[good], y[good], mark, color=ink, ms=3.2 if n > 3 else 5)
            ticks.append((level + size / 2, row["name"]))
            level += size
        panel.axvline(1, color=palette.ink, lw=1.0)
        panel.set_ylim(level, 0)
        panel.set_yticks([tick for tick, _ in ticks], [name for _, name in ticks])
        panel.tick_params(axis="y", length=0)
        panel.grid(False, axis="y")
        panel.spines["left"].set_visible(False)
        panel.set_title(title)
        panel.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f}"))
        panel.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    panels[-1].set_xlabel("estimate with its interval (% of the truth)")
    return drawn


@figure
def difficulty(
    spread: ArrayLike, series: Mapping[str, ArrayLike], *, palette: Palette = LIGHT
) -> Figure:
    """Accuracy against the difficulty dial: a dot a run, a line through the medians.

    Args:
        spread: setting of the dial of every run, (R,).
        series: name -> accuracy of every run, (R,), fractions; up to four.
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
    for k, (name, values) in enumerate(series.items()):
        values, colour = np.asarray(values, np.float64), palette.of(k, max(2, len(series)))
        place = spread + 0.16 * step * (k - (len(series) - 1) / 2)
        axis.plot(place, values, MARKS[k % 4], color=colour, ms=4, alpha=0.65, mew=0)
        medians = [np.median(values[spread == s]) for s in settings]
        axis.plot(settings, medians, color=colour)
        ends.append((settings[-1], medians[-1], name, colour))
    axis.set_xticks(settings)
    axis.set_xlim(settings[0] - 0.4 * step, settings[-1] + 0.4 * step)
    low = min(np.min(v) for v in series.values())
    axis.set_ylim(max(0.0, low - 0.06 * (1 - low) - 0.005), 1 + 0.04 * (1 - low) + 0.002)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.4g}"))
    axis.set(xlabel="spread of the prints (difficulty dial)", ylabel="accuracy (%)")
    label_ends(axis, ends, palette, size=9)
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
    rng = np.random.default_rng(0)
    for group in groups:
        elbo = np.asarray(group["elbo"], np.float64)
        accuracy = np.asarray(group["accuracy"], np.float64)
        best, behind = int(np.argmax(elbo)), elbo - elbo.max()
        shown = accuracy + rng.uniform(-0.004, 0.004, len(accuracy))  # equal ones stay countable
        axis.plot(behind, shown, "o", color=palette.accent, ms=4, alpha=0.7, mew=0)
        axis.plot(0, shown[best], "o", mfc="none", mec=palette.contrast, ms=8, mew=1.2, alpha=0.8)
    lowest = min(np.min(group["accuracy"]) for group in groups)
    axis.set_ylim(min(lowest, 0.9) - 0.015, 1.015)
    axis.set_yticks([tick for tick in axis.get_yticks() if tick <= 1.0])
    axis.set_ylim(min(lowest, 0.9) - 0.015, 1.015)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.4g}"))
    axis.set(
        xlabel="held-out bound below the best restart of the split (nats a tile)",
        ylabel="accuracy a lattice (%)",
    )
    return drawn
