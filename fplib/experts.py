"""Physics decoders: curves E(t; theta_c) that depend on the cluster alone, and everything in closed
form about them.

Letters: N specimens, C clusters, T points on a curve, P parameters of an expert.
"""

from __future__ import annotations

import importlib
import itertools

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


class LinearHardening(Expert):
    """Elastic line up to a yield point, then linear hardening: the lattice expert of the paper.

    E(t) = (s / e) t for t < e and s + h (t - e) beyond, with yield strain e, yield stress s and
    hardening modulus h; the elastic modulus is s / e.

    Reference: Jones, "Deformation theory of plasticity", 2009.
    """

    parameter_names = ("yield_strain", "yield_stress", "hardening_modulus")

    def predict(self, t, parameters):
        """Two-piece linear curves, continuous at the knee, (C, T)."""
        strain, stress, hardening = parameters[:, 0:1], parameters[:, 1:2], parameters[:, 2:3]
        if isinstance(strain, np.ndarray):
            below, above = np.minimum(t, strain), np.maximum(t - strain, 0.0)
        else:
            below, above = tf.minimum(t, strain), tf.nn.relu(t - strain)
        return stress / strain * below + hardening * above

    def least_squares(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """The exact minimum over yield strains from the first positive point to the last but one.

        While the knee moves between two neighbouring points of t, the points on either side of it
        stay the same, so the best fit there is a line through the origin at the left and a free
        line at the right, provided that they cross between the two points. Otherwise the best knee
        is one of the points, where the moduli solve 2 x 2 normal equations.
        """
        knees = t[(t > 0) & (t < t[-1])]
        misfit, fits = np.full(len(curves), np.inf), np.zeros((len(curves), 3))

        def consider(knee, elastic, hardening, allowed) -> None:
            fit = np.stack([knee, elastic * knee, hardening], axis=1)  # (C, 3)
            fit[~allowed] = 1.0
            new = np.where(allowed, np.sum((self.predict(t, fit) - curves) ** 2, axis=1), np.inf)
            fits[new < misfit] = fit[new < misfit]
            np.minimum(misfit, new, out=misfit)

        for knee in knees:
            design = np.stack([np.minimum(t, knee), np.maximum(t - knee, 0.0)], axis=1)
            elastic, hardening = np.linalg.lstsq(design, curves.T, rcond=None)[0]
            consider(np.full(len(curves), knee), elastic, hardening, np.full(len(curves), True))
        for low, high in itertools.pairwise(knees):
            left = t <= low
            elastic = curves[:, left] @ t[left] / (t[left] @ t[left])
            design = np.stack([np.ones(np.sum(~left)), t[~left]], axis=1)
            offset, hardening = np.linalg.lstsq(design, curves[:, ~left].T, rcond=None)[0]
            bend = elastic - hardening
            knee = np.divide(offset, bend, out=np.zeros_like(bend), where=bend != 0)
            consider(knee, elastic, hardening, (low < knee) & (knee < high))
        return fits


_EXPERTS: dict[str, type[Expert]] = {}
# experts of the library in files of their own, which register themselves when they are imported
_ELSEWHERE = {
    "ScaledHardening": "fplib.compression",
    "RoundedHardening": "fplib.compression",
    "Standardised": "fplib.scatter",
}


def register(expert: type[Expert]) -> type[Expert]:
    """Make an `Expert` subclass loadable by name, so that a saved model that uses it can be opened again."""
    if not expert.parameter_names:
        raise ValueError(
            f"{expert.__name__}.parameter_names is empty; name at least one parameter."
        )
    _EXPERTS[expert.__name__] = expert
    return expert


for _expert in (Proportional, Affine, LinearHardening):
    register(_expert)


def from_config(config: dict) -> Expert:
    """Rebuild an expert from `Expert.to_config()`.

    Raises:
        ValueError: the name is not registered.
    """
    settings = dict(config)
    name = settings.pop("name")
    if name in _ELSEWHERE:
        importlib.import_module(_ELSEWHERE[name])
    if name not in _EXPERTS:
        raise ValueError(
            f"Unknown expert {name!r}; known: {', '.join(sorted(_EXPERTS))}. Decorate your class with "
            "fplib.experts.register before loading a model that uses it."
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
