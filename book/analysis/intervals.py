"""How well the parameters of a cluster are known, given that its specimens differ.

Both intervals are for the mean of the population that a cluster's specimens were drawn from, so
what matters is the scatter from specimen to specimen. Points along one curve are no repetitions.

Letters: N specimens, C clusters, T points on a curve, P parameters, B bootstrap draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import t as student

from fplib.checks import quantile
from fplib.experts import Expert, weighted_least_squares

if TYPE_CHECKING:
    import pandas as pd


class Interval(NamedTuple):
    """An estimate with the ends of its confidence interval, arrays of one shape."""

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def holds(self, truth: np.ndarray) -> np.ndarray:
        """Whether each interval contains the true value."""
        return (self.low <= truth) & (truth <= self.high)


def mean_interval(values: np.ndarray, weights: np.ndarray, level: float = 0.95) -> Interval:
    """Student's interval for the mean of each cluster, specimens weighted by their responsibilities.

    With weights w the effective number of specimens is n = (sum w)^2 / sum w^2, and the mean has
    n - 1 degrees of freedom; weights of zero and one give the textbook formula.

    Args:
        values: one row a specimen, (N, ...), any unit.
        weights: responsibilities, (N, C) or of one cluster (N,), in [0, 1].
        level: confidence level in (0, 1).

    Returns:
        Estimate and ends, (C, ...) each, or (...,) for one cluster, same unit.

    Raises:
        ValueError: shapes differ, a weight is negative, or fewer than two specimens remain.
    """
    values, weights = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    quantile(level)
    _check(values, weights[:, np.newaxis] if weights.ndim == 1 else weights)
    if weights.ndim == 2:
        each = [mean_interval(values, of_one, level) for of_one in weights.T]
        return Interval(*(np.stack(ends) for ends in zip(*each, strict=True)))
    count = effective(weights)
    mean = np.tensordot(weights, values, 1) / weights.sum()
    # unbiased for weights that are not all equal, too
    variance = np.tensordot(weights, np.square(values - mean), 1)
    variance = variance / (weights.sum() * (1 - 1 / count))
    half = student.ppf(0.5 + level / 2, count - 1) * np.sqrt(variance / count)
    return Interval(mean, mean - half, mean + half)


def expert_interval(
    expert: Expert,
    t: np.ndarray,
    responsibilities: np.ndarray,
    curves: np.ndarray,
    derive: Callable[[np.ndarray], np.ndarray] = lambda parameters: parameters,
    draws: int = 400,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Bootstrap interval for the parameters of each cluster's expert, specimens drawn with
    replacement.

    Every draw repeats the weighted least-squares fit. The spread of the draws, enlarged by
    sqrt(n / (n - 1)) since a bootstrap variance divides by n, is used with Student's quantile.

    Args:
        expert: the parametric curve.
        t: independent variable, (T,).
        responsibilities: gamma, (N, C); one row a specimen, not a copy of one.
        curves: measured curves, (N, T).
        derive: quantities of interest from parameters, (..., P) -> (..., Q).
        draws: B.
        seed: of the draws.
        level: confidence level in (0, 1).

    Returns:
        Estimate and ends, (C, Q) each.

    Raises:
        ValueError: as `mean_interval`.

    Reference: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993.
    """
    gamma, curves = np.asarray(responsibilities, np.float64), np.asarray(curves, np.float64)
    t = np.asarray(t, np.float64)
    quantile(level)
    _check(curves, gamma)
    rng = np.random.default_rng(seed)
    estimate = np.asarray(derive(weighted_least_squares(expert, t, gamma, curves)))
    low, high = np.empty_like(estimate), np.empty_like(estimate)
    for c, weights in enumerate(gamma.T):
        # a draw is a set of whole-number weights; one without any specimen of the cluster is void
        times = rng.multinomial(len(weights), np.full(len(weights), 1 / len(weights)), draws)
        drawn = times * weights  # (B, N)
        drawn = drawn[drawn.sum(axis=1) > 0.5]
        means = drawn @ curves / drawn.sum(axis=1, keepdims=True)
        found = np.asarray(derive(expert.least_squares(t, means)))  # (B, Q)
        half = half_width(found, effective(weights), level)
        low[c], high[c] = estimate[c] - half, estimate[c] + half
    return Interval(estimate, low, high)


def half_width(found: np.ndarray, count: np.ndarray | float, level: float) -> np.ndarray:
    """Half of an interval from bootstrap draws of a mean of so many specimens.

    A bootstrap variance divides by n, so the spread is enlarged by sqrt(n / (n - 1)).

    Args:
        found: draws, (B, ...), any unit.
        count: effective number of specimens, more than one; broadcasts with a draw.
        level: confidence level in (0, 1).

    Returns:
        The half, (...), same unit.
    """
    deviation = np.std(found, axis=0) * np.sqrt(count / (count - 1))
    return student.ppf(0.5 + level / 2, count - 1) * deviation


def recorded_intervals(runs: pd.DataFrame) -> pd.DataFrame:
    """The intervals that records hold, in long form.

    Args:
        runs: one row a run, with columns "<way>.<kind>.<quantity>.<end>"; the ends are "estimate",
            "low", "high" and "truth".

    Returns:
        One row a kind, quantity, way and run; columns "kind", "quantity", "way", the four ends, and
        "covered", whether the interval holds the truth. A run without intervals has no row.
    """
    import pandas as pd

    rows = []
    for name in runs.filter(regex=r"^\w+\.\w+\.\w+\.truth$"):
        way, kind, quantity, _ = name.split(".")
        ends = {e: runs[f"{way}.{kind}.{quantity}.{e}"] for e in (*Interval._fields, "truth")}
        rows.append(pd.DataFrame({"kind": kind, "quantity": quantity, "way": way} | ends).dropna())
    named = pd.DataFrame(columns=["kind", "quantity", "way", *Interval._fields, "truth"])
    found = pd.concat(rows).sort_values("kind", kind="stable", ignore_index=True) if rows else named
    return found.assign(covered=found["low"].le(found["truth"]) & found["truth"].le(found["high"]))


def population_truth(runs: pd.DataFrame) -> pd.DataFrame:
    """The records with every truth replaced by the population's, which that of the prints is.

    Args:
        runs: as for `recorded_intervals`.
    """
    truths = {name: name.split(".", 1)[1] for name in runs.filter(regex=r"^\w+\.\w+\.\w+\.truth$")}
    return runs.assign(**{name: runs[f"prints.{quantity}"] for name, quantity in truths.items()})


def effective(weights: np.ndarray) -> float:
    """Number of specimens that equal weights would need for the same standard error."""
    return float(weights.sum() ** 2 / np.square(weights).sum())


def _check(values: np.ndarray, gamma: np.ndarray) -> None:
    if values.ndim < 1 or gamma.ndim != 2 or len(values) != len(gamma):
        raise ValueError(
            "values, weights: expected (N, ...) and one weight a row, received shapes "
            f"{values.shape} and {gamma.shape}."
        )
    if not np.isfinite(values).all() or not np.isfinite(gamma).all() or (gamma < 0).any():
        raise ValueError("values, weights: expected finite values and weights of at least 0.")
    for c, weights in enumerate(gamma.T):
        if weights.sum() <= 0 or effective(weights) < 1.5:
            raise ValueError(
                f"weights: expected at least two specimens in every cluster, cluster {c} has a "
                f"total weight of {weights.sum():.3g}. Scatter cannot be judged from one."
            )
