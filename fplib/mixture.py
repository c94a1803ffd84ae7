"""The Gaussian-mixture prior p(c) p(Z|c): responsibilities, and what expectation-maximisation does
with them.

Letters: N specimens, L latent dimensions, C clusters.
"""

from __future__ import annotations

from typing import Annotated as Float
from typing import NamedTuple

import tensorflow as tf

from fplib.gaussians import DiagonalGaussian, expected_log_density, log_density
from fplib.shapes import shaped

VAGUE = 80.0  # log-variance of q(Z|X) from which on the assignment no longer depends on it


class GaussianMixture(NamedTuple):
    """Mixture of C diagonal Gaussians in L dimensions: normalised log-weights (C,), means and log-variances (C, L)."""

    log_weights: Float[tf.Tensor, "C"]
    means: Float[tf.Tensor, "C L"]
    log_variances: Float[tf.Tensor, "C L"]

    @property
    def components(self) -> DiagonalGaussian:
        """The C components, (C, L)."""
        return DiagonalGaussian(self.means, self.log_variances)


@shaped
def log_responsibilities(
    z: Float[tf.Tensor, "N L"],
    mixture: GaussianMixture,
    expert_log_likelihood: Float[tf.Tensor, "N C"] | None = None,
) -> Float[tf.Tensor, "N C"]:
    """log p(c|Z), the paper's responsibilities, equation (15); or log p(c|Z, X_S), with experts.

    The second is the exact posterior of c where Z is known: the optimum among all q(c|Z, X), of
    which the mean-field assignment, the same for every Z, is one.

    Args:
        z: latent points, (N, L).
        mixture: the prior.
        expert_log_likelihood: sum over expert modalities of log p(X_i|c), (N, C); None for p(c|Z).

    Returns:
        Log-probabilities, (N, C); each row sums to one after exponentiation, however far z lies
        from every centre.
    """
    logits = mixture.log_weights + log_density(z[:, tf.newaxis, :], mixture.components)
    if expert_log_likelihood is not None:
        logits += expert_log_likelihood
    return tf.nn.log_softmax(logits)


@shaped
def mean_field_log_responsibilities(
    posterior: Float[DiagonalGaussian, "N L"],
    mixture: GaussianMixture,
    expert_log_likelihood: Float[tf.Tensor, "N C"] | None = None,
) -> Float[tf.Tensor, "N C"]:
    """log q*(c|X), the assignment that maximises the ELBO for the given posterior over Z.

    It weighs the average log-density of Z under a cluster and what every expert says of its
    curve. The paper sets q(c|X) = p(c|Z) by an argument that needs p(X|Z,c) =
    p(X|Z); experts depend on c, so the argument does not hold for them, and this bound is never
    lower.

    Args:
        posterior: q(Z|X), (N, L).
        mixture: the prior.
        expert_log_likelihood: sum over expert modalities of log p(X_i|c), (N, C); None without any.

    Returns:
        Log-probabilities, (N, C).
    """
    precisions = tf.exp(-mixture.log_variances)  # (C, L)
    # What the variance of q costs every cluster alike is left out: for a vague q it would drown the
    # rest in rounding, or overflow.
    excess = precisions - tf.reduce_min(precisions, axis=-2, keepdims=True)  # (C, L)
    variances = tf.exp(tf.minimum(posterior.log_variance, VAGUE))  # (N, L)
    squares = tf.square(posterior.mean[:, tf.newaxis, :] - mixture.means) * precisions  # (N, C, L)
    spread = variances[:, tf.newaxis, :] * excess  # (N, C, L)
    logits = mixture.log_weights - 0.5 * tf.reduce_sum(
        mixture.log_variances + squares + spread, axis=-1
    )
    if expert_log_likelihood is not None:
        logits += expert_log_likelihood
    return tf.nn.log_softmax(logits)


@shaped
def expected_log_cluster_densities(
    posterior: Float[DiagonalGaussian, "N L"], mixture: GaussianMixture
) -> Float[tf.Tensor, "N C"]:
    """E_q[log p(Z|c)] of every specimen and cluster: Lemma B.1 of the paper for each pair.

    Args:
        posterior: q(Z|X), (N, L).
        mixture: the prior.

    Returns:
        Expected log-densities in nats, (N, C).
    """
    each = DiagonalGaussian(
        posterior.mean[:, tf.newaxis, :], posterior.log_variance[:, tf.newaxis, :]
    )
    return expected_log_density(each, mixture.components)


class Moments(NamedTuple):
    """Responsibility-weighted moments of a stream of vectors, one set a cluster.

    The state of Algorithm 1: what has been seen so far is summed up by the total weight W_c, the
    weighted mean M_c and the weighted mean squared deviation from it. Merging two streams is exact
    and free of cancellation.
    """

    weight: Float[tf.Tensor, "C"]
    mean: Float[tf.Tensor, "C K"]
    variance: Float[tf.Tensor, "C K"]  # about the mean

    @classmethod
    @shaped
    def zeros(cls, clusters: int, size: int, dtype: tf.DType = tf.float64) -> Moments:
        """The moments of an empty stream.

        Args:
            clusters: C.
            size: K, numbers in a vector.
            dtype: of the sums.
        """
        return cls(
            tf.zeros([clusters], dtype),
            tf.zeros([clusters, size], dtype),
            tf.zeros([clusters, size], dtype),
        )

    @classmethod
    @shaped
    def of(
        cls,
        responsibilities: Float[tf.Tensor, "N C"],
        values: Float[tf.Tensor, "N K"],
        variances: Float[tf.Tensor, "N K"] | None = None,
    ) -> Moments:
        """Moments of one batch.

        Args:
            responsibilities: weights, (N, C), not negative.
            values: vectors, (N, K).
            variances: optional extra variance of each value, (N, K): the posterior's, for the
                latent means.

        Returns:
            Weight (C,), mean and variance (C, K), in the unit of the values and its square.
        """
        weight = tf.reduce_sum(responsibilities, axis=0)  # (C,)
        share = tf.math.divide_no_nan(responsibilities, weight)  # (N, C)
        mean = tf.matmul(share, values, transpose_a=True)  # (C, K)
        deviation = tf.square(values[:, tf.newaxis, :] - mean)  # (N, C, K)
        if variances is not None:
            deviation += variances[:, tf.newaxis, :]
        return cls(weight, mean, tf.reduce_sum(share[:, :, tf.newaxis] * deviation, axis=0))

    @shaped
    def merge(self: Moments, other: Moments) -> Moments:
        """Moments of the two streams together; the order of merging does not matter.

        Args:
            other: moments of the other stream, of as many clusters and vectors as long.

        Reference: Chan, Golub, LeVeque, "Algorithms for computing the sample variance", The
        American Statistician 1983.
        """
        weight = self.weight + other.weight
        share = tf.math.divide_no_nan(other.weight, weight)[:, tf.newaxis]
        step = other.mean - self.mean
        mean = self.mean + share * step
        variance = (
            (1 - share) * self.variance
            + share * other.variance
            + share * (1 - share) * tf.square(step)
        )
        return Moments(weight, mean, variance)


@shaped
def maximise(moments: Moments, previous: GaussianMixture) -> GaussianMixture:
    """The mixture that maximises the ELBO for fixed responsibilities: the M-step of Algorithm 1,
    and its extension.

    The centres, weighted means of the latent means, are the paper's. The weights, average
    responsibilities, and the widths, which count each specimen's own variance too, follow from the
    same calculus (the paper trains both with Adam).

    Args:
        moments: latent moments gathered with `Moments.of(gamma, mu, variances=sigma^2)`, K = L.
        previous: supplies the centre and width of a cluster that nothing was assigned to.

    Returns:
        A mixture of C clusters in L dimensions with the previous one's dtype.
    """
    dtype = previous.means.dtype
    tiny = tf.constant(1e-30, moments.weight.dtype)  # an empty cluster keeps a finite log-weight
    total = tf.reduce_sum(moments.weight)
    log_weights = tf.nn.log_softmax(tf.math.log(tf.maximum(moments.weight / total, tiny)))
    alive = (moments.weight > 0)[:, tf.newaxis]
    spread = tf.where(moments.variance > 0, moments.variance, tf.ones_like(moments.variance))
    return GaussianMixture(
        tf.cast(log_weights, dtype),
        tf.where(alive, tf.cast(moments.mean, dtype), previous.means),
        tf.where(
            alive & (moments.variance > 0),
            tf.cast(tf.math.log(spread), dtype),
            previous.log_variances,
        ),
    )
