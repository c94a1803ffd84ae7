"""Wrong products of experts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from fplib import gaussians
from fplib.gaussians import DiagonalGaussian

from .common import read_as

MUTANTS: dict[str, dict[str, Callable]] = {}


def epsilon_twice(given, epsilon=1e-8):
    """Added to each variance and again to each precision's inverse."""
    variances = [tf.exp(e.log_variance) + epsilon for e in given]
    precisions = [1 / (v + epsilon) for v in variances]
    total = tf.add_n(precisions)
    mean = tf.add_n([e.mean * p for e, p in zip(given, precisions, strict=True)]) / total
    return DiagonalGaussian(mean, tf.math.log(1 / total + epsilon))


def epsilon_once(given, epsilon=1e-8):
    """Added to each variance."""
    precisions = [1 / (tf.exp(e.log_variance) + epsilon) for e in given]
    total = tf.add_n(precisions)
    mean = tf.add_n([e.mean * p for e, p in zip(given, precisions, strict=True)]) / total
    return DiagonalGaussian(mean, -tf.math.log(total))


def weights_by_exponentials(given):
    """A log-variance by log-sum-exp, but weights that overflow."""
    precisions = [tf.exp(-e.log_variance) for e in given]
    mean = tf.add_n([e.mean * p for e, p in zip(given, precisions, strict=True)]) / tf.add_n(
        precisions
    )
    return DiagonalGaussian(mean, gaussians.product_of_experts(given).log_variance)


def with_prior_expert(given):
    """A standard normal expert besides the modalities."""
    zero = tf.zeros_like(given[0].mean)
    return gaussians.product_of_experts([*given, DiagonalGaussian(zero, zero)])


def altered_product(change: Callable) -> Callable:
    """The right product with its experts or its result changed."""
    return lambda given: change(given, gaussians.product_of_experts(given))


MUTANTS["product_of_experts"] = {
    "epsilon added twice": epsilon_twice,
    "epsilon added once": epsilon_once,
    "weights by exponentials": weights_by_exponentials,
    "with a prior expert": with_prior_expert,
    "standard deviation for variance": lambda given: read_as(
        gaussians.product_of_experts([read_as(e, 0.5) for e in given]), 2.0
    ),
    "log-precision for log-variance": altered_product(lambda _, q: read_as(q, -1.0)),
    "mean without weights": altered_product(
        lambda given, q: q._replace(mean=tf.add_n([e.mean for e in given]) / len(given))
    ),
    "average for sum of precisions": altered_product(
        lambda given, q: q._replace(log_variance=q.log_variance + np.log(len(given)))
    ),
}
