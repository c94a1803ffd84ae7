"""Scores: confusion matrices, and accuracies over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.style import LIGHT, Palette, canvas, figure, readable_on
from fplib.plots.labels import percent


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

    Colour is the share of the row, for errors on a square-root scale that shows single ones.

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
    classes = list(range(k)) if classes is None else list(classes)
    if len(classes) != k:
        raise ValueError(f"classes: expected {k} names, one a row, received {len(classes)}.")
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    hits = palette.sequential(0.15 + 0.75 * share)
    # An error rate of 10 % and more is as dark as it gets.
    wrong = palette.errors(0.12 + 0.7 * np.sqrt(np.minimum(share / 0.1, 1)))
    colours = np.where(np.eye(k, width, dtype=bool)[..., None], hits, wrong)
    colours[matrix == 0] = palette.grey(0.0)
    drawn = canvas(0.44 * k * min(1, 10 / width) + 0.75 + 0.3 * (title is not None))
    axis = drawn.subplots()
    axis.imshow(colours, aspect="equal")
    for (i, j), value in np.ndenumerate(matrix):
        if value:
            ink = readable_on(colours[i, j], palette)
            axis.text(j, i, f"{value:d}", ha="center", va="center", fontsize=8.5, color=ink)
    names = [str(name) for name in classes]
    axis.set_xticks(range(width), names + ["–"] * (width - k))
    axis.set_yticks(range(k), names)
    axis.set_xticks(np.arange(width + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axis.grid(False, which="major")
    axis.grid(True, which="minor", color=palette.grid, linewidth=0.6)
    axis.tick_params(which="both", length=0, labelsize=9.5)
    axis.spines[:].set_visible(False)
    axis.set(xlabel=columns, ylabel=rows)
    if title is not None:
        axis.set_title(title)
    return drawn


@figure
def accuracy_dots(rows: Sequence[Mapping[str, Any]], *, palette: Palette = LIGHT) -> Figure:
    """Accuracy of every run as a dot, the median as a bar, and the paper's number where known.

    Args:
        rows: dictionaries with "name" (words) and "values" (fractions, one a run) and, if the
            paper has such a number, "paper" (a fraction, or None for one that is lost).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no row, or a value is no fraction.
    """
    rows = [{**row, "values": np.asarray(row["values"], np.float64)} for row in rows]
    if not rows:
        raise ValueError("rows: expected at least one, received none.")
    for row in rows:
        if row["values"].ndim != 1 or not ((row["values"] >= 0) & (row["values"] <= 1)).all():
            raise ValueError(
                f"rows: expected fractions in [0, 1] for {row['name']!r}, received {row['values']}."
            )
    printed = [r["paper"] for r in rows if r.get("paper") is not None]
    lowest = min([*printed, *(v for row in rows for v in row["values"])], default=0.9)
    drawn = canvas(0.52 * len(rows) + 0.55)
    axis = drawn.subplots()
    for y, row in enumerate(rows):
        values = np.sort(row["values"])
        # Golden-ratio steps spread the dots over the row: equal values stay countable.
        offset = 0.56 * ((0.5 + 0.618034 * np.arange(len(values))) % 1 - 0.5)
        if len(values):
            middle = np.median(values)
            axis.plot([middle, middle], [y - 0.36, y + 0.36], color=palette.muted, lw=2, zorder=1)
        dots = {"color": palette.accent, "markersize": 5, "mec": palette.paper, "mew": 0.5}
        axis.plot(values, y + offset, "o", **dots, zorder=3, clip_on=False)
        text = f"median {percent(np.median(values) if len(values) else None)}"
        note = ""
        if "paper" in row:
            known = row["paper"] is not None
            note = f"\n{'◇ ' * known}paper {percent(row['paper']) if known else 'not recovered'}"
            if known:
                axis.plot(
                    row["paper"], y, "D", mfc="none", mec=palette.contrast, mew=1.6, ms=9, zorder=4
                )
        axis.annotate(
            f"{text}{note}",
            (1.03, y),
            xycoords=axis.get_yaxis_transform(),
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )
    span = max(1 - lowest, 1e-3)
    axis.set_xlim(lowest - 0.06 * span, 1 + 0.04 * span)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_yticks(range(len(rows)), [row["name"] for row in rows])
    axis.tick_params(axis="y", length=0)
    axis.grid(False, axis="y")
    axis.spines["left"].set_visible(False)
    axis.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.6g}"))
    axis.set_xlabel("accuracy (%)")
    return drawn
