"""One modality predicted from the other: images above, and below each the curve predicted from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.parts import DASHED, SMALL, shaped, show_image
from fplib.plots.style import Palette, canvas


def below_images(
    images: ArrayLike,
    t: ArrayLike,
    mean: ArrayLike,
    std: ArrayLike,
    measured: ArrayLike,
    names: Sequence[object],
    palette: Palette,
    *,
    cmap: Any,
    height: float,
    marks: str = "",
    baseline: ArrayLike | None = None,
) -> tuple[Figure, Sequence[Axes]]:
    """Images, and below each a predicted curve with its band of 95 % over what was measured.

    Args:
        images: what the predictions were made from, grey values in [0, 1], (n, H, W).
        t: where the curves are sampled, (T,).
        mean: predicted curves, (n, T).
        std: their standard deviations, (n, T), same unit.
        measured: curves, (n, T), same unit.
        names: of the specimens, (n,).
        palette: colours of the mode.
        cmap: colour map of the images.
        height: of the figure, inches.
        marks: how measured points are drawn; a line where empty.
        baseline: a curve to compare with, (T,), or none.

    Returns:
        The figure, and the axes of the curves, (n,), from left to right.

    Raises:
        ValueError: if shapes do not fit together.
    """
    images, t = shaped("images", images, None, None, None), shaped("t", t, None)
    shape = len(images), len(t)
    mean, measured = shaped("mean", mean, *shape), shaped("measured", measured, *shape)
    reach = 1.96 * shaped("std", std, *shape)
    if len(names) != len(images):
        raise ValueError(f"names: expected {len(images)}, one an image, received {len(names)}.")
    drawn = canvas(height)
    axes = drawn.subplots(2, len(images), height_ratios=(0.9, 1.25), squeeze=False)
    low, high = min((mean - reach).min(), measured.min()), max((mean + reach).max(), measured.max())
    room = 0.04 * (high - low)
    for i, (above, below) in enumerate(axes.T):
        show_image(above, images[i], cmap, str(names[i]))
        band = {"color": palette.roles["image"], "alpha": 0.22, "linewidth": 0}
        below.fill_between(t, mean[i] - reach[i], mean[i] + reach[i], **band)
        below.plot(t, mean[i], color=palette.roles["image"], linewidth=1.5)
        if baseline is not None:
            below.plot(t, baseline, color=palette.muted, linewidth=1.1, linestyle=DASHED)
        dots = {"linestyle": "none", "marker": marks, "markersize": 2.0} if marks else {"lw": 1.4}
        below.plot(t, measured[i], color=palette.roles["curve"], **dots)
        below.set_ylim(low - room, high + room)
        below.xaxis.set_major_locator(MaxNLocator(2))
        below.yaxis.set_major_locator(MaxNLocator(4))
        below.tick_params(labelleft=i == 0, labelsize=SMALL)
    return drawn, axes[1]
