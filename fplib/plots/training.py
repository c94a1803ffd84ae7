"""Curves of one training: the bound, its named terms, and how the clusters fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from fplib.plots.labels import label_ends
from fplib.plots.parts import DASHED, SMALL, in_corner, looks, spaced, wrapped
from fplib.plots.style import LIGHT, Palette, canvas, figure, narrow

LEAST = 0.1  # nats: a term that moves less is level, not noise to be magnified


@figure
def training_curves(history: Sequence[Mapping[str, Any]], *, palette: Palette = LIGHT) -> Figure:
    """The bound on training and validation data, how its terms change, and how the clusters fill.

    Terms are drawn from their value after the first epoch, since their constants differ by
    hundreds of nats. Panels without data in the history are left out; terms that stay level are
    named below the others.

    Args:
        history: one dictionary an epoch, with "epoch" and any of "elbo", "elbo.validation",
            "term.<name>" (nats a specimen), "occupancy" (C fractions), "seconds" (s since the start).
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if the history is empty or no entry can be drawn.
    """
    if not history:
        raise ValueError(
            "history: expected one dictionary an epoch, received none. Call fit first."
        )
    named = list(dict.fromkeys(key for entry in history for key in entry))
    keys = [key for key in named if len(_series(history, key)[0])]
    terms = [key for key in keys if key.startswith("term.")]
    if not {"elbo", "elbo.validation", "occupancy", *terms} & set(keys):
        raise ValueError(f"history: expected 'elbo', 'term.…' or 'occupancy', received {named}.")
    moving = [key for key in terms if np.ptp(_series(history, key)[1]) >= LEAST]
    panels: list[Any] = [_bound] if "elbo" in keys or "elbo.validation" in keys else []
    if not moving and not panels and "occupancy" not in keys:
        moving = terms
    panels += [partial(_terms, keys=moving)] if moving else []
    panels += [_occupancy] if "occupancy" in keys else []
    beside = len(panels) > 1 and not narrow()
    drawn = canvas(3.1 if beside else 2.0 * max(len(panels), 1) + 0.4)
    if beside:  # the panel of the terms has words at its right
        grid = drawn.add_gridspec(2, 2, width_ratios=(1, 1.2))
        places = (
            [grid[:, 0], grid[:, 1]] if len(panels) == 2 else [grid[0, 0], grid[:, 1], grid[1, 0]]
        )
    else:
        rows = drawn.add_gridspec(max(len(panels), 1), 1)
        places = [rows[k, 0] for k in range(len(panels))]
    for place, draw in zip(places, panels, strict=True):
        axis = drawn.add_subplot(place)
        draw(axis, history, palette)
        axis.margins(x=0.03 if len(history) > 1 else 1.0)
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        axis.set_xlabel("epoch")
    level = [f"{_words(k)} {_number(_series(history, k)[1][-1])}" for k in terms if k not in moving]
    if level:
        when = f"Within {LEAST} nats throughout" if len(history) > 1 else "After one epoch"
        words = f"{when}: {'; '.join(level).lower()}"
        drawn.supxlabel(
            wrapped(words, 48 if narrow() else 100), fontsize=SMALL, color=palette.muted
        )
    seconds = history[-1].get("seconds")
    if seconds:
        drawn.axes[0].set_xlabel(f"epoch ({_duration(seconds)} in all)")
    drawn.align_ylabels()
    return drawn


def _series(history: Sequence[Mapping[str, Any]], key: str) -> tuple[np.ndarray, np.ndarray]:
    """Epochs and values of one key where it is present and finite."""
    pairs = [
        (entry.get("epoch", index + 1), entry[key])
        for index, entry in enumerate(history)
        if entry.get(key) is not None and np.isfinite(np.asarray(entry[key], float)).all()
    ]
    epochs, values = zip(*pairs, strict=True) if pairs else ((), ())
    return np.asarray(epochs, float), np.asarray(values, float)


def _line(axis: Axes, epochs: np.ndarray, values: np.ndarray, **options: Any) -> None:
    """A line over the epochs, with a mark for each where they are few."""
    marker = "o" if len(epochs) <= 12 else None
    axis.plot(epochs, values, marker=marker, markersize=3.5, **options)


def _bound(axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette) -> None:
    """The bound on training and on validation data."""
    series = {
        "training": (*_series(history, "elbo"), palette.ink, "-"),
        "validation": (*_series(history, "elbo.validation"), palette.muted, DASHED),
    }
    for name, (epochs, values, colour, line) in series.items():
        if len(epochs):
            _line(axis, epochs, values, color=colour, linestyle=line, label=name)
    _focus(axis, [values for _, values, *_ in series.values()], palette)
    above: Any = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
    axis.legend(ncols=2, handlelength=1.4, columnspacing=1.2, **above)
    axis.set_title("Bound")
    axis.set_ylabel("nats")


def _terms(
    axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette, *, keys: Sequence[str]
) -> None:
    """How far each term has come since the first epoch, named at its end."""
    ends = []
    for key, look in zip(keys, looks([_words(key).lower() for key in keys], palette), strict=True):
        epochs, values = _series(history, key)
        away = values - values[0]
        _line(axis, epochs, away, color=look.colour, linestyle=look.line)
        ends.append((epochs[-1], away[-1], _words(key), look.colour))
    axis.set_yscale("symlog", linthresh=1, linscale=0.6)
    axis.yaxis.set_major_formatter(spaced)
    if all(np.ptp(line.get_ydata()) < LEAST for line in axis.lines):
        axis.set_ylim(-0.6 * LEAST, 0.6 * LEAST)  # lest noise be magnified
    axis.set_title("Change of each term")
    axis.set_ylabel("nats")
    label_ends(axis, ends, palette)


def _occupancy(axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette) -> None:
    """Share of the specimens in each cluster."""
    epochs, shares = _series(history, "occupancy")
    clusters = shares.shape[1]
    for c in range(clusters):
        _line(axis, epochs, shares[:, c], color=palette.of(c, clusters), linewidth=1.2)
    axis.axhline(1 / clusters, color=palette.muted, linewidth=0.8, linestyle=DASHED)
    axis.set_ylim(0, max(1.25 / clusters, 1.08 * shares.max()))
    axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axis.yaxis.set_major_locator(MaxNLocator(3))
    axis.set_title(f"Shares of {clusters} clusters")


def _focus(axis: Axes, series: Sequence[np.ndarray], palette: Palette) -> None:
    """Keep a first epoch far outside from flattening the rest; say where it was."""
    series = [values for values in series if len(values) >= 5]
    if not series:
        return
    settled = np.concatenate([values[max(1, len(values) // 10) :] for values in series])
    room = max(0.25 * np.ptp(settled), 0.01 * abs(np.median(settled)), 1e-6)
    low, high = settled.min() - room, settled.max() + room
    everything = np.concatenate(series)
    if np.ptp(everything) <= 6 * (high - low):
        return
    axis.set_ylim(low, high)
    outside = [v for v in (everything.min(), everything.max()) if not low <= v <= high]
    words = " and ".join(_number(v) for v in outside)
    in_corner(axis, f"starts at {words}", palette.muted, palette, top=outside[0] >= low)


def _number(value: float) -> str:
    """A value in nats, to the whole from a hundred on."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"
    return text.replace("-", "−").replace(",", "\N{NO-BREAK SPACE}")


def _words(key: str) -> str:
    """Name of a term as words: "term.expert.curve" is "Expert, curve"."""
    head, *rest = key.removeprefix("term.").replace("_", " ").split(".")
    words = head if not rest else f"{head}, {' '.join(rest)}"
    return words[0].upper() + words[1:]


def _duration(seconds: float) -> str:
    """Seconds, from two minutes on as minutes."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"
