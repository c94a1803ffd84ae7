"""Curves of one training: the bound, its named terms, and how the clusters fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from fplib.plots.style import LIGHT, Palette, canvas, figure

LEAST = 0.1  # nats: a term that moves less is drawn as level, not as noise


@figure
def training_curves(history: Sequence[Mapping[str, Any]], *, palette: Palette = LIGHT) -> Figure:
    """The bound on training and validation data, its terms, occupancy and entropy of the clusters.

    Every term has a scale of its own, since their constants differ by hundreds of nats. Panels
    without data in the history are left out.

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
    small: list[Any] = [partial(_term, key=key) for key in keys if key.startswith("term.")]
    small += [
        draw for draw, key in ((_occupancy, "occupancy"), (_entropy, "entropy")) if key in keys
    ]
    bound = "elbo" in keys or "elbo.validation" in keys
    if not small and not bound:
        raise ValueError(f"history: expected 'elbo', 'term.…' or 'occupancy', received {named}.")
    rows = -(-len(small) // 2)
    heights = [1.6] * bound + [1.25] * rows
    drawn = canvas(sum(heights) + 0.3)
    grid = drawn.add_gridspec(len(heights), 2, height_ratios=heights)
    if bound:
        _bound(drawn.add_subplot(grid[0, :]), history, palette)
    for index, draw in enumerate(small):
        draw(drawn.add_subplot(grid[bound + index // 2, index % 2]), history, palette)
    seconds = history[-1].get("seconds")
    took = f"epoch ({_duration(seconds)} in all)" if seconds else "epoch"
    lowest = drawn.axes[-1 if not small or len(small) % 2 else -2 :]
    for axis in drawn.axes:
        axis.margins(x=0.03)
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axis.tick_params(labelbottom=axis in lowest or axis is drawn.axes[0])
    for axis in lowest:
        axis.set_xlabel("epoch")
    if bound:
        drawn.axes[0].set_xlabel(took)
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
    marker = "o" if len(epochs) <= 12 else None
    axis.plot(epochs, values, marker=marker, markersize=3.5, **options)


def _bound(axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette) -> None:
    series = {
        "training": (*_series(history, "elbo"), palette.accent),
        "validation": (*_series(history, "elbo.validation"), palette.contrast),
    }
    for name, (epochs, values, colour) in series.items():
        if len(epochs):
            _line(axis, epochs, values, color=colour, label=name)
    _focus(axis, [values for _, values, _ in series.values()], palette)
    above = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
    axis.legend(ncols=2, handlelength=1.4, columnspacing=1.2, **above)
    axis.set_title("Evidence lower bound")
    axis.set_ylabel("nats")


def _term(axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette, *, key: str) -> None:
    epochs, values = _series(history, key)
    _line(axis, epochs, values, color=palette.accent)
    if np.ptp(values) < LEAST:
        middle = (values.min() + values.max()) / 2
        axis.set_ylim(middle - 0.6 * LEAST, middle + 0.6 * LEAST)
    _focus(axis, [values], palette)
    axis.yaxis.set_major_locator(MaxNLocator(3))
    axis.ticklabel_format(axis="y", style="plain", useOffset=False)
    axis.set_title(_words(key.removeprefix("term.")))
    axis.set_ylabel("nats")


def _occupancy(axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette) -> None:
    epochs, shares = _series(history, "occupancy")
    clusters = shares.shape[1]
    for c in range(clusters):
        _line(axis, epochs, shares[:, c], color=palette.of(c, clusters), linewidth=1.2)
    axis.axhline(1 / clusters, color=palette.muted, linewidth=0.8, linestyle=(0, (4, 3)))
    axis.set_ylim(0, max(1.25 / clusters, 1.08 * shares.max()))
    axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axis.yaxis.set_major_locator(MaxNLocator(3))
    axis.set_title(f"Shares of {clusters} clusters")


def _entropy(axis: Axes, history: Sequence[Mapping[str, Any]], palette: Palette) -> None:
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
    below = outside[0] < low
    axis.annotate(
        f"starts at {words}",
        (0.97, 0.06 if below else 0.94),
        xycoords="axes fraction",
        ha="right",
        va="bottom" if below else "top",
        color=palette.muted,
        fontsize=8.5,
    )


def _number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"
    return text.replace("-", "−").replace(",", "\N{NO-BREAK SPACE}")


def _words(key: str) -> str:
    head, *rest = key.replace("_", " ").split(".")
    words = head if not rest else f"{head}, {' '.join(rest)}"
    return words[0].upper() + words[1:]


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"
