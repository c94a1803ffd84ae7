"""Which order the clusters and the errors follow, when digits have slopes in another order.

An order of the ten digits is written as the place of each, (10,): by its slope, by its name, or by
where its cluster lies in latent space. Letters: C = 10 clusters, one a digit; L latent dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from book.analysis import ordering, periphery, predictive
from fplib import metrics

Orders = Mapping[str, ArrayLike]  # name -> place of each digit


def slopes(permutation: int) -> list[int]:
    """The slope of each digit: its own value for permutation 0, else a random permutation of them."""
    if not permutation:
        return list(range(10))
    return np.random.default_rng([permutation, 97]).permutation(10).tolist()


def naming(labels: ArrayLike, clusters: ArrayLike) -> np.ndarray:
    """The digit of each of ten clusters, every digit once, an empty cluster's too.

    Args:
        labels: digits, (N,); they are read to name the clusters and for nothing else.
        clusters: cluster of each specimen, (N,), 0 to 9.

    Returns:
        (10,), the one-to-one naming with the most specimens right.
    """
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (np.asarray(clusters), np.asarray(labels)), 1)
    return linear_sum_assignment(counts, maximize=True)[1]


def along_path(points: ArrayLike, names: ArrayLike) -> np.ndarray:
    """Place of each digit along the shortest path through the points.

    Args:
        points: one a cluster, (10, L).
        names: the digit of each, (10,).

    Returns:
        (10,), by digit, counted from either end.
    """
    return np.argsort(np.asarray(names)[ordering.shortest_path(points)])


def agreements(points: ArrayLike, orders: Orders) -> dict[str, float]:
    """How far points, one a digit, lie in each of several orders.

    Args:
        points: (10, L).
        orders: name -> place of each point.

    Returns:
        "<order>.<measure>" for each of `ordering.MEASURES`.
    """
    return {
        f"{name}.{measure}": value
        for name, places in orders.items()
        for measure, value in ordering.agreement(points, places).items()
    }


def alike(points: ArrayLike, references: ArrayLike) -> float:
    """Spearman's correlation, over pairs, of the distances of points and of their references.

    Args:
        points: (C, L).
        references: one a point, such as mean pictures, (C, ...).

    Returns:
        Between -1 and 1; 0 where all distances of either are one.
    """
    references = np.asarray(references, np.float64)
    first, second = (
        pdist(np.asarray(points, np.float64)),
        pdist(references.reshape(len(references), -1)),
    )
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(spearmanr(first, second).statistic)


def bands(matrix: ArrayLike, orders: Orders) -> dict[str, float]:
    """The share of the errors that name a neighbour, in each of several orders.

    Args:
        matrix: confusion counts, digit by digit named, (10, 10).
        orders: name -> place of each digit.

    Returns:
        "errors", and where there are any, "<order>" and "<order>_chance", the share if the same
        errors of each digit and wrong uses of each answer were paired at random.
    """
    matrix = np.asarray(matrix)
    found = {"errors": float(matrix.sum() - np.trace(matrix))}
    for name, places in orders.items() if found["errors"] else ():
        sorted_ = np.argsort(places)
        ordered = matrix[np.ix_(sorted_, sorted_)]
        found[name] = metrics.band_share(ordered)
        found[f"{name}_chance"] = predictive.shuffled_band_share(ordered)
    return found


def changes(names: ArrayLike, found: ArrayLike, orders: Orders) -> dict[str, float]:
    """Of what is not read as the cluster's own digit, the share read as its neighbour.

    Args:
        names: digit of each cluster, (C,).
        found: digits read there, (C, n).
        orders: name -> place of each digit, (10,).

    Returns:
        "changed", how many differ from the own digit, and where there are any, "<order>" and
        "<order>_chance", the share if each change led to one of the nine other digits at random.
    """
    names, found = np.asarray(names), np.asarray(found)
    changed = found != names[:, np.newaxis]
    shares = {"changed": float(changed.sum())}
    for name, places in orders.items() if changed.any() else ():
        places = np.asarray(places)
        own = np.broadcast_to(places[names][:, np.newaxis], found.shape)
        neighbours = np.where((own == 0) | (own == 9), 1, 2)
        shares[name] = float(np.mean(np.abs(places[found] - own)[changed] == 1))
        shares[f"{name}_chance"] = float(np.mean(neighbours[changed]) / 9)
    return shares


def edges(
    prior: tuple[ArrayLike, ArrayLike],
    names: ArrayLike,
    see: Callable[[np.ndarray], np.ndarray],
    orders: Orders,
    radius: float = 3.0,
    seed: int = 0,
) -> dict[str, float]:
    """What is read at the edge of those clusters whose centre is read as their own digit.

    Args:
        prior: μ_c and log σ_c², (C, L) each.
        names: digit of each cluster, (C,).
        see: latent points (..., L) -> digit read in what is decoded there, (...).
        orders: name -> place of each digit, (10,).
        radius: where the edge is, in prior standard deviations.
        seed: of the random directions.

    Returns:
        "centres", the share of the clusters that are; and for the places "axes" (along the latent
        axes, as in the paper) and "sphere" (random directions) what `changes` finds, and "share",
        how much of what was read there has changed.
    """
    names, (means, log_variances) = np.asarray(names), map(np.asarray, prior)
    read = see(means) == names
    found = {"centres": float(read.mean())}
    if not read.any():
        return found
    kept = means[read], log_variances[read]
    points = {
        "axes": periphery.axis_points(*kept, radius),
        "sphere": periphery.sphere_points(*kept, radius, seed=seed),
    }
    for place, at in points.items():
        seen = changes(names[read], see(at), orders)
        found |= {f"{place}.{what}": value for what, value in seen.items()}
        found[f"{place}.share"] = seen["changed"] / at[..., 0].size
    return found
