"""A three-dimensional box seen from one side, in parallel projection.

An ellipsoid then has an exact ellipse as outline, shadows on the floor tell depth, and text stays
as large and as clear as in any plane figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.parts import SMALL, spaced
from fplib.plots.style import Palette


@dataclass(frozen=True)
class View:
    """One direction of sight on the box from `low` to `high`.

    Attributes:
        axes: right and up of the picture in space, (2, 3).
        towards: unit vector to the eye, (3,).
        low: smallest corner of the box, (3,).
        high: largest corner, (3,).
        near: for each axis, whether its high side faces the eye, (3,).
    """

    axes: np.ndarray
    towards: np.ndarray
    low: np.ndarray
    high: np.ndarray
    near: np.ndarray

    @classmethod
    def of(cls, elevation: float, azimuth: float, low: np.ndarray, high: np.ndarray) -> View:
        """A view from an elevation above the floor and an azimuth from the first axis, degrees."""
        e, a = np.radians([elevation, azimuth])
        right = np.array([-np.sin(a), np.cos(a), 0.0])
        towards = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
        pad = 0.04 * (high - low).max()
        up = np.cross(towards, right)
        return cls(np.stack([right, up]), towards, low - pad, high + pad, towards > 0)

    def flat(self, points: np.ndarray) -> np.ndarray:
        """Points in space (N, 3) as points of the picture (N, 2)."""
        return points @ self.axes.T

    def depth(self, points: np.ndarray) -> np.ndarray:
        """Distance towards the eye, (N,)."""
        return points @ self.towards

    @property
    def corners(self) -> np.ndarray:
        """The eight corners of the box in the picture, (8, 2)."""
        picks = np.array(np.meshgrid(*[[0, 1]] * 3)).reshape(3, -1).T
        return self.flat(np.where(picks, self.high, self.low))

    @property
    def width(self) -> float:
        """Width of the box in the picture, with room for numbers."""
        return float(1.17 * np.ptp(self.corners[:, 0]))

    @property
    def height(self) -> float:
        """Height of the box in the picture, with room for numbers."""
        return float(1.13 * np.ptp(self.corners[:, 1]))


def best_views(points: np.ndarray, count: int = 2, elevation: float = 22.0) -> list[tuple]:
    """Directions of sight from which these points cover each other least.

    Args:
        points: what should be seen apart, (C, 3).
        count: how many views.
        elevation: of the eye above the floor, degrees.

    Returns:
        Elevation and azimuth of each view, degrees; azimuths differ by at least 50.
    """
    azimuths = np.arange(-180, 180, 5).tolist()
    pairs = np.triu_indices(len(points), 1)
    crowding = []
    for azimuth in azimuths:
        flat = View.of(elevation, azimuth, points.min(axis=0), points.max(axis=0)).flat(points)
        distance = np.hypot(*(flat[pairs[0]] - flat[pairs[1]]).T)
        crowding.append(np.sum(1 / (distance**2 + 1e-6 * (1 + distance.max(initial=0)) ** 2)))
    chosen: list[int] = []
    for index in np.argsort(crowding, kind="stable"):
        azimuth = azimuths[index]
        if all(abs((azimuth - other + 180) % 360 - 180) >= 50 for other in chosen):
            chosen.append(azimuth)
    return [(elevation, azimuth) for azimuth in chosen[:count]]


def draw_box(
    axis: Axes, view: View, names: Sequence[str], size: tuple[float, float], palette: Palette
) -> None:
    """Floor and back walls with their grids, numbers along three edges, and the axes' names.

    Args:
        axis: an empty axis; its own frame is switched off.
        view: direction of sight and box.
        names: of the three axes.
        size: width and height of the picture, in the unit of the box.
        palette: colours of the mode.
    """
    axis.set_axis_off()
    axis.set_aspect("equal")
    front = np.where(view.near, view.high, view.low)
    back = np.where(view.near, view.low, view.high)
    span = np.hypot(*np.ptp(view.corners, axis=0))
    ticks = [_ticks(view, k, span) for k in range(3)]
    floor = view.low[2]

    def segment(start: ArrayLike, end: ArrayLike, **options: Any) -> None:
        axis.plot(*view.flat(np.array([start, end])).T, solid_capstyle="round", **options)

    grid: Any = {"color": palette.grid, "linewidth": 0.6, "zorder": 0}
    rule: Any = {"color": palette.muted, "linewidth": 0.9, "zorder": 0.5}
    for x in ticks[0]:
        segment((x, view.low[1], floor), (x, view.high[1], floor), **grid)
        segment((x, back[1], floor), (x, back[1], view.high[2]), **grid)
    for y in ticks[1]:
        segment((view.low[0], y, floor), (view.high[0], y, floor), **grid)
        segment((back[0], y, floor), (back[0], y, view.high[2]), **grid)
    for z in ticks[2]:
        segment((view.low[0], back[1], z), (view.high[0], back[1], z), **grid)
        segment((back[0], view.low[1], z), (back[0], view.high[1], z), **grid)

    left = min((0, 1), key=lambda i: view.flat(_corner(view, front, back, i))[0])
    edges: Any = (
        ((view.low[0], front[1], floor), (view.high[0], front[1], floor)),
        ((front[0], view.low[1], floor), (front[0], view.high[1], floor)),
        (_corner(view, front, back, left), _corner(view, front, back, left, top=True)),
    )
    centre = view.corners.mean(axis=0)
    for k, (start, end) in enumerate(edges):
        segment(start, end, **rule)
        a, b = view.flat(np.array([start, end]))
        along = (b - a) / np.hypot(*(b - a))
        outward = np.array([along[1], -along[0]])
        outward *= np.sign(outward @ ((a + b) / 2 - centre))
        sideways = abs(outward[0]) > 0.6  # words then start at the axis, else they are centred
        side = "left" if outward[0] > 0 else "right"
        words: Any = {"ha": side if sideways else "center", "va": "center"}
        for tick in ticks[k]:
            place = np.array(start, float)
            place[k] = tick
            where = view.flat(place)
            axis.plot(*np.stack([where, where + 0.010 * span * outward]).T, **rule)
            x, y = where + (0.018 if sideways else 0.034) * span * outward
            axis.text(x, y, spaced(tick), fontsize=SMALL, color=palette.muted, **words)
        x, y = (a + b) / 2 + (0.115 if sideways else 0.095) * span * outward
        axis.text(x, y, names[k], color=palette.ink, **words)
    left_end, right_end = view.corners[:, 0].min() - 0.04 * span, view.corners[:, 0].max()
    top = view.corners[:, 1].max() + 0.01 * span
    axis.set_xlim((left_end + right_end - size[0]) / 2, (left_end + right_end + size[0]) / 2)
    axis.set_ylim(top - size[1], top)


def _corner(
    view: View, front: np.ndarray, back: np.ndarray, axis: int, top: bool = False
) -> np.ndarray:
    """Foot or top of the vertical edge where the back wall across `axis` meets the front."""
    place = np.array([front[0], front[1], view.high[2] if top else view.low[2]])
    place[axis] = back[axis]
    return place


def _ticks(view: View, k: int, span: float) -> np.ndarray:
    """Two to four round numbers along one axis, far enough apart not to write over each other."""
    low, high = view.low[k], view.high[k]
    right, up = view.axes[:, k] / span  # one unit of the axis in the picture
    scale = np.hypot(right, up)
    needed = 0.045 + 0.03 * abs(right) / scale  # words are wider than high
    room = 0.06 if k == 2 else 0.12  # near a corner of the floor two axes would write together
    inner = (low + room * (high - low), high - room * (high - low))
    choices = []
    for bins in (8, 6, 5, 4, 3, 2, 1):
        values = MaxNLocator(bins, steps=[1, 2, 5, 10]).tick_values(low, high)
        choices.append(values[(values >= inner[0]) & (values <= inner[1])])
    for values in choices:
        if 2 <= len(values) <= 4 and np.diff(values).min() * scale >= needed:
            return values
    for values in choices[::-1]:  # an axis seen almost end on keeps its outermost two
        if len(values) > 1 and np.ptp(values) * scale >= needed:
            return values[[0, -1]]
    return choices[-1]
