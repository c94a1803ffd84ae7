"""Curves: the experts over the data, and image–curve pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.labels import label_ends
from fplib.plots.parts import DASHED, SMALL, end_ticks, percent, shaped, show_image
from fplib.plots.style import LIGHT, Palette, canvas, figure


@figure
def expert_lines(
    t: ArrayLike,
    curves: ArrayLike,
    clusters: ArrayLike,
    mean: ArrayLike,
    std: ArrayLike,
    *,
    names: Sequence[int] | Sequence[str] | None = None,
    count: int = 200,
    xlabel: str = "$t$",
    ylabel: str = "$X_2$",
    palette: Palette = LIGHT,
) -> Figure:
    """Expert curves over measured ones, and what is left of the data after subtracting them.

    Args:
        t: where the curves are sampled, (T,).
        curves: measured curves, (N, T), in the unit of `ylabel`.
        clusters: cluster of each curve, (N,), integers 0..C-1.
        mean: expert curves E(t; θ_c), (C, T), same unit.
        std: expert standard deviations σ̂_c, (C,), same unit.
        names: what to call the clusters, (C,); whole numbers 0 to 9 also choose the colour.
        count: at most so many measured curves are drawn, evenly over the clusters.
        xlabel: name and unit of t.
        ylabel: name and unit of the curves.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: curves above, residuals with the ±2 σ̂_c band below.

    Raises:
        ValueError: if shapes do not fit together.
    """
    t, clusters = shaped("t", t, None), np.asarray(clusters)
    curves = shaped("curves", curves, len(clusters), len(t))
    mean = shaped("mean", mean, None, len(t))
    std = shaped("std", std, len(mean))
    if clusters.dtype.kind not in "iu" or not 0 <= clusters.min() <= clusters.max() < len(mean):
        raise ValueError(
            f"clusters: expected integers 0..{len(mean) - 1}, one row of `mean` each, received "
            f"{clusters.min()} to {clusters.max()} ({clusters.dtype})."
        )
    names = range(len(mean)) if names is None else names
    colours = [_colour(name, c, len(mean), palette) for c, name in enumerate(names)]
    chosen = _evenly(clusters, count)
    drawn = canvas(4.6)
    upper, lower = drawn.subplots(2, 1, sharex=True, height_ratios=(2.4, 1))
    shade = [colours[c] for c in clusters[chosen]]
    lines = [np.column_stack([t, row]) for row in curves[chosen]]
    upper.add_collection(LineCollection(lines, colors=shade, linewidths=0.5, alpha=0.4))
    residuals = curves[chosen] - mean[clusters[chosen]]
    # Points of one time stand side by side by cluster, or the last cluster would hide the others.
    step = np.diff(t).min(initial=np.ptp(t)) if len(t) > 1 else 1.0
    offsets = 0.7 * step * ((clusters[chosen] + 0.5) / len(mean) - 0.5)
    lower.scatter(
        np.add.outer(offsets, t), residuals, c=np.repeat(shade, len(t)), s=2.2, lw=0, alpha=0.7
    )
    ends = []
    for c, name in enumerate(names):
        upper.fill_between(
            t, mean[c] - 2 * std[c], mean[c] + 2 * std[c], color=colours[c], alpha=0.18, linewidth=0
        )
        upper.plot(t, mean[c], color=colours[c], linewidth=1.8)
        ends.append((t[-1], mean[c, -1], str(name), colours[c]))
    shared = np.ptp(std) < 0.05 * np.max(std)  # one pair of lines then stands for all clusters
    bands = [(np.mean(std), palette.ink)] if shared else zip(std, colours, strict=True)
    for width, colour in bands:
        for sign in (-2, 2):
            lower.axhline(sign * width, color=colour, linewidth=1.1, linestyle=DASHED)
    upper.autoscale_view()
    upper.set_xlim(t.min() - step / 2, t.max() + step / 2)
    label_ends(upper, ends, palette, size=9.5)
    reach = max(3.5 * np.max(std), np.quantile(np.abs(residuals), 0.998), 1e-12)
    lower.set_ylim(-reach, reach)
    inside = np.mean(np.abs(curves - mean[clusters]) <= 2 * std[clusters, None])
    upper.set_title("Expert curves (±2 standard deviations) over the data")
    lower.set_title(f"Data minus curve: {percent(inside, 1)} within ±2 standard deviations")
    upper.set_ylabel(ylabel)
    lower.set(ylabel="residual", xlabel=xlabel)
    drawn.align_ylabels()
    lower.yaxis.set_major_locator(MaxNLocator(3, symmetric=True))
    return drawn


@figure
def example_pairs(
    images: ArrayLike,
    curves: ArrayLike,
    t: ArrayLike,
    labels: ArrayLike,
    *,
    columns: int = 5,
    xlabel: str = "$t$",
    ylabel: str = "$X_2$",
    palette: Palette = LIGHT,
) -> Figure:
    """Specimens as the model sees them: an image, and under it the curve measured on the same one.

    Args:
        images: grey values in [0, 1], (n, H, W).
        curves: measured curves, (n, T), in the unit of `ylabel`.
        t: where the curves are sampled, (T,).
        labels: class of each specimen, (n,).
        columns: pairs a row.
        xlabel: name and unit of t.
        ylabel: name and unit of the curves.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together.
    """
    t, labels = shaped("t", t, None), np.asarray(labels)
    n, classes = len(labels), np.unique(labels)
    images = shaped("images", images, n, None, None)
    curves = shaped("curves", curves, n, len(t))
    rows = -(-n // columns)
    drawn = canvas(2.15 * rows + 0.2)
    axes = drawn.subplots(2 * rows, columns, height_ratios=(1, 0.85) * rows, squeeze=False)
    room = 0.06 * np.ptp(curves)
    for index in range(rows * columns):
        row, column = divmod(index, columns)
        above, below = axes[2 * row, column], axes[2 * row + 1, column]
        if index >= n:
            above.remove()
            below.remove()
            continue
        name, lowest = labels[index], index + columns >= n
        show_image(above, images[index], palette.grey)
        colour = _colour(name, int(np.searchsorted(classes, name)), len(classes), palette)
        below.plot(t, curves[index], "o", color=colour, markersize=2.2)
        below.set_ylim(curves.min() - room, curves.max() + room)
        below.set_title(str(name), loc="center", y=0.72, x=0.14)
        end_ticks(below, t)
        below.yaxis.set_major_locator(MaxNLocator(3))
        below.tick_params(labelleft=column == 0, labelbottom=lowest, labelsize=SMALL)
        below.set(ylabel="" if column else ylabel, xlabel=xlabel if lowest else "")
    return drawn


def _colour(name: object, index: int, count: int, palette: Palette) -> str:
    """A digit keeps its colour in every figure; other names share the palette evenly."""
    try:
        digit = int(name)  # type: ignore[call-overload]  # what is no number is caught
    except (TypeError, ValueError):
        return palette.of(index, count)
    return palette.of(digit) if 0 <= digit <= 9 else palette.of(index, count)


def _evenly(clusters: np.ndarray, count: int) -> np.ndarray:
    """Indices of at most `count` specimens, the same number from each cluster, fixed seed."""
    shuffled = np.random.default_rng(0).permutation(len(clusters))
    share = max(1, count // max(1, len(np.unique(clusters))))
    kept = [shuffled[clusters[shuffled] == c][:share] for c in np.unique(clusters)]
    chosen = np.concatenate(kept)
    return np.random.default_rng(1).permutation(chosen)  # no cluster lies on top by its number
