"""The figure of the errata page: densities over one latent coordinate, compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from fplib.plots.style import LIGHT, Palette, canvas, figure


@figure
def densities(
    z: ArrayLike,
    target: Mapping[str, ArrayLike],
    others: Mapping[str, ArrayLike],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """What should be matched as grey areas, and up to two attempts at it as lines.

    Args:
        z: the latent coordinate, (K,), increasing, in units of a cluster's width.
        target: name to density, (K,).
        others: name to density, (K,).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if a density does not fit `z` or is negative, or there are more than two lines.
    """
    z = np.asarray(z, np.float64)
    everything = {name: np.asarray(values) for name, values in {**target, **others}.items()}
    for name, values in everything.items():
        if values.shape != z.shape or not (values >= 0).all():
            raise ValueError(
                f"densities: expected values ≥ 0 of shape {z.shape} for {name!r}, received shape "
                f"{values.shape} with minimum {values.min():g}."
            )
    if len(others) > 2:
        raise ValueError(f"others: expected at most 2 lines, received {len(others)}.")
    drawn = canvas(2.5)
    axis = drawn.subplots()
    for name in target:
        values = everything[name]
        axis.fill_between(z, values, color=palette.grid, linewidth=0, label=name)
        axis.plot(z, values, color=palette.muted, linewidth=0.8)
    looks = zip(others, (palette.accent, palette.contrast), ("-", (0, (5, 2))), strict=False)
    for name, colour, line in looks:
        axis.plot(z, everything[name], color=colour, linestyle=line, linewidth=1.8, label=name)
    axis.set_xlim(z[0], z[-1])
    axis.set_ylim(0, None)
    axis.set(xlabel="Z, in cluster widths", ylabel="density")
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return drawn
