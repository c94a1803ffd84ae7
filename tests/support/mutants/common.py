"""Small helpers of the wrong formulas."""

from __future__ import annotations

import tensorflow as tf

from fplib.gaussians import DiagonalGaussian


def read_as(gaussian: DiagonalGaussian, factor: float) -> DiagonalGaussian:
    """The Gaussian seen by who multiplies log-variances by a factor, 2 or 1/2, by mistake."""
    return DiagonalGaussian(gaussian.mean, factor * gaussian.log_variance)


def frozen(nest):
    """The same tensors without their derivative."""
    return tf.nest.map_structure(tf.stop_gradient, nest)


def axes(x: tf.Tensor) -> tf.Tensor:
    """Sum over the last axis."""
    return tf.reduce_sum(x, axis=-1)
