"""Scores of a clustering against labels, and their uncertainty.

Only these functions and `fplib.evaluation` compare anything with a label; training takes none. Yet
data may hold them in another form: the curves of `fplib.data.mnist` have the label as their slope.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.special import entr
from scipy.stats import binomtest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from fplib.checks import contingency, discrete, numbers, pair, quantile, responsibility_rows


def clustering_accuracy(labels: ArrayLike, clusters: ArrayLike) -> float:
    """Fraction of specimens labelled correctly by the best one-to-one naming of the clusters.

    Equation (21) of the paper. Specimens in a cluster that is left without a label count as errors.

    Args:
        labels: true classes, (N,), integers or strings.
        clusters: cluster ids, (N,), integers.

    Returns:
        The accuracy, a fraction in [0, 1].

    Raises:
        ValueError: if an argument is empty, not one-dimensional, not discrete, or lengths differ.
    """
    counts, _, _ = contingency(labels, clusters)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return float(counts[rows, columns].sum() / counts.sum())


def match_clusters(labels: ArrayLike, clusters: ArrayLike) -> dict[int, int | str]:
    """The one-to-one naming of clusters that maximises the accuracy (Hungarian method).

    Args:
        labels: true classes, (N,), integers or strings.
        clusters: cluster ids, (N,), integers.

    Returns:
        A dictionary {cluster: label} with min(C, K) entries. With more clusters than classes the
        clusters left over are absent; with fewer, some labels are.

    Raises:
        ValueError: as in `clustering_accuracy`.
    """
    counts, cluster_ids, classes = contingency(labels, clusters)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return {cluster_ids[r].item(): classes[k].item() for r, k in zip(rows, columns, strict=True)}


def purity(labels: ArrayLike, clusters: ArrayLike) -> float:
    """Fraction labelled correctly when every cluster takes its majority label; some call it accuracy.

    Args:
        labels: true classes, (N,), integers or strings.
        clusters: cluster ids, (N,), integers.

    Returns:
        The purity, a fraction in [0, 1].

    Raises:
        ValueError: as in `clustering_accuracy`.
    """
    counts, _, _ = contingency(labels, clusters)
    return float(counts.max(axis=1).sum() / counts.sum())


def confusion(
    labels: ArrayLike, clusters: ArrayLike, *, classes: Sequence | None = None
) -> np.ndarray:
    """Counts of true class (row) against the class that the matched cluster stands for (column).

    Args:
        labels: true classes, (N,), integers or strings.
        clusters: cluster ids, (N,), integers.
        classes: all K classes in the order wanted; by default those present in `labels`, sorted.

    Returns:
        Integers (K, K); the trace over the sum is `clustering_accuracy`, each row sums to its
        class. With more clusters than classes, one column for every unmatched cluster follows,
        in order of its id: (K, K + unmatched).

    Raises:
        ValueError: as in `clustering_accuracy`, or if `labels` holds a class not in `classes`.
    """
    counts, cluster_ids, present = contingency(labels, clusters)
    order = list(present) if classes is None else list(classes)
    missing = [label.item() for label in present if label not in order]
    if missing:
        raise ValueError(
            f"classes: expected every label of `labels`, but {missing} are missing from {order}. "
            "Add them or leave `classes` out."
        )
    place = [order.index(label) for label in present]
    rows, columns = linear_sum_assignment(counts, maximize=True)
    unmatched = sorted(set(range(len(cluster_ids))) - set(rows.tolist()))
    matrix = np.zeros((len(order), len(order) + len(unmatched)), dtype=np.int64)
    for r, k in zip(rows, columns, strict=True):
        matrix[place, place[k]] = counts[r]
    for extra, r in enumerate(unmatched):
        matrix[place, len(order) + extra] = counts[r]
    return matrix


def band_share(matrix: ArrayLike, width: int = 1) -> float:
    """Share of the errors of a confusion matrix that fall within `width` of the diagonal.

    Args:
        matrix: counts (K, K), classes in their natural order.
        width: largest |true − predicted| that still counts as near, in classes.

    Returns:
        Fraction in [0, 1]; `nan` when there is no error at all.

    Raises:
        ValueError: if the matrix is not square and two-dimensional, or `width` is below 1.
    """
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(
            f"matrix: expected a square confusion matrix (K, K), received shape {counts.shape}."
        )
    if width < 1:
        raise ValueError(f"width: expected at least 1 class, received {width}.")
    distance = np.abs(np.subtract.outer(np.arange(len(counts)), np.arange(len(counts))))
    errors = counts[distance > 0].sum()
    near = counts[(distance > 0) & (distance <= width)].sum()
    return float(near / errors) if errors else float("nan")


def nmi(labels: ArrayLike, clusters: ArrayLike) -> float:
    """Normalised mutual information of labels and clusters, I(l; c) / ((H(l) + H(c)) / 2).

    The arithmetic mean of the entropies, as in scikit-learn, is never below the geometric one of
    Strehl and Ghosh (2002), so that this number never exceeds theirs.

    Args:
        labels: true classes, (N,), integers or strings.
        clusters: cluster ids, (N,), integers.

    Returns:
        A fraction in [0, 1]; 1 means that each determines the other.

    Raises:
        ValueError: as in `clustering_accuracy`.

    Reference: N. X. Vinh, J. Epps and J. Bailey, "Information theoretic measures for clusterings
    comparison", Journal of Machine Learning Research 11, 2010.
    """
    labels, clusters = pair(labels, clusters)
    # Rounding can leave a perfect score at 1 + 2e-16, which a record would rightly refuse.
    return float(np.clip(normalized_mutual_info_score(labels, clusters), 0.0, 1.0))


def ari(labels: ArrayLike, clusters: ArrayLike) -> float:
    """Adjusted Rand index: agreement over pairs of specimens, 0 on average for random clusters.

    Args:
        labels: true classes, (N,), integers or strings.
        clusters: cluster ids, (N,), integers.

    Returns:
        A number in [−0.5, 1]; 1 means identical partitions.

    Raises:
        ValueError: as in `clustering_accuracy`.

    Reference: L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    labels, clusters = pair(labels, clusters)
    return float(np.clip(adjusted_rand_score(labels, clusters), -0.5, 1.0))


def occupancy(assignments: ArrayLike, clusters: int | None = None) -> np.ndarray:
    """Share of the specimens held by each cluster.

    Args:
        assignments: responsibilities (N, C) with rows that sum to 1, or cluster ids (N,).
        clusters: number of clusters C; needed for ids, where an empty cluster leaves no trace.

    Returns:
        Fractions (C,) that sum to 1.

    Raises:
        ValueError: if the shape, the row sums, the ids or `clusters` do not fit together.
    """
    values = np.asarray(assignments)
    if values.ndim == 2:
        values = responsibility_rows(values, "assignments")
        if clusters not in (None, values.shape[1]):
            raise ValueError(
                f"clusters: expected {values.shape[1]}, the columns of `assignments`, "
                f"received {clusters}. Leave it out for responsibilities."
            )
        return values.mean(axis=0)
    values = discrete(values, "assignments")
    if clusters is None:
        raise ValueError(
            "clusters: expected the number of clusters, received None. Cluster ids do not show "
            "an empty cluster; pass clusters=C, or responsibilities (N, C)."
        )
    if values.dtype.kind not in "iu" or values.min() < 0 or values.max() >= clusters:
        raise ValueError(
            f"assignments: expected integer ids in 0..{clusters - 1}, received values from "
            f"{values.min()} to {values.max()} ({values.dtype})."
        )
    return np.bincount(values, minlength=clusters) / values.size


def assignment_entropy(responsibilities: ArrayLike) -> float:
    """Mean entropy of the assignments, −1/N Σ_n Σ_c γ_nc log γ_nc, in nats.

    Args:
        responsibilities: γ (N, C), rows that sum to 1.

    Returns:
        Between 0 (every specimen is certain of its cluster) and log C (none has an idea).

    Raises:
        ValueError: if the shape is wrong or the rows are not probabilities.
    """
    gamma = responsibility_rows(responsibilities, "responsibilities")
    return float(entr(gamma).sum(axis=1).mean())


def interval(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's confidence interval for a fraction observed as `successes` out of `n`.

    Args:
        successes: how many of the trials succeeded.
        n: number of trials.
        level: confidence level in (0, 1).

    Returns:
        The lower and the upper end, fractions in [0, 1].

    Raises:
        ValueError: if n < 1, successes is outside 0..n, or level is outside (0, 1).

    Reference: E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22, 1927.
    """
    if n < 1:
        raise ValueError(f"n: expected at least 1 trial, received {n}.")
    if not 0 <= successes <= n:
        raise ValueError(f"successes: expected a count in 0..{n}, received {successes}.")
    quantile(level)  # refuses what is no level
    found = binomtest(successes, n).proportion_ci(level, method="wilson")
    # at 0 and n successes one end is 0 or 1 exactly; rounding must not leave it beside
    return float(found.low) if successes else 0.0, float(found.high) if successes < n else 1.0


def coverage(
    values: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    level: float = 0.95,
    axis: int | tuple[int, ...] | None = None,
) -> float | np.ndarray:
    """Fraction of observed values inside their central predictive Gaussian interval.

    Args:
        values: observations, any shape, in the unit of the measurement.
        mean: predictive mean, broadcastable to `values`, same unit.
        variance: predictive variance, broadcastable to `values`, unit squared.
        level: probability that the interval should hold, in (0, 1).
        axis: average over these axes only, for example 0 for the coverage at each point of a curve.

    Returns:
        The fraction covered, or fractions; close to `level` when the predictive variance is honest.

    Raises:
        ValueError: if shapes do not broadcast, a variance is negative, or something is not finite.
    """
    z, values = quantile(level), numbers("values", values, np.float64)
    mean, variance = numbers("mean", mean, np.float64), numbers("variance", variance, np.float64)
    for name, array in (("values", values), ("mean", mean), ("variance", variance)):
        if array.size == 0 or not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite numbers, received an empty or broken array.")
        try:
            np.broadcast_to(array, values.shape)
        except ValueError:
            wanted = f"expected a shape that broadcasts to the values' {values.shape}"
            raise ValueError(f"{name}: {wanted}, received {array.shape}.") from None
    if (variance < 0).any():
        least = variance.min()
        raise ValueError(f"variance: expected values ≥ 0, not its logarithm; received {least}.")
    inside = np.abs(values - mean) <= z * np.sqrt(variance)
    return float(inside.mean()) if axis is None else inside.mean(axis=axis)
