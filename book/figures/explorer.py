"""The explorer as a still: two measurements of one specimen, and what the model makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from fplib.gaussians import DiagonalGaussian
from fplib.plots.style import LIGHT, Palette, canvas, figure

STEPS = np.linspace(-3.5, 3.5, 101)


@figure
def still(
    image: ArrayLike,
    t: ArrayLike,
    curve: ArrayLike,
    gaussians: Mapping[str, DiagonalGaussian],
    gammas: Mapping[str, ArrayLike],
    decoded: ArrayLike,
    expected: tuple[ArrayLike, ArrayLike],
    names: Sequence[str],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """One specimen from its measurements to the model's answer.

    Args:
        image: grey values, (H, W).
        t: points of the curve, (T,).
        curve: as measured, (T,).
        gaussians: "image", "curve" and "both" -> mean and log-variance, (L,).
        gammas: estimator -> probabilities, (C,); at most two.
        decoded: image at the latent mean, (H, W).
        expected: mean and standard deviation of the curve, (T,) each.
        names: of the clusters, (C,).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.
    """
    drawn = canvas(3.8)
    grid = drawn.add_gridspec(2, 3, width_ratios=[1, 1.5, 1])
    for row, (picture, title) in enumerate([(image, "image, seen"), (decoded, "image, decoded")]):
        axis = drawn.add_subplot(grid[0, 2 * row])
        axis.imshow(np.asarray(picture), cmap=palette.grey, vmin=0, vmax=1)
        axis.set(title=title, xticks=[], yticks=[])
    seen, told = drawn.add_subplot(grid[1, 0]), drawn.add_subplot(grid[1, 2])
    seen.plot(t, curve, ".", color=palette.roles["curve"])
    mean, deviation = (np.asarray(x, float) for x in expected)
    band = mean - 1.96 * deviation, mean + 1.96 * deviation
    told.fill_between(np.asarray(t, float), *band, color=palette.roles["both"], alpha=0.25, lw=0)
    told.plot(t, mean, color=palette.roles["both"])
    low, high = min(band[0].min(), np.min(curve)), max(band[1].max(), np.max(curve))
    for axis, title in ((seen, "curve, seen"), (told, "curve, expected")):
        axis.set(title=title, xlabel="t", ylim=(low, high))
    middle = drawn.add_subplot(grid[0, 1])
    for offset, (role, q) in enumerate(gaussians.items()):
        for j, (centre, log_variance) in enumerate(zip(q.mean, q.log_variance, strict=True)):
            x = centre + np.exp(0.5 * log_variance) * STEPS
            middle.plot(x, 0.85 * np.exp(-0.5 * STEPS**2) - j, color=palette.roles[role], lw=1.6,
                        label=role if j == 0 else None, zorder=3 + offset)  # fmt: skip
    dimensions = len(gaussians["both"].mean)
    middle.set(title="Gaussians and product", yticks=[-j for j in range(dimensions)])
    middle.set_yticklabels([f"$Z_{j + 1}$" for j in range(dimensions)])
    middle.legend(fontsize=8, loc="upper right")
    below = drawn.add_subplot(grid[1, 1])
    places = np.arange(len(names))
    shades = [palette.roles["both"], palette.muted]
    for k, (estimator, gamma) in enumerate(gammas.items()):
        below.bar(places + 0.4 * k - 0.2, gamma, 0.38, color=shades[k], label=estimator)
    below.set(title="cluster", ylim=(0, 1.05), xticks=places)
    below.set_xticklabels(names)
    below.legend(fontsize=8)
    return drawn
