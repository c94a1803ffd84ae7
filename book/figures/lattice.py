"""Printed lattices: their photographs, their compression curves, and what one says of the other.

Photographs are shown as photographs, black at 0 and white at 1, in light mode and in dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.images import tile
from fplib.plots.labels import label_ends
from fplib.plots.style import LIGHT, WIDTH, Palette, canvas, figure

GREY = {"cmap": "gray", "vmin": 0.0, "vmax": 1.0}
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
    images = np.asarray(images, np.float64)
    if images.ndim != 4 or len(rows) != len(images):
        raise ValueError(
            "images: expected shape (R, n, H, W) with one name in `rows` a row, received "
            f"{images.shape} and {len(rows)} names."
        )
    if columns is not None and len(columns) != images.shape[1]:
        raise ValueError(
            f"columns: expected {images.shape[1]} names, one a column, received {len(columns)}."
        )
    mosaic, down, across = tile(images, gap=max(2, images.shape[-1] // 32))
    height, width = mosaic.shape
    drawn = canvas((WIDTH - 0.3) * height / width + (0.05 if columns is None else 0.3))
    axis = drawn.subplots()
    axis.imshow(mosaic, **GREY)
    axis.set_yticks(down * np.arange(len(images)) + images.shape[2] / 2, rows)
    for label in axis.get_yticklabels():
        label.set(rotation=90, va="center")
    axis.set_xticks([])
    if columns is not None:
        axis.set_xticks(across * np.arange(len(columns)) + images.shape[3] / 2, columns)
        axis.xaxis.tick_top()
    axis.tick_params(length=0, labelsize=9.5)
    axis.grid(False)
    axis.spines[:].set_visible(False)
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
    strain, curves = np.asarray(strain, np.float64), np.asarray(curves, np.float64)
    clusters = np.asarray(clusters)
    experts = {name: np.asarray(values, np.float64) for name, values in experts.items()}
    _check(strain, curves, clusters, experts, len(names))
    colours = [palette.of(c, len(names)) for c in range(len(names))]
    drawn = canvas(3.3 if zoom is None else 5.8)
    panels = np.atleast_1d(drawn.subplots(1 if zoom is None else 2, 1))
    lines = [np.column_stack([100 * strain, row]) for row in curves]
    panels[0].add_collection(
        LineCollection(lines, colors=[colours[c] for c in clusters], linewidths=0.6, alpha=0.5)
    )
    for panel in panels:
        for style, values in zip(("-", (0, (5, 2)), (0, (1, 1.5))), experts.values(), strict=False):
            for c, colour in enumerate(colours):
                ink = colour if panel is not panels[0] else palette.ink
                panel.plot(100 * strain, values[c], linestyle=style, color=ink, linewidth=1.5)
        panel.set_ylabel(STRESS)
    panels[0].autoscale_view()
    panels[0].set_ylim(bottom=0)
    panels[0].set_xlim(0, 100 * strain[-1])
    first = next(iter(experts.values()))
    ends = [
        (100 * strain[-1], first[c, -1], name, colours[c])
        for c, name in enumerate(names)
        if (clusters == c).any()
    ]
    label_ends(panels[0], ends, palette, size=10)
    if zoom is not None:
        near = strain <= zoom
        for c, colour in enumerate(colours):
            if (clusters == c).any():
                mean = curves[clusters == c].mean(axis=0)
                panels[1].plot(100 * strain, mean, "o", color=colour, markersize=3.5, alpha=0.8)
        top = max(values[:, near].max() for values in experts.values())
        panels[1].set(xlim=(0, 100 * zoom), ylim=(0, 1.05 * top))
        panels[1].set_title("The start: mean curve of each cluster (dots)")
    handles = [
        panels[0].plot([], [], color=palette.ink, linestyle=style, label=name)[0]
        for style, name in zip(("-", (0, (5, 2)), (0, (1, 1.5))), experts, strict=False)
    ]
    panels[0].legend(handles=handles, loc="lower right")
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
    images, strain = np.asarray(images, np.float64), np.asarray(strain, np.float64)
    n = len(images)
    bundle = {"measured": measured, "mean": mean, "std": std}
    bundle = {k: np.asarray(v, np.float64) for k, v in bundle.items()}
    for name, array in bundle.items():
        if array.shape != (n, len(strain)):
            raise ValueError(
                f"{name}: expected shape ({n}, {len(strain)}), one curve an image, received "
                f"{array.shape}."
            )
    drawn = canvas(2.3 * WIDTH / n + 0.6)
    axes = drawn.subplots(2, n, squeeze=False, height_ratios=(1, 1.15))
    top = 1.05 * max(np.max(bundle["measured"]), np.max(bundle["mean"] + 2 * bundle["std"]))
    for k in range(n):
        above, below = axes[0, k], axes[1, k]
        above.imshow(images[k], **GREY)
        above.set_axis_off()
        above.set_title(names[k], loc="center", fontsize=9.5)
        reach = 1.96 * bundle["std"][k]
        centre = bundle["mean"][k]
        below.fill_between(
            100 * strain, centre - reach, centre + reach, color=palette.accent, alpha=0.22, lw=0
        )
        below.plot(100 * strain, centre, color=palette.accent)
        if baseline is not None:
            below.plot(100 * strain, baseline, color=palette.muted, lw=1.1, linestyle=(0, (4, 3)))
        below.plot(100 * strain, bundle["measured"][k], color=palette.contrast, lw=1.4)
        below.set(xlim=(0, 100 * strain[-1]), ylim=(0, top))
        below.xaxis.set_major_locator(MaxNLocator(2))
        below.yaxis.set_major_locator(MaxNLocator(4))
        below.tick_params(labelleft=k == 0)
    axes[1, 0].set_ylabel(STRESS)
    drawn.supxlabel(STRAIN, fontsize=9.5, color=palette.ink)
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
    strain, curves = np.asarray(strain, np.float64), np.asarray(curves, np.float64)
    n = len(curves)
    for name, array in images.items():
        if np.ndim(array) != 3 or len(array) != n:
            raise ValueError(
                f"images[{name!r}]: expected shape ({n}, H, W), one image a curve, received "
                f"{np.shape(array)}."
            )
    each = (WIDTH - 0.55) / n
    drawn = canvas(each * (len(images) + 0.95) + 0.55)
    axes = drawn.subplots(
        1 + len(images), n, squeeze=False, height_ratios=(0.85, *[1] * len(images))
    )
    for k in range(n):
        axis = axes[0, k]
        axis.plot(100 * strain, curves[k], color=palette.contrast, lw=1.4)
        axis.set(xlim=(0, 100 * strain[-1]), ylim=(0, 1.05 * curves.max()))
        axis.set_title(names[k], loc="center", fontsize=9.5)
        axis.xaxis.set_major_locator(MaxNLocator(2))
        axis.yaxis.set_major_locator(MaxNLocator(3))
        axis.tick_params(labelleft=k == 0)
        for row, array in enumerate(images.values(), start=1):
            axes[row, k].imshow(np.asarray(array)[k], **GREY)
            axes[row, k].set(xticks=[], yticks=[])
            axes[row, k].grid(False)
            axes[row, k].spines[:].set_visible(False)
    axes[0, 0].set_ylabel("MPa")
    for row, name in enumerate(images, start=1):
        axes[row, 0].set_ylabel(name)
    axes[0, n // 2].set_xlabel(STRAIN, labelpad=1)
    return drawn


def _check(strain, curves, clusters, experts, count: int) -> None:
    if strain.ndim != 1 or curves.shape != (len(clusters), len(strain)):
        raise ValueError(
            "curves: expected (N, T) with T strains and N clusters, received shapes "
            f"{curves.shape}, {strain.shape} and {clusters.shape}."
        )
    if clusters.dtype.kind not in "iu" or clusters.min() < 0 or clusters.max() >= count:
        raise ValueError(f"clusters: expected integers 0..{count - 1}, one name in `names` each.")
    if not 1 <= len(experts) <= 3:
        raise ValueError(f"experts: expected one to three, received {len(experts)}.")
    for name, values in experts.items():
        if values.shape != (count, len(strain)):
            raise ValueError(
                f"experts[{name!r}]: expected shape ({count}, {len(strain)}), received "
                f"{values.shape}."
            )
