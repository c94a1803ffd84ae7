"""The closed-form evidence lower bound: one function, one named term an expectation of equation
(25) of the paper.

Letters: N specimens, L latent dimensions, C clusters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated as Float

import tensorflow as tf

from fplib.gaussians import LOG_2PI, DiagonalGaussian, entropy, log_density
from fplib.mixture import GaussianMixture, expected_log_cluster_densities
from fplib.shapes import shaped


@shaped
def elbo_terms(
    reconstructions: Mapping[str, tuple[Float[tf.Tensor, "N ..."], Float[tf.Tensor, "N ..."]]],
    expert_log_likelihoods: Mapping[str, Float[tf.Tensor, "N C"]],
    posterior: Float[DiagonalGaussian, "N L"],
    mixture: GaussianMixture,
    log_responsibilities: Float[tf.Tensor, "N C"],
    z: Float[tf.Tensor, "N L"] | None = None,
    decoder_log_variances: Mapping[str, Float[tf.Tensor, ""]] | None = None,
) -> dict[str, Float[tf.Tensor, "N"]]:
    """The five kinds of expectation whose sum is the single-sample ELBO, equation (14) of the
    paper.

    Expectations under q(Z|X) q(c|X), by name:

    - `reconstruction.<modality>`: of log p(X_i|Z), at one sample of Z
    - `expert.<modality>`: of log p(X_i|c), exact
    - `latent_prior`: of log p(Z|c), exact (Lemma B.1)
    - `cluster_prior`: of log p(c)
    - `latent_entropy`: of -log q(Z|X)
    - `cluster_entropy`: of -log q(c|X) (Lemma B.5)

    All constants are kept, so each term is the expectation itself and their sum is the bound
    itself.

    Args:
        reconstructions: modality name -> (data, decoded), black-box modalities, each (N, ...).
        expert_log_likelihoods: modality name -> log p(X_i|c), (N, C), expert modalities.
        posterior: fused q(Z|X), (N, L).
        mixture: the prior.
        log_responsibilities: log q(c|X), (N, C); log q(c|Z, X) when z is given.
        z: the sample of Z, (N, L), at which log p(Z given c) is taken where q(c) depends on Z and
            the two no longer factorise; None takes its exact expectation.
        decoder_log_variances: modality name -> log-variance of p(X_i given Z), a scalar; 0 without.

    Returns:
        Terms in nats, each (N,).

    Reference: Jiang et al., "Variational deep embedding", IJCAI 2017, equation (12), for one
    modality.
    """
    gamma = tf.exp(log_responsibilities)  # (N, C)
    log_variances = decoder_log_variances or {}
    terms = {
        f"reconstruction.{name}": black_box_log_likelihood(x, y, log_variances.get(name))
        for name, (x, y) in reconstructions.items()
    }
    for name, log_likelihood in expert_log_likelihoods.items():
        terms[f"expert.{name}"] = tf.reduce_sum(gamma * log_likelihood, axis=-1)
    if z is None:
        densities = expected_log_cluster_densities(posterior, mixture)  # (N, C)
    else:
        densities = log_density(z[:, tf.newaxis, :], mixture.components)  # (N, C)
    terms["latent_prior"] = tf.reduce_sum(gamma * densities, axis=-1)
    terms["cluster_prior"] = tf.reduce_sum(gamma * mixture.log_weights, axis=-1)
    terms["latent_entropy"] = entropy(posterior)
    terms["cluster_entropy"] = -tf.reduce_sum(
        tf.math.multiply_no_nan(log_responsibilities, gamma), axis=-1
    )
    return terms


@shaped
def term_names(black_boxes: Iterable[str], experts: Iterable[str]) -> list[str]:
    """Names of the terms of a model, in the order of `elbo_terms`.

    Args:
        black_boxes: names of the modalities with a black-box decoder.
        experts: names of those with an expert.
    """
    modalities = [f"reconstruction.{n}" for n in black_boxes] + [f"expert.{n}" for n in experts]
    return [*modalities, "latent_prior", "cluster_prior", "latent_entropy", "cluster_entropy"]


@shaped
def elbo(terms: Mapping[str, Float[tf.Tensor, "N"]]) -> Float[tf.Tensor, "N"]:
    """The bound on log p(X_1, ..., X_D) of each specimen: the sum of its named terms.

    Args:
        terms: from `elbo_terms`, each (N,).

    Returns:
        The bound in nats, (N,).
    """
    return tf.add_n(list(terms.values()))


@shaped
def black_box_log_likelihood(
    x: Float[tf.Tensor, "N *measurement"],
    decoded: Float[tf.Tensor, "N *measurement"],
    log_variance: Float[tf.Tensor, ""] | None = None,
) -> Float[tf.Tensor, "N"]:
    """log N(X; decoded, s^2 I), equation (11) of the paper, whose variance is one.

    Args:
        x: data, (N, ...).
        decoded: decoder means, same shape.
        log_variance: log s^2, a scalar; None for the paper's unit variance.

    Returns:
        Log-likelihoods in nats, (N,).
    """
    squares = tf.square(x - decoded)
    if log_variance is not None:
        squares = squares * tf.exp(-log_variance) + log_variance
    squares += LOG_2PI
    return -0.5 * tf.reduce_sum(squares, axis=list(range(1, len(x.shape))))
