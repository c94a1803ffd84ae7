"""Whether points lie in the order of a quantity: a path through them, their neighbours, and chance.

The paper finds that its clusters are embedded in sequence. Here that becomes three numbers, and a
test of them against random orders. Letters: C points (cluster centres), L latent dimensions, P
permutations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import pdist, squareform
from scipy.stats import rankdata

LARGEST = 14  # points: the exact search needs time and memory of order C² 2^C
MEASURES = ("path", "neighbours", "distances")


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
    points = _points(points)
    values = np.asarray(values, np.float64)
    if values.shape != points.shape[:1] or not np.isfinite(values).all():
        raise ValueError(
            f"values: expected {len(points)} finite numbers, one a point, received {values!r}."
        )
    if len(np.unique(values)) < len(values):
        raise ValueError(f"values: expected numbers that all differ, received {values!r}.")
    return {k: float(v[0]) for k, v in _measure(points, rankdata(values)[np.newaxis]).items()}


def chance(points: ArrayLike, permutations: int = 10_000, seed: int = 0) -> dict[str, np.ndarray]:
    """The measures of `agreement` for the same points and values in random order.

    Args:
        points: (C, L), 3 <= C <= 14, any unit.
        permutations: P.
        seed: of the permutations.

    Returns:
        Measure -> (P,).

    Raises:
        ValueError: as in `agreement`.
    """
    points = _points(points)
    rng = np.random.default_rng([seed, 41])
    ranks = rng.permuted(np.tile(np.arange(1.0, len(points) + 1), (permutations, 1)), axis=1)
    return _measure(points, ranks)


def pooled(
    runs: Sequence[Mapping[str, float]], by_chance: Sequence[Mapping[str, np.ndarray]]
) -> dict[str, dict[str, float]]:
    """Mean of each measure over several runs, and how often chance does as well.

    Args:
        runs: what `agreement` returned for each run.
        by_chance: what `chance` returned for each, with different seeds and equal P.

    Returns:
        Measure -> {"mean", "chance" (its mean), "p"}: p is the one-sided permutation p-value of
        the mean over runs, never below 1 / (P + 1).

    Raises:
        ValueError: if there is no run, or not one entry of `by_chance` for each.
    """
    if not runs or len(runs) != len(by_chance):
        raise ValueError(
            f"by_chance: expected one entry for each of {len(runs)} (at least 1) runs, "
            f"received {len(by_chance)}."
        )
    found = {}
    for name in MEASURES:
        mean = float(np.mean([run[name] for run in runs]))
        null = np.mean([each[name] for each in by_chance], axis=0)
        above = int(np.sum(null >= mean - 1e-12))  # ties count for chance, rounding or not
        found[name] = {
            "mean": mean,
            "chance": float(null.mean()),
            "p": (1 + above) / (1 + len(null)),
        }
    return found


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


def _measure(points: np.ndarray, ranks: np.ndarray) -> dict[str, np.ndarray]:
    """The measures for many orders of the values at once, ranks (P, C), each (P,)."""
    first, second = np.triu_indices(len(points), 1)
    along = ranks[:, shortest_path(points)]
    tau = np.sign(along[:, second] - along[:, first]).mean(axis=1)
    distance = squareform(pdist(points))
    nearest = (distance + np.diag(np.full(len(points), np.inf))).argmin(axis=1)
    near = rankdata(distance[first, second])
    # every permutation has the same differences, at other pairs: their ranks are looked up
    rank_of = np.zeros(len(points))
    rank_of[second - first] = rankdata(second - first)
    apart = rank_of[np.abs(ranks[:, second] - ranks[:, first]).astype(int)]
    near, apart = near - near.mean(), apart - apart.mean(axis=1, keepdims=True)
    scale = np.linalg.norm(near) * np.linalg.norm(apart, axis=1)
    return {
        "path": np.abs(tau),
        "neighbours": np.mean(np.abs(ranks[:, nearest] - ranks) == 1, axis=1),
        "distances": apart @ near / np.where(scale > 0, scale, 1.0),
    }


def _points(points: ArrayLike) -> np.ndarray:
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or not 3 <= len(points) <= LARGEST or not np.isfinite(points).all():
        raise ValueError(
            f"points: expected finite numbers (C, L) with 3 to {LARGEST} points, received shape "
            f"{points.shape}."
        )
    return points
