"""One look for every figure: two palettes (light, dark), two widths, the colour of each role, fonts.

A figure is drawn for a page's column and once more, narrower, for a phone. Both have type of the
same size in points, which the page then shows at 12 to 13 pixels, and a phone at 9 or more.
Nothing here imports another file of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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

DESK = 8.0  # inches; the column of a page is 774 pixels wide, so that a point is 1.34 pixels
PHONE = 4.6  # inches; the column of a phone is 342 pixels wide, so that a point is 1.03 pixels
TALLEST = 7.2  # inches: 700 pixels in the column of a page
DPI = 200
SMALL, MIDDLE, LARGE = 9.0, 9.5, 9.6  # points: of words beside data, of axes, of titles

ROLES = {  # what a series is about, and the words that say so
    "both": ("both", "multimodal"),
    "image": ("image", "photograph"),
    "curve": ("curve",),
}

_width = ContextVar("width", default=DESK)


@dataclass(frozen=True)
class Palette:
    """Colours of one mode, each with one meaning in every figure; any two differ for most readers.

    Attributes:
        name: "light" or "dark".
        paper: background of the page.
        ink: text and axes, and the one series of a figure that needs no other colour.
        muted: secondary text.
        grid: rules and grid lines.
        classes: ten colours, ordered by lightness and by hue, for digits 0 to 9 or as many
            classes. Any two are at least 0.10 apart in Oklab, and 0.08 as a red-, green- or
            blue-blind reader sees them; a digit has the same hue in light and dark.
        kinds: for up to three classes that are no digits, such as kinds of lattice.
        image: of what is about images.
        curve: of what is about curves.
        both: of what is about both modalities.
        accent: what is chosen, ours, or a gain.
        alarm: errors, misses and losses.
    """

    name: str
    paper: str
    ink: str
    muted: str
    grid: str
    classes: tuple[str, ...]
    kinds: tuple[str, ...]
    image: str
    curve: str
    both: str
    accent: str
    alarm: str

    def of(self, index: int, count: int = 10) -> str:
        """Colour of class `index` out of `count`: of a kind if they are few, else of a digit."""
        if count <= len(self.kinds):
            return self.kinds[index % len(self.kinds)]
        last = len(self.classes) - 1
        if count > last:
            return self.classes[index % len(self.classes)]
        return self.classes[round(index * last / (count - 1))]

    @property
    def roles(self) -> dict[str, str]:
        """Colour of each role: what is about images, about curves, about both."""
        return {"image": self.image, "curve": self.curve, "both": self.both}

    def role(self, words: str) -> str | None:
        """Colour of the role that words name, such as "curve alone"; None if they name none."""
        named = [role for role, keys in ROLES.items() if any(key in words for key in keys)]
        if not named:
            return None
        return self.roles["both" if len(named) > 1 else named[0]]

    @property
    def grey(self) -> LinearSegmentedColormap:
        """Map for images: 0 is the page, 1 is ink."""
        return self.shades(self.ink)

    @property
    def photograph(self) -> LinearSegmentedColormap:
        """Map for photographs: black at 0 and white at 1 in every mode."""
        return LinearSegmentedColormap.from_list("photograph", ["#000000", "#ffffff"])

    def shades(self, colour: str) -> LinearSegmentedColormap:
        """Map for amounts: 0 is the page, 1 the colour."""
        return LinearSegmentedColormap.from_list("shades", [self.paper, colour])

    @property
    def signed(self) -> LinearSegmentedColormap:
        """Map for hits and errors: 1 is a hit, 0 an error, the middle is the page."""
        return LinearSegmentedColormap.from_list("signed", [self.alarm, self.paper, self.muted])


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
    kinds=("#0f4c5c", "#a07a16", "#6b9973"),
    image="#1f5fa8",
    curve="#c8501e",
    both="#702963",
    accent="#1a7f37",
    alarm="#d1001f",
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
    kinds=("#bfe3e8", "#b08d2e", "#4a7a6a"),
    image="#3d8ff5",
    curve="#f08a3c",
    both="#e9a6ff",
    accent="#3fb950",
    alarm="#ff4d4d",
)


@contextmanager
def style(palette: Palette = LIGHT, across: float | None = None) -> Iterator[None]:
    """Matplotlib as the book uses it, whatever the user's own settings, for a `with` block.

    NumPy's reaction to rounding is the usual one meanwhile: drawing underflows by design.

    Args:
        palette: `LIGHT` or `DARK`.
        across: width of the figures drawn meanwhile, inches, such as `PHONE`; as it was if None.
    """
    papers = ("figure.facecolor", "savefig.facecolor", "axes.facecolor")
    inks = ("axes.labelcolor", "axes.titlecolor", "text.color", "xtick.labelcolor")
    rules = ("axes.edgecolor", "xtick.color", "ytick.color")
    small = ("xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    settings: Any = {
        **dict.fromkeys(papers, palette.paper),
        **dict.fromkeys((*inks, "ytick.labelcolor"), palette.ink),
        **dict.fromkeys(rules, palette.muted),
        **dict.fromkeys(small, SMALL),
        "figure.dpi": DPI,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.titlelocation": "left",
        "axes.titlesize": LARGE,
        "axes.titleweight": "bold",
        "axes.labelsize": MIDDLE,
        "figure.labelsize": MIDDLE,
        "axes.prop_cycle": cycler(color=[palette.ink, palette.muted, *palette.classes]),
        "grid.color": palette.grid,
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 1.6,
        "font.family": "DejaVu Sans",  # ships with Matplotlib: the same figure on every machine
        "font.size": MIDDLE,
        "mathtext.fontset": "dejavusans",
        "pdf.fonttype": 42,  # embedded TrueType, as journals ask
        "ps.fonttype": 42,
        "svg.hashsalt": "fplib",
        "image.interpolation": "nearest",
    }
    rounding = np.errstate(divide="warn", over="warn", under="ignore", invalid="warn")
    before = _width.set(_width.get() if across is None else across)
    try:
        with mpl.rc_context(), rounding:
            mpl.rcdefaults()  # not what a matplotlibrc says
            mpl.rcParams.update(settings)
            yield
    finally:
        _width.reset(before)


def width() -> float:
    """Width of the figures that are being drawn, inches: `DESK` or `PHONE`."""
    return _width.get()


def narrow() -> bool:
    """Whether figures are being drawn for a phone."""
    return width() < DESK


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


def canvas(height: float) -> Figure:
    """An empty figure with automatic layout that pyplot knows nothing of, as wide as its page.

    Args:
        height: inches; cut to `TALLEST`.

    Returns:
        The figure.
    """
    size = width(), min(height, TALLEST)
    made = StyledFigure(figsize=size, dpi=DPI, layout="constrained")
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
