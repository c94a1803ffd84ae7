"""Pieces that figures share: numbers as words, the look of a series, the furniture of an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from fplib.plots.style import SMALL, Palette, halo

DASHED = (0, (4, 3))
DOTTED = (0, (1, 1.5))
MARKERS = "osD^vP"


def percent(fraction: float | None, digits: int = 2) -> str:
    """A fraction as percent, never rounded up to a perfect score nor down to nothing.

    Args:
        fraction: in [0, 1], or None or NaN when unknown.
        digits: digits after the point.

    Returns:
        Such as "98.71 %"; 0.99999 gives "99.99 %" because only 1 is "100.00 %".
    """
    if fraction is None or math.isnan(fraction):
        return "–"
    step = 10.0**-digits
    value = round(100 * fraction, digits)
    if 0 < fraction < 1:
        value = min(max(value, step), 100 - step)
    return f"{value:.{digits}f} %"


def in_percent(value: float, _: Any = None) -> str:
    """Tick of an axis of fractions whose label says percent."""
    return f"{100 * value:.6g}"


def spaced(value: float, _: Any = None) -> str:
    """A number with thin thousands and a true minus sign, as text or as a tick."""
    text = f"{value:,.6g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return text.replace(",", "\N{NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")


class Look(NamedTuple):
    """How one of several series is drawn."""

    colour: str
    marker: str
    line: Any


def looks(names: Sequence[str], palette: Palette) -> list[Look]:
    """A look for each series: the colour of its role if its name says one, else one of its own.

    Args:
        names: of the series, (n,), such as "image alone".
        palette: colours of the mode.

    Returns:
        Looks (n,); of two series with one colour the second is dashed, the third dotted.
    """
    spare = [palette.ink, palette.muted, palette.accent]
    found: list[Look] = []
    for index, name in enumerate(names):
        colour = palette.role(name) or spare[index % len(spare)]
        earlier = sum(look.colour == colour for look in found)
        line = ("-", DASHED, DOTTED)[min(earlier, 2)]
        found.append(Look(colour, MARKERS[index % len(MARKERS)], line))
    return found


def golden(n: int) -> np.ndarray:
    """Offsets (n,) in [-0.5, 0.5), neighbours far apart: equal values drawn with them stay countable."""
    return (0.5 + 0.618034 * np.arange(n)) % 1 - 0.5


def bare(axis: Axes) -> None:
    """No grid, no frame and no tick marks: what holds images or cells."""
    axis.grid(False)
    axis.spines[:].set_visible(False)
    axis.tick_params(which="both", length=0)


def named_rows(axis: Axes, names: Sequence[str]) -> None:
    """Rows 0, 1, … from the top, each with its name at the left."""
    axis.set_yticks(range(len(names)), [str(name) for name in names])
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_ylabel("")
    axis.tick_params(axis="y", length=0)
    axis.grid(False, axis="y")
    axis.spines["left"].set_visible(False)


def end_ticks(axis: Axes, t: ArrayLike) -> None:
    """Ticks at the first and the last value of t only, for panels too narrow for more."""
    t = np.asarray(t)
    axis.set_xticks([t.min(), t.max()], [f"{end:.3g}" for end in (t.min(), t.max())])


def show_image(axis: Axes, image: ArrayLike, cmap: Any, title: str | None = None) -> None:
    """One image with grey values in [0, 1], without axes."""
    axis.imshow(image, cmap=cmap, vmin=0, vmax=1)
    axis.set_axis_off()
    if title is not None:
        axis.set_title(title, loc="center", fontsize=SMALL, fontweight="normal")


def beside(axis: Axes, level: float, words: str) -> Annotation:
    """Words at the right of the axis, level with a row."""
    place: Any = {"xycoords": axis.get_yaxis_transform(), "annotation_clip": False}
    return axis.annotate(words, (1.03, level), va="center", fontsize=SMALL, **place)


def in_corner(axis: Axes, words: str, colour: str, palette: Palette, top: bool = False) -> None:
    """Words inside the axis, in its lower or upper right corner."""
    place: Any = {"xycoords": "axes fraction", "ha": "right", "va": "top" if top else "bottom"}
    height = 0.96 if top else 0.04
    text = axis.annotate(words, (0.97, height), fontsize=SMALL, color=colour, **place)
    text.set_path_effects(halo(palette))


def wrapped(words: str, width: int) -> str:
    """Words in lines of at most so many characters."""
    return fill(words, width, break_long_words=False)


def shaped(name: str, values: ArrayLike, *shape: int | None) -> np.ndarray:
    """Values as an array of double precision, refused by name if their shape is another.

    Args:
        name: of the argument, for the message.
        values: any numbers.
        *shape: what is expected; None leaves a dimension free.

    Returns:
        The array.

    Raises:
        ValueError: if the shape differs.
    """
    found = np.asarray(values, np.float64)
    fits = [wanted in (None, given) for wanted, given in zip(shape, found.shape, strict=False)]
    if found.ndim != len(shape) or not all(fits):
        words = ", ".join("any" if wanted is None else str(wanted) for wanted in shape)
        raise ValueError(f"{name}: expected shape ({words}), received {found.shape}.")
    return found
