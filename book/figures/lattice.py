"""Printed lattices: their photographs, their compression curves, and what one says of the other.

Photographs are shown as photographs, black at 0 and white at 1, in light mode and in dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from book.figures.predictions import below_images
from fplib.plots.images import sheet
from fplib.plots.labels import label_ends
from fplib.plots.parts import DASHED, DOTTED, bare, shaped
from fplib.plots.style import LIGHT, Palette, canvas, figure, width

STRAIN, STRESS = "engineering strain (%)", "stress (MPa)"


@figure
def photograph_sheet(
    images: ArrayLike,
    rows: Sequence[str],
    *,
    columns: Sequence[str] | None = None,
    palette: Palette = LIGHT,
) -> Figure:
    """Photographs side by side, one row a kind.

    Args:
        images: grey values (R, n, H, W) in [0, 1].
        rows: name of each row, (R,).
        columns: names over the columns, (n,), or none.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together.
    """
    gap = max(2, np.shape(images)[-1] // 32)
    drawn, axis = sheet(images, rows, columns, 0.3, gap=gap, cmap=palette.photograph)
    for label in axis.get_yticklabels():
        label.set(rotation=90, va="center")
    return drawn


@figure
def compression_curves(
    strain: ArrayLike,
    curves: ArrayLike,
    clusters: ArrayLike,
    experts: Mapping[str, ArrayLike],
    *,
    names: Sequence[str],
    zoom: float | None = None,
    palette: Palette = LIGHT,
) -> Figure:
    """Measured curves in the colour of their cluster, and expert curves over them.

    Args:
        strain: engineering strain, (T,).
        curves: measured curves, (N, T), MPa.
        clusters: cluster of each curve, (N,), integers 0..C-1.
        experts: words for one kind of expert -> its curves (C, T), MPa; up to three, drawn solid,
            dashed and dotted.
        names: what to call the clusters, (C,).
        zoom: strain up to which a second panel shows the start of the mean curves and experts.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together.
    """
    strain, count = shaped("strain", strain, None), len(names)
    clusters = np.asarray(clusters)
    curves = shaped("curves", curves, len(clusters), len(strain))
    if clusters.dtype.kind not in "iu" or clusters.min() < 0 or clusters.max() >= count:
        raise ValueError(f"clusters: expected integers 0..{count - 1}, one name in `names` each.")
    if not 1 <= len(experts) <= 3:
        raise ValueError(f"experts: expected one to three, received {len(experts)}.")
    kinds = [shaped(f"experts[{k!r}]", v, count, len(strain)) for k, v in experts.items()]
    percents, colours = 100 * strain, [palette.of(c, count) for c in range(count)]
    used = [c for c in range(count) if (clusters == c).any()]
    drawn = canvas(3.3 if zoom is None else 5.0)
    panels = drawn.subplots(1 if zoom is None else 2, 1, squeeze=False)[:, 0]
    whole = panels[0]
    lines = [np.column_stack([percents, row]) for row in curves]
    shade = [colours[c] for c in clusters]
    whole.add_collection(LineCollection(lines, colors=shade, linewidths=0.6, alpha=0.5))
    for panel in panels:
        for line, values, words in zip(("-", DASHED, DOTTED), kinds, experts, strict=False):
            for c, colour in enumerate(colours):
                ink = palette.ink if panel is whole else colour
                label = words if c == 0 else None
                panel.plot(percents, values[c], linestyle=line, color=ink, lw=1.5, label=label)
        panel.set_ylabel(STRESS)
    whole.autoscale_view()
    whole.set(xlim=(0, percents[-1]), ylim=(0, None))
    ends = [(percents[-1], kinds[0][c, -1], names[c], colours[c]) for c in used]
    label_ends(whole, ends, palette)
    whole.legend(loc="lower right")
    if zoom is not None:
        for c in used:
            mean = curves[clusters == c].mean(axis=0)
            panels[1].plot(percents, mean, "o", color=colours[c], markersize=3.5, alpha=0.8)
        top = max(values[:, strain <= zoom].max() for values in kinds)
        panels[1].set(xlim=(0, 100 * zoom), ylim=(0, 1.05 * top))
        panels[1].set_title("The start: mean curve of each cluster (dots)")
    panels[-1].set_xlabel(STRAIN)
    return drawn


@figure
def predicted_curves(
    images: ArrayLike,
    strain: ArrayLike,
    measured: ArrayLike,
    mean: ArrayLike,
    std: ArrayLike,
    names: Sequence[str],
    *,
    baseline: ArrayLike | None = None,
    palette: Palette = LIGHT,
) -> Figure:
    """The photograph above, and below it the curve predicted from it with the curve measured.

    Args:
        images: what the prediction was made from, (n, H, W), grey values in [0, 1].
        strain: engineering strain, (T,).
        measured: curves measured on the same lattices, (n, T), MPa.
        mean: predicted curves, (n, T), MPa.
        std: predicted standard deviations, (n, T), MPa.
        names: names of the lattices, (n,).
        baseline: mean training curve, (T,), MPa, or none.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; bands hold 1.96 standard deviations on either side.

    Raises:
        ValueError: if shapes do not fit together.
    """
    look: Any = {
        "cmap": palette.photograph,
        "height": 2.3 * width() / len(names) + 0.6,
        "baseline": baseline,
    }
    percents = 100 * shaped("strain", strain, None)
    drawn, below = below_images(images, percents, mean, std, measured, names, palette, **look)
    for axis in below:
        axis.set_xlim(0, percents[-1])
    below[0].set_ylabel(STRESS)
    drawn.supxlabel(STRAIN)
    return drawn


@figure
def predicted_images(
    strain: ArrayLike,
    curves: ArrayLike,
    images: Mapping[str, ArrayLike],
    names: Sequence[str],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """The measured curve above, and below it the images that go with it.

    Args:
        strain: engineering strain, (T,).
        curves: measured curves, (n, T), MPa.
        images: words for a row -> grey values (n, H, W) in [0, 1].
        names: names of the lattices, (n,).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together.
    """
    percents = 100 * shaped("strain", strain, None)
    curves, n = shaped("curves", curves, len(names), len(percents)), len(names)
    shown = {k: shaped(f"images[{k!r}]", v, n, None, None) for k, v in images.items()}
    each = (width() - 0.55) / n
    drawn = canvas(each * (len(images) + 0.95) + 0.55)
    heights = (0.85, *[1] * len(images))
    axes = drawn.subplots(1 + len(images), n, squeeze=False, height_ratios=heights)
    for k, axis in enumerate(axes[0]):
        axis.plot(percents, curves[k], color=palette.roles["curve"], lw=1.4)
        axis.set(xlim=(0, percents[-1]), ylim=(0, 1.05 * curves.max()))
        axis.set_title(names[k], loc="center")
        axis.xaxis.set_major_locator(MaxNLocator(2))
        axis.yaxis.set_major_locator(MaxNLocator(3))
        axis.tick_params(labelleft=k == 0)
        for below, array in zip(axes[1:, k], shown.values(), strict=True):
            below.imshow(array[k], cmap=palette.photograph, vmin=0, vmax=1)
            below.set(xticks=[], yticks=[])
            bare(below)
    for axis, name in zip(axes[:, 0], ("MPa", *images), strict=True):
        axis.set_ylabel(name)
    axes[0, n // 2].set_xlabel(STRAIN, labelpad=1)
    return drawn
