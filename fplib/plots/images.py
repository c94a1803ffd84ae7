"""Images in rows: what each cluster decodes to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from fplib.plots.style import LIGHT, WIDTH, Palette, canvas, figure


@figure
def decoded_images(
    images: ArrayLike,
    digits: Sequence[int] | Sequence[str],
    *,
    columns: Sequence[str] | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
    palette: Palette = LIGHT,
) -> Figure:
    """Decoded images, one row a cluster, in the order given.

    Args:
        images: grey values (C, n, H, W).
        digits: name of each row, the digit that the cluster was matched with, (C,).
        columns: names over the columns, (n,), or none.
        limits: grey values shown as the page and as ink.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together.
    """
    images = np.asarray(images, np.float64)
    if images.ndim == 5 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 4 or len(digits) != len(images):
        raise ValueError(
            "images: expected shape (C, n, H, W) with one name in `digits` a row, received "
            f"{images.shape} and {len(digits)} names."
        )
    if columns is not None and len(columns) != images.shape[1]:
        raise ValueError(
            f"columns: expected {images.shape[1]} names, one a column, received {len(columns)}."
        )
    mosaic, pitch_y, pitch_x = tile(images)
    height, width = mosaic.shape
    drawn = canvas((WIDTH - 0.45) * height / width + (0.25 if columns is None else 0.5))
    axis = drawn.subplots()
    axis.imshow(mosaic, cmap=palette.grey, vmin=limits[0], vmax=limits[1])
    axis.set_yticks(pitch_y * np.arange(len(images)) + images.shape[2] / 2 - 0.5, digits)
    axis.set_xticks([])
    if columns is not None:
        axis.set_xticks(pitch_x * np.arange(len(columns)) + images.shape[3] / 2 - 0.5, columns)
        axis.xaxis.tick_top()
    axis.tick_params(length=0, labelsize=10)
    axis.set_ylabel("cluster, named by its digit")
    axis.grid(False)
    axis.spines[:].set_visible(False)
    return drawn


def tile(images: np.ndarray, gap: int = 2) -> tuple[np.ndarray, int, int]:
    """Images (R, n, H, W) side by side in one array; gaps are NaN and stay blank.

    Args:
        images: grey values (R, n, H, W).
        gap: pixels between two images.

    Returns:
        The mosaic, and the distance from one image to the next down and across, pixels.
    """
    rows, columns, height, width = images.shape
    framed = np.full((rows, columns, height + gap, width + gap), np.nan)
    framed[:, :, :height, :width] = images
    mosaic = framed.transpose(0, 2, 1, 3).reshape(rows * (height + gap), columns * (width + gap))
    return mosaic[:-gap, :-gap], height + gap, width + gap
