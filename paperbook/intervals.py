"""What a few runs say about all of them: intervals for means and differences, ranges for one more.

A run is one seed. Runs usually share one test set, so that an accuracy is uncertain twice: other
seeds would have trained other models, and other specimens would have been drawn to test them. More
seeds help against the first and not against the second; a t interval over seeds alone says nothing
of it. The two parts are independent, and are joined as roots of sums of squares, each side by
itself (method of variance estimates recovery, Zou and Donner 2008).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95  # of the intervals that decide
FEWEST = 5  # runs, below which nothing is decided or predicted


@dataclass(frozen=True)
class Interval:
    """An estimate and the values that it leaves open."""

    estimate: float
    low: float
    high: float

    def __neg__(self) -> Interval:
        """The interval of the value with the other sign."""
        return Interval(-self.estimate, -self.high, -self.low)


def mean(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Student's interval for the expected value of a further run.

    Args:
        values: one a run, at least two.
        level: probability that such intervals hold the expected value.
    """
    found = np.asarray(values, float)
    half = stats.t.ppf((1 + level) / 2, len(found) - 1) * found.std(ddof=1) / math.sqrt(len(found))
    centre = float(found.mean())
    return Interval(centre, centre - half, centre + half)


def binomial(share: float, specimens: float, level: float = LEVEL) -> Interval:
    """Clopper and Pearson's interval for a probability.

    Args:
        share: of the specimens that were right; a mean over runs need not be a whole number of them.
        specimens: how many were tested.
        level: probability, at least, that such intervals hold the truth.
    """
    tail = (1 - level) / 2
    right, wrong = (round(part * specimens, 6) for part in (share, 1 - share))  # a mean's rounding
    low = stats.beta.ppf(tail, right, wrong + 1) if right > 0 else 0.0
    high = stats.beta.ppf(1 - tail, right + 1, wrong) if wrong > 0 else 1.0
    return Interval(share, float(low), float(high))


def share(
    values: Sequence[float], specimens: float, *, shared: bool = True, level: float = LEVEL
) -> Interval:
    """Interval for an expected accuracy: over seeds, and over test specimens like those drawn.

    With the variance of a specimen's score θ(1 − θ), of which seeds have at most all, the variance
    of a mean over K runs on the same n specimens is at most S²/K + θ(1 − θ)/n: S² is the sample
    variance between runs, which holds what differs from run to run, and the second term is what all
    runs have in common. It is reached when all runs err on the same specimens.

    Args:
        values: accuracies in [0, 1], one a run, at least two.
        specimens: n, tested in each run.
        shared: whether all runs were tested on the same specimens. If each had its own, their
            spread holds both parts, and the interval is Student's, or that of all specimens
            together where this is wider: runs that happen to agree prove no certainty.
        level: probability, at least, that such intervals hold the truth.
    """
    found = np.asarray(values, float)
    seeds = mean(values, level)
    if not shared:
        pooled = binomial(seeds.estimate, specimens * len(found), level)
        return _clipped(seeds.estimate, min(seeds.low, pooled.low), max(seeds.high, pooled.high))
    tested = binomial(seeds.estimate, specimens, level)
    joined = _joined(seeds.estimate, seeds, tested)
    return _clipped(joined.estimate, joined.low, joined.high)


def difference(
    ours: Sequence[float],
    others: Sequence[float],
    specimens: float | None = None,
    *,
    shared: bool = True,
    level: float = LEVEL,
) -> Interval:
    """Interval for an expected difference between runs that belong together, one pair a seed.

    Args:
        ours: one a run, at least two.
        others: of the same seeds, in the same order.
        specimens: where both are accuracies, the number tested in each run. That two rules err on
            the same specimens makes their difference more certain; records do not tell how often,
            so nothing is assumed of it, and the interval is rather too wide.
        shared: as in `share`.
        level: probability that such intervals hold the truth.
    """
    first, second = np.asarray(ours, float), np.asarray(others, float)
    paired = mean(list(first - second), level)
    if specimens is None:
        return paired
    tested = specimens if shared else specimens * len(first)
    sampling = [
        binomial(float(first.mean()), tested, level),
        -binomial(float(second.mean()), tested, level),
    ]
    if shared:
        return _joined(paired.estimate, paired, *sampling)
    pooled = _joined(paired.estimate, *sampling)
    return Interval(paired.estimate, min(paired.low, pooled.low), max(paired.high, pooled.high))


def prediction_range(
    values: Sequence[float], specimens: int | None = None, level: float = 0.9
) -> tuple[float, float]:
    """Where one further run should fall, with the same data and another seed.

    Student's range, mean ± t S √(1 + 1/K). The extremes of K runs hold a further one with
    probability (K − 1)/(K + 1) whatever its distribution, 82 % for ten: too little for 90 %, so a
    shape has to be assumed. The further run meets the same test specimens, so that only the spread
    between seeds counts. Accuracies come in whole specimens: each hides a uniform rounding, of
    variance 1/12 specimens², which keeps ten perfect runs from promising an eleventh; and the ends
    are rounded outwards to whole specimens.

    Args:
        values: one a run.
        specimens: where they are accuracies, the number tested.
        level: probability that the range holds the further run.

    Returns:
        Lower and upper end; NaN with fewer than `FEWEST` runs.
    """
    found = np.asarray([v for v in values if not math.isnan(v)], float)
    if len(found) < FEWEST:
        return math.nan, math.nan
    variance = found.var(ddof=1) + (1 / (12 * specimens**2) if specimens else 0.0)
    factor = stats.t.ppf((1 + level) / 2, len(found) - 1) * math.sqrt(1 + 1 / len(found))
    half = float(factor * math.sqrt(variance))
    low, high = float(found.mean()) - half, float(found.mean()) + half
    if not specimens:
        return low, high
    ends = math.floor(low * specimens) / specimens, math.ceil(high * specimens) / specimens
    return max(ends[0], 0.0), min(ends[1], 1.0)


def _joined(estimate: float, *parts: Interval) -> Interval:
    """Interval about an estimate that is uncertain by all of the independent parts."""
    low = math.sqrt(sum((part.estimate - part.low) ** 2 for part in parts))
    high = math.sqrt(sum((part.high - part.estimate) ** 2 for part in parts))
    return Interval(estimate, estimate - low, estimate + high)


def _clipped(estimate: float, low: float, high: float) -> Interval:
    """A probability's interval, within [0, 1]."""
    return Interval(estimate, max(low, 0.0), min(high, 1.0))
