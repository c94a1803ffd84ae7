"""A choice to be made, such as the number of latent dimensions, against what comes of it; and
whether a score that needs no labels would choose well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from fplib.plots.style import LIGHT, Palette, canvas, figure, halo
from paperbook.tables import percent

MARKERS = ("o", "s", "^", "D", "v", "P")
FLOOR = 5e-5  # where "no error at all" is drawn: half an error in 10 000


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
    drawn, axes = _panels(candidates, settings, 2.5)
    for axis, (title, values) in zip(axes, settings.items(), strict=True):
        values = _table(title, values, candidates)
        own = (here or {}).get(title)
        own = None if own is None else _table(title, own, candidates)
        _runs(axis, values, palette.accent, "o", palette)
        if own is not None:
            for row in own:
                axis.plot(row, "D", mfc="none", mec=palette.contrast, ms=6, mew=1.3, zorder=4)
        axis.set_title(title)
        axis.yaxis.set_major_locator(MaxNLocator(5))
        axis.ticklabel_format(axis="y", useOffset=False)
        _candidates(axis, candidates, xlabel)
        axis.margins(y=0.18)
        if chosen and title in chosen:
            best, simplest = chosen[title]
            words = "highest" if best != simplest else "chosen by both rules"
            _flag(axis, best, words, palette)
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
    drawn, axes = _panels(candidates, settings, 3.1)
    names = list(dict.fromkeys(name for lines in settings.values() for name in lines))
    colours = dict(zip(names, _colours(len(names), palette), strict=True))
    worst = 0.1
    for axis, (title, lines) in zip(axes, settings.items(), strict=True):
        for name, values in lines.items():
            values = _table(title, values, candidates)
            known = values[np.isfinite(values)]
            if (known < 0).any() or (known > 1).any():
                raise ValueError(
                    f"settings: expected fractions in [0, 1] for {name!r}, received {known.min()} "
                    f"to {known.max()}."
                )
            worst = max(worst, *(1 - known)) if len(known) else worst
            marker = MARKERS[names.index(name) % len(MARKERS)]
            _runs(axis, np.maximum(1 - values, FLOOR), colours[name], marker, palette, label=name)
        axis.set_yscale("log")
        axis.set_title(title)
        _candidates(axis, candidates, xlabel)
    ticks = [FLOOR, 1e-4, 1e-3, 1e-2, 1e-1, *([1.0] if worst > 0.5 else [])]
    for axis in axes:
        axis.set_ylim(FLOOR * 0.75, min(1.0, 1.3 * worst))
        axis.set_yticks([t for t in ticks if t <= 1.3 * worst])
        axis.set_yticks([], minor=True)
        axis.yaxis.set_major_formatter(FuncFormatter(_error))
        axis.tick_params(labelleft=axis is axes[0])
    axes[0].set_ylabel(ylabel)
    handles, labels = axes[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper left", ncols=2, handlelength=1.6)
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
    standard deviations. The restart with the highest score is filled and named.

    Args:
        methods: name -> scores (R,) and accuracies (R,), fractions.
        xlabel: what the score is.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no method, or scores and accuracies do not pair up.
    """
    if not methods:
        raise ValueError("methods: expected at least one, received none.")
    columns = min(2, len(methods))
    rows = -(-len(methods) // columns)
    drawn = canvas(1.75 * rows + 0.35)
    axes = drawn.subplots(rows, columns, squeeze=False)
    for axis in axes.ravel()[len(methods) :]:
        axis.set_visible(False)
    for axis, (name, pair) in zip(axes.ravel(), methods.items(), strict=False):
        scores, accuracies = (np.asarray(values, np.float64) for values in pair)
        if scores.shape != accuracies.shape or scores.ndim != 1 or not len(scores):
            raise ValueError(
                f"methods: expected scores and accuracies of one length for {name!r}, received "
                f"{scores.shape} and {accuracies.shape}."
            )
        x = (scores - scores.mean()) / (scores.std() or 1.0)
        first = int(scores.argmax())
        axis.plot(x, accuracies, "o", mfc="none", mec=palette.accent, ms=6, mew=1.3)
        axis.plot(x[first], accuracies[first], "o", color=palette.contrast, ms=7, zorder=3)
        axis.axhline(accuracies.mean(), color=palette.muted, lw=0.9, ls=(0, (4, 3)))
        axis.annotate(
            f"chosen: {percent(accuracies[first], 1)}",
            (0.97, 0.04),
            xycoords="axes fraction",
            ha="right",
            fontsize=8.5,
            color=palette.contrast,
            path_effects=halo(palette),
        )
        axis.set_title(name)
        axis.margins(0.12, 0.15)
        low, high = axis.get_ylim()
        axis.set_ylim(low - 0.22 * (high - low), high)  # room for the words
        axis.yaxis.set_major_locator(MaxNLocator(4))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.4g}"))
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for axis in axes[:, 0]:
        axis.set_ylabel("accuracy (%)")
    drawn.supxlabel(xlabel, fontsize=9.5)
    return drawn


def _panels(
    candidates: Sequence[Any], settings: Mapping[str, Any], height: float
) -> tuple[Figure, list[Axes]]:
    if not settings or not len(candidates):
        raise ValueError(
            f"settings, candidates: expected at least one of each, received {len(settings)} and "
            f"{len(candidates)}."
        )
    drawn = canvas(height)
    return drawn, list(drawn.subplots(1, len(settings), squeeze=False)[0])


def _table(title: str, values: ArrayLike, candidates: Sequence[Any]) -> np.ndarray:
    values = np.asarray(values, np.float64)
    if values.ndim != 2 or values.shape[1] != len(candidates):
        raise ValueError(
            f"settings[{title!r}]: expected (runs, {len(candidates)}), received {values.shape}."
        )
    return values


def _runs(
    axis: Axes,
    values: np.ndarray,
    colour: str,
    marker: str,
    palette: Palette,
    label: str | None = None,
) -> None:
    """A dot a run, spread a little sideways where several fall together; a line through the means."""
    known = np.isfinite(values)
    x = np.flatnonzero(known.any(axis=0))
    means = [values[known[:, k], k].mean() for k in x]
    style = {"color": colour, "marker": marker, "mec": palette.paper, "mew": 0.6}
    axis.plot(x, means, lw=1.4, ms=6.5, label=label, zorder=3, **style)
    side = np.linspace(-0.16, 0.16, len(values)) if len(values) > 1 else np.zeros(1)
    for row, offset in zip(values, side, strict=True):
        axis.plot(
            np.arange(len(row)) + offset,
            row,
            marker,
            color=colour,
            ms=3,
            mew=0,
            alpha=0.75,
            zorder=2,
        )


def _candidates(axis: Axes, candidates: Sequence[Any], xlabel: str) -> None:
    axis.set_xticks(range(len(candidates)), [str(c) for c in candidates])
    axis.set_xlim(-0.4, len(candidates) - 0.6)
    axis.set_xlabel(xlabel)
    axis.grid(False, axis="x")


def _flag(axis: Axes, index: int, words: str, palette: Palette, height: float = 0.03) -> None:
    """A dashed line at one candidate, with words towards the middle of the panel."""
    axis.axvline(index, color=palette.contrast, lw=1.1, ls=(0, (4, 3)), zorder=1)
    last = index >= 0.5 * (len(axis.get_xticks()) - 1)
    axis.annotate(
        words,
        (index, height),
        xycoords=axis.get_xaxis_transform(),
        xytext=(-4 if last else 4, 0),
        textcoords="offset points",
        ha="right" if last else "left",
        fontsize=8.5,
        color=palette.contrast,
        path_effects=halo(palette),
    )


def _colours(count: int, palette: Palette) -> list[str]:
    """Far-apart colours for a few lines: the two that carry messages, then classes."""
    first = [palette.accent, palette.contrast]
    return (first + [palette.of(i, 10) for i in (7, 2, 9, 4)])[:count]


def _error(value: float, _: int) -> str:
    return "0" if value < 0.9e-4 else f"{100 * value:.3g}"
