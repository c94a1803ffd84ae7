"""Points at the edge of a cluster of the prior, and what is found there.

The paper samples images "at the periphery", μ_c ± 3 σ_c, and reports digits of neighbouring classes.
Letters: C clusters, L latent dimensions, n points a cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

PLACES = ("axes", "sphere", "towards")
SHARES = ("own", "adjacent", "other")
SOUND = 0.95  # share of the centres that must be seen as their own class before edges are judged


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
        "own", "adjacent" (one class up or down) and "other": shares of all that was found.

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
    shares = np.mean(distance == 0), np.mean(distance == 1), np.mean(distance > 1)
    return dict(zip(SHARES, map(float, shares), strict=True))


def survey(
    prior: tuple[ArrayLike, ArrayLike],
    values: ArrayLike,
    names: ArrayLike,
    see: Callable[[np.ndarray], np.ndarray],
    radius: float = 3.0,
    seed: int = 0,
) -> dict[str, float | list[float]]:
    """What is seen at the edge of every cluster, and where its neighbours begin.

    Args:
        prior: μ_c and log σ_c², (C, L) each.
        values: what orders the clusters, (C,), such as the slopes of their experts.
        names: class of each cluster, (C,), integers in their natural order.
        see: latent points (..., L) -> class seen in what is decoded there, (...).
        radius: where the edge is, in prior standard deviations.
        seed: of the random directions.

    Returns:
        "periphery.centres", the share of the centres at which their own class is seen, and
        "periphery.separations", from each centre to its neighbours in value, in its prior standard
        deviations. Whoever cannot read the centres does not judge the edges; so, only where the
        share is `SOUND` or more, also "periphery.<place>.<share>" for each of `PLACES` and
        `SHARES`, and "periphery.borders", how far from a centre, on the way to a neighbour, its own
        class is no longer seen. A way on which it is never or always seen has no border.
    """
    steps = list(pairwise(np.argsort(np.asarray(values))))
    steps += [(end, start) for start, end in steps]
    separations = [separation(*prior, *step) for step in steps]
    read = float(np.mean(see(np.asarray(prior[0])) == np.asarray(names)))
    found: dict[str, float | list[float]]
    found = {"periphery.centres": read, "periphery.separations": separations}
    if read < SOUND:
        return found
    starts = np.asarray(names)[[start for start, _ in steps]]
    towards = np.stack([walk(*prior, *step, [radius]) for step in steps])
    seen = {
        "axes": tally(names, see(axis_points(*prior, radius))),
        "sphere": tally(names, see(sphere_points(*prior, radius, seed=seed))),
        "towards": tally(starts, see(towards)),
    }
    borders = []
    for step, distance, own in zip(steps, separations, starts, strict=True):
        radii = np.linspace(0, distance, 41)
        changed = see(walk(*prior, *step, radii)) != own
        if changed.any() and not changed[0]:
            borders.append(float(radii[changed.argmax()]))
    found |= {
        f"periphery.{place}.{what}": share
        for place, shares in seen.items()
        for what, share in shares.items()
    }
    return found | ({"periphery.borders": borders} if borders else {})


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
