"""Choosing among trained models without a label, and how much such a choice can be trusted.

Letters: S seeds, K candidates (such as latent dimensions), R restarts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import permutation_test, rankdata

DRAWS = 100_000  # random orders where there are more than that, from nine restarts on


class Choice(NamedTuple):
    """What a rule chose among K candidates.

    Attributes:
        best: index of the highest mean score.
        simplest: index of the first candidate that is not worse by more than one standard error.
        deficit: mean shortfall of each candidate against the best, (K,), in the unit of the scores.
        error: standard error of that mean, (K,); zero for the best itself.
    """

    best: int
    simplest: int
    deficit: np.ndarray
    error: np.ndarray


def one_standard_error(scores: ArrayLike) -> Choice:
    """The best candidate, and the simplest that cannot be told from it.

    Seeds are compared pairwise: runs of one seed share their data, so the difference between two
    candidates scatters less than either. With one seed there is no standard error, and the simplest
    is the best.

    Args:
        scores: higher is better, (S, K); candidates from the simplest to the richest.

    Returns:
        The choice.

    Raises:
        ValueError: if the scores are not a finite table with a row a seed.

    Reference:
        L. Breiman, J. Friedman, R. Olshen and C. Stone, Classification and regression trees, 1984,
        section 3.4.3 (there with cross-validation folds for seeds, and not paired).
    """
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 2 or scores.size == 0 or not np.isfinite(scores).all():
        raise ValueError(
            f"scores: expected finite numbers (seeds, candidates), received shape {scores.shape}. "
            "Give every candidate the same seeds."
        )
    best = int(scores.mean(axis=0).argmax())
    short = scores[:, [best]] - scores
    seeds = len(scores)
    spread = short.std(axis=0, ddof=1) if seeds > 1 else np.zeros(scores.shape[1])
    error = spread / np.sqrt(seeds)
    deficit = short.mean(axis=0)
    return Choice(best, int(np.argmax(deficit <= error)), deficit, error)


class Trust(NamedTuple):
    """How well a label-free score ranks restarts by accuracy.

    Attributes:
        correlation: Spearman's rank correlation of score and accuracy; nan when either is constant.
        p_value: share of random orders with a correlation at least as high.
        chosen: accuracy of the restart with the highest score.
        mean: accuracy of a restart chosen blindly, on average.
        best: accuracy of the restart that only labels could choose.
    """

    correlation: float
    p_value: float
    chosen: float
    mean: float
    best: float


def trust(scores: ArrayLike, accuracies: ArrayLike, seed: int = 0) -> Trust:
    """Whether choosing the restart with the highest score would have chosen an accurate one.

    Args:
        scores: of R restarts on the same held-out data, higher is better.
        accuracies: fractions, (R,), of the same restarts.
        seed: of the permutations, which are all there are up to R = 8.

    Returns:
        The answer in five numbers.

    Raises:
        ValueError: if the two do not pair up, or there are fewer than two restarts.
    """
    scores, accuracies = np.asarray(scores, np.float64), np.asarray(accuracies, np.float64)
    if scores.shape != accuracies.shape or scores.ndim != 1 or len(scores) < 2:
        raise ValueError(
            f"scores, accuracies: expected two lists of one length, at least 2, received shapes "
            f"{scores.shape} and {accuracies.shape}."
        )
    chosen = float(accuracies[scores.argmax()])
    mean, best = float(accuracies.mean()), float(accuracies.max())
    if np.ptp(scores) == 0 or np.ptp(accuracies) == 0:
        return Trust(float("nan"), 1.0, chosen, mean, best)
    ranks = [rankdata(values) for values in (scores, accuracies)]
    a, b = ((r - r.mean()) / np.linalg.norm(r - r.mean()) for r in ranks)
    correlation = float(a @ b)
    test = permutation_test(
        (a,),
        lambda order, axis: np.sum(np.moveaxis(order, axis, -1) * b, axis=-1),
        permutation_type="pairings",
        alternative="greater",
        n_resamples=DRAWS,
        batch=10_000,
        rng=np.random.default_rng(seed),
    )
    return Trust(correlation, float(test.pvalue), chosen, mean, best)
