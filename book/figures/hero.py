"""The picture on the first page: images, the latent space between, and curves, a colour a digit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from numpy.typing import ArrayLike

from fplib.plots.style import LIGHT, SMALL, Palette, canvas, figure, halo, narrow

SHOWN = 1_500  # specimens drawn as dots


@figure
def fingerprints(
    latent: ArrayLike,
    labels: ArrayLike,
    means: ArrayLike,
    images: ArrayLike,
    t: ArrayLike,
    lines: ArrayLike,
    curves: ArrayLike,
    digits: Sequence[int],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """Latent space with the image decoded at every centre, beside the curves of the same clusters.

    Args:
        latent: means of specimens, (N, L); drawn along the two directions in which the centres
            spread most.
        labels: digits of the specimens, (N,).
        means: centres of the clusters, (C, L).
        images: decoded at the centres, (C, H, W), in [0, 1].
        t: where curves are measured, (T,).
        lines: curve of every cluster, (C, T).
        curves: measured ones of a few specimens in the order of `labels`, (n, T).
        digits: digit of each cluster, (C,); -1 for one without.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.
    """
    latent, means, labels = np.asarray(latent), np.asarray(means), np.asarray(labels)
    times = np.asarray(t)
    middle = means.mean(axis=0)
    directions = np.linalg.svd(means - middle, full_matrices=False)[2][:2].T
    dots, centres = (latent - middle) @ directions, (means - middle) @ directions
    drawn = canvas(2.3 if narrow() else 3.1)
    side = 0.24 if narrow() else 0.36  # inches, of a decoded image
    left, right = drawn.subplots(1, 2, width_ratios=[1.75, 1])
    some = slice(0, SHOWN)
    colours = [palette.of(label) for label in labels]
    left.scatter(*dots[some].T, s=2.5, c=colours[some], alpha=0.55, linewidths=0, rasterized=True)
    for centre, image, digit in zip(centres, np.asarray(images), digits, strict=True):
        ring = palette.of(digit) if digit >= 0 else palette.muted
        picture = OffsetImage(image, zoom=72 * side / image.shape[0], cmap=palette.grey)
        frame = {"edgecolor": ring, "linewidth": 1.6, "facecolor": palette.paper}
        left.add_artist(AnnotationBbox(picture, centre, pad=0.12, bboxprops=frame, zorder=5))
    left.set_title("latent space" if narrow() else "images and curves, one latent space")
    left.set_axis_off()
    left.margins(0.09)
    for line, digit in zip(np.asarray(lines), digits, strict=True):
        colour = palette.of(digit) if digit >= 0 else palette.muted
        right.plot(times, line, color=colour, linewidth=1.8)
        end = (times[-1], line[-1])
        name = str(digit) if digit >= 0 else "–"
        right.annotate(
            name, end, (4, 0), textcoords="offset points", va="center", color=palette.ink,
            fontsize=SMALL, path_effects=halo(palette),
        )  # fmt: skip
    for curve, colour in zip(np.asarray(curves), colours, strict=False):
        right.plot(times, curve, ".", color=colour, markersize=2, alpha=0.5)
    right.set_title("curves" if narrow() else "the law of each cluster")
    right.set_axis_off()
    return drawn
