"""Images in rows: what each cluster decodes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from fplib.plots.parts import bare, shaped, wrapped
from fplib.plots.style import LIGHT, Palette, canvas, figure, width


@figure
def decoded_images(
    images: ArrayLike,
    digits: Sequence[int] | Sequence[str],
    *,
    variants: Sequence[str] | None = None,
    limits: tuple[float, float] = (0.0, 1.0),
    named: str = "digit",
    palette: Palette = LIGHT,
) -> Figure:
    """Decoded images, one column a cluster, in the order given.

    Args:
        images: grey values (C, n, H, W).
        digits: name of each column, the digit that the cluster was matched with, (C,).
        variants: names of the rows, (n,), or none.
        limits: grey values shown as the page and as ink.
        named: what a cluster is named by.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together.
    """
    images = np.asarray(images, np.float64)
    if images.ndim == 5 and images.shape[-1] == 1:
        images = images[..., 0]
    images = shaped("images", images, len(digits), None, None, None)
    rows = variants or [""] * images.shape[1]
    if len(rows) != images.shape[1]:
        raise ValueError(f"variants: expected {images.shape[1]} names, received {len(rows)}.")
    room = 0.2 + 0.105 * max(len(str(name)) for name in rows)
    names = [wrapped(str(name), 8) for name in digits]
    across = images.transpose(1, 0, 2, 3)
    drawn, axis = sheet(across, rows, names, room, cmap=palette.grey, limits=limits)
    axis.set_xlabel(f"cluster, named by its {named}")
    axis.xaxis.set_label_position("top")
    return drawn


def sheet(
    images: ArrayLike,
    rows: Sequence[Any],
    columns: Sequence[str] | None = None,
    room: float = 0.45,
    *,
    gap: int = 2,
    cmap: Any,
    limits: tuple[float, float] = (0.0, 1.0),
) -> tuple[Figure, Axes]:
    """A figure of images side by side, with the names of their rows and columns.

    Args:
        images: grey values (R, n, H, W).
        rows: name of each row, (R,).
        columns: names over the columns, (n,), or none.
        room: width of the names at the left, inches.
        gap: pixels between two images.
        cmap: colour map.
        limits: grey values at its ends.

    Returns:
        The figure and its axis.

    Raises:
        ValueError: if shapes do not fit together.
    """
    images = np.asarray(images, np.float64)
    if images.ndim != 4 or len(rows) != len(images):
        raise ValueError(
            "images: expected shape (R, n, H, W) with one name a row, received "
            f"{images.shape} and {len(rows)} names."
        )
    if columns is not None and len(columns) != images.shape[1]:
        raise ValueError(
            f"columns: expected {images.shape[1]} names, one a column, received {len(columns)}."
        )
    down, across = tile(images, gap)[0].shape
    above = 0.25 if columns is None else 0.5 + 0.16 * max(str(c).count("\n") for c in columns)
    drawn = canvas((width() - room) * down / across + above)
    axis = drawn.subplots()
    mosaic(axis, images, rows, columns, gap=gap, cmap=cmap, limits=limits)
    return drawn, axis


def mosaic(
    axis: Axes,
    images: np.ndarray,
    rows: Sequence[Any] = (),
    columns: Sequence[str] | None = None,
    *,
    gap: int = 2,
    cmap: Any,
    limits: tuple[float, float] = (0.0, 1.0),
) -> tuple[int, int]:
    """Images side by side on one axis, named at the left and above.

    Args:
        axis: an empty axis.
        images: grey values (R, n, H, W).
        rows: name of each row, (R,), or none.
        columns: name of each column, (n,), or none.
        gap: pixels between two images.
        cmap: colour map.
        limits: grey values at its ends.

    Returns:
        The distance from one image to the next down and across, pixels.
    """
    joined, down, across = tile(images, gap)
    axis.imshow(joined, cmap=cmap, vmin=limits[0], vmax=limits[1])
    middle = np.array(images.shape[2:]) / 2 - 0.5
    axis.set_yticks(down * np.arange(len(rows)) + middle[0], [str(name) for name in rows])
    names = columns or []
    axis.set_xticks(across * np.arange(len(names)) + middle[1], names)
    axis.xaxis.tick_top()
    bare(axis)
    return down, across


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
    joined = framed.transpose(0, 2, 1, 3).reshape(rows * (height + gap), columns * (width + gap))
    return joined[:-gap, :-gap], height + gap, width + gap
