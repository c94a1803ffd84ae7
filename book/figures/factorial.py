"""A factorial: effects with their intervals, and every cell's accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.parts import SMALL, bare, named_rows, percent, shaped
from fplib.plots.style import LIGHT, Palette, canvas, figure, narrow


@figure
def effect_intervals(
    names: Sequence[str],
    responses: Mapping[str, ArrayLike],
    *,
    main: int,
    palette: Palette = LIGHT,
) -> Figure:
    """Effects and their intervals, a row each, a panel a response.

    Args:
        names: of R effects, from the top.
        responses: title -> mean, low and high of each effect, (R, 3), in percentage points.
        main: how many rows from the top are main effects; a rule stands below them.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no panel, or an array has not the shape (R, 3).
    """
    if not responses:
        raise ValueError("responses: expected at least one, received none.")
    drawn = canvas(0.6 + 0.3 * len(names))
    axes = drawn.subplots(1, len(responses), sharey=True, squeeze=False)[0]
    for axis, (title, values) in zip(axes, responses.items(), strict=True):
        found = shaped(f"responses[{title!r}]", values, len(names), 3)
        named_rows(axis, names)
        axis.axvline(0, color=palette.muted, linewidth=1)
        for row, (mean, low, high) in enumerate(found):
            clear = low > 0 or high < 0
            colour = palette.muted if not clear else palette.accent if mean > 0 else palette.alarm
            axis.plot([low, high], [row, row], color=colour, linewidth=2.2, alpha=0.55)
            axis.plot(mean, row, "o", color=colour, markersize=5)
        if main < len(names):
            axis.axhline(main - 0.5, color=palette.grid, linewidth=1)
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.margins(x=0.08)
        axis.set_title(title)
        axis.set_xlabel("percentage points")
    return drawn


@figure
def cell_map(
    accuracies: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """The median accuracy of every cell, as numbers on shades.

    Args:
        accuracies: fractions, (R, K).
        rows: names of the R rows.
        columns: names of the K columns, in lines.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if the names do not fit.
    """
    import seaborn as sns

    values = shaped("accuracies", accuracies, len(rows), len(columns))
    across = 4 if narrow() else len(columns)  # a phone shows them in several panels
    parts = [slice(start, start + across) for start in range(0, len(columns), across)]
    drawn = canvas((1.1 + 0.34 * len(rows)) * len(parts))
    look: dict[str, Any] = {"cmap": palette.shades(palette.muted), "vmin": 0, "vmax": 1.6}
    look |= {"linewidths": 1.5, "linecolor": palette.paper, "cbar": False, "fmt": ""}
    look["annot_kws"] = {"color": palette.ink, "fontsize": SMALL}
    for axis, part in zip(drawn.subplots(len(parts), 1, squeeze=False)[:, 0], parts, strict=True):
        words = np.array([[percent(v).removesuffix(" %") for v in row[part]] for row in values])
        names = {"xticklabels": list(columns[part]), "yticklabels": list(rows)}
        sns.heatmap(values[:, part], ax=axis, annot=words, **names, **look)
        bare(axis)
        axis.xaxis.tick_top()
        axis.tick_params(axis="x", labelrotation=0, length=0)
        axis.tick_params(axis="y", labelrotation=0)
    return drawn
