"""The two figures of the derivation: a product of Gaussians, and the cost of a poor assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from numpy.typing import ArrayLike

from fplib.plots.style import LIGHT, Palette, canvas, figure, halo

NAMES = ("$q(Z\\,|\\,X_1)$", "$q(Z\\,|\\,X_2)$", "product")


@figure
def fusion(
    line: Sequence[tuple[ArrayLike, ArrayLike]],
    plane: Sequence[tuple[ArrayLike, ArrayLike]],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """Two Gaussians and their product, as densities in one dimension and as contours in two.

    Args:
        line: (mean, standard deviation) of the two factors and of their product, one number each.
        plane: the same with two numbers each.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: one dimension at the left, two at the right.

    Raises:
        ValueError: if there are not three Gaussians in each.
    """
    for name, parts in (("line", line), ("plane", plane)):
        if len(parts) != 3:
            raise ValueError(
                f"{name}: expected two factors and their product, received {len(parts)} Gaussians."
            )
    drawn = canvas(2.7)
    left, right = drawn.subplots(1, 2)
    _densities(left, line, palette)
    _contours(right, plane, palette)
    return drawn


@figure
def bound_gap(
    widths: ArrayLike,
    gaps: Mapping[str, Mapping[str, ArrayLike]],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """Shortfall of the bound against the width of the posterior, one panel a situation.

    Args:
        widths: standard deviation of the posterior in cluster widths, (K,), positive.
        gaps: title of the panel -> name of the line -> shortfall in nats, (K,); at most three
            lines, from weak to strong.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: panels side by side on one scale, lines named in the first.

    Raises:
        ValueError: if a panel has more lines than there are ways to draw them.
    """
    most = max(map(len, gaps.values()))
    if most > 3:
        raise ValueError(f"gaps: expected at most 3 lines a panel, received {most}.")
    widths = np.asarray(widths, np.float64)
    drawn = canvas(2.7)
    axes = drawn.subplots(1, len(gaps), sharey=True, squeeze=False)[0]
    looks = [(palette.muted, (0, (1, 1.2))), (palette.muted, (0, (5, 2))), (palette.ink, "-")]
    for axis, (title, lines) in zip(axes, gaps.items(), strict=True):
        for (name, gap), (colour, dashes) in zip(lines.items(), looks, strict=False):
            axis.plot(widths, np.asarray(gap), color=colour, linestyle=dashes, label=name)
        axis.set_xscale("log")
        ticks = [tick for tick in (0.1, 0.3, 1, 3) if widths[0] <= tick <= widths[-1]]
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.minorticks_off()
        axis.set_xlim(widths[0], widths[-1])
        axis.set_ylim(bottom=0)
        axis.set_title(title)
        axis.set_xlabel("posterior width / cluster width")
    axes[0].set_ylabel("shortfall, nats")
    axes[0].legend(loc="upper left", reverse=True, handlelength=2.2)
    return drawn


def _colours(palette: Palette) -> tuple[str, str, str]:
    return palette.image, palette.curve, palette.both


def _densities(axis: Axes, parts: Sequence[tuple[ArrayLike, ArrayLike]], palette: Palette) -> None:
    bells = [(float(np.asarray(mean).item()), float(np.asarray(std).item())) for mean, std in parts]
    low = min(m - 3.2 * s for m, s in bells)
    high = max(m + 3.2 * s for m, s in bells)
    z = np.linspace(low, high, 600)
    for (mean, std), name, colour in zip(bells, NAMES, _colours(palette), strict=True):
        density = np.exp(-0.5 * ((z - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))
        axis.plot(z, density, color=colour)
        axis.fill_between(z, density, color=colour, alpha=0.15, linewidth=0)
        side = np.sign(mean - bells[2][0])
        axis.annotate(
            name,
            (mean, density.max()),
            xytext=(20 * side, 3),
            textcoords="offset points",
            ha="center",
            color=colour,
            path_effects=halo(palette),
        )
    axis.set_ylim(0, axis.get_ylim()[1] * 1.06)
    axis.set_xlim(low, high)
    axis.set_yticks([])
    axis.grid(False)
    axis.spines["left"].set_visible(False)
    axis.set_xlabel("$Z$")
    axis.set_title("One dimension")


def _contours(axis: Axes, parts: Sequence[tuple[ArrayLike, ArrayLike]], palette: Palette) -> None:
    for (mean, std), colour in zip(parts, _colours(palette), strict=True):
        (x, y), std = np.asarray(mean, np.float64), np.asarray(std, np.float64)
        for radius, opacity in ((2, 0.12), (1, 0.22)):
            size = 2 * radius * std
            axis.add_patch(Ellipse((x, y), *size, facecolor=colour, alpha=opacity, linewidth=0))
            axis.add_patch(Ellipse((x, y), *size, fill=False, edgecolor=colour, linewidth=1.3))
        axis.plot(x, y, "+", color=colour, markersize=6)
    axis.set_aspect("equal")
    axis.autoscale_view()
    axis.margins(0.06)
    axis.set_xlabel("$Z_1$")
    axis.set_ylabel("$Z_2$")
    axis.set_title("Two dimensions")
