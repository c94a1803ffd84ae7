"""Diagonal Gaussians: fusion, divergence, density, entropy, sampling.

Every variance is carried as its logarithm and nothing is ever floored or padded with a small
constant, so a very confident expert and a very vague one are both exact.  Letters: N specimens, D
experts, L latent dimensions, C clusters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated as Float
from typing import NamedTuple

import tensorflow as tf

from fplib.shapes import shaped

LOG_2PI = math.log(2.0 * math.pi)


class DiagonalGaussian(NamedTuple):
    """Normal distributions with diagonal covariance, stored as mean and log-variance of equal shape (..., L)."""

    mean: Float[tf.Tensor, "*batch L"]
    log_variance: Float[tf.Tensor, "*batch L"]


@shaped
def product_of_experts(
    experts: Sequence[Float[DiagonalGaussian, "N L"]],
) -> Float[DiagonalGaussian, "N L"]:
    """Fuse D Gaussians into their normalised product, equation (8) of the paper.

    Precisions add and the mean is their weighted average, evaluated as a softmax over the
    log-precisions, which stays exact when a precision over- or underflows.

    Args:
        experts: D Gaussians, each (N, L).

    Returns:
        The fused Gaussian, (N, L).

    Raises:
        ValueError: there is no Gaussian.

    Reference: Hinton, "Training products of experts by minimizing contrastive divergence", Neural
    Computation 2002.
    """
    if not experts:
        raise ValueError("product_of_experts needs at least one Gaussian, received none.")
    log_precisions = -tf.stack([e.log_variance for e in experts])  # (D, N, L)
    weights = tf.nn.softmax(log_precisions, axis=0)  # (D, N, L)
    mean = tf.reduce_sum(weights * tf.stack([e.mean for e in experts]), axis=0)  # (N, L)
    return DiagonalGaussian(mean, -tf.reduce_logsumexp(log_precisions, axis=0))


@shaped
def kl_divergence(
    q: Float[DiagonalGaussian, "*batch L"], p: Float[DiagonalGaussian, "*batch L"]
) -> Float[tf.Tensor, "*batch"]:
    """KL(q || p) between diagonal Gaussians, the unimodal training loss of the paper's cross-modal
    stage.

    Args:
        q: the Gaussian under the expectation, (..., L).
        p: the reference Gaussian, (..., L).

    Returns:
        Divergence in nats, (...).
    """
    log_ratio = q.log_variance - p.log_variance
    mahalanobis = tf.square(q.mean - p.mean) * tf.exp(-p.log_variance)
    # expm1: for nearly equal variances exp(r) - 1 - r would cancel and could come out negative
    return 0.5 * tf.reduce_sum(tf.math.expm1(log_ratio) - log_ratio + mahalanobis, axis=-1)


@shaped
def log_density(
    x: Float[tf.Tensor, "*#batch L"], p: Float[DiagonalGaussian, "*#batch L"]
) -> Float[tf.Tensor, "*batch"]:
    """Log-density of points under diagonal Gaussians.

    Args:
        x: points, (..., L), broadcast against p.
        p: Gaussians, (..., L).

    Returns:
        Log-density in nats, (...).
    """
    mahalanobis = tf.square(x - p.mean) * tf.exp(-p.log_variance)
    return -0.5 * tf.reduce_sum(LOG_2PI + p.log_variance + mahalanobis, axis=-1)


@shaped
def expected_log_density(
    q: Float[DiagonalGaussian, "*#batch L"], p: Float[DiagonalGaussian, "*#batch L"]
) -> Float[tf.Tensor, "*batch"]:
    """Average log-density of one Gaussian under another, Lemma B.1 of the paper (Lemma 1 of VaDE).

    Args:
        q: the Gaussian under the expectation, (..., L).
        p: the Gaussian whose log-density is averaged, (..., L), broadcast against q.

    Returns:
        Expected log-density in nats, (...).

    Reference: Jiang et al., "Variational deep embedding", IJCAI 2017, appendix.
    """
    spread = tf.exp(q.log_variance - p.log_variance)
    mahalanobis = tf.square(q.mean - p.mean) * tf.exp(-p.log_variance)
    return -0.5 * tf.reduce_sum(LOG_2PI + p.log_variance + spread + mahalanobis, axis=-1)


@shaped
def entropy(q: Float[DiagonalGaussian, "*batch L"]) -> Float[tf.Tensor, "*batch"]:
    """Entropy of diagonal Gaussians, in closed form.

    Args:
        q: Gaussians, (..., L).

    Returns:
        Entropy in nats, (...).
    """
    return 0.5 * tf.reduce_sum(LOG_2PI + 1.0 + q.log_variance, axis=-1)


@shaped
def sample(
    q: Float[DiagonalGaussian, "*#batch L"], noise: Float[tf.Tensor, "*#batch L"]
) -> Float[tf.Tensor, "*batch L"]:
    """Reparameterised sample Z = mu + sigma * noise.

    Args:
        q: Gaussians, (..., L).
        noise: standard normal draws, (..., L), broadcast against q.

    Returns:
        Samples, (..., L), differentiable in q.
    """
    return q.mean + tf.exp(0.5 * q.log_variance) * noise
