"""The two Bayesian estimates of the cluster that the paper mentions, from one modality at a time.

Letters: N specimens, L latent dimensions, C clusters, S samples, K points of a measurement.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from fplib.arrays import check_data
from fplib.checks import natural
from fplib.config import Curve
from fplib.core import Batch, Core
from fplib.gaussians import sample
from fplib.inference import apply, require_fit


def bayes_cluster(
    model: Core, data: Mapping[str, np.ndarray], samples: int = 64, seed: int = 0
) -> np.ndarray:
    """p(c|X_i) by Bayes' rule, equation (19) of the paper.

    An expert modality has p(X_i|c) in closed form; for a black-box one, p(X_i|c) = integral of
    p(X_i|Z) p(Z|c) dZ is averaged over samples of the cluster, with the observation variance set to
    the mean squared residual of the decoder.

    Args:
        model: a trained model.
        data: exactly one modality, name -> (N, ...).
        samples: of Z for each cluster, black-box modalities only.
        seed: of those samples.

    Returns:
        Probabilities, (N, C).

    Raises:
        ValueError: none or several modalities, or data that do not fit.
        NotFittedError: the model is not trained.
    """
    natural("samples", samples)
    require_fit(model, "bayes_cluster")
    return _bayes(model, data, samples, seed)


def bayes_centroid(model: Core, data: Mapping[str, np.ndarray]) -> np.ndarray:
    """p(c|X_i) if every cluster were its centre, equation (20) of the paper.

    Proportional to pi_c p(X_i|Z = mu_c): the centre of each cluster is decoded.

    Args:
        model: a trained model.
        data: exactly one modality, name -> (N, ...).

    Returns:
        Probabilities, (N, C).

    Raises:
        ValueError: none or several modalities, or data that do not fit.
        NotFittedError: the model is not trained.
    """
    require_fit(model, "bayes_centroid")
    return _bayes(model, data, None, 0)


def _bayes(
    model: Core, data: Mapping[str, np.ndarray], samples: int | None, seed: int
) -> np.ndarray:
    if len(data) != 1:
        raise ValueError(
            f"The Bayesian estimates take one modality at a time; received {sorted(data)!r}."
        )
    data = check_data(data, model.modalities)
    (name,) = data
    if name in model.scientific:

        def posterior(batch: Batch) -> tf.Tensor:
            return tf.nn.softmax(
                model.mixture.log_weights + model.expert_log_likelihoods(batch)[name]
            )

        return apply(model, "bayes", posterior, data)
    noise = tf.zeros([1, model.clusters, model.latent_dim])
    if samples is not None:
        shape = [samples, model.clusters, model.latent_dim]
        noise = tf.random.stateless_normal(shape, [model.seed, seed])

    def averaged(batch: Batch) -> tf.Tensor:
        z = sample(model.mixture.components, noise)  # (S, C, L)
        decoded = model.decoders[name](tf.reshape(z, [-1, model.latent_dim]))
        decoded = tf.reshape(decoded, [*z.shape[:2], -1])  # (S, C, K)
        x = tf.reshape(model.standardised(name, batch[name]), [-1, decoded.shape[-1]])
        # expanded square: (N, S, C, K) would not fit, and the residual variance is far above
        # rounding
        squares = (
            tf.reduce_sum(x**2, -1)[:, tf.newaxis, tf.newaxis]
            - 2 * tf.einsum("nk,sck->nsc", x, decoded)
            + tf.reduce_sum(decoded**2, -1)
        )
        variance = model.residual_variance[name]
        if isinstance(model.modalities[name], Curve):
            variance = variance / model.scaling[name][1] ** 2
        log_likelihood = tf.reduce_logsumexp(-0.5 * squares / variance, axis=1)
        return tf.nn.softmax(model.mixture.log_weights + log_likelihood)

    return apply(model, ("bayes", samples, seed), averaged, data)
