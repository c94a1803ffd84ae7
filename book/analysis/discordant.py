"""Two verdicts on the same specimens: how kinds are confused, and on which specimens the two differ.

Letters: G specimens, K kinds.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest

from fplib import metrics


def named(labels: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Whether each specimen is named rightly by the best one-to-one naming of the clusters, (G,)."""
    kinds = metrics.match_clusters(labels, clusters)
    return np.array([kinds.get(int(c)) == k for c, k in zip(clusters, labels, strict=True)])


def confusion(labels: np.ndarray, clusters: np.ndarray, kinds: int = 2) -> list[int]:
    """Counts of true kind against named kind, row by row, K x K numbers.

    Args:
        labels: true kinds, (G,), 0 to K - 1.
        clusters: clusters, (G,), K of them at most.
        kinds: K.
    """
    return metrics.confusion(labels, clusters, classes=range(kinds))[:, :kinds].ravel().tolist()


def discordant(labels: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple[int, int]:
    """How many specimens only the first clusters name rightly, and how many only the second.

    Args:
        labels: true kinds, (G,).
        first: clusters, (G,).
        second: clusters of the same specimens, (G,).
    """
    one, other = named(labels, first), named(labels, second)
    return int(np.sum(one & ~other)), int(np.sum(other & ~one))


def mcnemar(first_only: int, second_only: int) -> float:
    """Exact two-sided p-value of McNemar's test: both are equally often the only one that is right.

    Args:
        first_only: specimens that only the first names rightly.
        second_only: specimens that only the second does.

    Returns:
        p; 1 without any such specimen.
    """
    total = first_only + second_only
    return float(binomtest(first_only, total).pvalue) if total else 1.0
