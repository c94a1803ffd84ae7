"""Figures of cross-modal inference: banded confusions, one modality from the other, honesty of bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.images import tile
from fplib.plots.labels import label_ends
from fplib.plots.style import LIGHT, WIDTH, Palette, canvas, figure
from paperbook.tables import percent


@figure
def confusion_panels(
    panels: Mapping[str, ArrayLike],
    *,
    columns: int = 3,
    rows: str = "digit",
    named: str = "digit of the cluster",
    palette: Palette = LIGHT,
) -> Figure:
    """Several confusion matrices side by side as maps; hits and errors have colours of their own.

    Colour is the share of the row, for errors on a square-root scale that shows single ones and is
    darkest from one tenth on.

    Args:
        panels: title -> counts (K, K).
        columns: panels a row.
        rows: what the rows are.
        named: what the columns are.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; accuracy stands in the titles.

    Raises:
        ValueError: if a matrix is not square.
    """
    matrices = {title: np.asarray(matrix, np.float64) for title, matrix in panels.items()}
    for title, matrix in matrices.items():
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(
                f"panels[{title!r}]: expected counts (K, K), received shape {matrix.shape}."
            )
    down = -(-len(matrices) // columns)
    drawn = canvas(down * (WIDTH / columns + 0.42) + 0.2)
    axes = drawn.subplots(down, columns, squeeze=False, sharex=True, sharey=True)
    for axis, (title, matrix) in zip(axes.flat, matrices.items(), strict=False):
        k = len(matrix)
        share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        wrong = palette.errors(0.12 + 0.7 * np.sqrt(np.minimum(share / 0.1, 1)))
        hits = palette.sequential(0.15 + 0.75 * share)
        colours = np.where(np.eye(k, dtype=bool)[..., np.newaxis], hits, wrong)
        colours[matrix == 0] = palette.grey(0.0)
        axis.imshow(colours, aspect="equal")
        accuracy = np.trace(matrix) / max(matrix.sum(), 1)
        axis.set_title(f"{title}\n{percent(accuracy)}", fontsize=9)
        ticks = np.arange(0, k, 1 if k <= 5 else 3)
        axis.set_xticks(ticks, ticks)
        axis.set_yticks(ticks, ticks)
        axis.tick_params(length=0, labelsize=8.5)
        axis.set_xticks(np.arange(k + 1) - 0.5, minor=True)
        axis.set_yticks(np.arange(k + 1) - 0.5, minor=True)
        axis.tick_params(which="minor", length=0)
        axis.grid(False, which="major")
        axis.grid(True, which="minor", color=palette.grid, linewidth=0.4)
        axis.spines[:].set_visible(False)
    for axis in axes.flat[len(matrices) :]:
        axis.remove()
    for axis in axes[:, 0]:
        axis.set_ylabel(rows)
    drawn.supxlabel(named, fontsize=9.5)
    return drawn


@figure
def curves_from_images(
    images: ArrayLike,
    t: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    curves: ArrayLike,
    labels: Sequence[object],
    *,
    xlabel: str = "$t$",
    ylabel: str = "$X_2$",
    palette: Palette = LIGHT,
) -> Figure:
    """Images, and below each the curve predicted from it alone with the curve that was measured.

    Args:
        images: grey values in [0, 1], (n, H, W).
        t: where the curves are sampled, (T,).
        mean: predicted curves, (n, T), in the unit of `ylabel`.
        variance: their predictive variance, (n, T), unit squared.
        curves: measured curves, (n, T).
        labels: name of each specimen, (n,).
        xlabel: name and unit of t.
        ylabel: name and unit of the curves.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: line and band of 95 % are predicted, dots were measured.

    Raises:
        ValueError: if shapes do not fit together.
    """
    images, t, mean, variance, curves = (
        np.asarray(a, np.float64) for a in (images, t, mean, variance, curves)
    )
    shape = (len(images), len(t))
    if {a.shape for a in (mean, variance, curves)} != {shape} or len(labels) != shape[0]:
        raise ValueError(
            f"mean, variance, curves, labels: expected shape {shape} and {shape[0]} labels, "
            f"received {mean.shape}, {variance.shape}, {curves.shape} and {len(labels)}."
        )
    drawn = canvas(3.0)
    axes = drawn.subplots(2, shape[0], height_ratios=(0.8, 1.25), squeeze=False)
    half = 1.96 * np.sqrt(variance)
    low, high = min((mean - half).min(), curves.min()), max((mean + half).max(), curves.max())
    room = 0.04 * (high - low)
    for i in range(shape[0]):
        above, below = axes[:, i]
        above.imshow(images[i], cmap=palette.grey, vmin=0, vmax=1)
        above.set_axis_off()
        above.set_title(str(labels[i]), loc="center", fontsize=9)
        below.fill_between(
            t, mean[i] - half[i], mean[i] + half[i], color=palette.accent, alpha=0.22, linewidth=0
        )
        below.plot(t, mean[i], color=palette.accent, linewidth=1.5)
        below.plot(t, curves[i], "o", color=palette.contrast, markersize=2.0)
        below.set_ylim(low - room, high + room)
        below.set_xticks(t[[0, -1]], [f"{end:g}" for end in t[[0, -1]]])
        below.yaxis.set_major_locator(MaxNLocator(4))
        below.tick_params(labelleft=i == 0, labelsize=8.5)
        below.set_xlabel(xlabel)
    axes[1, 0].set_ylabel(ylabel)
    return drawn


@figure
def images_from_curves(
    t: ArrayLike,
    curves: ArrayLike,
    images: ArrayLike,
    columns: Sequence[str],
    *,
    names: Sequence[str] | None = None,
    xlabel: str = "$t$",
    ylabel: str = "$X_2$",
    palette: Palette = LIGHT,
) -> Figure:
    """Curves, and beside each the images generated from it alone.

    Args:
        t: where the curves are sampled, (T,).
        curves: measured curves, (n, T), in the unit of `ylabel`.
        images: generated from each, grey values, (n, m, H, W).
        columns: title of each column of images, (m,).
        names: words over each curve, (n,), or none.
        xlabel: name and unit of t.
        ylabel: name and unit of the curves.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together.
    """
    t, curves, images = (np.asarray(a, np.float64) for a in (t, curves, images))
    n = len(curves)
    if curves.shape != (n, len(t)) or images.ndim != 4 or images.shape[:2] != (n, len(columns)):
        raise ValueError(
            f"curves, images, columns: expected shapes (n, {len(t)}), (n, m, H, W) and m titles, "
            f"received {curves.shape}, {images.shape} and {len(columns)} titles."
        )
    drawn = canvas(0.78 * n + 0.45)
    axes = drawn.subplots(n, 2, width_ratios=(1, images.shape[1] * 0.62), squeeze=False)
    low, high = curves.min(), curves.max()
    room = 0.06 * (high - low)
    for i, (left, right) in enumerate(axes):
        left.plot(t, curves[i], "o", color=palette.contrast, markersize=2.0)
        left.set_ylim(low - room, high + room)
        left.set_xticks(t[[0, -1]], [f"{end:g}" for end in t[[0, -1]]])
        left.yaxis.set_major_locator(MaxNLocator(2))
        left.tick_params(labelbottom=i == n - 1, labelsize=8.5)
        left.set_ylabel(ylabel)
        if names is not None:
            left.text(0.03, 0.97, names[i], transform=left.transAxes, va="top", fontsize=8.5)
        mosaic, _, pitch = tile(images[i : i + 1])
        right.imshow(mosaic, cmap=palette.grey, vmin=0, vmax=1)
        right.set_yticks([])
        right.set_xticks([])
        if i == 0:
            right.set_xticks(pitch * np.arange(len(columns)) + images.shape[3] / 2 - 0.5, columns)
            right.xaxis.tick_top()
        right.tick_params(length=0, labelsize=9)
        right.grid(False)
        right.spines[:].set_visible(False)
    axes[-1, 0].set_xlabel(xlabel)
    return drawn


@figure
def coverage_curves(
    levels: ArrayLike, shares: Mapping[str, ArrayLike], *, palette: Palette = LIGHT
) -> Figure:
    """Share of measured values inside predictive intervals against the probability they promise.

    Args:
        levels: promised probabilities, (K,).
        shares: name -> share found inside, (K,).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; on the dashed diagonal promise and finding agree.

    Raises:
        ValueError: if there is not one share a level.
    """
    levels = np.asarray(levels, np.float64)
    drawn = canvas(3.3)
    axis = drawn.subplots()
    axis.plot([0, 1], [0, 1], color=palette.muted, linewidth=1.0, linestyle=(0, (4, 3)))
    ends = []
    colours = [palette.accent, palette.contrast, palette.of(6), palette.of(2)]
    for index, (name, share) in enumerate(shares.items()):
        share = np.asarray(share, np.float64)
        if share.shape != levels.shape:
            raise ValueError(
                f"shares[{name!r}]: expected one for each of {levels.shape} levels, received "
                f"shape {share.shape}."
            )
        colour = colours[index % 4]
        axis.plot(levels, share, color=colour, marker="osD^"[index % 4], markersize=3.5)
        ends.append((levels[-1], share[-1], name, colour))
    percents = FuncFormatter(lambda v, _: f"{100 * v:.6g}")
    axis.xaxis.set_major_formatter(percents)
    axis.yaxis.set_major_formatter(percents)
    axis.set(xlim=(0, 1), ylim=(0, 1.01))
    axis.set_xlabel("promised probability (%)")
    axis.set_ylabel("found inside (%)")
    label_ends(axis, ends, palette)
    return drawn
