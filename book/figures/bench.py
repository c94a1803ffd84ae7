"""Speed: contestants side by side, where the time of a step goes, and how near its products come to the hardware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from fplib.plots.parts import DASHED, SMALL, named_rows, spaced
from fplib.plots.style import LIGHT, Palette, canvas, figure

WORDS = {"forward": "forward", "input": "gradient of the input", "kernel": "of the weights"}


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
    drawn, axes = _stacked({title: 0.36 * len(rows) + 0.6 for title, rows in panels.items()})
    for axis, (title, rows) in zip(axes, panels.items(), strict=True):
        speeds = [_speeds(title, row) for row in rows]
        _contest(axis, rows, speeds, palette)
        medians = [float(np.median(values)) for values in speeds]
        for y, (values, median) in enumerate(zip(speeds, medians, strict=True)):
            times = "" if y == 0 else f"  (÷ {medians[0] / median:.2f})"
            _after(axis, f"{spaced(round(median))}{times}", max(median, values.max()), y)
        axis.set_xlim(0, 1.42 * max(values.max() for values in speeds))
        axis.xaxis.set_major_formatter(spaced)
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
    shades = palette.shades(palette.ink)(np.linspace(0.85, 0.3, len(names) - 1))
    colours = [*shades, palette.grid]
    drawn, axes = _stacked({title: 0.45 * len(rows) + 0.65 for title, rows in panels.items()}, 0.5)
    for axis, (title, rows) in zip(axes, panels.items(), strict=True):
        for y, row in enumerate(rows.values()):
            ends = np.cumsum(list(row.values()))
            for name, end, amount, colour in zip(names, ends, row.values(), colours, strict=True):
                label = name if y == 0 else None
                bar: Any = {"height": 0.62, "color": colour, "label": label, "zorder": 2}
                axis.barh(y, amount, left=end - amount, **bar)
            _after(axis, f"{ends[-1]:.0f} µs", ends[-1], y)
        named_rows(axis, list(rows))
        axis.set_xlim(0, 1.15 * max(sum(row.values()) for row in rows.values()))
        axis.set_title(title)
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
    drawn = canvas(0.265 * len(rows) + 1.0)
    axis = drawn.subplots()
    colours = (palette.ink, palette.accent, palette.muted)
    for (form, words), marker, colour in zip(WORDS.items(), "os^", colours, strict=True):
        here = np.array([(row[form], y) for y, row in enumerate(rows) if row.get(form)])
        axis.plot(*here.reshape(-1, 2).T, marker, color=colour, markersize=5, label=words)
    for value, line, name in ((peak, "-", "matrix product"), (step, DASHED, "whole step")):
        axis.axvline(value, color=palette.ink, linewidth=1.1, linestyle=line, label=name, zorder=1)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axis.xaxis.set_major_formatter(spaced)
    axis.xaxis.set_minor_formatter(NullFormatter())
    named_rows(axis, [row["name"] for row in rows])
    axis.grid(True, axis="y")
    axis.set_xlabel("GFLOP/s")
    drawn.legend(loc="outside upper center", ncols=3, handlelength=1.6, columnspacing=1.2)
    return drawn


def _speeds(title: str, row: Mapping[str, Any]) -> np.ndarray:
    """Speeds of one contestant's rounds, (R,), refused by name unless all lie above zero."""
    values = np.asarray(row["values"], np.float64)
    if values.ndim != 1 or not len(values) or not (values > 0).all():
        raise ValueError(
            f"panels[{title!r}]: expected speeds above zero for {row['name']!r}, "
            f"received {row['values']!r}."
        )
    return values


def _contest(
    axis: Axes,
    rows: Sequence[Mapping[str, Any]],
    speeds: Sequence[np.ndarray],
    palette: Palette,
) -> None:
    """Bars of medians, accented where they are ours, with a dot for every round."""
    import pandas as pd
    import seaborn as sns

    index = np.repeat(np.arange(len(rows)), [len(values) for values in speeds])
    frame = pd.DataFrame({"speed": np.concatenate(speeds), "row": index})
    place = {"data": frame, "x": "speed", "y": "row", "orient": "h", "ax": axis, "legend": False}
    inks = {y: palette.accent if row["ours"] else palette.muted for y, row in enumerate(rows)}
    bar = {"estimator": "median", "errorbar": None, "width": 0.62, "alpha": 0.75, "zorder": 2}
    sns.barplot(**place, **bar, hue="row", palette=inks, saturation=1)
    sns.stripplot(**place, jitter=False, size=2.5, color=palette.ink, zorder=3)
    axis.set_xlabel("")
    named_rows(axis, [row["name"] for row in rows])


def _after(axis: Axes, words: str, end: float, level: float) -> None:
    """Words behind the end of a bar."""
    place: Any = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
    axis.annotate(words, (end, level), fontsize=SMALL, **place)


def _stacked(heights: Mapping[str, float], legend: float = 0.1) -> tuple[Figure, np.ndarray]:
    """Panels one below another with a title each, and room for a legend, inches."""
    drawn = canvas(sum(heights.values()) + legend)
    ratios = list(heights.values())
    axes = drawn.subplots(len(heights), 1, squeeze=False, height_ratios=ratios)[:, 0]
    for axis, title in zip(axes, heights, strict=True):
        axis.set_title(title)
        axis.xaxis.set_major_locator(MaxNLocator(5))
    return drawn, axes
