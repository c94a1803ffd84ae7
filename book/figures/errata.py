"""The figure of the errata page: Gaussians of one latent coordinate that should match two others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from fplib.plots.style import LIGHT, Palette, canvas, figure


@figure
def directions(
    joint: Sequence[tuple[float, float]],
    unimodal: Mapping[str, tuple[float, float]],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """Equally frequent posteriors as a grey area, and up to two attempts at them as lines.

    Args:
        joint: mean and standard deviation of each, in units of a cluster's width.
        unimodal: name to mean and standard deviation.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there are more than two lines.
    """
    if len(unimodal) > 2:
        raise ValueError(f"unimodal: expected at most 2 lines, received {len(unimodal)}.")
    far = max(abs(mean) for mean, _ in joint) + 7 * max(std for _, std in joint)
    z = np.linspace(-far, far, 500)
    target = np.mean([norm.pdf(z, *each) for each in joint], axis=0)
    drawn = canvas(2.5)
    axis = drawn.subplots()
    name = f"the {len(joint)} joint posteriors"
    axis.fill_between(z, target, color=palette.grid, linewidth=0, label=name)
    axis.plot(z, target, color=palette.muted, linewidth=0.8)
    looks = zip(unimodal, (palette.alarm, palette.accent), ("-", (0, (5, 2))), strict=False)
    for name, colour, line in looks:
        density = norm.pdf(z, *unimodal[name])
        axis.plot(z, density, color=colour, linestyle=line, linewidth=1.8, label=name)
    axis.set_xlim(-far, far)
    axis.set_ylim(0, None)
    axis.set(xlabel="Z, in cluster widths", ylabel="density")
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return drawn
