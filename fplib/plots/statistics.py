"""Statistical drawings on one axis, by seaborn: runs as dots, lines through runs, counts as cells.

seaborn takes seconds to import, so that it is imported by whoever draws with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from fplib.plots.parts import SMALL, golden, in_percent
from fplib.plots.style import Palette, readable_on

LEAST = 5e-5  # an error rate: half a specimen in 10 000


def strips(
    axis: Axes,
    rows: Sequence[ArrayLike],
    palette: Palette,
    *,
    colours: Sequence[str] | None = None,
    estimator: str = "median",
) -> None:
    """Every run as a dot, one row below another; a bar at the middle, a line over the quartiles.

    Args:
        axis: an empty axis.
        rows: values of each row, (R_i,), in one unit; a row may be empty.
        palette: colours of the mode.
        colours: of the dots of each row; ink by default.
        estimator: "median" or "mean", of the bar.
    """
    import pandas as pd
    import seaborn as sns

    # By value, so that offsets that alternate spread the dots which would cover each other.
    values = [np.sort(np.asarray(row, np.float64)) for row in rows]
    index = np.repeat(np.arange(len(values)), [len(row) for row in values])
    frame = pd.DataFrame({"value": np.concatenate(values), "row": index})
    if frame.empty:
        return
    place = {"x": "value", "y": "row", "orient": "h", "native_scale": True, "ax": axis}
    middle = {"marker": "|", "markersize": 23, "markeredgewidth": 2, "linestyle": "none"}
    middle |= {"color": palette.muted, "zorder": 1, "err_kws": {"linewidth": 1.2}}
    sns.pointplot(frame, **place, **middle, estimator=estimator, errorbar=("pi", 50))
    inks = dict(enumerate(colours or [palette.ink] * len(values)))
    dots = {"size": 5, "linewidth": 0.5, "edgecolor": palette.paper, "clip_on": False, "zorder": 3}
    state = np.random.get_state()  # noqa: NPY002 - seaborn draws even for a jitter of zero
    sns.stripplot(frame, **place, **dots, hue="row", palette=inks, legend=False, jitter=False)
    np.random.set_state(state)  # noqa: NPY002 - the user's state is not ours to move
    for drawn in axis.collections:
        offsets = np.array(drawn.get_offsets())
        offsets[:, 1] += 0.56 * golden(len(offsets))
        drawn.set_offsets(offsets)
    axis.set(xlabel="", ylabel="")  # names of columns, which seaborn writes there


def line_of_runs(
    axis: Axes,
    places: ArrayLike,
    values: ArrayLike,
    palette: Palette,
    *,
    colour: str,
    marker: str = "o",
    line: Any = "-",
    estimator: str = "mean",
    width: float = 0.3,
    shift: float = 0.0,
    label: str | None = None,
) -> None:
    """A dot a run, spread a little where several share a place, and a line through their middles.

    Args:
        axis: where to draw.
        places: of each run along the axis, (R,).
        values: of each run, (R,); NaN where there is none.
        palette: colours of the mode.
        colour: of line and dots.
        marker: of both.
        line: style of the line.
        estimator: "mean" or "median", of the runs at one place.
        width: over which the dots of one place are spread, unit of `places`.
        shift: of all dots to the right, same unit.
        label: of the line in the legend.
    """
    import pandas as pd
    import seaborn as sns

    frame = pd.DataFrame({"place": np.ravel(places), "value": np.ravel(values)}, dtype=float)
    frame = frame.dropna().sort_values(["place", "value"], ignore_index=True)
    if frame.empty:
        return
    labels = {"xlabel": axis.get_xlabel(), "ylabel": axis.get_ylabel()}  # seaborn writes there
    side = frame.groupby("place")["place"].transform(lambda group: golden(len(group)))
    shared = {"y": "value", "data": frame, "ax": axis, "color": colour, "marker": marker}
    dots = {"s": 9, "alpha": 0.7, "linewidth": 0, "zorder": 2, "legend": False}
    sns.scatterplot(x=frame["place"] + shift + width * side, **shared, **dots)
    middles = {"estimator": estimator, "errorbar": None, "linestyle": line, "linewidth": 1.4}
    edge = {"markersize": 6, "mec": palette.paper, "mew": 0.6, "zorder": 3, "legend": False}
    sns.lineplot(x="place", **shared, **middles, **edge)
    axis.lines[-1].set_label(label or "_middles")
    axis.set(**labels)


def cells(
    axis: Axes, counts: np.ndarray, palette: Palette, *, numbers: bool = False, **options: Any
) -> None:
    """Counts of true against predicted class as a heat map; hits and errors differ in colour.

    Grey is the share of the row; colour is for errors, on a square-root scale that shows single ones and is
    darkest from one tenth on.

    Args:
        axis: an empty axis.
        counts: (K, K + U), hits on the diagonal.
        palette: colours of the mode.
        numbers: whether counts above zero are written into their cells.
        **options: of `seaborn.heatmap`, such as the names of rows and columns.
    """
    import seaborn as sns

    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    wrong = 0.12 + 0.7 * np.sqrt(np.minimum(share / 0.1, 1))
    shade = np.where(np.eye(*counts.shape) > 0, 0.15 + 0.75 * share, -wrong)
    shade[counts == 0] = 0
    if numbers:
        words = np.where(counts > 0, counts.astype(str), "")
        options |= {"annot": words, "fmt": "", "annot_kws": {"fontsize": SMALL}}
    rules = {"linewidths": 0.5, "linecolor": palette.grid, "square": True, "cbar": False}
    sns.heatmap(shade, ax=axis, cmap=palette.signed, vmin=-1, vmax=1, **rules, **options)
    for text, colour in zip(axis.texts, axis.collections[0].get_facecolor(), strict=False):
        text.set_color(readable_on(colour, palette))
    axis.tick_params(length=0, rotation=0)


def accuracy_scale(axis: Axes, accuracies: ArrayLike) -> None:
    """A horizontal axis of accuracies with logarithmic errors: 98.6 % and 99.1 % stand apart.

    s = −log₁₀(1 − a), and beyond the smallest error a straight piece that leads to 100 %.

    Args:
        axis: whose horizontal axis is set.
        accuracies: all that is drawn, fractions, any shape.
    """
    errors = 1 - np.ravel(np.asarray(accuracies, np.float64))
    least = max(LEAST, errors[errors > LEAST / 2].min(initial=0.01))
    worst = errors.max(initial=2 * least)
    end, length = -np.log10(least), 0.3

    def forward(a: ArrayLike) -> np.ndarray:
        error = 1 - np.asarray(a)
        straight = end + length * (1 - error / least)
        return np.where(error > least, -np.log10(np.maximum(error, least)), straight)

    def backward(s: ArrayLike) -> np.ndarray:
        beyond = (np.asarray(s) - end) / length
        return 1 - np.where(beyond < 0, 10.0 ** -np.minimum(s, end), least * (1 - beyond))

    axis.set_xscale("function", functions=(forward, backward))
    powers = 10.0 ** -np.arange(0, 6)
    ticks = np.sort(np.concatenate([powers, powers / 2, powers / 5]))
    ticks = ticks[(ticks > 1.9 * least) & (ticks < 1.01 * worst)]  # nearer to 100 % is no room
    ticks = ticks if len(ticks) <= 5 else np.intersect1d(ticks, powers)
    axis.set_xticks([*(1 - ticks), 1.0])
    axis.xaxis.set_major_formatter(in_percent)
    low, high = forward(1 - worst), forward(1.0)
    room = 0.04 * (high - low)
    axis.set_xlim(*backward([low - room, high + room]))
