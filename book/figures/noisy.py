"""Figures of noisy MNIST: where fusion helps, what lies between clusters, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.metrics import interval
from fplib.plots.images import mosaic, tile
from fplib.plots.labels import label_ends
from fplib.plots.parts import SMALL, beside, in_percent, looks, named_rows, shaped, wrapped
from fplib.plots.statistics import strips
from fplib.plots.style import LIGHT, Palette, canvas, figure, narrow, readable_on, width


@figure
def accuracy_by_distance(
    distance: ArrayLike,
    correct: Mapping[str, ArrayLike],
    *,
    edges: ArrayLike | None = None,
    xlabel: str = "distance of the slope from where the nearest digit changes",
    palette: Palette = LIGHT,
) -> Figure:
    """Accuracy of several ways to name a specimen, against how clear its curve is.

    Args:
        distance: how far each specimen is from the border, (N,), raw units.
        correct: name of the way -> whether it is right, (N,).
        edges: of the bins, increasing; by default six of equal width up to the largest distance.
        xlabel: what the distance is.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: a line a way with 95 % Wilson intervals, and the number of specimens below.

    Raises:
        ValueError: if there is not one truth value a specimen.
    """
    import seaborn as sns

    distance = shaped("distance", distance, None)
    edges = np.linspace(0, distance.max(), 7) if edges is None else np.asarray(edges, np.float64)
    inside = distance.clip(edges[0], edges[-1])
    place = np.clip(np.digitize(inside, edges) - 1, 0, len(edges) - 2)
    counts = np.bincount(place, minlength=len(edges) - 1)
    filled = np.flatnonzero(counts)
    middle = (0.5 * (edges[:-1] + edges[1:]))[filled]
    drawn = canvas(3.5)
    upper, lower = drawn.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    ends = []
    for (name, right), look in zip(correct.items(), looks(list(correct), palette), strict=True):
        right = shaped(f"correct[{name!r}]", right, len(distance))
        hits = np.bincount(place, right, minlength=len(counts))[filled].astype(int)
        of = counts[filled].tolist()
        bounds = np.array([interval(h, n) for h, n in zip(hits.tolist(), of, strict=True)])
        share = hits / counts[filled]
        upper.fill_between(middle, *bounds.T, color=look.colour, alpha=0.18, linewidth=0)
        style = {"color": look.colour, "marker": look.marker, "linestyle": look.line}
        upper.plot(middle, share, **style, markersize=4.5)
        ends.append((middle[-1], share[-1], name, look.colour))
    upper.yaxis.set_major_formatter(in_percent)
    upper.set_ylabel("accuracy (%)")
    bars = {"color": palette.muted, "alpha": 0.6, "linewidth": 0, "shrink": 0.9}
    sns.histplot(x=inside, bins=edges, ax=lower, **bars)
    lower.set(xlabel=xlabel, ylabel="specimens")
    lower.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    upper.set_ylim(min(0.9, upper.get_ylim()[0]), 1.004)
    label_ends(upper, ends, palette)
    drawn.align_ylabels()
    return drawn


@figure
def walks(
    images: ArrayLike,
    seen: ArrayLike,
    names: Sequence[str],
    radii: ArrayLike,
    own: Sequence[int],
    *,
    mark: float = 3.0,
    palette: Palette = LIGHT,
) -> Figure:
    """Images decoded on the way from each cluster to the next, with the class a judge sees in them.

    Args:
        images: grey values, (R, n, H, W), one row a walk.
        seen: class that the judge sees in each, (R, n).
        names: of the walks, such as "0 → 1", (R,).
        radii: distance from the first centre, (n,), in prior standard deviations.
        own: class of the cluster each walk leaves, (R,).
        mark: radius whose column is framed.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; classes other than the own are red.

    Raises:
        ValueError: if shapes do not fit together.
    """
    images = shaped("images", images, None, None, None, None)
    shaped("seen", seen, *images.shape[:2])
    radii = shaped("radii", radii, images.shape[1])
    high, wide = tile(images, gap=4)[0].shape
    drawn = canvas((width() - 0.5) * high / wide + 0.55)
    axis = drawn.subplots()
    down, across = mosaic(axis, images, names, gap=4, cmap=palette.grey)
    for (row, column), value in np.ndenumerate(np.asarray(seen)):
        other = value != own[row]
        axis.text(
            (column + 1) * across - 5,
            (row + 1) * down - 5,
            str(value),
            ha="right",
            va="bottom",
            fontsize=SMALL,
            fontweight="bold" if other else "normal",
            color=palette.alarm if other else palette.muted,
        )
    ticks = np.arange(0, len(radii), 2 if len(radii) > 7 else 1)
    half = images.shape[3] / 2 - 0.5
    axis.xaxis.tick_bottom()
    axis.set_xticks(across * ticks + half, [f"{r:.3g}" for r in radii[ticks]])
    axis.tick_params(length=0)
    if radii.min() <= mark <= radii.max():
        corner = across * int(np.abs(radii - mark).argmin()) - 2.5, -2.5
        frame: Any = {
            "fill": False,
            "edgecolor": palette.ink,
            "linewidth": 1.2,
            "clip_on": False,
        }
        axis.add_patch(Rectangle(corner, across, high + 4, **frame))
    axis.set_xlabel("distance from the first centre (prior standard deviations)")
    return drawn


@figure
def embedded_order(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    columns: int | None = None,
    palette: Palette = LIGHT,
) -> Figure:
    """Cluster centres joined in the order of their slopes, seen along their two widest directions.

    Args:
        panels: title -> centres (C, L) and slopes of their experts (C,).
        columns: panels a row; by default 3, and 2 on a phone.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; numbers rank the slopes from 0.

    Raises:
        ValueError: if there is no panel.
    """
    if not panels:
        raise ValueError("panels: expected at least one, received none.")
    columns = columns or (2 if narrow() else 3)
    rows = -(-len(panels) // columns)
    drawn = canvas(2.2 * rows)
    axes = drawn.subplots(rows, columns, squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.remove()
    for axis, (title, (means, slopes)) in zip(axes.flat, panels.items(), strict=False):
        means = np.asarray(means, np.float64)
        centred = means - means.mean(axis=0)
        widest = np.linalg.svd(centred, full_matrices=False)[2][:2]
        flat = (centred @ widest.T)[np.argsort(np.asarray(slopes, np.float64))]
        axis.plot(*flat.T, color=palette.muted, linewidth=1.1, zorder=1)
        for rank, place in enumerate(flat):
            colour = palette.of(rank, len(flat))
            axis.plot(*place, "o", color=colour, markersize=10, zorder=2)
            words = {"ha": "center", "va": "center", "fontsize": SMALL}
            axis.text(*place, str(rank), **words, color=readable_on(colour, palette))
        axis.set_title(wrapped(title, 18), fontsize=SMALL)
        axis.set_aspect("equal", adjustable="datalim")
        axis.margins(0.12)
        axis.xaxis.set_major_locator(MaxNLocator(3))
        axis.yaxis.set_major_locator(MaxNLocator(3))
    return drawn


@figure
def order_against_chance(
    rows: Sequence[Mapping[str, object]], *, xlabel: str, palette: Palette = LIGHT
) -> Figure:
    """One measure of order: every run as a dot, their mean, and what random order gives.

    Args:
        rows: dictionaries with "name" (words), "values" (one a run) and "chance" (draws of the
            measure of one run in random order).
        xlabel: name of the measure.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: grey bars hold the middle 95 % of random orders, a tick their mean; of the runs
        the quartiles and the mean are drawn.

    Raises:
        ValueError: if there is no row.
    """
    if not rows:
        raise ValueError("rows: expected at least one, received none.")
    drawn = canvas(0.46 * len(rows) + 0.6)
    axis = drawn.subplots()
    values = [np.asarray(row["values"], np.float64) for row in rows]
    strips(axis, values, palette, estimator="mean")
    for y, row in enumerate(rows):
        null = np.asarray(row["chance"], np.float64)
        low, high = np.quantile(null, [0.025, 0.975])
        axis.barh(y, high - low, left=low, height=0.66, color=palette.grid, zorder=0.8)
        axis.plot([null.mean()] * 2, [y - 0.33, y + 0.33], color=palette.muted, lw=1, zorder=0.9)
        beside(axis, y, f"mean {values[y].mean():.2f}")
    named_rows(axis, [str(row["name"]) for row in rows])
    axis.set_xlim(right=1.02)
    axis.set_xlabel(xlabel)
    return drawn
