"""The closed-form evidence lower bound: one function, one named term an expectation of equation
(25) of the paper.

Letters: N specimens, L latent dimensions, C clusters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated as Float

import tensorflow as tf

from fplib.gaussians import LOG_2PI, DiagonalGaussian, entropy
from fplib.mixture import GaussianMixture, expected_log_cluster_densities
from fplib.shapes import shaped


@shaped
def elbo_terms(
    reconstructions: Mapping[str, tuple[Float[tf.Tensor, "N ..."], Float[tf.Tensor, "N ..."]]],
    expert_log_likelihoods: Mapping[str, Float[tf.Tensor, "N C"]],
    posterior: Float[DiagonalGaussian, "N L"],
    mixture: GaussianMixture,
    log_responsibilities: Float[tf.Tensor, "N C"],
) -> dict[str, Float[tf.Tensor, "N"]]:
    """The five kinds of expectation whose sum is the single-sample ELBO, equation (14) of the
    paper.

    | name | expectation under q(Z|X) q(c|X) |
    |---|---|
    | `reconstruction.<modality>` | log p(X_i given Z), at one sample of Z |
    | `expert.<modality>` | log p(X_i given c), exact |
    | `latent_prior` | log p(Z given c), exact (Lemma B.1) |
    | `cluster_prior` | log p(c) |
    | `latent_entropy` | -log q(Z given X) |
    | `cluster_entropy` | -log q(c given X) (Lemma B.5) |

    All constants are kept, so each term is the expectation itself and their sum is the bound
    itself.

    Args:
        reconstructions: modality name -> (data, decoded), black-box modalities, each (N, ...).
        expert_log_likelihoods: modality name -> log p(X_i|c), (N, C), expert modalities.
        posterior: fused q(Z|X), (N, L).
        mixture: the prior.
        log_responsibilities: log q(c|X), (N, C).

    Returns:
        Terms in nats, each (N,).

    Reference: Jiang et al., "Variational deep embedding", IJCAI 2017, equation (12), for one
    modality.
    """
    gamma = tf.exp(log_responsibilities)  # (N, C)
    terms = {
        f"reconstruction.{name}": unit_log_likelihood(x, y)
        for name, (x, y) in reconstructions.items()
    }
    for name, log_likelihood in expert_log_likelihoods.items():
        terms[f"expert.{name}"] = tf.reduce_sum(gamma * log_likelihood, axis=-1)
    densities = expected_log_cluster_densities(posterior, mixture)  # (N, C)
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
def unit_log_likelihood(
    x: Float[tf.Tensor, "N *measurement"], decoded: Float[tf.Tensor, "N *measurement"]
) -> Float[tf.Tensor, "N"]:
    """log N(X; decoded, I), equation (11) of the paper with unit variance.

    Args:
        x: data, (N, ...).
        decoded: decoder means, same shape.

    Returns:
        Log-likelihoods in nats, (N,).
    """
    squares = tf.square(x - decoded) + LOG_2PI
    return -0.5 * tf.reduce_sum(squares, axis=list(range(1, len(x.shape))))
