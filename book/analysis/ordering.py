"""Whether points lie in the order of a quantity: a path through them, their neighbours, and chance.

The paper finds that its clusters are embedded in sequence. Here that becomes three numbers, and a
test of them against random orders. Letters: C points (cluster centres), L latent dimensions, P
permutations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import pdist, squareform
from scipy.stats import permutation_test, rankdata

LARGEST = 14  # points: the exact search needs time and memory of order C² 2^C
Measure = Callable[[np.ndarray], np.ndarray]  # ranks of the values, (..., C) -> (...)


def agreement(points: ArrayLike, values: ArrayLike) -> dict[str, float]:
    """How well the points lie in the order of the values, by three measures.

    | name | measures | in order | random order |
    |---|---|---|---|
    | `path` | Kendall's tau, without sign, of place along the shortest path and value | 1 | 0.2 (C = 10) |
    | `neighbours` | share of points whose nearest point has the next higher or lower value | 1 | 2 / C |
    | `distances` | Spearman's correlation, over pairs, of distance and difference in rank | near 1 | 0 |

    Args:
        points: (C, L), 3 <= C <= 14, any unit.
        values: one number a point, (C,), all different, such as the slopes of the experts.

    Returns:
        Measure -> value.

    Raises:
        ValueError: if shapes do not fit, C is out of range, values tie, or something is not finite.

    Reference:
        N. Mantel, The detection of disease clustering and a generalized regression approach,
        Cancer Research 27, 1967 (correlation of distances).
    """
    ranks = _ranks(points, values)
    return {name: float(measure(points)(ranks)) for name, measure in MEASURES.items()}


def against_chance(
    runs: Sequence[tuple[ArrayLike, ArrayLike]],
    measure: str,
    permutations: int = 10_000,
    seed: int = 0,
):
    """A measure's mean over runs, tested against the same points with their values in random order.

    The values of each run are permuted by themselves. The test is one-sided, and its p-value, when
    the permutations are drawn, never below 1 / (P + 1); ties count for chance.

    Args:
        runs: points and values of each, as in `agreement`.
        measure: name of one of `MEASURES`.
        permutations: P; when there are no more than that, all of them are used.
        seed: of the permutations.

    Returns:
        SciPy's result: `statistic` (the mean), `pvalue`, `null_distribution` (P,).

    Raises:
        ValueError: if there is no run, or as in `agreement`.

    Reference:
        B. Phipson and G. K. Smyth, Permutation p-values should never be zero, Statistical
        Applications in Genetics and Molecular Biology 9, 2010.
    """
    if not runs:
        raise ValueError("runs: expected at least one, received none.")
    ranks = tuple(_ranks(*run) for run in runs)
    measured = [MEASURES[measure](points) for points, _ in runs]

    def mean(*shuffled: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.mean([of(order) for of, order in zip(measured, shuffled, strict=True)], axis=0)

    return permutation_test(
        ranks,
        mean,
        permutation_type="pairings",
        alternative="greater",
        vectorized=True,
        n_resamples=permutations,
        rng=np.random.default_rng([seed, 41]),
    )


def shortest_path(points: ArrayLike) -> np.ndarray:
    """The shortest open path that visits every point once, found exactly by dynamic programming.

    Args:
        points: (C, L), 3 <= C <= 14, any unit.

    Returns:
        Indices of the points along the path, (C,); of its two directions the one that starts at
        the lower index.

    Raises:
        ValueError: if the points are not a finite (C, L) array, or C is out of range.

    Reference:
        M. Held and R. M. Karp, A dynamic programming approach to sequencing problems, Journal of
        the Society for Industrial and Applied Mathematics 10, 1962.
    """
    points = _points(points)
    count = len(points)
    distance = squareform(pdist(points))
    # length[s, j]: of the shortest path through the points of the bit mask s that ends in j
    length = np.full((1 << count, count), np.inf)
    length[1 << np.arange(count), np.arange(count)] = 0.0
    before = np.zeros(length.shape, np.int8)
    for mask in range(1, 1 << count):
        for end in np.flatnonzero(mask >> np.arange(count) & 1) if mask & (mask - 1) else ():
            through = length[mask ^ (1 << end)] + distance[end]
            before[mask, end] = through.argmin()
            length[mask, end] = through.min()
    mask = (1 << count) - 1
    path = [int(length[mask].argmin())]
    while len(path) < count:
        last = path[-1]
        path.append(int(before[mask, last]))
        mask ^= 1 << last
    return np.array(path if path[0] < path[-1] else path[::-1])


def _path(points: ArrayLike) -> Measure:
    """Kendall's tau, without sign, of the place along the shortest path and the value."""
    path = shortest_path(points)
    first, second = np.triu_indices(len(path), 1)

    def measure(ranks: np.ndarray) -> np.ndarray:
        along = ranks[..., path]
        return np.abs(np.sign(along[..., second] - along[..., first]).mean(axis=-1))

    return measure


def _neighbours(points: ArrayLike) -> Measure:
    """Share of points whose nearest point has the next higher or lower value."""
    distance = squareform(pdist(_points(points)))
    nearest = (distance + np.diag(np.full(len(distance), np.inf))).argmin(axis=1)
    return lambda ranks: np.mean(np.abs(ranks[..., nearest] - ranks) == 1, axis=-1)


def _distances(points: ArrayLike) -> Measure:
    """Spearman's correlation, over pairs, of distance and difference in rank."""
    points = _points(points)
    first, second = np.triu_indices(len(points), 1)
    near = rankdata(pdist(points))
    # every permutation has the same differences, at other pairs: their ranks are looked up
    rank_of = np.zeros(len(points))
    rank_of[second - first] = rankdata(second - first)
    near, rank_of = near - near.mean(), rank_of - near.mean()
    scale = np.linalg.norm(near) * np.linalg.norm(rank_of[second - first])

    def measure(ranks: np.ndarray) -> np.ndarray:
        apart = rank_of[np.abs(ranks[..., second] - ranks[..., first]).astype(int)]
        return apart @ near / (scale if scale > 0 else 1.0)

    return measure


MEASURES = {"path": _path, "neighbours": _neighbours, "distances": _distances}


def _ranks(points: ArrayLike, values: ArrayLike) -> np.ndarray:
    count, values = len(_points(points)), np.asarray(values, np.float64)
    if values.shape != (count,) or not np.isfinite(values).all():
        raise ValueError(
            f"values: expected {count} finite numbers, one a point, received {values!r}."
        )
    if len(np.unique(values)) < count:
        raise ValueError(f"values: expected numbers that all differ, received {values!r}.")
    return rankdata(values)


def _points(points: ArrayLike) -> np.ndarray:
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or not 3 <= len(points) <= LARGEST or not np.isfinite(points).all():
        raise ValueError(
            f"points: expected finite numbers (C, L) with 3 to {LARGEST} points, received shape "
            f"{points.shape}."
        )
    return points
