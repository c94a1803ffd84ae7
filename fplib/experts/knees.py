"""The best curve of straight pieces: flat to the toe, one slope to the knee, another beyond.

While toe and knee move between neighbouring points of t, the same points stay on the same piece, so
the best curve there has free pieces, provided that they meet between those points. Otherwise the
toe, the knee or both are at points of t. Each of the four cases is linear in the rest, a sum of
columns (t - a)^p [t > b] whose normal equations are sums over the points beyond b, so that all
pairs of points are tried at once. The best few are then solved without squaring the design.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

FEW = 4


class Column(NamedTuple):
    """(t - origin)^power for t > cut; one a candidate, (K,) each."""

    origin: np.ndarray
    cut: np.ndarray
    power: int


def search(
    t: np.ndarray, curves: np.ndarray, weights: np.ndarray | None, toe: bool, level: bool
) -> np.ndarray:
    """The least squares fit of every curve.

    Args:
        t: independent variable, (T,).
        curves: targets, (C, T).
        weights: of the points, (C, T), or None.
        toe: whether the toe is free; without one it is zero, and the first slope begins before it.
        level: whether the curve may start elsewhere than at zero.

    Returns:
        Toe, knee, slope before and beyond it, level, (C, 5).

    Raises:
        ValueError: too few points above zero.
    """
    size = np.abs(t).max()
    x, w = t / size, np.ones((1, len(t))) if weights is None else weights
    roots = np.sqrt(np.broadcast_to(w, curves.shape))
    least, fits = np.full(len(curves), np.inf), np.zeros((len(curves), 5))
    with np.errstate(all="ignore"):
        for toes, knees, columns in _cases(x, toe, level):
            misfit = _misfit(toes, knees, columns, x, w, curves)
            for c, row in enumerate(misfit):
                for k in np.argsort(row)[:FEW]:
                    design = np.stack([_values(v, k, x) for v in columns.values()], axis=1)
                    scaled = roots[c, :, np.newaxis] * design
                    solved = np.linalg.lstsq(scaled, roots[c] * curves[c], rcond=None)[0]
                    pieces = _pieces(toes[k], knees[k], dict(zip(columns, solved, strict=True)))
                    start, knee, slope, beyond, base = pieces
                    first = slope * (np.clip(x, start if toe else -np.inf, knee) - start)
                    fitted = base + first + beyond * np.maximum(x - knee, 0.0)
                    error = np.sum(np.square(roots[c] * (fitted - curves[c])))
                    if error < least[c] and np.isfinite(row[k]):
                        least[c], fits[c] = error, pieces
    if np.isinf(least).any():
        raise ValueError(
            "a knee needs more points of t above zero; for compression that is counted negative, "
            "pass -t[::-1] and -curves[:, ::-1]"
        )
    return fits * [size, size, 1 / size, 1 / size, 1]


def _cases(x: np.ndarray, toe: bool, level: bool) -> Iterator[tuple]:
    """Toes and knees, (K,), and named columns: both at points of x, or free between one and the next."""
    starts = np.unique(np.append(x[x > 0], 0.0)) if toe else np.zeros(1)
    places = np.meshgrid(starts, x[(x > 0) & (x < x[-1])], indexing="ij")
    toes, knees = (p[places[0] < places[1]] for p in places)
    cut = toes if toe else np.full_like(toes, -np.inf)
    left, below = (np.searchsorted(x, p, side="right") for p in (cut, knees))
    middle, right = below - left, len(x) - below  # points on the pieces
    for free_toe, free_knee in itertools.product({False, toe}, (False, True)):
        enough = middle >= 1 + free_toe + (level and not toe)
        enough &= (right >= 1 + free_knee) & ((left > 0) | (not (level and toe)))
        d, e, b, none = (a[enough] for a in (toes, knees, cut, np.full_like(toes, -np.inf)))
        columns = {"slope": Column(d, b, 1), "bend": Column(e, e, 1)}
        columns |= {"toe": Column(d, d, 0)} if free_toe else {}
        columns |= {"knee": Column(e, e, 0)} if free_knee else {}
        columns |= {"level": Column(0 * d, none, 0)} if level else {}
        yield d, e, columns


def _values(column: Column, k: int, x: np.ndarray) -> np.ndarray:
    """A column of candidate k at all points, (T,)."""
    return (x - column.origin[k]) ** column.power * (x > column.cut[k])


def _pieces(toe: np.ndarray, knee: np.ndarray, found: dict[str, np.ndarray]) -> tuple:
    """Toe, knee, both slopes and level of the curve with these coefficients."""
    at = toe - found["toe"] / found["slope"] if "toe" in found else toe
    to = knee - found["knee"] / found["bend"] if "knee" in found else knee
    return at, to, found["slope"], found["slope"] + found["bend"], found.get("level", 0.0)


def _misfit(
    toes: np.ndarray,
    knees: np.ndarray,
    columns: dict[str, Column],
    x: np.ndarray,
    w: np.ndarray,
    curves: np.ndarray,
) -> np.ndarray:
    """Squared error of every candidate from its normal equations, (C, K); infinite where pieces do
    not meet before the next points."""
    moments = [_beyond(w * x**power) for power in range(3)]  # (G, T + 1); G is 1, or C with weights
    target = [_beyond(w * curves * x**p).reshape(len(w), -1, len(x) + 1) for p in range(2)]
    gram = np.stack(
        [[_inner(a, b, x, moments) for b in columns.values()] for a in columns.values()]
    )
    gram = np.moveaxis(gram, (0, 1), (2, 3))  # (G, K, P, P)
    right = np.stack(
        [
            target[1][..., i] - c.origin * target[0][..., i] if c.power else target[0][..., i]
            for c in columns.values()
            for i in [np.searchsorted(x, c.cut, side="right")]
        ]
    )  # (P, G, C / G, K)
    right = np.transpose(right, (1, 3, 0, 2))  # (G, K, P, C / G)
    gram *= 1 + 1e-15 * np.eye(len(columns))  # equal columns must not stop the others
    solved = np.linalg.solve(gram, right)
    explained = np.moveaxis(np.sum(solved * right, axis=2), 2, 1).reshape(len(curves), -1)
    misfit = np.sum(w * np.square(curves), axis=1, keepdims=True) - explained
    found = np.moveaxis(solved, (2, 3), (0, 2)).reshape(len(columns), len(curves), -1)
    at, to, *_ = _pieces(toes, knees, dict(zip(columns, found, strict=True)))
    for place, point in ((at, toes), (to, knees)):
        after = x[np.minimum(np.searchsorted(x, point, side="right"), len(x) - 1)]
        misfit = np.where((place >= point) & (place <= after), misfit, np.inf)
    return misfit


def _beyond(values: np.ndarray) -> np.ndarray:
    """Sums over the points from each on, and of none, (..., T) -> (..., T + 1)."""
    sums = np.cumsum(values[..., ::-1], axis=-1)[..., ::-1]
    return np.concatenate([sums, np.zeros_like(sums[..., :1])], axis=-1)


def _inner(a: Column, b: Column, x: np.ndarray, moments: list) -> np.ndarray:
    """Weighted inner product of two columns of every candidate, (G, K)."""
    none, one, two = (m[:, np.searchsorted(x, np.maximum(a.cut, b.cut), "right")] for m in moments)
    if a.power and b.power:
        return two - (a.origin + b.origin) * one + a.origin * b.origin * none
    return one - (a.origin * a.power + b.origin * b.power) * none if a.power or b.power else none
