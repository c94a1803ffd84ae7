"""Curves: the experts over the data, and image–curve pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.labels import label_ends
from fplib.plots.parts import DASHED, SMALL, end_ticks, percent, shaped, show_image
from fplib.plots.style import LIGHT, Palette, canvas, figure, narrow


@figure
def expert_lines(
    t: ArrayLike,
    curves: ArrayLike,
    clusters: ArrayLike,
    mean: ArrayLike,
    std: ArrayLike,
    *,
    names: Sequence[int] | Sequence[str] | None = None,
    xlabel: str = "$t$",
    ylabel: str = "$X_2$",
    palette: Palette = LIGHT,
) -> Figure:
    """Expert curves over the mean of each cluster's data, and what is left of all the data.

    Args:
        t: where the curves are sampled, (T,).
        curves: measured curves, (N, T), in the unit of `ylabel`.
        clusters: cluster of each curve, (N,), integers 0..C-1.
        mean: expert curves E(t; θ_c), (C, T), same unit.
        std: expert standard deviations σ̂_c, (C,), same unit.
        names: what to call the clusters, (C,); whole numbers 0 to 9 also choose the colour.
        xlabel: name and unit of t.
        ylabel: name and unit of the curves.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: experts as lines and means as dots; and the distribution of the residuals, each
        divided by the σ̂_c of its cluster, beside a normal density.

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
    drawn = canvas(5.0 if narrow() else 3.2)
    if narrow():
        left, right = drawn.subplots(2, 1, height_ratios=(1.5, 1))
    else:
        left, right = drawn.subplots(1, 2, width_ratios=(1.5, 1))
    ends = []
    for c, name in enumerate(names):
        colour = _colour(name, c, len(mean), palette)
        left.plot(t, mean[c], color=colour)
        if (clusters == c).any():
            middle = curves[clusters == c].mean(axis=0)
            left.plot(t, middle, "o", color=colour, markersize=3.2)
        ends.append((t[-1], mean[c, -1], str(name), colour))
    left.margins(x=0.02)
    label_ends(left, ends, palette)
    left.set_title("Experts (lines) and mean curves (dots)")
    left.set(xlabel=xlabel, ylabel=ylabel)
    residuals = (curves - mean[clusters]) / np.maximum(std[clusters, None], 1e-12)
    bins = np.linspace(-4, 4, 41)
    shares = np.histogram(residuals, bins)[0] / residuals.size / (bins[1] - bins[0])
    right.stairs(shares, bins, fill=True, color=palette.muted, alpha=0.45, label="data")
    z = np.linspace(-4, 4, 161)
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    right.plot(z, density, color=palette.ink, linestyle=DASHED, label="normal")
    right.set(xlabel="(data − expert) / $\\sigma$", yticks=[], ylim=(0, 1.35 * density.max()))
    right.grid(False, axis="y")
    right.spines["left"].set_visible(False)
    right.legend(loc="upper right", ncols=2)
    inside = np.mean(np.abs(residuals) <= 2)
    right.set_title(f"Residuals: {percent(inside, 1)} within ±2 $\\sigma$")
    return drawn


@figure
def example_pairs(
    images: ArrayLike,
    curves: ArrayLike,
    t: ArrayLike,
    labels: ArrayLike,
    *,
    columns: int | None = None,
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
        columns: pairs a row; by default 8, and 4 on a phone.
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
    columns = columns or min(n, 4 if narrow() else 8)
    rows = -(-n // columns)
    drawn = canvas(1.9 * rows + 0.2)
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
