"""Recipes compared: accuracy by epoch and by second, the bound, and how far expert slopes travel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, PercentFormatter
from numpy.typing import ArrayLike

from fplib.plots.parts import DASHED, DOTTED, SMALL, spaced
from fplib.plots.style import LIGHT, Palette, canvas, figure

SHARE = PercentFormatter(1.0, decimals=0, symbol=" %")


@figure
def recipe_race(runs: Mapping[str, Mapping[str, ArrayLike]], *, palette: Palette = LIGHT) -> Figure:
    """Accuracy of several runs against epochs and against seconds, two estimators each.

    A run that has ended keeps its last accuracy, as a dotted line: the model is there.

    Args:
        runs: name to "epoch" (E,), "seconds" (E,) of training so far, and "from_z", "mean_field"
            (E,), fractions; one to three runs.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: epochs above, seconds below (logarithmic).

    Raises:
        ValueError: if there is no run or more than three, or series of one run differ in length.
    """
    series = {name: _series(name, run, "from_z", "mean_field") for name, run in runs.items()}
    looks = _looks(series, palette)
    drawn = canvas(4.6)
    above, below = drawn.subplots(2, 1, sharey=True)
    for axis, key in ((above, "epoch"), (below, "seconds")):
        end = max(run[key][-1] for run in series.values())
        for name, run in series.items():
            x, colour = run[key], looks[name][0]
            marker = {"marker": "o", "markersize": 3} if len(x) <= 12 else {}
            ways = (("from_z", "from Z", "-"), ("mean_field", "mean field", DASHED))
            for method, words, line in ways:
                look = {"color": colour, "linestyle": line, "label": f"{name}, {words}"}
                axis.plot(x, run[method], **look, **marker)
            if x[-1] < end:
                kept = [run["from_z"][-1]] * 2
                axis.plot([x[-1], end], kept, color=colour, linestyle=DOTTED, linewidth=1.2)
        axis.yaxis.set_major_formatter(SHARE)
        axis.set_ylabel("accuracy")
    above.set_ylim(0, 1.03)
    above.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    above.set_xlabel("epoch")
    below.set_xscale("log")
    below.set_xlabel("seconds of training")
    below.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    below.xaxis.set_major_formatter(spaced)  # numbers, not powers of ten
    below.xaxis.set_minor_formatter(NullFormatter())
    above.set_title("Equal epochs")
    below.set_title("Equal seconds")
    handles, labels = above.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper center", ncols=2, handlelength=2.4)
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
    drawn.supxlabel("steps of Adam", fontsize=9.5)
    return drawn


@figure
def bound_race(runs: Mapping[str, Mapping[str, ArrayLike]], *, palette: Palette = LIGHT) -> Figure:
    """The bound on held-out specimens and the shares of the clusters, by epoch.

    Args:
        runs: name to "epoch" (E,), "bound" (E,), nats a specimen, and "occupancy" (E, C),
            fractions; one to three runs.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure: the bound on top, one panel of shares a run below.

    Raises:
        ValueError: if there is no run or more than three, or series of one run differ in length.
    """
    series = {name: _series(name, run, "bound", "occupancy") for name, run in runs.items()}
    looks = _looks(series, palette)
    drawn = canvas(4.4)
    grid = drawn.add_gridspec(2, len(series), height_ratios=(1.3, 1))
    top = drawn.add_subplot(grid[0, :])
    for name, run in series.items():
        colour, line = looks[name]
        top.plot(run["epoch"], run["bound"], color=colour, linestyle=line, label=name)
    later = np.concatenate([run["bound"][1:] for run in series.values()])
    if len(later) > 2 * len(series):  # a first epoch far below must not flatten the rest
        room = 0.08 * max(np.ptp(later), 1.0)
        top.set_ylim(later.min() - room, later.max() + room)
    top.set_title("Held-out bound")
    top.set_ylabel("nats a specimen")
    top.set_xlabel("epoch")
    top.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    top.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderaxespad=0.2)
    first: Axes | None = None
    highest = max(run["occupancy"].max() for run in series.values())
    for column, (name, run) in enumerate(series.items()):
        axis = first = drawn.add_subplot(grid[1, column], sharey=first)
        count = run["occupancy"].shape[1]
        for c, index in enumerate(np.argsort(run["occupancy"][-1])):
            shares = run["occupancy"][:, index]
            axis.plot(run["epoch"], shares, color=palette.of(c, count), linewidth=1.2)
        axis.axhline(1 / count, color=palette.muted, linewidth=0.8, linestyle=DASHED)
        axis.set_title(f"Shares, {name}")
        axis.set_xlabel("epoch")
        axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axis.yaxis.set_major_formatter(SHARE)
        axis.tick_params(labelleft=column == 0)
        axis.set_ylim(0, 1.1 * highest)
    return drawn


def _series(name: str, run: Mapping[str, ArrayLike], *keys: str) -> dict[str, np.ndarray]:
    """The arrays of a run, checked to be of one length."""
    wanted = [key for key in ("epoch", "seconds", *keys) if key in run or key in keys]
    found = {key: np.asarray(run[key], np.float64) for key in wanted}
    lengths = {key: len(values) for key, values in found.items()}
    if len(set(lengths.values())) != 1 or not all(lengths.values()):
        raise ValueError(f"runs[{name!r}]: expected series of one length, received {lengths}.")
    return found


def _looks(runs: Mapping[str, Any], palette: Palette) -> dict[str, tuple[str, Any]]:
    """Colour and line of each run: the paper's is the first."""
    if not 1 <= len(runs) <= 3:
        raise ValueError(f"runs: expected one to three, received {len(runs)}.")
    pairs = ((palette.contrast, "-"), (palette.accent, DASHED), (palette.muted, DOTTED))
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
    shade: Any = {"color": palette.contrast, "alpha": 0.22, "linewidth": 0}
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
