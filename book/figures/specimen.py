"""One specimen: to which cluster two assignments give it, and what its image says of its curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.parts import in_percent, shaped, show_image
from fplib.plots.style import LIGHT, Palette, canvas, figure, narrow


@figure
def assignments(
    image: ArrayLike,
    t: ArrayLike,
    curve: ArrayLike,
    lines: ArrayLike,
    shares: Mapping[str, ArrayLike],
    names: Sequence[int],
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """One specimen, the experts over its curve, and the responsibilities by several assignments.

    Args:
        image: grey values in [0, 1], (H, W).
        t: where the curve is sampled, (T,).
        curve: measured, (T,), raw units.
        lines: expert curves, (C, T), same unit.
        shares: assignment -> responsibilities, (C,); at most two.
        names: digit of each cluster, (C,); below 0 for one without.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure; bars of the first assignment are pale.

    Raises:
        ValueError: if shapes do not fit together or there are more than two assignments.
    """
    if not 1 <= len(shares) <= 2:
        raise ValueError(f"shares: expected one or two, received {len(shares)}.")
    t = shaped("t", t, None)
    lines = shaped("lines", lines, len(names), len(t))
    drawn = canvas(3.9 if narrow() else 2.5)
    picture, middle, bars = _three(drawn, below=1.4, widths=(0.7, 1.0, 1.5))
    show_image(picture, image, palette.grey, "image")
    for line, digit in zip(lines, names, strict=True):
        ink = palette.of(digit) if digit >= 0 else palette.muted
        middle.plot(t, line, color=ink, linewidth=1.0)
    middle.plot(t, shaped("curve", curve, len(t)), "o", color=palette.curve, markersize=3)
    middle.set(xlabel="$t$", title="curve, over all experts")
    middle.yaxis.set_major_locator(MaxNLocator(4))
    order = np.argsort(names)
    for k, (name, values) in enumerate(shares.items()):
        heights = shaped(f"shares[{name!r}]", values, len(names))[order]
        place = np.arange(len(names)) + 0.4 * (k - (len(shares) - 1) / 2)
        ink = palette.ink if k == len(shares) - 1 else palette.muted
        bars.bar(
            place, heights, 0.38, color=ink, alpha=1.0 if ink == palette.ink else 0.55, label=name
        )
    bars.set_xticks(range(len(names)), [str(names[c]) if names[c] >= 0 else "–" for c in order])
    bars.grid(False, axis="x")
    bars.set(xlabel="digit of the cluster", ylim=(0, 1.3), yticks=[0, 0.5, 1])
    bars.yaxis.set_major_formatter(in_percent)
    bars.set_title("share of each cluster (%)")
    bars.legend(loc="upper left", ncols=2, handlelength=1.2)
    return drawn


@figure
def there_and_back(
    image: ArrayLike,
    t: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    measured: ArrayLike,
    returned: ArrayLike,
    *,
    palette: Palette = LIGHT,
) -> Figure:
    """An image, the curve predicted from it, and the image predicted from that curve.

    Args:
        image: grey values in [0, 1], (H, W).
        t: where curves are sampled, (T,).
        mean: predicted curve, (T,), raw units.
        variance: its predictive variance, (T,), squared.
        measured: the curve measured on the same specimen, (T,).
        returned: image predicted from `mean`, (H, W).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together.
    """
    t = shaped("t", t, None)
    mean, measured = shaped("mean", mean, len(t)), shaped("measured", measured, len(t))
    reach = 1.96 * np.sqrt(shaped("variance", variance, len(t)))
    drawn = canvas(3.6 if narrow() else 2.3)
    first, middle, last = _three(drawn, below=1.2, widths=(0.8, 1.5, 0.8), wide=1)
    show_image(first, image, palette.grey, "image, measured")
    middle.fill_between(t, mean - reach, mean + reach, color=palette.image, alpha=0.22, lw=0)
    middle.plot(t, mean, color=palette.image, label="from the image")
    middle.plot(t, measured, "o", color=palette.curve, markersize=3, label="measured")
    middle.set(xlabel="$t$", ylabel="$X_2$")
    middle.yaxis.set_major_locator(MaxNLocator(4))
    middle.legend(loc="upper left")
    middle.set_title("→ curve, with its 95 % band")
    show_image(last, returned, palette.grey, "→ image, from that curve")
    return drawn


def _three(
    drawn: Figure, below: float, widths: tuple[float, float, float], wide: int = 2
) -> list[Axes]:
    """Three panels side by side; on a phone the wide one stands below the other two."""
    if not narrow():
        return list(drawn.subplots(1, 3, width_ratios=widths))
    others = [k for k in range(3) if k != wide]
    grid = drawn.add_gridspec(2, 2, height_ratios=(1, below))
    panels = {others[0]: grid[0, 0], others[1]: grid[0, 1], wide: grid[1, :]}
    return [drawn.add_subplot(panels[k]) for k in range(3)]
