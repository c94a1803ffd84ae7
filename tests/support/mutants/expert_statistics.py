"""Wrong weighted fits, likelihoods and mixture moments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from fplib import experts
from fplib.gaussians import LOG_2PI

from .common import axes

MUTANTS: dict[str, dict[str, Callable]] = {}

_fit = experts.weighted_least_squares

MUTANTS["weighted_least_squares"] = {
    "weights ignored": lambda e, t, g, x: _fit(e, t, np.ones_like(g), x),
    "weights squared": lambda e, t, g, x: _fit(e, t, np.square(g), x),
    "most likely cluster only": lambda e, t, g, x: _fit(e, t, np.eye(g.shape[1])[g.argmax(1)], x),
    "divided by the number of specimens": lambda e, t, g, x: e.least_squares(
        np.asarray(t, np.float64), np.asarray(g, np.float64).T @ x / len(x)
    ),
    "weights of the next cluster": lambda e, t, g, x: _fit(e, t, np.roll(g, 1, axis=1), x),
}
_noise = experts.noise_variance
MUTANTS["noise_variance"] = {
    "without the squared bias": lambda mean, var, e, each=False: _noise(mean, var, mean, each),
    "without the spread": lambda mean, var, e, each=False: _noise(mean, 0 * var, e, each),
    "summed over the points": lambda mean, var, e, each=False: (
        _noise(mean, var, e, each) * mean.shape[1]
    ),
    "standard deviation": lambda mean, var, e, each=False: np.sqrt(_noise(mean, var, e, each)),
    "square of the mean bias": lambda mean, var, e, each=False: (
        _noise(mean, var, mean, each)
        + np.mean(mean - e, axis=-1, keepdims=each) ** 2 * np.ones((1, 6) if each else 1)
    ),
    "one degree of freedom less": lambda mean, var, e, each=False: (
        _noise(mean, var, e, each) * mean.shape[1] / (mean.shape[1] - 1)
    ),
    "averaged at each point as well": lambda mean, var, e, each=False: (
        np.repeat(_noise(mean, var, e)[:, np.newaxis], mean.shape[1], axis=1)
        if each
        else _noise(mean, var, e)
    ),
    "pooled over the clusters": lambda mean, var, e, each=False: (
        _noise(mean, var, e, each) * 0 + _noise(mean, var, e, each).mean(axis=0)
    ),
}
_likelihood = experts.log_likelihood


def expanded_squares(x, e, s):
    """||X - E||^2 as X^2 - 2 X E + E^2, which cancels in float32."""
    if s.shape.rank == 2:
        return _likelihood(x, e, s)
    squares = axes(x**2)[:, tf.newaxis] - 2 * tf.matmul(x, e, transpose_b=True) + axes(e**2)
    return -0.5 * (x.shape[1] * (LOG_2PI + s) + squares * tf.exp(-s))


def curve_variance(s):
    """Log of the mean variance of the points of each curve, (C,)."""
    return s if s.shape.rank == 1 else tf.reduce_logsumexp(s, axis=1) - np.log(s.shape[1])


def total(x, s):
    """Sum of the log-variances over the points, (C,)."""
    return x.shape[1] * s if s.shape.rank == 1 else axes(s)


MUTANTS["log_likelihood"] = {
    "without T log sigma^2": lambda x, e, s: _likelihood(x, e, s) + total(x, s) / 2,
    "log sigma^2 once for all points": lambda x, e, s: (
        _likelihood(x, e, s) + total(x, s) * (1 - 1 / x.shape[1]) / 2
    ),
    "variance read as standard deviation": lambda x, e, s: _likelihood(x, e, 2 * s),
    "standard deviation for variance": lambda x, e, s: _likelihood(x, e, s / 2),
    "without log 2 pi": lambda x, e, s: _likelihood(x, e, s) + LOG_2PI / 2 * x.shape[1],
    "without the half": lambda x, e, s: 2 * _likelihood(x, e, s),
    "unit variance": lambda x, e, s: _likelihood(x, e, 0 * s),
    "expanded squares": expanded_squares,
    "mean variance of the points": lambda x, e, s: _likelihood(x, e, curve_variance(s)),
    "deviations of the points reversed": lambda x, e, s: _likelihood(
        x, e, s if s.shape.rank == 1 else s[:, ::-1]
    ),
}
_moments = experts.mixture_moments


def printed_difference(g, e, s):
    """The variance as a difference of squares."""
    mean, _ = _moments(g, e, s)
    return mean, tf.matmul(g, e**2 + noise(s)) - mean**2


def noise(s):
    """Variances of the curves, (C, 1) or (C, T)."""
    return tf.exp(s if s.shape.rank == 2 else s[:, tf.newaxis])


def altered_variance(change: Callable) -> Callable:
    """The right mean with a changed variance."""

    def altered(g, e, s):
        mean, variance = _moments(g, e, s)
        return mean, change(variance, mean, g, e, s)

    return altered


MUTANTS["mixture_moments"] = {
    "difference of squares": printed_difference,
    "without the squared mean": altered_variance(lambda v, mean, *_: v + mean**2),
    "without the noise": altered_variance(lambda v, mean, g, e, s: v - tf.matmul(g, noise(s))),
    "only the noise": altered_variance(lambda v, mean, g, e, s: 0 * v + tf.matmul(g, noise(s))),
    "mean noise of the points": lambda g, e, s: _moments(g, e, curve_variance(s)),
    "standard deviation": altered_variance(lambda v, *_: tf.sqrt(v)),
    "variance read as standard deviation": lambda g, e, s: _moments(g, e, 2 * s),
    "weights squared in the variance": altered_variance(
        lambda v, mean, g, e, s: _moments(g**2, e, s)[1]
    ),
    "curve of the most likely cluster": lambda g, e, s: (
        tf.gather(e, tf.argmax(g, axis=1)),
        _moments(g, e, s)[1],
    ),
}
