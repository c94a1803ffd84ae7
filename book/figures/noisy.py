"""Figures of noisy MNIST: where fusion helps, what lies between clusters, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from fplib.metrics import interval
from fplib.plots.images import tile
from fplib.plots.labels import label_ends
from fplib.plots.style import LIGHT, WIDTH, Palette, canvas, figure


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
    distance = np.asarray(distance, np.float64)
    correct = {name: np.asarray(right, bool) for name, right in correct.items()}
    for name, right in correct.items():
        if right.shape != distance.shape:
            raise ValueError(
                f"correct[{name!r}]: expected one for each of {distance.shape} distances, "
                f"received shape {right.shape}."
            )
    edges = np.linspace(0, distance.max(), 7) if edges is None else np.asarray(edges, np.float64)
    place = np.clip(np.digitize(distance, edges) - 1, 0, len(edges) - 2)
    counts = np.bincount(place, minlength=len(edges) - 1)
    filled = np.flatnonzero(counts)
    middle = 0.5 * (edges[:-1] + edges[1:])
    drawn = canvas(3.5)
    upper, lower = drawn.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    colours = [palette.contrast, palette.of(6), palette.accent, palette.muted]
    ends = []
    for index, (name, right) in enumerate(correct.items()):
        colour, marker = colours[index % 4], "osD^"[index % 4]
        hits = np.array([int(right[place == b].sum()) for b in filled])
        bounds = np.array([interval(h, int(counts[b])) for h, b in zip(hits, filled, strict=True)])
        share = hits / counts[filled]
        upper.fill_between(middle[filled], *bounds.T, color=colour, alpha=0.18, linewidth=0)
        upper.plot(middle[filled], share, marker=marker, color=colour, markersize=4.5)
        ends.append((middle[filled[-1]], share[-1], name, colour))
    upper.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.6g}"))
    upper.set_ylabel("accuracy (%)")
    lower.bar(middle, counts, width=0.9 * np.diff(edges), color=palette.muted, alpha=0.6)
    lower.set_ylabel("specimens")
    lower.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    lower.set_xlabel(xlabel)
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
        The figure; classes other than the own stand in the contrast colour.

    Raises:
        ValueError: if shapes do not fit together.
    """
    images, seen, radii = np.asarray(images, np.float64), np.asarray(seen), np.asarray(radii)
    if images.ndim != 4 or seen.shape != images.shape[:2] or radii.shape != images.shape[1:2]:
        raise ValueError(
            "images, seen, radii: expected shapes (R, n, H, W), (R, n) and (n,), received "
            f"{images.shape}, {seen.shape} and {radii.shape}."
        )
    mosaic, pitch_y, pitch_x = tile(images, gap=4)
    height, width = mosaic.shape
    drawn = canvas((WIDTH - 0.5) * height / width + 0.55)
    axis = drawn.subplots()
    axis.imshow(mosaic, cmap=palette.grey, vmin=0, vmax=1)
    for (row, column), value in np.ndenumerate(seen):
        other = value != own[row]
        axis.text(
            (column + 1) * pitch_x - 5,
            (row + 1) * pitch_y - 5,
            str(value),
            ha="right",
            va="bottom",
            fontsize=8.5,
            fontweight="bold" if other else "normal",
            color=palette.contrast if other else palette.muted,
        )
    half = images.shape[3] / 2 - 0.5
    ticks = np.arange(0, len(radii), 2 if len(radii) > 7 else 1)
    axis.set_xticks(pitch_x * ticks + half, [f"{r:.3g}" for r in radii[ticks]])
    axis.set_yticks(pitch_y * np.arange(len(images)) + images.shape[2] / 2 - 0.5, names)
    if radii.min() <= mark <= radii.max():
        corner = pitch_x * int(np.abs(radii - mark).argmin()) - 2.5, -2.5
        frame = {"fill": False, "edgecolor": palette.accent, "linewidth": 1.2, "clip_on": False}
        axis.add_patch(Rectangle(corner, pitch_x, height + 4, **frame))
    axis.tick_params(length=0, labelsize=9.5)
    axis.set_xlabel("distance from the first centre (prior standard deviations)")
    axis.grid(False)
    axis.spines[:].set_visible(False)
    return drawn


@figure
def embedded_order(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    columns: int = 2,
    palette: Palette = LIGHT,
) -> Figure:
    """Cluster centres joined in the order of their slopes, seen along their two widest directions.

    Args:
        panels: title -> centres (C, L) and slopes of their experts (C,).
        columns: panels a row.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; numbers rank the slopes from 0.

    Raises:
        ValueError: if there is no panel.
    """
    if not panels:
        raise ValueError("panels: expected at least one, received none.")
    rows = -(-len(panels) // columns)
    drawn = canvas(2.55 * rows)
    axes = drawn.subplots(rows, columns, squeeze=False)
    for axis, (title, (means, slopes)) in zip(axes.flat, panels.items(), strict=False):
        means = np.asarray(means, np.float64)
        order = np.argsort(np.asarray(slopes, np.float64))
        centred = means - means.mean(axis=0)
        flat = (centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T)[order]
        axis.plot(*flat.T, color=palette.muted, linewidth=1.1, zorder=1)
        for rank, place in enumerate(flat):
            axis.plot(*place, "o", color=palette.of(rank, len(flat)), markersize=11, zorder=2)
            colour = palette.paper if palette.name == "light" else palette.ink
            axis.text(*place, str(rank), ha="center", va="center", fontsize=8.5, color=colour)
        axis.set_title(title, fontsize=9)
        axis.set_aspect("equal", adjustable="datalim")
        axis.margins(0.12)
        axis.xaxis.set_major_locator(MaxNLocator(3))
        axis.yaxis.set_major_locator(MaxNLocator(3))
    for axis in axes.flat[len(panels) :]:
        axis.remove()
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
        The figure: grey bars hold the middle 95 % of random orders, a tick their mean.

    Raises:
        ValueError: if there is no row.
    """
    if not rows:
        raise ValueError("rows: expected at least one, received none.")
    drawn = canvas(0.55 * len(rows) + 0.6)
    axis = drawn.subplots()
    for y, row in enumerate(rows):
        null = np.asarray(row["chance"], np.float64)
        values = np.sort(np.asarray(row["values"], np.float64))
        low, high = np.quantile(null, [0.025, 0.975])
        axis.barh(y, high - low, left=low, height=0.62, color=palette.grid, zorder=1)
        axis.plot([null.mean()] * 2, [y - 0.31, y + 0.31], color=palette.muted, lw=1.4, zorder=2)
        offset = 0.5 * ((0.5 + 0.618034 * np.arange(len(values))) % 1 - 0.5)
        dots = {"color": palette.accent, "markersize": 5, "mec": palette.paper, "mew": 0.5}
        axis.plot(values, y + offset, "o", **dots, zorder=4, clip_on=False)
        axis.plot([values.mean()] * 2, [y - 0.38, y + 0.38], color=palette.contrast, lw=2, zorder=3)
        axis.annotate(
            f"mean {values.mean():.2f}",
            (1.03, y),
            xycoords=axis.get_yaxis_transform(),
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_yticks(range(len(rows)), [str(row["name"]) for row in rows])
    axis.tick_params(axis="y", length=0)
    axis.grid(False, axis="y")
    axis.spines["left"].set_visible(False)
    axis.set_xlim(right=1.02)
    axis.set_xlabel(xlabel)
    return drawn
