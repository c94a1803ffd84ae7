"""Curves of one training: the bound, its named terms, and how the clusters fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from fplib.plots.parts import DASHED, SMALL, in_corner, wrapped
from fplib.plots.style import LIGHT, Palette, canvas, figure

LEAST = 0.1  # nats: a term that moves less is level, not noise to be magnified


@figure
def training_curves(history: Sequence[Mapping[str, Any]], *, palette: Palette = LIGHT) -> Figure:
    """The bound on training and validation data, its terms, occupancy and entropy of the clusters.

    Every term has a scale of its own, since their constants differ by hundreds of nats. Panels
    without data in the history are left out; what stays level is named below the others.

    Args:
        history: one dictionary an epoch, with "epoch" and any of "elbo", "elbo.validation",
            "term.<name>" (nats a specimen), "occupancy" (C fractions), "entropy" (nats),
            "seconds" (s since the start).
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
    panels: dict[str, Any] = {
        key: partial(_term, key=key) for key in keys if key.startswith("term.")
    }
    others = {"occupancy": _occupancy, "entropy": _entropy}
    panels |= {key: draw for key, draw in others.items() if key in keys}
    bound = "elbo" in keys or "elbo.validation" in keys
    if not panels and not bound:
        raise ValueError(f"history: expected 'elbo', 'term.…' or 'occupancy', received {named}.")
    level = [k for k in panels if k != "occupancy" and np.ptp(_series(history, k)[1]) < LEAST]
    if bound or len(level) < len(panels):
        panels = {key: draw for key, draw in panels.items() if key not in level}
    else:
        level = []
    rows = -(-len(panels) // 2)
    heights = [1.5] * bound + [min(1.25, 2.7 / max(rows, 1))] * rows
    drawn = canvas(sum(heights) + 0.3 + 0.25 * bool(level))
    grid = drawn.add_gridspec(len(heights), 2, height_ratios=heights)
    if bound:
        _bound(drawn.add_subplot(grid[0, :]), history, palette)
    for index, draw in enumerate(panels.values()):
        draw(drawn.add_subplot(grid[bound + index // 2, index % 2]), history, palette)
    if level:
        ends = [f"{_words(k)} {_number(_series(history, k)[1][-1])}" for k in level]
        when = f"Within {LEAST} nats throughout" if len(history) > 1 else "After one epoch"
        words = f"{when}: {'; '.join(ends).lower()}"
        drawn.supxlabel(wrapped(words, 86), fontsize=SMALL, color=palette.muted)
    seconds = history[-1].get("seconds")
    lowest = drawn.axes[-1 if len(panels) % 2 or not panels else -2 :]
    for axis in drawn.axes:
        axis.margins(x=0.03 if len(history) > 1 else 1.0)
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        axis.tick_params(labelbottom=axis in lowest or axis is drawn.axes[0])
    for axis in lowest:
        axis.set_xlabel("epoch")
    if bound:
        drawn.axes[0].set_xlabel(f"epoch ({_duration(seconds)} in all)" if seconds else "epoch")
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
        "training": (*_series(history, "elbo"), palette.accent),
        "validation": (*_series(history, "elbo.validation"), palette.contrast),
    }
    for name, (epochs, values, colour) in series.items():
        if len(epochs):
            _line(axis, epochs, values, color=colour, label=name)
    _focus(axis, [values for _, values, _ in series.values()], palette)
    above: Any = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
    axis.legend(ncols=2, handlelength=1.4, columnspacing=1.2, **above)
    axis.set_title("Evidence lower bound")
    axis.set_ylabel("nats")


def _term(axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette, *, key: str) -> None:
    """One term of the bound."""
    epochs, values = _series(history, key)
    _line(axis, epochs, values, color=palette.accent)
    if np.ptp(values) < LEAST:
        middle = (values.min() + values.max()) / 2
        axis.set_ylim(middle - 0.6 * LEAST, middle + 0.6 * LEAST)
    _focus(axis, [values], palette)
    axis.yaxis.set_major_locator(MaxNLocator(3))
    axis.ticklabel_format(axis="y", style="plain", useOffset=False)
    axis.set_title(_words(key))
    axis.set_ylabel("nats")


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


def _entropy(axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette) -> None:
    """Mean entropy of the assignments: zero where every specimen has one cluster."""
    epochs, values = _series(history, "entropy")
    _line(axis, epochs, values, color=palette.accent)
    axis.set_ylim(0, max(1.15 * values.max(), LEAST))
    axis.yaxis.set_major_locator(MaxNLocator(3))
    axis.set_title("Entropy of q(c|X)")
    axis.set_ylabel("nats")


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
