"""Figures of cross-modal inference: banded confusions, one modality from the other, honesty of bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from book.figures.predictions import below_images
from fplib.plots.images import mosaic
from fplib.plots.labels import label_ends
from fplib.plots.parts import DASHED, SMALL, end_ticks, in_percent, looks, percent, shaped
from fplib.plots.statistics import cells
from fplib.plots.style import LIGHT, Palette, canvas, figure, narrow, width


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

    Grey is the share of the row; colour is for errors, on a square-root scale that shows single ones and is
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
    matrices = [shaped(f"panels[{k!r}]", m, None, np.shape(m)[0]) for k, m in panels.items()]
    titles = list(panels)
    if narrow() and len(titles) % columns == 0 and len(titles) // columns < columns:
        turned = np.arange(len(titles)).reshape(-1, columns).T.ravel()
        titles, matrices = [titles[i] for i in turned], [matrices[i] for i in turned]
        columns = len(titles) // columns
    down = -(-len(matrices) // columns)
    drawn = canvas(down * (width() / columns + 0.42) + 0.2)
    axes = drawn.subplots(down, columns, squeeze=False)
    for axis in axes.flat[len(matrices) :]:
        axis.remove()
    for axis, title, matrix in zip(axes.flat, titles, matrices, strict=False):
        first = axis in axes[:, 0]
        every = 1 if len(matrix) <= 5 else 3
        below = axis in axes[-1] or axis not in axes.flat[: len(matrices) - columns]
        ticks: Any = {
            "xticklabels": every if below else False,
            "yticklabels": every if first else False,
        }
        cells(axis, matrix, palette, **ticks)
        accuracy = np.trace(matrix) / max(matrix.sum(), 1)
        ink = palette.role(title) or palette.ink
        axis.set_title(f"{title}\n{percent(accuracy)}", fontsize=SMALL, color=ink)
        axis.set_ylabel(rows if first else "")
    drawn.supxlabel(named)
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
    look: Any = {"cmap": palette.grey, "height": 3.0, "marks": "o"}
    std = np.sqrt(np.asarray(variance, np.float64))
    drawn, below = below_images(images, t, mean, std, curves, labels, palette, **look)
    for axis in below:
        end_ticks(axis, t)
        axis.set_xlabel(xlabel)
    below[0].set_ylabel(ylabel)
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
    t = shaped("t", t, None)
    curves = shaped("curves", curves, None, len(t))
    images = shaped("images", images, len(curves), None, None, None)
    for name, words, wanted in (
        ("columns", columns, images.shape[1]),
        ("names", names, len(curves)),
    ):
        if words is not None and len(words) != wanted:
            raise ValueError(f"{name}: expected {wanted}, received {len(words)}.")
    drawn = canvas(0.74 * len(curves) + 0.45)
    widths = (1, images.shape[1] * 0.62)
    axes = drawn.subplots(len(curves), 2, width_ratios=widths, squeeze=False)
    room = 0.06 * np.ptp(curves)
    for i, (left, right) in enumerate(axes):
        left.plot(t, curves[i], "o", color=palette.roles["curve"], markersize=2.0)
        left.set_ylim(curves.min() - room, curves.max() + room)
        end_ticks(left, t)
        left.yaxis.set_major_locator(MaxNLocator(2))
        left.tick_params(labelbottom=i == len(curves) - 1, labelsize=SMALL)
        left.set_ylabel(ylabel)
        if names is not None:
            left.text(0.03, 0.97, names[i], transform=left.transAxes, va="top", fontsize=SMALL)
        mosaic(right, images[i : i + 1], columns=columns if i == 0 else None, cmap=palette.grey)
    axes[-1, 0].set_xlabel(xlabel)
    return drawn


@figure
def coverage_curves(
    levels: ArrayLike, shares: Mapping[str, ArrayLike], *, palette: Palette = LIGHT
) -> Figure:
    """How far the share of measured values inside predictive intervals is from what they promise.

    Args:
        levels: promised probabilities, (K,).
        shares: name -> share found inside, (K,).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure, in points of per cent; on the dashed line promise and finding agree.

    Raises:
        ValueError: if there is not one share a level.
    """
    levels = shaped("levels", levels, None)
    drawn = canvas(2.8)
    axis = drawn.subplots()
    axis.axhline(0, color=palette.muted, linewidth=1.0, linestyle=DASHED)
    ends = []
    for (name, share), look in zip(shares.items(), looks(list(shares), palette), strict=True):
        points = 100 * (shaped(f"shares[{name!r}]", share, len(levels)) - levels)
        style = {"color": look.colour, "marker": look.marker, "linestyle": look.line}
        axis.plot(levels, points, **style, markersize=3.5)
        ends.append((levels[-1], points[-1], name, look.colour))
    axis.xaxis.set_major_formatter(in_percent)
    axis.set_xlim(0, 1)
    low, high = axis.get_ylim()
    axis.set_ylim(min(low, -2), max(high, 2))  # less than two points is no matter
    axis.set_xlabel("promised probability (%)")
    axis.set_ylabel("found inside − promised (points)")
    label_ends(axis, ends, palette)
    return drawn
