"""How honest a predicted curve is: the distribution function of a mixture of experts at what was measured.

Letters: N specimens, C clusters, T points on a curve.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm


def mixture_probability(
    values: ArrayLike, weights: ArrayLike, means: ArrayLike, std: ArrayLike
) -> np.ndarray:
    """Predicted probability of something at most as large as what was measured, point by point.

    Under the mixture of experts, sum_c w_c N(E(t; theta_c), sigma_c²), whose mean and variance are
    equations (12) and (13) of the paper. If the prediction is right, these numbers are uniform
    between 0 and 1 (the probability integral transform).

    Args:
        values: measured curves, (N, T).
        weights: q(c|X), (N, C), rows that sum to one.
        means: expert curves, (C, T), same unit as the values.
        std: expert standard deviations, (C,), same unit.

    Returns:
        Probabilities, (N, T).

    Raises:
        ValueError: if shapes do not fit together or a standard deviation is not positive.
    """
    values, weights, means, std = (np.asarray(a, np.float64) for a in (values, weights, means, std))
    n, clusters = len(values), len(means)
    wanted = ((n, means.shape[-1]), (n, clusters), (clusters,))
    if means.ndim != 2 or (values.shape, weights.shape, std.shape) != wanted:
        raise ValueError(
            "values, weights, means, std: expected shapes (N, T), (N, C), (C, T) and (C,), "
            f"received {values.shape}, {weights.shape}, {means.shape} and {std.shape}."
        )
    if not (std > 0).all():
        raise ValueError(f"std: expected positive numbers, received {std}.")
    found = np.zeros_like(values)
    for weight, mean, scale in zip(weights.T, means, std, strict=True):
        found += weight[:, np.newaxis] * norm.cdf(values, mean, scale)
    return np.clip(found, 0.0, 1.0)


def central_coverage(probabilities: ArrayLike, levels: ArrayLike) -> np.ndarray:
    """Share of the measured values inside the central predictive interval of each level.

    Args:
        probabilities: predicted probability of at most the measured value, any shape.
        levels: probabilities that the intervals should hold, (K,), in (0, 1).

    Returns:
        Shares, (K,); equal to the levels when the prediction is honest.

    Raises:
        ValueError: if a level lies outside (0, 1).
    """
    levels = np.asarray(levels, np.float64)
    if levels.ndim != 1 or not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"levels: expected numbers in (0, 1), received {levels}.")
    off = np.abs(np.asarray(probabilities, np.float64).ravel() - 0.5)
    return np.mean(off[:, np.newaxis] <= levels / 2, axis=0)


def slope_confusion(slopes: ArrayLike, sizes: ArrayLike, std: float) -> np.ndarray:
    """Expected confusion matrix of naming a Gaussian slope by the nearest of the true ones.

    No rule that sees the slope alone does better when the classes are equally frequent.

    Args:
        slopes: true slope of each class, (K,), increasing, raw units.
        sizes: specimens of each class, (K,).
        std: standard deviation of a measured slope, same unit.

    Returns:
        Expected counts, true class by nearest class, (K, K).

    Raises:
        ValueError: if slopes do not increase or sizes do not fit.
    """
    slopes, sizes = np.asarray(slopes, np.float64), np.asarray(sizes, np.float64)
    if slopes.ndim != 1 or sizes.shape != slopes.shape or not (np.diff(slopes) > 0).all():
        raise ValueError(
            "slopes, sizes: expected increasing slopes (K,) and one size each, received "
            f"{slopes} and {sizes}."
        )
    borders = np.concatenate([[-np.inf], (slopes[1:] + slopes[:-1]) / 2, [np.inf]])
    below = norm.cdf(borders, slopes[:, np.newaxis], std)
    return sizes[:, np.newaxis] * np.diff(below, axis=1)


def shuffled_band_share(matrix: ArrayLike, width: int = 1) -> float:
    """Share of errors within `width` of the diagonal if errors fell as chance would have them.

    Every class keeps its number of errors and every answer its number of wrong uses; which wrong
    answer goes to which class is otherwise random (independent, the diagonal excluded).

    Args:
        matrix: confusion counts (K, K), classes in their natural order.
        width: largest |true - named| that counts as near.

    Returns:
        Expected share; `nan` without any error.

    Raises:
        ValueError: if the matrix is not square.
    """
    matrix = np.asarray(matrix, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix: expected counts (K, K), received shape {matrix.shape}.")
    wrong = matrix - np.diag(np.diag(matrix))
    if not wrong.sum():
        return float("nan")
    expected = 1.0 - np.eye(len(matrix))
    for _ in range(500):  # iterative proportional fitting to both margins, diagonal kept at zero
        for axis in (1, 0):
            total = expected.sum(axis=axis, keepdims=True)
            wanted = wrong.sum(axis=axis, keepdims=True)
            expected *= np.divide(wanted, total, out=np.zeros_like(total), where=total > 0)
    distance = np.abs(np.subtract.outer(np.arange(len(matrix)), np.arange(len(matrix))))
    return float(expected[distance <= width].sum() / expected.sum())
