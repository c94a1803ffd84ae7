"""Physics decoders: curves E(t; theta_c) that depend on the cluster alone, and everything in closed
form about them.

Letters: N specimens, C clusters, T points on a curve, P parameters of an expert.
"""

from __future__ import annotations

import numpy as np
import scipy.optimize
import tensorflow as tf

from fplib.gaussians import LOG_2PI


class Expert:
    """A parametric curve E(t; theta). Subclass it, name the parameters, and define `predict` to
    bring your own physics.

    `predict` alone is enough: `guess` supplies a start and `least_squares` then fits numerically. A
    closed form is faster and cannot get stuck, so the experts of this module override
    `least_squares`.
    """

    parameter_names: tuple[str, ...] = ()

    def predict(self, t, parameters):
        """Evaluate the curve of every cluster.

        Args:
            t: independent variable, (T,).
            parameters: one row a cluster, (C, P), in the order of `parameter_names`.

        Returns:
            Curves, (C, T), in the unit of the modality.
        """
        raise NotImplementedError(f"{type(self).__name__} must define predict(t, parameters).")

    def guess(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """A rough start for the numerical fit of each curve, (C, T) -> (C, P); ones unless overridden."""
        return np.ones((len(curves), len(self.parameter_names)))

    def least_squares(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """Parameters that minimise ||curve - E(t; theta)||^2 for each of C curves.

        Args:
            t: independent variable, (T,), float64.
            curves: target curves, (C, T), float64.

        Returns:
            Parameters, (C, P).
        """

        def residual(theta: np.ndarray, curve: np.ndarray) -> np.ndarray:
            return np.asarray(self.predict(t, theta[np.newaxis]))[0] - curve

        starts = self.guess(t, curves)
        return np.stack(
            [
                scipy.optimize.least_squares(residual, s, args=(c,)).x
                for s, c in zip(starts, curves, strict=True)
            ]
        )

    def to_config(self) -> dict:
        """Name and settings from which `from_config` rebuilds this expert."""
        return {"name": type(self).__name__}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expert) and self.to_config() == other.to_config()

    def __hash__(self) -> int:
        return hash(type(self).__name__)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Proportional(Expert):
    """E(t) = slope * t, the MNIST expert of the paper (called affine there; it has no intercept)."""

    parameter_names = ("slope",)

    def predict(self, t, parameters):
        """Lines through the origin, (C, T)."""
        return parameters[:, 0:1] * t

    def least_squares(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """slope = <t, X> / <t, t>."""
        return (curves @ t / (t @ t))[:, np.newaxis]


class Affine(Expert):
    """E(t) = intercept + slope * t."""

    parameter_names = ("intercept", "slope")

    def predict(self, t, parameters):
        """Lines, (C, T)."""
        return parameters[:, 0:1] + parameters[:, 1:2] * t

    def least_squares(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """Ordinary least squares for each curve."""
        design = np.stack([np.ones_like(t), t], axis=1)
        return np.linalg.lstsq(design, curves.T, rcond=None)[0].T


_EXPERTS: dict[str, type[Expert]] = {}


def register(expert: type[Expert]) -> type[Expert]:
    """Make an `Expert` subclass loadable by name, so that a saved model that uses it can be opened again."""
    if not expert.parameter_names:
        raise ValueError(
            f"{expert.__name__}.parameter_names is empty; name at least one parameter."
        )
    _EXPERTS[expert.__name__] = expert
    return expert


for _expert in (Proportional, Affine):
    register(_expert)


def from_config(config: dict) -> Expert:
    """Rebuild an expert from `Expert.to_config()`.

    Raises:
        ValueError: the name is not registered.
    """
    settings = dict(config)
    name = settings.pop("name")
    if name not in _EXPERTS:
        raise ValueError(
            f"Unknown expert {name!r}; known: {', '.join(sorted(_EXPERTS))}. Decorate your class with "
            "fplib.experts.base.register before loading a model that uses it."
        )
    return _EXPERTS[name](**settings)


def log_likelihood(curves: tf.Tensor, predictions: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """log p(X|c) = log N(X; E(t; theta_c), sigma_c^2 I) of every curve and cluster.

    Args:
        curves: measured curves, (N, T).
        predictions: expert curves, (C, T), same unit.
        log_variance: expert log-variances, (C,), in that unit squared.

    Returns:
        Log-likelihoods in nats, (N, C).
    """
    points = tf.cast(tf.shape(curves)[-1], curves.dtype)
    # the difference is formed before squaring: expanding the square would cancel in float32
    squares = tf.reduce_sum(tf.square(curves[:, tf.newaxis, :] - predictions), axis=-1)  # (N, C)
    return -0.5 * (points * (LOG_2PI + log_variance) + squares * tf.exp(-log_variance))


def weighted_least_squares(
    expert: Expert, t: np.ndarray, responsibilities: np.ndarray, curves: np.ndarray
) -> np.ndarray:
    """theta_c = argmin sum_d gamma_cd ||X_d - E(t; theta)||^2, the paper's closed form for the
    experts.

    The weights are the same for all points of a curve, so the sum equals W_c ||mean_c - E||^2 plus
    a constant: fitting the responsibility-weighted mean curve is the same problem, and needs only
    the streamed moments.

    Args:
        expert: the parametric curve.
        t: independent variable, (T,).
        responsibilities: gamma, (N, C), each column with a positive sum.
        curves: measured curves, (N, T).

    Returns:
        Parameters, (C, P).
    """
    weights = np.asarray(responsibilities, np.float64)
    means = weights.T @ np.asarray(curves, np.float64) / weights.sum(axis=0)[:, np.newaxis]
    return expert.least_squares(np.asarray(t, np.float64), means)


def noise_variance(mean: np.ndarray, variance: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Closed-form minimiser for the expert variance from the streamed moments of the curves.

    sigma_c^2 = sum_d gamma_cd ||X_d - E_c||^2 / (T sum_d gamma_cd) = average over t of [variance +
    (mean - E_c)^2].

    Args:
        mean: responsibility-weighted mean curves, (C, T).
        variance: responsibility-weighted variances about them, (C, T).
        predictions: expert curves, (C, T).

    Returns:
        Variances, (C,), in the unit of the modality squared.
    """
    return np.mean(variance + np.square(mean - predictions), axis=-1)


def mixture_moments(
    responsibilities: tf.Tensor, predictions: tf.Tensor, log_variance: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Predictive mean and variance of a mixture of experts, equations (12) and (13) of the paper.

    E[X] = sum_c gamma_c E_c and Var[X] = sum_c gamma_c [sigma_c^2 + (E_c - E[X])^2]; the second is
    the printed difference of squares rearranged so that it cannot come out negative.

    Args:
        responsibilities: gamma, (N, C).
        predictions: expert curves, (C, T).
        log_variance: expert log-variances, (C,).

    Returns:
        Mean and variance, each (N, T).

    Reference: Jordan and Jacobs, "Hierarchical mixtures of experts and the EM algorithm", Neural
    Computation 1994.
    """
    mean = tf.matmul(responsibilities, predictions)  # (N, T)
    within = tf.matmul(responsibilities, tf.exp(log_variance)[:, tf.newaxis])  # (N, 1)
    between = tf.square(predictions - mean[:, tf.newaxis, :])  # (N, C, T)
    return mean, within + tf.reduce_sum(responsibilities[:, :, tf.newaxis] * between, axis=1)
