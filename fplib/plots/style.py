"""One look for every figure: two palettes (light, dark), fonts and sizes.

Figures are 5.4 inches wide with type of 8.5 to 10 points, so that a phone, which shrinks them to
about 360 pixels, still sets them at 8 to 9 pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib import patheffects
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, to_rgb
from matplotlib.figure import Figure

WIDTH = 5.4  # inches
DPI = 220


@dataclass(frozen=True)
class Palette:
    """Colours of one mode.

    Attributes:
        name: "light" or "dark".
        paper: background of the page.
        ink: text and axes.
        muted: secondary text.
        grid: rules and grid lines.
        classes: ten colours, ordered by lightness and by hue, for digits 0 to 9 or fewer classes.
            Any two are at least 0.10 apart in Oklab, and 0.08 as a red-, green- or blue-blind
            reader sees them; a digit has the same hue in light and dark.
        accent: the one colour that carries a message.
        contrast: its opposite, for errors and for the paper's numbers.
    """

    name: str
    paper: str
    ink: str
    muted: str
    grid: str
    classes: tuple[str, ...]
    accent: str
    contrast: str

    def of(self, index: int, count: int = 10) -> str:
        """Colour of class `index` out of `count`, spread over the ten; beyond ten it repeats."""
        last = len(self.classes) - 1
        if not 1 < count <= last:
            return self.classes[index % len(self.classes)]
        # Few classes need not use the darkest and the palest.
        first, last = (1, last - 2) if count <= 4 else (0, last)
        return self.classes[round(first + index * (last - first) / (count - 1))]

    @property
    def grey(self) -> LinearSegmentedColormap:
        """Map for images: 0 is the page, 1 is ink."""
        return LinearSegmentedColormap.from_list("grey", [self.paper, self.ink])

    @property
    def sequential(self) -> LinearSegmentedColormap:
        """Map for amounts: from the page to the accent."""
        return LinearSegmentedColormap.from_list("sequential", [self.paper, self.accent])

    @property
    def errors(self) -> LinearSegmentedColormap:
        """Map for amounts that should not be: from the page to the contrast colour."""
        return LinearSegmentedColormap.from_list("errors", [self.paper, self.contrast])

    @property
    def qualitative(self) -> ListedColormap:
        """The ten class colours as a Matplotlib colormap."""
        return ListedColormap(self.classes, name="classes")


LIGHT = Palette(
    name="light",
    paper="#ffffff",
    ink="#222832",
    muted="#5d6673",
    grid="#dfe3e8",
    classes=(
        "#752c02",
        "#a11047",
        "#994c84",
        "#993dd9",
        "#8372b8",
        "#5b88f6",
        "#2bafe0",
        "#01cfc1",
        "#96c884",
        "#dbba1b",
    ),
    accent="#1f5fa8",
    contrast="#c8501e",
)
DARK = Palette(
    name="dark",
    paper="#14181e",
    ink="#dfe5ec",
    muted="#9ba6b3",
    grid="#343d49",
    classes=(
        "#b84900",
        "#da2a66",
        "#c150a4",
        "#b241ff",
        "#9279da",
        "#81a5f7",
        "#6acefb",
        "#3befe0",
        "#b3ea9f",
        "#fedc47",
    ),
    accent="#6fb1f2",
    contrast="#f59a66",
)


@contextmanager
def style(palette: Palette = LIGHT) -> Iterator[None]:
    """Matplotlib settings of the book for the time of a `with` block.

    Args:
        palette: `LIGHT` or `DARK`.
    """
    settings: dict[str, Any] = {
        "figure.facecolor": palette.paper,
        "figure.dpi": DPI,
        "savefig.facecolor": palette.paper,
        "axes.facecolor": palette.paper,
        "axes.edgecolor": palette.muted,
        "axes.labelcolor": palette.ink,
        "axes.titlecolor": palette.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.titlelocation": "left",
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.labelsize": 9.5,
        "axes.prop_cycle": cycler(color=[palette.accent, palette.contrast, *palette.classes]),
        "grid.color": palette.grid,
        "grid.linewidth": 0.6,
        "text.color": palette.ink,
        "xtick.color": palette.muted,
        "ytick.color": palette.muted,
        "xtick.labelcolor": palette.ink,
        "ytick.labelcolor": palette.ink,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "legend.frameon": False,
        "lines.linewidth": 1.6,
        "font.family": "DejaVu Sans",  # ships with Matplotlib: the same figure on every machine
        "font.size": 9.5,
        "mathtext.fontset": "dejavusans",
        "pdf.fonttype": 42,  # embedded TrueType, as journals ask
        "ps.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "fplib",
        "image.interpolation": "nearest",
    }
    with mpl.rc_context(settings):
        yield


def figure(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Decorator: draw inside the book's style, whoever calls and however.

    Args:
        draw: function of arrays with a keyword `palette`.

    Returns:
        The same function, run within `style(palette)`.
    """

    @wraps(draw)
    def styled(*arrays: Any, palette: Palette = LIGHT, **options: Any) -> Figure:
        with style(palette):
            return draw(*arrays, palette=palette, **options)

    return styled


def canvas(height: float, width: float = WIDTH) -> Figure:
    """An empty figure with automatic layout that pyplot knows nothing of.

    Args:
        height: inches.
        width: inches.

    Returns:
        The figure.
    """
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def halo(palette: Palette, width: float = 2.5) -> list[patheffects.AbstractPathEffect]:
    """Outline in the colour of the page that keeps text readable on top of data."""
    return [patheffects.withStroke(linewidth=width, foreground=palette.paper)]


def readable_on(colour: Any, palette: Palette) -> str:
    """Whichever of page and ink is easier to read on a background colour."""

    def luminance(c: Any) -> float:
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(c)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(c: str) -> float:
        high, low = sorted((luminance(c), luminance(colour)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    return max((palette.paper, palette.ink), key=contrast)
