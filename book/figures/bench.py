"""Speed: contestants side by side, where the time of a step goes, and how near its products come to the hardware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.style import LIGHT, Palette, canvas, figure

FORMS = {"forward": "o", "input": "s", "kernel": "^"}  # of a layer's products, and their markers


@figure
def contest_bars(
    panels: Mapping[str, Sequence[Mapping[str, Any]]], *, palette: Palette = LIGHT
) -> Figure:
    """Training speed of every contestant: the median as a bar, every round as a dot.

    Args:
        panels: title -> rows from top to bottom with "name", "values" (images per second, one a
            round) and "ours" (whether the bar is accented). The first row is compared with.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure, one panel below another, each with its own scale from zero.

    Raises:
        ValueError: no panel, a panel without rows, or a row without values.
    """
    if not panels or not all(panels.values()):
        raise ValueError(
            f"panels: expected at least one, each with rows, received {dict(panels)!r}."
        )
    heights = [0.46 * len(rows) + 0.75 for rows in panels.values()]
    drawn = canvas(sum(heights) + 0.2)
    axes = drawn.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axis, (title, rows) in zip(axes, panels.items(), strict=True):
        medians = []
        for y, row in enumerate(rows):
            values = np.asarray(row["values"], np.float64)
            if values.ndim != 1 or not len(values) or not (values > 0).all():
                raise ValueError(
                    f"panels[{title!r}]: expected speeds above zero for {row['name']!r}, "
                    f"received {row['values']!r}."
                )
            medians.append(float(np.median(values)))
            colour = palette.accent if row["ours"] else palette.muted
            axis.barh(y, medians[-1], height=0.62, color=colour, alpha=0.75, zorder=2)
            dots = {"color": palette.ink, "markersize": 2.5, "zorder": 3}
            axis.plot(values, np.full(len(values), y), "o", **dots)
            times = "" if y == 0 else f"  (÷ {medians[0] / medians[-1]:.2f})"
            axis.annotate(
                f"{_thousands(medians[-1])}{times}",
                (max(medians[-1], values.max()), y),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
            )
        axis.set_xlim(0, 1.42 * max(max(np.max(row["values"]) for row in rows), medians[0]))
        _rows(axis, [row["name"] for row in rows])
        axis.set_title(title)
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _thousands(v)))
    axes[-1].set_xlabel("images per second")
    return drawn


@figure
def time_stacks(
    panels: Mapping[str, Mapping[str, Mapping[str, float]]], *, palette: Palette = LIGHT
) -> Figure:
    """Where the time of a training step goes, per image, part by part.

    Args:
        panels: title -> row -> part -> microseconds per image; every row has the same parts in
            the same order, and the last part is what is not a product of a layer.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: stacked bars, one panel below another, each with its own scale.

    Raises:
        ValueError: no panel, or rows with different parts.
    """
    parts = {tuple(row) for rows in panels.values() for row in rows.values()}
    if len(parts) != 1:
        raise ValueError(f"panels: expected the same parts in every row, received {parts!r}.")
    (names,) = parts
    heights = [0.5 * len(rows) + 0.7 for rows in panels.values()]
    drawn = canvas(sum(heights) + 0.6)
    axes = drawn.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axis, (title, rows) in zip(axes, panels.items(), strict=True):
        for y, row in enumerate(rows.values()):
            left = 0.0
            for index, (name, amount) in enumerate(row.items()):
                rest = index == len(names) - 1
                colour = palette.grid if rest else palette.of(index, len(names) - 1)
                label = name if y == 0 else None
                axis.barh(y, amount, left=left, height=0.62, color=colour, label=label, zorder=2)
                left += amount
            note = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
            axis.annotate(f"{left:.0f} µs", (left, y), fontsize=9, **note)
        axis.set_xlim(0, 1.15 * max(sum(row.values()) for row in rows.values()))
        _rows(axis, list(rows))
        axis.set_title(title)
        axis.xaxis.set_major_locator(MaxNLocator(5))
    axes[-1].set_xlabel("microseconds per image")
    handles, labels = axes[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper center", ncols=2, handlelength=1.2)
    return drawn


@figure
def product_speeds(
    rows: Sequence[Mapping[str, Any]],
    *,
    peak: float,
    step: float,
    palette: Palette = LIGHT,
) -> Figure:
    """Speed of each layer's products alone, beside a large matrix product and the whole step.

    Args:
        rows: from top to bottom, with "name" and, for any of "forward", "input" and "kernel",
            1e9 operations per second; None or 0 where there is no such product.
        peak: of a large matrix product, the same unit.
        step: of a whole training step.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure, on a logarithmic scale.

    Raises:
        ValueError: no rows.
    """
    if not rows:
        raise ValueError("rows: expected at least one layer, received none.")
    drawn = canvas(0.3 * len(rows) + 1.2)
    axis = drawn.subplots()
    words = {"forward": "forward", "input": "gradient of the input", "kernel": "of the weights"}
    colours = dict(zip(FORMS, (palette.accent, palette.contrast, palette.muted), strict=True))
    for form, marker in FORMS.items():
        here = [(row[form], y) for y, row in enumerate(rows) if row.get(form)]
        values, places = np.array(here).T if here else np.empty((2, 0))
        axis.plot(values, places, marker, color=colours[form], markersize=5, label=words[form])
    for value, line, name in ((peak, "-", "matrix product"), (step, (0, (4, 3)), "whole step")):
        axis.axvline(value, color=palette.ink, linewidth=1.1, linestyle=line, label=name, zorder=1)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    axis.xaxis.set_minor_formatter(FuncFormatter(lambda v, _: ""))
    _rows(axis, [row["name"] for row in rows])
    axis.grid(True, axis="y")
    axis.set_xlabel("GFLOP/s")
    drawn.legend(loc="outside upper center", ncols=3, handlelength=1.6, columnspacing=1.2)
    return drawn


def _rows(axis: Axes, names: Sequence[str]) -> None:
    """Named rows, the first on top."""
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)
    axis.grid(False, axis="y")
    axis.spines["left"].set_visible(False)


def _thousands(value: ArrayLike) -> str:
    return f"{value:,.0f}".replace(",", "\N{NO-BREAK SPACE}")
