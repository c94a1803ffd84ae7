"""Paired comparisons of a few runs: the mean difference, its interval, an exact test, and the word for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import permutation_test, ttest_1samp

# Pairs that a verdict needs: of four, all of one sign, the exact test still gives 1 in 8.
FEWEST = 5


class Comparison(NamedTuple):
    """Differences of pairs.

    Attributes:
        n: pairs.
        mean: of the differences; nan without any.
        low: lower end of Student's 95 % interval of the mean; nan with fewer than two pairs.
        high: its upper end.
        p: two-sided, of the exact test that turns the signs of the differences.
    """

    n: int
    mean: float
    low: float
    high: float
    p: float

    @property
    def sign(self) -> int | None:
        """1 or -1 where the interval excludes zero, 0 where it does not, None of too few pairs."""
        if self.n < FEWEST:
            return None
        return int(self.low > 0) - int(self.high < 0)


def compare(first: ArrayLike, second: ArrayLike | float = 0.0) -> Comparison:
    """The first minus the second, pair by pair.

    Args:
        first: one value a run, (n,).
        second: of the same runs, (n,), or one number for all; pairs with a nan are left out.

    Returns:
        The comparison.

    Raises:
        ValueError: if the two do not pair up.
    """
    first = np.asarray(first, np.float64)
    second = np.asarray(second, np.float64)
    if first.ndim != 1 or second.shape not in ((), first.shape):
        raise ValueError(
            f"first, second: expected pairs, received shapes {first.shape} and {second.shape}."
        )
    differences = first - second
    differences = differences[~np.isnan(differences)]
    n, nan = len(differences), float("nan")
    if n < 2:
        return Comparison(n, float(differences.mean()) if n else nan, nan, nan, nan)
    mean = float(differences.mean())
    test = permutation_test(
        (differences,),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**14,  # all signs of up to fourteen pairs
        rng=np.random.default_rng(0),
    )
    if np.ptp(differences) == 0:
        return Comparison(n, mean, mean, mean, float(test.pvalue))
    low, high = ttest_1samp(differences, 0.0).confidence_interval(0.95)
    return Comparison(n, mean, float(low), float(high), float(test.pvalue))


def holm(p: Sequence[float]) -> np.ndarray:
    """P-values corrected for their number; nan stays and does not count.

    Args:
        p: of the tests, (n,).

    Returns:
        Corrected, (n,), never below the given ones.

    Reference:
        S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
        Statistics 6, 1979.
    """
    values = np.asarray(p, np.float64)
    corrected = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    steps = values[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def word(signs: Sequence[int | None], above: str, below: str, same: str, mixed: str) -> str:
    """One word for several comparisons: the same sign in all, or `mixed`.

    Args:
        signs: `Comparison.sign` of each.
        above: where all are 1.
        below: where all are -1.
        same: where all are 0.
        mixed: where they differ.

    Returns:
        One of the four, or "undecided (too few runs)" where there is none or one lacks its sign.
    """
    kinds = {sign for sign in signs if sign is not None}
    if not signs or None in signs:
        return "undecided (too few runs)"
    return {1: above, -1: below, 0: same}[kinds.pop()] if len(kinds) == 1 else mixed
