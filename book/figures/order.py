"""Figures of permuted slopes: which order clusters and errors follow, by the start of the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.parts import DASHED, looks, shaped
from fplib.plots.statistics import line_of_runs
from fplib.plots.style import LIGHT, Palette, canvas, figure

Panels = Mapping[str, Mapping[str, Mapping[str, ArrayLike]]]


@figure
def by_start(
    panels: Panels,
    columns: Sequence[str],
    *,
    ylabel: str,
    bands: Mapping[str, tuple[float, float]] | None = None,
    chance: float | None = None,
    palette: Palette = LIGHT,
) -> Figure:
    """One measure by the start of the training, in a colour for each order it is taken along.

    Args:
        panels: title -> name of an order -> column -> values, one a run (R,); a column may lack.
        columns: the starts, from left to right.
        ylabel: name of the measure.
        bands: name of an order -> lower and upper end of a range, such as that of a null model.
        chance: level of a dashed line.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: a dot a run, a larger marker at their mean.

    Raises:
        ValueError: if there is no panel.
    """
    if not panels:
        raise ValueError("panels: expected at least one, received none.")
    orders = list(dict.fromkeys(order for lines in panels.values() for order in lines))
    look = dict(zip(orders, looks(orders, palette), strict=True))
    drawn = canvas(0.7 + 1.9 * len(panels))
    axes = drawn.subplots(len(panels), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axis, (title, lines) in zip(axes, panels.items(), strict=True):
        for order, (low, high) in (bands or {}).items():
            axis.axhspan(low, high, color=look[order].colour, alpha=0.15, linewidth=0)
        if chance is not None:
            axis.axhline(chance, color=palette.muted, linestyle=DASHED, linewidth=1)
        for order, found in lines.items():
            shift = 0.72 * ((orders.index(order) + 0.5) / len(orders) - 0.5)
            values = [np.asarray(found.get(column, []), np.float64) for column in columns]
            places = np.repeat(np.arange(len(columns)), [len(v) for v in values])
            same: dict[str, Any] = {"colour": look[order].colour, "marker": look[order].marker}
            whole, before = np.concatenate(values), len(axis.lines)
            line_of_runs(axis, places, whole, palette, **same, line="none", width=0.1, shift=shift)
            for line in list(axis.lines)[before:]:
                line.set_xdata(np.asarray(line.get_xdata(), np.float64) + shift)
                line.set_label(order)
        axis.set_title(title)
        axis.set_xticks(range(len(columns)), columns)
        axis.set_xlim(-0.5, len(columns) - 0.5)
        axis.grid(False, axis="x")
    drawn.supylabel(ylabel)
    handles = {h.get_label(): h for axis in axes for h in axis.lines if h.get_label() in orders}
    known = [order for order in orders if order in handles]
    if known:
        drawn.legend([handles[o] for o in known], known, loc="outside upper left", ncols=2)
    return drawn


@figure
def courses(
    panels: Mapping[str, Mapping[str, ArrayLike]],
    *,
    ylabel: str,
    palette: Palette = LIGHT,
) -> Figure:
    """A measure after each epoch, from before training on: a line a start through the runs' means.

    Args:
        panels: title -> name of a start -> values (R, E + 1), before training and after each epoch.
        ylabel: name of the measure.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no panel, or values are no table.
    """
    if not panels:
        raise ValueError("panels: expected at least one, received none.")
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    look = dict(zip(names, looks(names, palette), strict=True))
    drawn = canvas(2.9)
    axes = drawn.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, (title, lines) in zip(axes, panels.items(), strict=True):
        for name, values in lines.items():
            values = shaped(f"panels[{title!r}][{name!r}]", values, None, None)
            epochs = np.broadcast_to(np.arange(values.shape[1]), values.shape)
            shown = look[name]._asdict() | {"label": name}
            line_of_runs(axis, epochs, values, palette, **shown, width=0.2)
        axis.set_title(title)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlabel("epochs")
    axes[0].set_ylabel(ylabel)
    handles = {h.get_label(): h for axis in axes for h in axis.lines if h.get_label() in names}
    if handles:
        drawn.legend(list(handles.values()), list(handles), loc="outside upper left", ncols=2)
    return drawn
