"""The two figures of the data page: curves at several noise levels, and their slopes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.style import LIGHT, Palette, canvas, figure


@figure
def noise_levels(
    images: ArrayLike,
    curves: Mapping[str, ArrayLike],
    t: ArrayLike,
    labels: ArrayLike,
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """Specimens in columns: the image, and below it the curve of the same specimen at each noise.

    Args:
        images: grey values in [0, 1], (n, H, W).
        curves: name of the noise -> curves, (n, T), raw units.
        t: where the curves are sampled, (T,).
        labels: slope c of the line without noise, (n,).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: points are the curve, the line is what it would be without noise.

    Raises:
        ValueError: if shapes do not fit together.
    """
    images, t, labels = np.asarray(images), np.asarray(t), np.asarray(labels)
    curves = {name: np.asarray(values) for name, values in curves.items()}
    expected = (len(images), len(t))
    for name, values in curves.items():
        if values.shape != expected or labels.shape != expected[:1]:
            raise ValueError(
                f"curves[{name!r}], labels: expected shapes {expected} and {expected[:1]}, "
                f"received {values.shape} and {labels.shape}."
            )
    rows = 1 + len(curves)
    drawn = canvas(1.05 + 1.3 * len(curves))
    axes = drawn.subplots(
        rows, len(images), height_ratios=(0.85, *[1] * len(curves)), squeeze=False
    )
    for axis, image in zip(axes[0], images, strict=True):
        axis.imshow(image, cmap=palette.grey, vmin=0, vmax=1)
        axis.set_axis_off()
    low = min(values.min() for values in curves.values())
    high = max(values.max() for values in curves.values())
    room = 0.05 * (high - low)
    for index, (name, values) in enumerate(curves.items(), start=1):
        row, last = axes[index], index == len(curves)
        for axis, label, curve in zip(row, labels, values, strict=True):
            axis.plot(t, label * t, color=palette.muted, linewidth=0.9)
            axis.plot(t, curve, "o", color=palette.of(int(label)), markersize=2.1)
            axis.set_ylim(low - room, high + room)
            axis.set_xticks(t[[0, -1]], [f"{end:g}" for end in t[[0, -1]]])
            axis.yaxis.set_major_locator(MaxNLocator(3))
            axis.tick_params(labelleft=axis is row[0], labelbottom=last, labelsize=8.5)
        row[0].set_ylabel("$X_2$")
        # Not a title: it runs over several columns, and the layout would widen the first for it.
        row[0].set_title(" ", fontsize=9)
        above = {"xycoords": "axes fraction", "textcoords": "offset points", "weight": "bold"}
        row[0].annotate(name, (0, 1), (0, 6), **above).set_in_layout(False)
    for axis in axes[-1]:
        axis.set_xlabel("$t$")
    return drawn


@figure
def slope_histograms(
    slopes: Mapping[str, ArrayLike],
    labels: ArrayLike,
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """Least-squares slopes of the curves, one panel a noise, coloured by the digit behind them.

    Args:
        slopes: name of the noise -> fitted slopes, (N,), raw units.
        labels: digit of each specimen, (N,), 0 to 9.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: a narrow peak for each digit, dotted lines where the nearest digit changes.

    Raises:
        ValueError: if shapes do not fit together.
    """
    labels = np.asarray(labels)
    slopes = {name: np.asarray(values) for name, values in slopes.items()}
    for name, values in slopes.items():
        if values.shape != labels.shape:
            raise ValueError(
                f"slopes[{name!r}]: expected one for each of {labels.shape} labels, received "
                f"shape {values.shape}."
            )
    edges = np.arange(-1.025, 10.03, 0.05)  # whole numbers lie in the middle of a bar
    drawn = canvas(1.35 * len(slopes) + 0.4)
    axes = drawn.subplots(len(slopes), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (name, values) in zip(axes, slopes.items(), strict=True):
        for border in np.arange(0.5, 9):
            axis.axvline(border, color=palette.muted, linewidth=0.7, linestyle=(0, (1, 2)))
        for digit in range(10):
            axis.hist(
                values[labels == digit],
                edges,
                histtype="stepfilled",
                facecolor=palette.of(digit),
                alpha=0.75,
                linewidth=0,
            )
        axis.set_yticks([])
        axis.grid(False)
        axis.spines["left"].set_visible(False)
        axis.set_xlim(edges[0], edges[-1])
        axis.set_title(name, fontsize=9)
    axes[-1].set_xticks(range(10))
    axes[-1].set_xlabel("slope fitted to the curve")
    return drawn
