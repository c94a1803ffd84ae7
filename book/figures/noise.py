"""The two figures of the data page: curves at several noise levels, and their slopes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.parts import DOTTED, SMALL, end_ticks, shaped, show_image
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
    images, t = shaped("images", images, None, None, None), shaped("t", t, None)
    labels = shaped("labels", labels, len(images))
    levels = {k: shaped(f"curves[{k!r}]", v, len(images), len(t)) for k, v in curves.items()}
    drawn = canvas(0.95 + 1.25 * len(levels))
    heights = (0.85, *[1] * len(levels))
    axes = drawn.subplots(1 + len(levels), len(images), height_ratios=heights, squeeze=False)
    for axis, image in zip(axes[0], images, strict=True):
        show_image(axis, image, palette.grey)
    everything = np.stack(list(levels.values()))
    room = 0.05 * np.ptp(everything)
    for row, (name, values) in zip(axes[1:], levels.items(), strict=True):
        for axis, label, curve in zip(row, labels, values, strict=True):
            axis.plot(t, label * t, color=palette.muted, linewidth=0.9)
            axis.plot(t, curve, "o", color=palette.of(int(label)), markersize=2.1)
            axis.set_ylim(everything.min() - room, everything.max() + room)
            end_ticks(axis, t)
            axis.yaxis.set_major_locator(MaxNLocator(3))
            axis.tick_params(labelleft=axis is row[0], labelbottom=False, labelsize=SMALL)
        row[0].set_ylabel("$X_2$")
        # Not a title: it runs over several columns, and the layout would widen the first for it.
        row[0].set_title(" ", fontsize=SMALL)
        above = {"xycoords": "axes fraction", "textcoords": "offset points", "weight": "bold"}
        row[0].annotate(name, (0, 1), (0, 6), **above).set_in_layout(False)
    for axis in axes[-1]:
        axis.set_xlabel("$t$")
        axis.tick_params(labelbottom=True)
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
    import seaborn as sns

    labels = np.asarray(labels)
    edges = np.arange(-1.025, 10.03, 0.05)  # whole numbers lie in the middle of a bar
    colours = {digit: palette.of(digit) for digit in range(10)}
    look = {"element": "step", "linewidth": 0, "alpha": 0.75, "legend": False}
    drawn = canvas(1.35 * len(slopes) + 0.4)
    axes = drawn.subplots(len(slopes), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (name, values) in zip(axes, slopes.items(), strict=True):
        values = shaped(f"slopes[{name!r}]", values, len(labels))
        sns.histplot(x=values, hue=labels, bins=edges, palette=colours, ax=axis, **look)
        for border in np.arange(0.5, 9):
            axis.axvline(border, color=palette.muted, linewidth=0.7, linestyle=DOTTED, zorder=0)
        axis.set(yticks=[], ylabel="", xlim=(edges[0], edges[-1]))
        axis.grid(False)
        axis.spines["left"].set_visible(False)
        axis.set_title(name, fontsize=SMALL)
    axes[-1].set(xticks=range(10), xlabel="slope fitted to the curve")
    return drawn
