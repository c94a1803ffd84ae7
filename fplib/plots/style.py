"""One look for every figure: two palettes (light, dark), the colour of each role, fonts and sizes.

Figures are 5.4 inches wide with type of 8.5 to 10 points, so that a phone, which shrinks them to
about 360 pixels, still sets them at 8 to 9 pixels. Nothing here imports another file of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import patheffects
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

WIDTH = 5.4  # inches
TALLEST = 4.8  # inches: 700 pixels where a page shows the width in 780
DPI = 220

ROLES = {  # what a series is about, and the words that say so
    "both": ("both", "multimodal"),
    "image": ("image", "photograph"),
    "curve": ("curve",),
}


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
        accent: the one colour that carries a message; also of what is about images.
        contrast: its opposite, for errors; also of what is about curves.
        fused: of what is about both modalities, 0.10 from the other two in the same sense.
    """

    name: str
    paper: str
    ink: str
    muted: str
    grid: str
    classes: tuple[str, ...]
    accent: str
    contrast: str
    fused: str

    def of(self, index: int, count: int = 10) -> str:
        """Colour of class `index` out of `count`, spread over the ten; beyond ten it repeats."""
        last = len(self.classes) - 1
        if not 1 < count <= last:
            return self.classes[index % len(self.classes)]
        # Few classes need not use the darkest and the palest.
        first, last = (1, last - 2) if count <= 4 else (0, last)
        return self.classes[round(first + index * (last - first) / (count - 1))]

    @property
    def roles(self) -> dict[str, str]:
        """Colour of each role: what is about images, about curves, about both."""
        return {"image": self.accent, "curve": self.contrast, "both": self.fused}

    def role(self, words: str) -> str | None:
        """Colour of the role that words name, such as "curve alone"; None if they name none."""
        named = [role for role, keys in ROLES.items() if any(key in words for key in keys)]
        if not named:
            return None
        return self.roles["both" if len(named) > 1 else named[0]]

    @property
    def grey(self) -> LinearSegmentedColormap:
        """Map for images: 0 is the page, 1 is ink."""
        return LinearSegmentedColormap.from_list("grey", [self.paper, self.ink])

    @property
    def signed(self) -> LinearSegmentedColormap:
        """Map for amounts: 0 is the contrast colour, 1 the accent, the middle is the page."""
        return LinearSegmentedColormap.from_list("signed", [self.contrast, self.paper, self.accent])


LIGHT = Palette(
    name="light",
    paper="#ffffff",
    ink="#222832",
    muted="#5d6673",
    grid="#dfe3e8",
    classes=(
        *("#752c02", "#a11047", "#994c84", "#993dd9", "#8372b8"),
        *("#5b88f6", "#2bafe0", "#01cfc1", "#96c884", "#dbba1b"),
    ),
    accent="#1f5fa8",
    contrast="#c8501e",
    fused="#702963",
)
DARK = Palette(
    name="dark",
    paper="#14181e",
    ink="#dfe5ec",
    muted="#9ba6b3",
    grid="#343d49",
    classes=(
        *("#b84900", "#da2a66", "#c150a4", "#b241ff", "#9279da"),
        *("#81a5f7", "#6acefb", "#3befe0", "#b3ea9f", "#fedc47"),
    ),
    accent="#6fb1f2",
    contrast="#f59a66",
    fused="#9a6fe8",
)


@contextmanager
def style(palette: Palette = LIGHT) -> Iterator[None]:
    """Matplotlib as the book uses it, whatever the user's own settings, for a `with` block.

    NumPy's reaction to rounding is the usual one meanwhile: drawing underflows by design.

    Args:
        palette: `LIGHT` or `DARK`.
    """
    papers = ("figure.facecolor", "savefig.facecolor", "axes.facecolor")
    inks = ("axes.labelcolor", "axes.titlecolor", "text.color", "xtick.labelcolor")
    rules = ("axes.edgecolor", "xtick.color", "ytick.color")
    small = ("xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    settings: Any = {
        **dict.fromkeys(papers, palette.paper),
        **dict.fromkeys((*inks, "ytick.labelcolor"), palette.ink),
        **dict.fromkeys(rules, palette.muted),
        **dict.fromkeys(small, 9),
        "figure.dpi": DPI,
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
        "legend.frameon": False,
        "lines.linewidth": 1.6,
        "font.family": "DejaVu Sans",  # ships with Matplotlib: the same figure on every machine
        "font.size": 9.5,
        "mathtext.fontset": "dejavusans",
        "pdf.fonttype": 42,  # embedded TrueType, as journals ask
        "ps.fonttype": 42,
        "svg.hashsalt": "fplib",
        "image.interpolation": "nearest",
    }
    rounding = np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
    with mpl.rc_context(), rounding:
        mpl.rcdefaults()  # not what a matplotlibrc says
        mpl.rcParams.update(settings)
        yield


class StyledFigure(Figure):
    """A figure that keeps the style it was made in: Matplotlib reads much of it only on drawing.

    Attributes:
        palette: `LIGHT` or `DARK`.
    """

    palette: Palette = LIGHT

    def draw(self, renderer: Any) -> None:
        """Draw in the style of the figure."""
        with style(self.palette):
            super().draw(renderer)

    def get_tightbbox(self, *args: Any, **options: Any) -> Any:
        """Bounding box of what is drawn, in the style of the figure."""
        with style(self.palette):
            return super().get_tightbbox(*args, **options)

    def savefig(self, *args: Any, **options: Any) -> None:
        """Write the figure in its style."""
        with style(self.palette):
            super().savefig(*args, **options)


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
            made = draw(*arrays, palette=palette, **options)
        if isinstance(made, StyledFigure):
            made.palette = palette
        return made

    return styled


def canvas(height: float, width: float = WIDTH) -> Figure:
    """An empty figure with automatic layout that pyplot knows nothing of.

    Args:
        height: inches.
        width: inches.

    Returns:
        The figure.
    """
    made = StyledFigure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(made)  # seaborn draws heat maps once to see whether their labels overlap
    return made


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
