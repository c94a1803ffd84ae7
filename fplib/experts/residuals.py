"""Whether what a law leaves of the curves is noise."""

from __future__ import annotations

from typing import Annotated as Float
from typing import NamedTuple

import numpy as np

from fplib.shapes import shaped

# A law that is right passes at least 99.99 % of the time: even if all points of a specimen move
# together, the mean square is that of one normal number, beyond 16 once in 16 000.
SQUARE, CORRELATION, SHARE = 16.0, 0.5, 0.01


class ResidualWarning(UserWarning):
    """The residuals of an expert are not noise, so its parameters may be far off."""


class Residuals(NamedTuple):
    """What is left of the mean curve of each cluster, (C,) each.

    `square`: its mean square in standard errors, about 1 for noise. `correlation`: of neighbouring
    points, about 0 for noise. `share`: of the variance about the law that it makes up.
    """

    square: np.ndarray
    correlation: np.ndarray
    share: np.ndarray

    @property
    def structured(self) -> np.ndarray:
        """Clusters in which the law is wrong, (C,): it misses significantly, smoothly and visibly."""
        smooth = self.correlation > CORRELATION
        return (self.square > SQUARE) & smooth & (self.share > SHARE)


@shaped
def residuals(
    weight: Float[np.ndarray, "C"],
    mean: Float[np.ndarray, "C T"],
    variance: Float[np.ndarray, "C T"],
    predictions: Float[np.ndarray, "C T"],
) -> Residuals:
    """Compare mean curves with the law, from the streamed moments of the curves.

    With r = mean - E and its standard error s = sqrt(variance / weight): mean over t of (r / s)^2,
    lag-1 autocorrelation of r / s, and mean r^2 / mean (variance + r^2).

    Args:
        weight: specimens of each cluster, (C,).
        mean: their responsibility-weighted mean curves, (C, T), in the unit of the modality.
        variance: responsibility-weighted variances about them, (C, T), in that unit squared.
        predictions: expert curves, (C, T), like `mean`.
    """
    variance = variance + 1e-8 * np.mean(np.square(mean)) + 1e-300  # rounding is no misfit
    left = mean - predictions
    scaled = left * np.sqrt(np.maximum(weight, 1e-6)[:, np.newaxis] / variance)
    square = np.mean(np.square(scaled), axis=1)
    neighbours = np.sum(scaled[:, 1:] * scaled[:, :-1], axis=1)
    correlation = neighbours / np.maximum(np.sum(np.square(scaled), axis=1), 1e-300)
    misfit = np.mean(np.square(left), axis=1)
    return Residuals(square, correlation, misfit / (misfit + variance.mean(axis=1)))
