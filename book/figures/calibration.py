"""A choice to be made, such as the number of latent dimensions, against what comes of it; and
whether a score that needs no labels would choose well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.parts import DASHED, SMALL, in_corner, in_percent, looks, percent, shaped
from fplib.plots.statistics import LEAST, line_of_runs
from fplib.plots.style import LIGHT, Palette, canvas, figure, halo


@figure
def bound_against(
    candidates: Sequence[Any],
    settings: Mapping[str, ArrayLike],
    *,
    here: Mapping[str, ArrayLike] | None = None,
    chosen: Mapping[str, tuple[int, int]] | None = None,
    xlabel: str = "latent dimensions $L$",
    ylabel: str = "nats a specimen",
    palette: Palette = LIGHT,
) -> Figure:
    """A held-out bound for each candidate: one dot a run, a line through the means.

    Args:
        candidates: K values of the choice, drawn evenly spaced.
        settings: title of a panel -> bounds (S, K) in the unit of `ylabel`, nan where there is none.
        here: title -> further runs in the same form, drawn as open diamonds.
        chosen: title -> index of the best candidate and of the simplest as good.
        xlabel: name of the choice.
        ylabel: unit of the bound.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no panel, or a table has not K columns.
    """
    drawn, axes = _panels(candidates, settings, 2.5, xlabel)
    for axis, (title, values) in zip(axes, settings.items(), strict=True):
        _runs(axis, title, values, candidates, palette, colour=palette.ink)
        if here and title in here:
            for row in shaped(f"here[{title!r}]", here[title], None, len(candidates)):
                axis.plot(row, "D", mfc="none", mec=palette.ink, ms=6, mew=1.2, zorder=4)
        axis.yaxis.set_major_locator(MaxNLocator(5))
        axis.ticklabel_format(axis="y", useOffset=False)
        axis.margins(y=0.18)
        if chosen and title in chosen:
            best, simplest = chosen[title]
            _flag(axis, best, "highest" if best != simplest else "chosen by both rules", palette)
            if best != simplest:
                _flag(axis, simplest, "simplest as good", palette, 0.13)
    axes[0].set_ylabel(ylabel)
    return drawn


@figure
def errors_against(
    candidates: Sequence[Any],
    settings: Mapping[str, Mapping[str, ArrayLike]],
    *,
    xlabel: str = "latent dimensions $L$",
    ylabel: str = "specimens in the wrong cluster (%)",
    palette: Palette = LIGHT,
) -> Figure:
    """Errors for each candidate, on a logarithmic scale with a place for zero: dots are runs.

    Args:
        candidates: K values of the choice, drawn evenly spaced.
        settings: title of a panel -> name of a line -> accuracies (S, K), fractions, nan where
            there is none.
        xlabel: name of the choice.
        ylabel: what an error is.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no panel, a table has not K columns, or a value is no fraction.
    """
    drawn, axes = _panels(candidates, settings, 3.1, xlabel)
    names = list(dict.fromkeys(name for lines in settings.values() for name in lines))
    look = dict(zip(names, looks(names, palette), strict=True))
    worst = 0.1
    for axis, (title, lines) in zip(axes, settings.items(), strict=True):
        for name, values in lines.items():
            error = 1 - np.asarray(values, np.float64)
            if (error < 0).any() or (error > 1).any():
                raise ValueError(
                    f"settings[{title!r}]: expected fractions in [0, 1] for {name!r}, received "
                    f"{1 - np.nanmax(error):g} to {1 - np.nanmin(error):g}."
                )
            worst = np.nanmax([worst, *error.flat])
            same = look[name]._asdict() | {"label": name}
            _runs(axis, title, np.maximum(error, LEAST), candidates, palette, **same)
        axis.set_yscale("log")
    ticks = [tick for tick in (LEAST, 1e-4, 1e-3, 1e-2, 1e-1, 1.0) if tick <= 1.3 * worst]
    for axis in axes:
        axis.set_ylim(LEAST * 0.75, min(1.0, 1.3 * worst))
        axis.set_yticks(ticks, ["0", *(f"{100 * tick:g}" for tick in ticks[1:])])
        axis.set_yticks([], minor=True)
        axis.tick_params(labelleft=axis is axes[0])
    axes[0].set_ylabel(ylabel)
    handles, labels = axes[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper left", ncols=2, handlelength=2.2)
    return drawn


@figure
def restarts(
    methods: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    xlabel: str = "held-out score, from the mean (standard deviations)",
    palette: Palette = LIGHT,
) -> Figure:
    """Accuracy of restarts against the score by which they can be chosen without labels.

    Scores of different methods have different units, so each is shown from its own mean in its own
    standard deviations. The restart with the highest score has another colour and is named.

    Args:
        methods: name -> scores (R,) and accuracies (R,), fractions.
        xlabel: what the score is.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no method, or scores and accuracies do not pair up.
    """
    import seaborn as sns

    if not methods:
        raise ValueError("methods: expected at least one, received none.")
    columns = min(2, len(methods))
    rows = -(-len(methods) // columns)
    drawn = canvas(1.75 * rows + 0.35)
    axes = drawn.subplots(rows, columns, squeeze=False)
    for axis in axes.flat[len(methods) :]:
        axis.remove()
    for axis, (name, (scores, accuracies)) in zip(axes.flat, methods.items(), strict=False):
        scores = shaped(f"methods[{name!r}][0]", scores, None)
        accuracies = shaped(f"methods[{name!r}][1]", accuracies, len(scores))
        x = (scores - scores.mean()) / (scores.std() or 1.0)
        first = np.arange(len(x)) == scores.argmax()
        inks = {True: palette.accent, False: palette.muted}
        look = {"hue": first, "style": first, "palette": inks, "markers": {True: "D", False: "o"}}
        dots = {"edgecolor": palette.paper, "s": 34, "zorder": 3, "legend": False}
        sns.scatterplot(x=x, y=accuracies, ax=axis, **look, **dots)
        axis.axhline(accuracies.mean(), color=palette.muted, lw=0.9, ls=DASHED)
        axis.set_title(name)
        axis.margins(0.12, 0.15)
        low, high = axis.get_ylim()
        axis.set_ylim(low - 0.22 * (high - low), high)  # room for the words
        in_corner(axis, f"chosen: {percent(accuracies[first][0], 1)}", palette.accent, palette)
        axis.yaxis.set_major_locator(MaxNLocator(4))
        axis.yaxis.set_major_formatter(in_percent)
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for axis in axes[:, 0]:
        axis.set_ylabel("accuracy (%)")
    drawn.supxlabel(xlabel)
    return drawn


def _panels(
    candidates: Sequence[Any], settings: Mapping[str, Any], height: float, xlabel: str
) -> tuple[Figure, list[Axes]]:
    """Panels side by side, with the candidates evenly along each."""
    if not settings or not len(candidates):
        raise ValueError(
            f"settings, candidates: expected at least one of each, received {len(settings)} and "
            f"{len(candidates)}."
        )
    drawn = canvas(height)
    axes = list(drawn.subplots(1, len(settings), squeeze=False)[0])
    for axis, title in zip(axes, settings, strict=True):
        axis.set_title(title)
        axis.grid(False, axis="x")
        axis.set_xlim(-0.4, len(candidates) - 0.6)
    for axis in axes:
        axis.set_xticks(range(len(candidates)), [str(c) for c in candidates])
        axis.set_xlabel(xlabel)
    return drawn, axes


def _runs(
    axis: Axes,
    title: str,
    values: ArrayLike,
    candidates: Sequence[Any],
    palette: Palette,
    **look: Any,
) -> None:
    """Runs (S, K) over the candidates, refused by the title of their panel if K differs."""
    table = shaped(f"settings[{title!r}]", values, None, len(candidates))
    places = np.broadcast_to(np.arange(len(candidates)), table.shape)
    line_of_runs(axis, places, table, palette, **look)


def _flag(axis: Axes, index: int, words: str, palette: Palette, height: float = 0.03) -> None:
    """A dashed line at one candidate, with words towards the middle of the panel."""
    axis.axvline(index, color=palette.ink, lw=1.0, ls=DASHED, zorder=1)
    last = index > 0.7 * (len(axis.get_xticks()) - 1)
    axis.annotate(
        words,
        (index, height),
        xycoords=axis.get_xaxis_transform(),
        xytext=(-4 if last else 4, 0),
        textcoords="offset points",
        ha="right" if last else "left",
        fontsize=SMALL,
        path_effects=halo(palette),
    )
