"""The paper's recipe and its time lapses: bound, accuracy, and how far expert slopes travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike

from fplib.plots.parts import DASHED, DOTTED, SMALL, spaced
from fplib.plots.style import LIGHT, Palette, canvas, figure

SHARE = PercentFormatter(1.0, decimals=0, symbol=" %")


@figure
def film(
    recipes: Mapping[str, Sequence[Mapping[str, ArrayLike]]], *, palette: Palette = LIGHT
) -> Figure:
    """Bound and accuracy of every run along the path of the slopes, at several speeds.

    Args:
        recipes: name -> its runs, each with "path" (E,), the way that Adam can have carried a
            slope by then (rate times steps), "bound" (E,), nats a specimen, and "accuracy" (E,), a
            fraction; one to three recipes, the literal one first.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: the bound above, the accuracy below.

    Raises:
        ValueError: if there is no recipe or more than three, or series of a run differ in length.
    """
    looks = _looks(recipes, palette)
    drawn = canvas(4.6)
    above, below = drawn.subplots(2, 1, sharex=True)
    lowest = []
    for name, runs in recipes.items():
        colour, line = looks[name]
        for i, run in enumerate(runs):
            found = _series(name, run, "path", "bound", "accuracy")
            style = {"color": colour, "linestyle": line, "linewidth": 1.1, "alpha": 0.8}
            above.plot(found["path"], found["bound"], label=name if i == 0 else None, **style)
            below.plot(found["path"], found["accuracy"], **style)
            lowest.append(np.quantile(found["bound"], 0.1))
    if lowest:  # the first epochs lie far below and would flatten the rest
        above.set_ylim(bottom=min(lowest))
    above.set_ylabel("bound, nats")
    below.set_ylabel("accuracy from $Z$")
    below.set_ylim(0, 1.03)
    below.yaxis.set_major_formatter(SHARE)
    below.set_xlabel("rate × steps: how far a slope can have come")
    above.legend(loc="lower right", ncols=3)
    return drawn


@figure
def slope_paths(
    runs: Mapping[str, Mapping[str, Any]],
    truth: ArrayLike,
    *,
    marks: Mapping[str, float] | None = None,
    palette: Palette = LIGHT,
) -> Figure:
    """Slopes of the experts along training, one panel a run, with the true slopes as rules.

    Where a run names its learning rate, a wedge shows how far Adam can carry a slope, about one
    rate a step, until the outermost true slopes are within reach.

    Args:
        runs: name to "step" (E,) of Adam and "slopes" (E, C), raw units, and optionally "rate";
            one to three runs.
        truth: true slopes, (K,).
        marks: words to a number of steps, drawn as upright lines in panels with a wedge.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no run or more than three, or slopes do not fit the steps.
    """
    if not 1 <= len(runs) <= 3:
        raise ValueError(f"runs: expected one to three, received {len(runs)}.")
    truth = np.sort(np.asarray(truth, float))
    drawn = canvas(3.0)
    wide = [1.7 if run.get("rate") else 1.0 for run in runs.values()]
    axes = drawn.subplots(1, len(runs), sharey=True, squeeze=False, width_ratios=wide)[0]
    for axis, (name, run) in zip(axes, runs.items(), strict=True):
        steps, slopes = np.asarray(run["step"], float), np.asarray(run["slopes"], float)
        if slopes.ndim != 2 or len(slopes) != len(steps):
            raise ValueError(
                f"runs[{name!r}]: expected slopes (E, C) for {len(steps)} steps, received shape "
                f"{slopes.shape}."
            )
        axis.grid(False)
        for value in truth:
            axis.axhline(value, color=palette.grid, linewidth=1.2, zorder=0)
        if run.get("rate"):
            _wedge(axis, steps[0], slopes[0], run["rate"], truth, marks or {}, palette)
        count = slopes.shape[1]
        for c, index in enumerate(np.argsort(slopes[-1])):
            axis.plot(steps, slopes[:, index], color=palette.of(c, count), linewidth=1.3)
            axis.plot(steps[-1], slopes[-1, index], "o", color=palette.of(c, count), markersize=3)
        axis.set_title(name)
        axis.xaxis.set_major_locator(MaxNLocator(3 if run.get("rate") else 2))
        axis.xaxis.set_major_formatter(spaced)
        axis.set_xlim(0, None)
    axes[0].set_ylabel("slope of the expert")
    drawn.supxlabel("steps of Adam")
    return drawn


def _series(name: str, run: Mapping[str, ArrayLike], *keys: str) -> dict[str, np.ndarray]:
    """The arrays of a run, checked to be of one length."""
    found = {key: np.asarray(run[key], np.float64) for key in keys}
    lengths = {key: len(values) for key, values in found.items()}
    if len(set(lengths.values())) != 1 or not all(lengths.values()):
        raise ValueError(f"runs[{name!r}]: expected series of one length, received {lengths}.")
    return found


def _looks(runs: Mapping[str, Any], palette: Palette) -> dict[str, tuple[str, Any]]:
    """Colour and line of each run: the paper's is the first."""
    if not 1 <= len(runs) <= 3:
        raise ValueError(f"recipes: expected one to three, received {len(runs)}.")
    pairs = ((palette.ink, "-"), (palette.accent, DASHED), (palette.muted, DOTTED))
    return dict(zip(runs, pairs, strict=False))


def _wedge(
    axis: Axes,
    first: float,
    start: np.ndarray,
    rate: float,
    truth: np.ndarray,
    marks: Mapping[str, float],
    palette: Palette,
) -> None:
    """How far slopes can have come since `first`, up to the step that reaches the last true one."""
    needed = np.abs(np.sort(start)[[0, -1]] - truth[[0, -1]]).max() / rate
    steps = np.array([first, first + needed])
    reach = rate * (steps - first)
    low, high = start.min() - reach, start.max() + reach
    shade: Any = {"color": palette.muted, "alpha": 0.22, "linewidth": 0}
    axis.fill_between(steps, low.clip(truth[0]), high.clip(max=truth[-1]), **shade)
    for words, step in marks.items():
        axis.axvline(step, color=palette.muted, linewidth=1, linestyle=DASHED)
        axis.annotate(
            f"{words} ",
            (step, 0.02),
            xycoords=axis.get_xaxis_transform(),
            rotation=90,
            ha="right",
            va="bottom",
            fontsize=SMALL,
            color=palette.muted,
        )
