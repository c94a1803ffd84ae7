"""The one place for tolerances, and the comparisons that apply them.

Every quantity compared with `assert_close` is in nats, in log units or scaled to order one. An
error is therefore measured relative to the expected value, and relative to `scale` (one unit) where
that value happens to be near zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

EXACT = 1e-10  # the same formula, evaluated twice in float64
STREAM = 1e-12  # one sum in another order, float64
SINGLE = 1e-5  # float32 against float64
BROWSER = (
    1e-4  # a network's outputs, some float32 sums in JavaScript's order, the others in TensorFlow's
)
DERIVATIVE = (
    1e-6  # automatic against central differences with STEP; their error is STEP^2 + rounding / STEP
)
STEP = 1e-5
MINIMISER = (
    1e-6  # an iterative optimiser stops within about the square root of EXACT of the minimum
)

# Monte Carlo, in standard errors: a right formula falls outside for one seed in 1.7 million.
BAND = 5.0


def assert_close(
    actual: ArrayLike, expected: ArrayLike, tolerance: float = EXACT, scale: float = 1.0
) -> None:
    """Assert |actual - expected| <= tolerance (scale + |expected|) everywhere; NaN never passes.

    Raises:
        AssertionError: the values differ.
        ValueError: the shapes differ; a wrong formula has to be caught for its values.
    """
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if actual.shape != expected.shape:
        raise ValueError(f"expected shape {expected.shape}, received {actual.shape}")
    with np.errstate(all="ignore"):
        error = np.abs(actual - expected) / (scale + np.abs(expected))
    bad = ~(error <= tolerance)
    if bad.any():
        raise AssertionError(
            f"{bad.sum()} of {bad.size} values differ by more than {tolerance:g}: first expected "
            f"{expected[bad][0]!r}, received {actual[bad][0]!r} (error {error[bad][0]:.3g})"
        )


def assert_within_band(
    draws: ArrayLike, exact: ArrayLike, detects: float, estimate: ArrayLike | None = None
) -> None:
    """Assert that a mean of independent draws is within five standard errors of its expectation.

    Args:
        draws: independent evaluations of the integrand, (S, ...).
        exact: the expectation, (...).
        estimate: what stands for the mean of the draws, having the same standard error, (...).
        detects: an error of this size must be found as surely as none is accepted: a second
            assertion, on the number of draws, so that the first cannot pass for lack of power.
    """
    draws, exact = np.asarray(draws, np.float64), np.asarray(exact, np.float64)
    mean = draws.mean(axis=0) if estimate is None else np.asarray(estimate, np.float64)
    if not draws.shape[1:] == exact.shape == mean.shape:
        raise ValueError(f"shapes differ: {draws.shape[1:]}, {exact.shape}, {mean.shape}")
    error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    if not np.all(2 * BAND * error < detects):
        raise ValueError(f"too few draws: an error of {detects} needs more than {len(draws)}")
    with np.errstate(all="ignore"):
        excess = np.abs(mean - exact) / error
    if not np.all(excess <= BAND):
        raise AssertionError(f"{np.max(excess):.1f} standard errors away from the Monte Carlo mean")
