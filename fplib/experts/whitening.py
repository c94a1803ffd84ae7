"""Curves in units of how specimens scatter, so that a likelihood with independent points is fair.

Two prints of one kind differ in stiffness, and that moves all points of a curve together. Counted
as independent, a hundred points repeat one observation a hundred times. Here the expected
covariance of whole curves is taken out first: what remains has variances of about one.

Letters: N specimens, C clusters, T points on a curve, P parameters, K directions of scatter.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from fplib.checks import positive
from fplib.experts.base import Array, Expert


class Standardised(Expert):
    """An expert for curves of covariance Sigma = R R^T + s^2 I, seen as Sigma^(-1/2) (X - centre).

    Parameters keep their meaning; only the distance between curves changes. With R spanned by the
    derivatives of the law, generalised least squares has the solution of ordinary least squares
    (to first order), so the fit is the law's own.

    Args:
        law: the expert for plain curves.
        centre: curve that becomes zero, (T,), unit of the plain curves.
        directions: R, one column a direction in which curves scatter, (T, K), same unit.
        noise: s, standard deviation of what is independent from point to point, same unit.

    Raises:
        ValueError: shapes do not fit together, or the noise is not positive.

    Reference: Zyskind, "On canonical forms, non-negative covariance matrices and best and simple
    least squares linear estimators in linear models", Annals of Mathematical Statistics 1967.
    """

    def __init__(self, law: Expert, centre: ArrayLike, directions: ArrayLike, noise: float) -> None:
        self.law, self.parameter_names, self.advice = law, law.parameter_names, law.advice
        self.centre = np.asarray(centre, np.float64)
        self.directions = np.asarray(directions, np.float64)
        self.noise = positive("noise", noise)
        if self.centre.ndim != 1 or self.directions.shape[:1] != self.centre.shape:
            raise ValueError(
                "centre, directions: expected shapes (T,) and (T, K), received "
                f"{self.centre.shape} and {self.directions.shape}."
            )
        basis, size, _ = np.linalg.svd(self.directions, full_matrices=False)  # (T, K), (K,)
        wide = np.sqrt(np.square(size) + self.noise**2)  # standard deviations along the basis
        identity = np.eye(len(self.centre))
        self._whitener = (identity + basis * (self.noise / wide - 1) @ basis.T) / self.noise
        self._root = (identity + basis * (wide / self.noise - 1) @ basis.T) * self.noise

    def standardise(self, curves: Array) -> Array:
        """Plain curves in units of scatter, (..., T) -> (..., T)."""
        if isinstance(curves, tf.Tensor):
            matrix = tf.constant(self._whitener, curves.dtype)
            return tf.matmul(curves - tf.constant(self.centre, curves.dtype), matrix)
        return (np.asarray(curves, np.float64) - self.centre) @ self._whitener

    def restore(self, curves: np.ndarray) -> np.ndarray:
        """The plain curves behind standardised ones, (..., T) -> (..., T)."""
        return np.asarray(curves, np.float64) @ self._root + self.centre

    def covariance(self) -> np.ndarray:
        """Sigma, (T, T), squared unit of the plain curves."""
        return self._root @ self._root

    def predict(self, t: Array, parameters: Array) -> Array:
        """Curves of the law in units of scatter, (C, T)."""
        return self.standardise(self.law.predict(t, parameters))

    def guess(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """The law's own start."""
        return self.law.guess(t, self.restore(curves))

    def least_squares(  # type: ignore[override]  # without weights, which `fit` minds
        self, t: np.ndarray, curves: np.ndarray
    ) -> np.ndarray:
        """The law's own fit to the plain curves."""
        return self.law.least_squares(t, self.restore(curves))


def parameter_directions(
    law: Expert, t: np.ndarray, parameters: np.ndarray, relative: np.ndarray
) -> np.ndarray:
    """How a curve moves when each parameter moves by a given share of its size.

    Args:
        law: the parametric curve.
        t: independent variable, (T,).
        parameters: where, (P,).
        relative: standard deviation of each parameter from specimen to specimen as a share of the
            parameter, (P,).

    Returns:
        One column a parameter, (T, P), in the unit of the curves: R of `Standardised`.

    Raises:
        ValueError: `relative` does not fit the parameters.
    """
    theta, relative = np.asarray(parameters, np.float64), np.asarray(relative, np.float64)
    if theta.shape != (len(law.parameter_names),) or relative.shape != theta.shape:
        raise ValueError(
            f"parameters, relative: expected shape ({len(law.parameter_names)},) each, received "
            f"{theta.shape} and {relative.shape}."
        )
    step = 1e-4 * np.diag(theta)
    moved = [np.asarray(law.predict(np.asarray(t), theta + s * step)) for s in (1, -1)]
    return (moved[0] - moved[1]).T / 2e-4 * relative


def effective_points(curves: np.ndarray) -> float:
    """How many independent points a curve is worth: (sum lambda)^2 / sum lambda^2 of the covariance.

    Args:
        curves: deviations from their expert, (N, T).

    Returns:
        Between 1 (all points move together) and T (none do).
    """
    values = np.square(np.linalg.svd(np.asarray(curves, np.float64), compute_uv=False))
    return float(values.sum() ** 2 / np.square(values).sum())
