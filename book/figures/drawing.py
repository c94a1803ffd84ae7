"""Boxes, circles and arrows on an empty figure whose unit is the inch: what diagrams are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch

from fplib.plots.style import SMALL, Palette, canvas, width

Point = tuple[float, float]


@dataclass(frozen=True)
class Board:
    """A figure to draw a diagram on, from (0, 0) at the lower left, in inches."""

    figure: Figure
    axis: Axes
    palette: Palette

    @classmethod
    def of(cls, height: float, palette: Palette) -> Board:
        """An empty board, as wide as the page."""
        figure = canvas(height)
        figure.set_layout_engine("none")
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set(xlim=(0, width()), ylim=(0, height))
        axis.set_axis_off()
        return cls(figure, axis, palette)

    def words(self, at: Point, text: str, colour: str = "", **options: Any) -> None:
        """Words, centred at a point unless told otherwise."""
        place: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SMALL}
        self.axis.text(*at, text, color=colour or self.palette.ink, **(place | options))

    def box(self, at: Point, size: Point, text: str, colour: str = "", **options: Any) -> None:
        """A box with words, its middle at a point."""
        (x, y), (wide, high) = at, size
        ink = colour or self.palette.muted
        look: dict[str, Any] = {"boxstyle": "round,pad=0,rounding_size=0.08", "edgecolor": ink}
        look |= {"facecolor": self.palette.shades(ink)(0.12), "linewidth": 1.3, "zorder": 2}
        corner = x - wide / 2, y - high / 2
        self.axis.add_patch(FancyBboxPatch(corner, wide, high, **(look | options)))
        self.words(at, text, zorder=3)

    def circle(self, at: Point, radius: float, text: str, colour: str = "", **options: Any) -> None:
        """A circle with words."""
        look: dict[str, Any] = {"edgecolor": colour or self.palette.ink, "linewidth": 1.3}
        look |= {"facecolor": self.palette.paper, "zorder": 2}
        self.axis.add_patch(Ellipse(at, 2 * radius, 2 * radius, **(look | options)))
        self.words(at, text, zorder=3)

    def arrow(self, path: Sequence[Point], colour: str = "", bend: float = 0.0) -> None:
        """An arrow along straight pieces; with two points it may be bent."""
        ink = colour or self.palette.muted
        line: dict[str, Any] = {"color": ink, "linewidth": 1.3, "zorder": 1}
        if len(path) > 2:
            self.axis.plot(*np.transpose(path[:-1]), solid_joinstyle="round", **line)
        how: dict[str, Any] = {
            "arrowstyle": "-|>",
            "mutation_scale": 11,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        how["connectionstyle"] = f"arc3,rad={bend}"
        self.axis.add_patch(FancyArrowPatch(path[-2], path[-1], **line, **how))

    def inset(self, at: Point, size: Point) -> Axes:
        """An axis without ticks, its middle at a point."""
        across, high = self.figure.get_size_inches()
        (x, y), (wide, tall) = at, size
        corner = (x - wide / 2) / across, (y - tall / 2) / high
        inside = self.figure.add_axes((*corner, wide / across, tall / high))
        inside.grid(False)
        inside.set(xticks=[], yticks=[])
        inside.spines[:].set(visible=True, color=self.palette.grid)
        return inside
