"""Scores: confusion matrices, and accuracies over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.parts import beside, in_percent, named_rows, percent
from fplib.plots.statistics import accuracy_scale, cells, strips
from fplib.plots.style import LIGHT, Palette, canvas, figure

NOT_RECOVERED = "not recovered"  # a number of the paper that our copy of it lacks
CROWDED = 0.98  # accuracies above lie together on a straight scale


@figure
def confusion_matrix(
    matrix: ArrayLike,
    title: str | None = None,
    *,
    classes: Sequence[Any] | None = None,
    rows: str = "digit",
    columns: str = "digit of the cluster",
    palette: Palette = LIGHT,
) -> Figure:
    """Counts of true against predicted class; hits and errors have colours of their own.

    Args:
        matrix: counts (K, K), or (K, K + U) with unmatched clusters last, as `metrics.confusion`.
        title: words above it.
        classes: names of the K classes; 0 to K − 1 by default.
        rows: name of the rows.
        columns: name of the columns.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if the matrix is not of counts, or the names do not fit.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[1] < matrix.shape[0] or (matrix < 0).any():
        raise ValueError(
            f"matrix: expected counts (K, K) or (K, K + U), received shape {matrix.shape}."
        )
    k, width = matrix.shape
    names = [str(name) for name in (range(k) if classes is None else classes)]
    if len(names) != k:
        raise ValueError(f"classes: expected {k} names, one a row, received {len(names)}.")
    drawn = canvas(0.42 * k * min(1, 10 / width) + 0.75 + 0.3 * (title is not None))
    axis = drawn.subplots()
    named = {"xticklabels": names + ["–"] * (width - k), "yticklabels": names}
    cells(axis, matrix, palette, numbers=True, **named)
    axis.set(xlabel=columns, ylabel=rows)
    if title is not None:
        axis.set_title(title)
    return drawn


@figure
def accuracy_dots(rows: Sequence[Mapping[str, Any]], *, palette: Palette = LIGHT) -> Figure:
    """Accuracy of every run as a dot, the median as a bar, and the paper's number where known.

    Where accuracies crowd near 100 %, errors are drawn on a logarithmic scale.

    Args:
        rows: dictionaries with "name" (words) and "values" (fractions, one a run) and, if the
            paper has such a number, "paper" (a fraction, or None for one that is lost).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no row, or a value is no fraction.
    """
    values = [np.asarray(row["values"], np.float64) for row in rows]
    if not values:
        raise ValueError("rows: expected at least one, received none.")
    for row, found in zip(rows, values, strict=True):
        if found.ndim != 1 or not ((found >= 0) & (found <= 1)).all():
            raise ValueError(
                f"rows: expected fractions in [0, 1] for {row['name']!r}, received {found}."
            )
    noted = any("paper" in row for row in rows)
    drawn = canvas((0.48 if noted else 0.36) * len(rows) + 0.55)
    axis = drawn.subplots()
    names = [str(row["name"]) for row in rows]
    strips(axis, values, palette, colours=[palette.role(n) or palette.ink for n in names])
    for y, (row, found) in enumerate(zip(rows, values, strict=True)):
        words = f"median {percent(np.median(found) if len(found) else None)}"
        if "paper" in row:
            known = row["paper"] is not None
            words += f"\n◇ paper {percent(row['paper'])}" if known else f"\npaper {NOT_RECOVERED}"
            if known:
                mark: Any = {"mfc": "none", "mec": palette.ink, "mew": 1.4, "ms": 9, "zorder": 4}
                axis.plot(row["paper"], y, "D", **mark, clip_on=False)
        beside(axis, y, words)
    named_rows(axis, names)
    printed = [row["paper"] for row in rows if row.get("paper") is not None]
    everything = np.concatenate([*values, printed])
    if everything.max(initial=0) >= CROWDED:
        accuracy_scale(axis, everything)
    else:
        axis.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axis.xaxis.set_major_formatter(in_percent)
    axis.set_xlabel("accuracy (%)")
    return drawn
