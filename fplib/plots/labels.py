"""Words beside the things they name, in place of legends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from fplib.plots.parts import SMALL
from fplib.plots.style import Palette


def spread(positions: Sequence[float], gap: float) -> np.ndarray:
    """Nearest positions, in the same order, that lie at least `gap` apart (least squares).

    Args:
        positions: wanted positions (n,), any order.
        gap: smallest distance between two, same unit.

    Returns:
        Positions (n,).
    """
    wanted = np.asarray(positions, dtype=float)
    order = np.argsort(wanted, kind="stable")
    # With y_i = x_i + i·gap the constraint is that x never decreases: isotonic regression by
    # pooling neighbours that are out of order.
    blocks: list[list[float]] = []  # each: sum, count
    for rank, value in enumerate(wanted[order]):
        blocks.append([value - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    levels = np.concatenate([np.full(int(count), total / count) for total, count in blocks])
    result = np.empty_like(wanted)
    result[order] = levels + gap * np.arange(len(wanted))
    return result


def label_ends(
    axis: Axes,
    ends: Sequence[tuple[float, float, str, str]],
    palette: Palette,
    size: float = SMALL,
) -> None:
    """Write names at the right of the axis, level with where their lines end.

    Args:
        axis: with its y limits already as they shall be.
        ends: for each line its last x, last y, name and colour.
        palette: colours of the mode.
        size: points.
    """
    if not ends:
        return
    low, high = axis.get_ylim()
    axis.set_ylim(low, high)
    height = axis.get_window_extent().height / axis.figure.dpi
    gap = 1.25 * size / 72 / max(height, 0.3)  # in fractions of the axis
    inside = [(x, min(max(y, low), high)) for x, y, _, _ in ends]
    levels = axis.transAxes.inverted().transform(axis.transData.transform(inside))[:, 1].tolist()
    for (x, y, name, colour), level in zip(ends, spread(levels, gap), strict=True):
        axis.annotate(
            name,
            xy=(x, min(max(y, low), high)),
            xytext=(1.03, level),
            textcoords="axes fraction",
            va="center",
            fontsize=size,
            color=palette.ink,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 1.0,
                "shrinkA": 1,
                "shrinkB": 4,  # a gap, lest the line seem to go on
                "relpos": (0, 0.5),
            },
        )
