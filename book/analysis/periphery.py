"""Points at the edge of a cluster of the prior, and what is found there.

The paper samples images "at the periphery", μ_c ± 3 σ_c, and reports digits of neighbouring classes.
Letters: C clusters, L latent dimensions, n points a cluster.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def axis_points(means: ArrayLike, log_variances: ArrayLike, radius: float = 3.0) -> np.ndarray:
    """The 2 L points of each cluster that lie on its axes, μ_c ± r σ_c e_j: Figure 4 of the paper.

    Args:
        means: μ_c, (C, L).
        log_variances: log σ_c², (C, L).
        radius: r, in prior standard deviations.

    Returns:
        (C, 2 L, L), the positive directions first.

    Raises:
        ValueError: if shapes differ or the radius is not positive.
    """
    means, scale = _cluster(means, log_variances, radius)
    directions = np.concatenate([np.eye(means.shape[1]), -np.eye(means.shape[1])])
    return means[:, np.newaxis] + radius * scale[:, np.newaxis] * directions


def sphere_points(
    means: ArrayLike, log_variances: ArrayLike, radius: float = 3.0, n: int = 100, seed: int = 0
) -> np.ndarray:
    """Points in random directions from each centre, all r prior standard deviations away.

    Args:
        means: μ_c, (C, L).
        log_variances: log σ_c², (C, L).
        radius: r, in prior standard deviations (Mahalanobis distance).
        n: points a cluster.
        seed: of the directions.

    Returns:
        (C, n, L).

    Raises:
        ValueError: as in `axis_points`.
    """
    means, scale = _cluster(means, log_variances, radius)
    draws = np.random.default_rng([seed, 61]).standard_normal((len(means), n, means.shape[1]))
    directions = draws / np.linalg.norm(draws, axis=-1, keepdims=True)
    return means[:, np.newaxis] + radius * scale[:, np.newaxis] * directions


def walk(
    means: ArrayLike, log_variances: ArrayLike, start: int, end: int, radii: ArrayLike
) -> np.ndarray:
    """Points on the straight line from one centre towards another.

    Args:
        means: μ_c, (C, L).
        log_variances: log σ_c², (C, L).
        start: cluster that is left.
        end: cluster that is walked to.
        radii: distances from the first centre, (n,), in its own prior standard deviations.

    Returns:
        (n, L).

    Raises:
        ValueError: if shapes differ, or the two centres coincide.
    """
    length = separation(means, log_variances, start, end)
    means = np.asarray(means, np.float64)
    if not length > 0:
        raise ValueError(f"start, end: expected two different centres, received {start} and {end}.")
    share = np.asarray(radii, np.float64)[:, np.newaxis] / length
    return means[start] + share * (means[end] - means[start])


def separation(means: ArrayLike, log_variances: ArrayLike, start: int, end: int) -> float:
    """Distance from one centre to another in prior standard deviations of the first.

    Args:
        means: μ_c, (C, L).
        log_variances: log σ_c², (C, L).
        start: cluster whose standard deviations are the unit.
        end: the other cluster.

    Returns:
        The Mahalanobis distance.
    """
    means, scale = _cluster(means, log_variances, 1.0)
    return float(np.linalg.norm((means[end] - means[start]) / scale[start]))


def tally(names: ArrayLike, found: ArrayLike) -> dict[str, float]:
    """How often what is found in a cluster is its own class, one next to it, or another.

    Args:
        names: class of each cluster, (C,), integers in their natural order (digits).
        found: classes found there, (C, n).

    Returns:
        "own", "adjacent" (one class up or down) and "other": shares of all that was found; and
        "chance", the share that "adjacent" would have among classes other than the own if every
        class present in `names` were equally likely.

    Raises:
        ValueError: if there is not one row of `found` a cluster.
    """
    names, found = np.asarray(names), np.asarray(found)
    if names.ndim != 1 or found.ndim != 2 or len(found) != len(names) or not found.size:
        raise ValueError(
            "names, found: expected shapes (C,) and (C, n), received "
            f"{names.shape} and {found.shape}."
        )
    distance = np.abs(found - names[:, np.newaxis])
    own, adjacent = float(np.mean(distance == 0)), float(np.mean(distance == 1))
    between = np.abs(np.subtract.outer(names, names))
    return {
        "own": own,
        "adjacent": adjacent,
        "other": float(np.mean(distance > 1)),
        "chance": float(np.sum(between == 1) / max(np.sum(between > 0), 1)),
    }


def _cluster(
    means: ArrayLike, log_variances: ArrayLike, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations, checked, (C, L) each."""
    means, log_variances = np.asarray(means, np.float64), np.asarray(log_variances, np.float64)
    if means.ndim != 2 or means.shape != log_variances.shape:
        raise ValueError(
            "means, log_variances: expected one shape (C, L), received "
            f"{means.shape} and {log_variances.shape}."
        )
    if not radius > 0:
        raise ValueError(f"radius: expected a positive number, received {radius!r}.")
    return means, np.exp(0.5 * log_variances)
