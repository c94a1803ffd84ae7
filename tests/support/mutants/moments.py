"""Wrong streamed moments and maximisers."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from fplib import mixture
from fplib.mixture import GaussianMixture, Moments

MUTANTS: dict[str, dict[str, Callable]] = {}


class NoBetweenVariance(Moments):
    """Merging forgets that the two means differ."""

    def merge(self, other):
        right = Moments.merge(self, other)
        share = tf.math.divide_no_nan(other.weight, right.weight)[:, tf.newaxis]
        return type(self)(*right[:2], (1 - share) * self.variance + share * other.variance)


class EqualBatches(Moments):
    """Merging gives the new batch the weight of all earlier ones together."""

    def merge(self, other):
        empty = tf.reduce_sum(self.weight) == 0
        mean, variance = (
            tf.where(empty, b, (a + b) / 2) for a, b in zip(self[1:], other[1:], strict=True)
        )
        return type(self)(self.weight + other.weight, mean, variance)


class LastBatch(Moments):
    """Merging keeps the latest mean."""

    def merge(self, other):
        return type(self)(self.weight + other.weight, *other[1:])


class DifferenceOfSquares(Moments):
    """The variance is a mean square less the square of a mean."""

    @classmethod
    def of(cls, responsibilities, values, variances=None):
        right = Moments.of(responsibilities, values, variances)
        share = tf.math.divide_no_nan(responsibilities, right.weight)
        square = values**2 if variances is None else values**2 + variances
        return cls(*right[:2], tf.matmul(share, square, transpose_a=True) - right.mean**2)


class NoPosteriorVariance(Moments):
    """The extra variance of each value is forgotten."""

    @classmethod
    def of(cls, responsibilities, values, variances=None):
        return cls(*Moments.of(responsibilities, values))


class Unweighted(Moments):
    """Every cluster takes every specimen in full."""

    @classmethod
    def of(cls, responsibilities, values, variances=None):
        right = Moments.of(tf.ones_like(responsibilities), values, variances)
        return cls(tf.reduce_sum(responsibilities, axis=0), *right[1:])


class WeightsSquared(Moments):
    """Responsibilities enter twice."""

    @classmethod
    def of(cls, responsibilities, values, variances=None):
        right = Moments.of(responsibilities**2, values, variances)
        return cls(tf.reduce_sum(responsibilities, axis=0), *right[1:])


class NaNWhenUnused(Moments):
    """A cluster without specimens divides by zero."""

    @classmethod
    def of(cls, responsibilities, values, variances=None):
        right = Moments.of(responsibilities, values, variances)
        return cls(
            right.weight, *(a * (right.weight / right.weight)[:, tf.newaxis] for a in right[1:])
        )


MUTANTS["Moments"] = {
    kind.__doc__.rstrip("."): kind
    for kind in (
        NoBetweenVariance,
        EqualBatches,
        LastBatch,
        DifferenceOfSquares,
        NoPosteriorVariance,
        Unweighted,
        WeightsSquared,
        NaNWhenUnused,
    )
}


def altered_maximiser(change: Callable) -> Callable:
    """The right maximiser with some parameters changed."""

    def altered(moments: Moments, previous: GaussianMixture) -> GaussianMixture:
        right = mixture.maximise(moments, previous)
        return right._replace(**change(right, moments, previous))

    return altered


MUTANTS["maximise"] = {
    "weights from sums, not logarithms": altered_maximiser(
        lambda m, moments, old: {
            "log_weights": tf.nn.log_softmax(
                tf.cast(moments.weight / tf.reduce_sum(moments.weight), old.means.dtype)
            )
        }
    ),
    "weights not normalised": altered_maximiser(
        lambda m, moments, old: {
            "log_weights": tf.cast(tf.math.log(moments.weight + 1e-30), old.means.dtype)
        }
    ),
    "uniform weights": altered_maximiser(
        lambda m, *_: {"log_weights": tf.nn.log_softmax(0 * m.log_weights)}
    ),
    "half a step to the new centres": altered_maximiser(
        lambda m, _, old: {"means": (m.means + old.means) / 2}
    ),
    "standard deviation for variance": altered_maximiser(
        lambda m, *_: {"log_variances": m.log_variances / 2}
    ),
    "widths shared by the clusters": altered_maximiser(
        lambda m, *_: {
            "log_variances": 0 * m.log_variances + tf.reduce_mean(m.log_variances, axis=0)
        }
    ),
    "unused cluster moved to the origin": altered_maximiser(
        lambda m, moments, old: {"means": tf.cast(moments.mean, old.means.dtype)}
    ),
    "unused cluster of zero weight": altered_maximiser(
        lambda m, moments, old: {
            "log_weights": tf.cast(
                tf.math.log(moments.weight / tf.reduce_sum(moments.weight)), old.means.dtype
            )
        }
    ),
    "precision of the moments": lambda moments, old: GaussianMixture(
        *(tf.cast(a, moments.mean.dtype) for a in mixture.maximise(moments, old))
    ),
}
