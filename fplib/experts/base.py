"""Physics decoders: curves E(t; theta_c) of the cluster alone, and their closed forms.

Letters: N specimens, C clusters, T points on a curve, P parameters of an expert.
"""

from __future__ import annotations

import inspect
from typing import Annotated as Float
from typing import Any

import numpy as np
import scipy.optimize
import tensorflow as tf

from fplib.experts.settings import Remembering, place, shown, to_config
from fplib.gaussians import LOG_2PI, DiagonalGaussian, log_density
from fplib.shapes import shaped

CLOSE = 1e-12  # relative gain that ends a numerical fit; a start far away gains little at first
Array = Any  # of NumPy or TensorFlow: a law is written with operators that both understand


class Expert(metaclass=Remembering):
    """A parametric curve E(t; theta). Subclass it to bring your own physics: name the parameters,
    define `predict`.

    `predict` alone is enough: `guess` supplies a start and `least_squares` then fits numerically; a
    closed form is faster and cannot get stuck. Whatever a class is made with (numbers, text, arrays, other experts) is
    remembered: it is compared, shown and saved with a model.
    """

    parameter_names: tuple[str, ...] = ()
    _settings: dict[str, Any] = {}  # noqa: RUF012 - what it was made with, see `Remembering`
    advice = "Try an expert that knows what the machine or the specimen does there."

    def __init__(self) -> None:  # without it, a signature would be anything
        pass

    def predict(self, t: Array, parameters: Array) -> Array:
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

    def bounds(self, t: np.ndarray) -> tuple:
        """Lowest and highest parameters of the numerical fit, (P,) or one number each."""
        return -np.inf, np.inf

    def least_squares(
        self, t: np.ndarray, curves: np.ndarray, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """Parameters that minimise sum_t w_t (curve - E(t; theta))^2 for each of C curves.

        Args:
            t: independent variable, (T,), float64.
            curves: target curves, (C, T), float64.
            weights: positive, (C, T), for noise that varies along the curve; None: all equal. A
                class may leave this argument out (see `fit`).

        Returns:
            Parameters, (C, P).
        """
        return descend(self, t, curves, self.guess(t, curves), weights)

    def to_config(self) -> dict:
        """What `from_config` makes this expert from again; a ValueError for what cannot be saved."""
        return to_config(self)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_settings" in self.__dict__ and not name.startswith("_"):
            raise AttributeError(f"{self!r} is fixed; make another one to change {name!r}.")
        super().__setattr__(name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expert) or place(type(self)) != place(type(other)):
            return False
        return self._settings == other._settings

    def __hash__(self) -> int:
        return hash(type(self).__name__)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={shown(value)}" for name, value in self._settings.items())
        return f"{type(self).__name__}({settings})"


def fit(
    expert: Expert, t: np.ndarray, curves: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """`Expert.least_squares`, then a numerical fit if there are weights and the class takes none."""
    if weights is None:
        return expert.least_squares(t, curves)
    if "weights" in inspect.signature(expert.least_squares).parameters:
        return expert.least_squares(t, curves, weights)
    return descend(expert, t, curves, expert.least_squares(t, curves), weights)


def descend(
    expert: Expert,
    t: np.ndarray,
    curves: np.ndarray,
    starts: np.ndarray,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Trust-region least squares of one curve after another; arguments as in `Expert.least_squares`.

    Args:
        starts: where to begin, (C, P); clipped to `Expert.bounds`.

    Raises:
        ValueError: the curve at a start is not finite.
    """
    low, high = expert.bounds(t)
    roots = np.ones_like(curves) if weights is None else np.sqrt(weights)
    # residuals of order one: where the search stops must not depend on the unit
    size = np.sqrt(np.mean(np.square(roots * curves), axis=1, keepdims=True))
    roots = roots / np.where(size > 0, size, 1.0)

    def residual(theta: np.ndarray, curve: np.ndarray, root: np.ndarray) -> np.ndarray:
        return root * (np.asarray(expert.predict(t, theta[np.newaxis]))[0] - curve)

    found = []
    with np.errstate(all="ignore"):
        for start, *target in zip(np.clip(starts, low, high), curves, roots, strict=True):
            if not np.isfinite(residual(start, *target)).all():
                raise ValueError(
                    f"{expert!r}: the curve at the start of the fit, {start.tolist()}, is not "
                    "finite. Define guess(t, curves) so that it returns a start inside the domain."
                )
            options = {"bounds": (low, high), "x_scale": "jac", "ftol": CLOSE, "gtol": None}
            found.append(scipy.optimize.least_squares(residual, start, args=target, **options).x)
    return np.stack(found)


class Proportional(Expert):
    """E(t) = slope * t, the MNIST expert of the paper (called affine there; it has no intercept)."""

    parameter_names = ("slope",)

    def predict(self, t: Array, parameters: Array) -> Array:
        """Lines through the origin, (C, T)."""
        return parameters[:, 0:1] * t

    def least_squares(
        self, t: np.ndarray, curves: np.ndarray, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """slope = <w t, X> / <w t, t>."""
        if weights is None:
            return (curves @ t / (t @ t))[:, np.newaxis]
        return ((weights * curves) @ t / (weights @ t**2))[:, np.newaxis]


class Affine(Expert):
    """E(t) = intercept + slope * t."""

    parameter_names = ("intercept", "slope")

    def predict(self, t: Array, parameters: Array) -> Array:
        """Lines, (C, T)."""
        return parameters[:, 0:1] + parameters[:, 1:2] * t

    def least_squares(
        self, t: np.ndarray, curves: np.ndarray, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """Ordinary (weighted) least squares for each curve."""
        design = np.stack([np.ones_like(t), t], axis=1)
        if weights is None:
            return np.linalg.lstsq(design, curves.T, rcond=None)[0].T
        roots = np.sqrt(weights)[..., np.newaxis]  # (C, T, 1)
        return (np.linalg.pinv(roots * design) @ (roots * curves[..., np.newaxis]))[..., 0]


@shaped
def log_likelihood(
    curves: Float[tf.Tensor, "N T"],
    predictions: Float[tf.Tensor, "C T"],
    log_variance: Float[tf.Tensor, "C ..."],
) -> Float[tf.Tensor, "N C"]:
    """log p(X|c) of every curve and cluster: Gaussian about the curve of the cluster's expert.

    Args:
        curves: measured curves, (N, T).
        predictions: expert curves, (C, T), same unit.
        log_variance: expert log-variances in that unit squared, (C,), or (C, T) for sigma_ct^2 of
            noise that varies along the curve.

    Returns:
        Log-likelihoods in nats, (N, C).
    """
    if log_variance.shape.rank == 2:
        return log_density(curves[:, tf.newaxis, :], DiagonalGaussian(predictions, log_variance))
    points = tf.cast(tf.shape(curves)[-1], curves.dtype)
    # the difference is formed before squaring: expanding the square would cancel in float32
    squares = tf.reduce_sum(tf.square(curves[:, tf.newaxis, :] - predictions), axis=-1)  # (N, C)
    return -0.5 * (points * (LOG_2PI + log_variance) + squares * tf.exp(-log_variance))


@shaped
def weighted_least_squares(
    expert: Expert,
    t: Float[np.ndarray, "T"],
    responsibilities: Float[np.ndarray, "N C"],
    curves: Float[np.ndarray, "N T"],
) -> Float[np.ndarray, "C P"]:
    """Parameters of least squares weighted by the responsibilities, the paper's closed form for the
    experts.

    The weights are the same for all points of a curve, so fitting the responsibility-weighted mean
    curve is the same problem, and needs only the streamed moments.

    Args:
        expert: the parametric curve.
        t: independent variable, (T,).
        responsibilities: gamma, (N, C), each column with a positive sum.
        curves: measured curves, (N, T), in the unit of the modality.

    Returns:
        Parameters, (C, P), in the order of `parameter_names`.
    """
    weights = np.asarray(responsibilities, np.float64)
    means = weights.T @ np.asarray(curves, np.float64) / weights.sum(axis=0)[:, np.newaxis]
    return expert.least_squares(np.asarray(t, np.float64), means)


@shaped
def noise_variance(
    mean: Float[np.ndarray, "C T"],
    variance: Float[np.ndarray, "C T"],
    predictions: Float[np.ndarray, "C T"],
    per_point: bool = False,
) -> Float[np.ndarray, "C ..."]:
    """Closed-form minimiser for the expert variance from the streamed moments of the curves.

    The weighted mean square of what an expert misses, averaged over the points of the curve; where
    the noise may vary along the curve, it is not averaged.

    Args:
        mean: responsibility-weighted mean curves, (C, T), in the unit of the modality.
        variance: responsibility-weighted variances about them, (C, T), in that unit squared.
        predictions: expert curves, (C, T), like `mean`.
        per_point: whether each point has a variance of its own.

    Returns:
        Variances, (C,) or (C, T), like `variance`.
    """
    each = variance + np.square(mean - predictions)
    return each if per_point else np.mean(each, axis=-1)


def above(variance: np.ndarray, least: float) -> np.ndarray:
    """Variances, (C,) or (C, T), kept above `least`: a cluster of one specimen would have none.

    Where there is one a point, none is below 1e-4 of its curve's mean: a point at which all curves
    agree (the origin) would outweigh the others without limit.
    """
    if variance.ndim == 2:
        variance = np.maximum(variance, 1e-4 * variance.mean(axis=1, keepdims=True))
    return np.maximum(variance, least)


@shaped
def mixture_moments(
    responsibilities: Float[tf.Tensor, "N C"],
    predictions: Float[tf.Tensor, "C T"],
    log_variance: Float[tf.Tensor, "C ..."],
) -> tuple[Float[tf.Tensor, "N T"], Float[tf.Tensor, "N T"]]:
    """Predictive mean and variance of a mixture of experts, equations (12) and (13) of the paper.

    The variance is the printed difference of squares rearranged so that it cannot come out
    negative: noise within the clusters plus spread between them.

    Args:
        responsibilities: gamma, (N, C).
        predictions: expert curves, (C, T), in the unit of the modality.
        log_variance: expert log-variances, (C,) or (C, T), of that unit squared.

    Returns:
        Mean and variance, each (N, T), in that unit and that unit squared.

    Reference: Jordan and Jacobs, "Hierarchical mixtures of experts and the EM algorithm", Neural
    Computation 1994.
    """
    mean = tf.matmul(responsibilities, predictions)  # (N, T)
    noise = tf.exp(log_variance if log_variance.shape.rank == 2 else log_variance[:, tf.newaxis])
    within = tf.matmul(responsibilities, noise)  # (N, 1) or (N, T)
    between = tf.square(predictions - mean[:, tf.newaxis, :])  # (N, C, T)
    return mean, within + tf.reduce_sum(responsibilities[:, :, tf.newaxis] * between, axis=1)
