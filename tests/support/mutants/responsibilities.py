"""Wrong responsibilities."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from fplib import mixture
from fplib.gaussians import DiagonalGaussian, log_density

from .common import axes

MUTANTS: dict[str, dict[str, Callable]] = {}

_right = mixture.log_responsibilities


def logits(z, m):
    """log pi_c + log N(z; mu_c, sigma_c^2), (N, C)."""
    return m.log_weights + log_density(z[:, tf.newaxis], m.components)


def normalised(x, epsilon=0.0):
    """Logarithm of positive numbers that are scaled to sum to one once epsilon is added."""
    x = x + epsilon
    return tf.math.log(x / tf.reduce_sum(x, axis=1, keepdims=True))


def reweighted(z, m, log_weights):
    """The right formula for other weights."""
    return _right(z, m._replace(log_weights=log_weights))


def half_log_variance(m):
    """1/2 log sigma_c^2, summed over the axes, (C,)."""
    return axes(m.log_variances) / 2


def weight_inside_sum_over_axes(z, m):
    """log pi_c counts once for each latent axis; then exponentials with a floor."""
    return normalised(tf.exp(logits(z, m) + (z.shape[1] - 1) * m.log_weights), 1e-10)


def half_and_softmax(z, m):
    """The log-variance lacks its 1/2, and the softmax is of the weights, not their logarithms."""
    softmax = tf.nn.log_softmax(tf.exp(m.log_weights))
    return tf.nn.log_softmax(logits(z, m) - m.log_weights + softmax - half_log_variance(m))


def product_of_exponentials(z, m):
    """In float64, one factor an axis; the floor comes after the weights."""
    each = DiagonalGaussian(m.means[..., tf.newaxis], m.log_variances[..., tf.newaxis])
    factors = tf.exp(tf.cast(log_density(z[:, tf.newaxis, :, tf.newaxis], each), tf.float64))
    joint = tf.exp(tf.cast(m.log_weights, tf.float64)) * tf.reduce_prod(factors, axis=-1)
    return tf.cast(normalised(joint, 1e-10), z.dtype)


MUTANTS["log_responsibilities"] = {
    "log pi inside the sum over axes": weight_inside_sum_over_axes,
    "log-variance without its half and softmax of the weights": half_and_softmax,
    "product of exponentials with a floor": product_of_exponentials,
    "exponentials with a floor": lambda z, m: normalised(tf.exp(logits(z, m)), 1e-10),
    "exponentials without a floor": lambda z, m: normalised(tf.exp(logits(z, m))),
    "log-variance without its half": lambda z, m: tf.nn.log_softmax(
        logits(z, m) - half_log_variance(m)
    ),
    "without the log-variance": lambda z, m: tf.nn.log_softmax(logits(z, m) + half_log_variance(m)),
    "softmax of the weights": lambda z, m: reweighted(
        z, m, tf.nn.log_softmax(tf.exp(m.log_weights))
    ),
    "without the weights": lambda z, m: reweighted(z, m, 0 * m.log_weights),
    "variance read as standard deviation": lambda z, m: _right(
        z, m._replace(log_variances=2 * m.log_variances)
    ),
    "normalised over specimens": lambda z, m: tf.nn.log_softmax(logits(z, m), axis=0),
    "not normalised": logits,
    "averaged over the axes": lambda z, m: tf.nn.log_softmax(
        m.log_weights + (logits(z, m) - m.log_weights) / z.shape[1]
    ),
    "no derivative": lambda z, m: tf.stop_gradient(_right(z, m)),
}

_best = mixture.mean_field_log_responsibilities
_cluster = mixture.expected_log_cluster_densities


def mean_field_mutant(change: Callable) -> Callable:
    """A wrong q*(c|X) from (posterior, mixture, log p(X|c)); zeros stand for no expert."""

    def mutant(q, m, likelihood=None):
        return change(q, m, tf.zeros_like(_right(q.mean, m)) if likelihood is None else likelihood)

    return mutant


MUTANTS["mean_field_log_responsibilities"] = {
    name: mean_field_mutant(change)
    for name, change in {
        "the paper's p(c|Z) at the mean": lambda q, m, x: _right(q.mean, m),
        "without the experts": lambda q, m, x: _best(q, m),
        "experts of opposite sign": lambda q, m, x: _best(q, m, -x),
        "without the posterior variance": lambda q, m, x: tf.nn.log_softmax(logits(q.mean, m) + x),
        "without the weights": lambda q, m, x: _best(
            q, m._replace(log_weights=0 * m.log_weights), x
        ),
        "weights counted twice": lambda q, m, x: _best(
            q, m._replace(log_weights=2 * m.log_weights), x
        ),
        "only the experts": lambda q, m, x: tf.nn.log_softmax(m.log_weights + x),
        "normalised over specimens": lambda q, m, x: tf.nn.log_softmax(_best(q, m, x), axis=0),
        "tempered": lambda q, m, x: tf.nn.log_softmax(_best(q, m, x) / 2),
        "no derivative": lambda q, m, x: tf.stop_gradient(_best(q, m, x)),
    }.items()
}
MUTANTS["expected_log_cluster_densities"] = {
    "density at the mean": lambda q, m: log_density(q.mean[:, tf.newaxis], m.components),
    "no derivative": lambda q, m: tf.stop_gradient(_cluster(q, m)),
    "with the weights": lambda q, m: _cluster(q, m) + m.log_weights,
}
