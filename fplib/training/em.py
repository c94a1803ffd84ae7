"""The expectation-maximisation pass of Algorithm 1: stream the data once, set the closed-form minimisers.

Letters: N specimens, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from fplib.arrays import BATCH
from fplib.config import Training
from fplib.core import Batch, Core
from fplib.experts import ResidualWarning, above, fit, noise_variance, residuals
from fplib.gaussians import product_of_experts, sample
from fplib.mixture import Moments, maximise
from fplib.runtime import PIECES, graph


def em_step(
    core: Core,
    stream: Callable[[tf.Tensor], tuple[Moments, dict[str, Moments]]],
    config: Training,
    seed: tuple[int, int],
) -> dict[str, Moments]:
    """Stream the data once and set what has a closed-form minimiser for the responsibilities found.

    The centres are written back once, at the end, which makes the stream equal to the batch formula
    whatever the order of the data; batch normalisation runs on its averages and does not change
    them.

    Args:
        core: changed in place.
        stream: from `expectation`.
        config: says what is set, see `fplib.config.Training`.
        seed: of the draws of Z, at which assignments that depend on Z are taken.

    Returns:
        The moments of the scientific modalities, name -> (C, T).
    """
    latent, curves = stream(tf.constant(seed, tf.int32))
    mixture = maximise(latent, core.mixture)
    if config.centres == "closed_form":
        core.means.assign(mixture.means)
    if config.widths == "closed_form":
        core.log_variances.assign(mixture.log_variances)
    if config.weights == "closed_form":
        core.logits.assign(mixture.log_weights)
    for name, modality in core.scientific.items():
        moments = Moments(*(m.numpy() for m in curves[name]))
        alive = moments.weight > 1e-6 * moments.weight.sum()
        t, per_point = np.asarray(modality.t), modality.noise == "per_point"
        log_variance = core.expert_log_variance[name].numpy()
        if config.experts == "least_squares":
            theta = core.expert_parameters[name].numpy()
            weights = np.exp(-np.float64(log_variance[alive])) if per_point else None
            theta[alive] = fit(modality.expert, t, moments.mean[alive], weights)
            core.expert_parameters[name].assign(theta)
        if config.expert_variance == "closed_form":
            predictions = core.expert_curves(name).numpy()
            variance = noise_variance(moments.mean, moments.variance, predictions, per_point)
            # stay above rounding of the data themselves
            variance = above(variance, 1e-8 * np.mean(np.square(moments.mean)))
            log_variance[alive] = np.log(variance[alive])
            core.expert_log_variance[name].assign(log_variance)
    return curves


def judge_experts(core: Core, moments: Mapping[str, Moments]) -> None:
    """Warn of laws that do not fit the curves of their clusters as gathered last."""
    for name, of_curves in moments.items():
        expert = core.scientific[name].expert
        weight, mean, variance = (m.numpy() for m in of_curves)
        left = residuals(weight, mean, variance, core.expert_curves(name).numpy())
        for cluster in np.flatnonzero(left.structured):
            warnings.warn(
                f"{expert!r} of {name!r}, cluster {cluster}: the residuals are not noise. The mean "
                f"curve misses the law by {left.square[cluster] ** 0.5:.0f} standard errors, with a "
                f"correlation of {left.correlation[cluster]:.2f} between neighbouring points; "
                f"parameters may be far off. {expert.advice}",
                ResidualWarning,
                stacklevel=4,
            )


def expectation(
    core: Core, data: Mapping[str, tf.Tensor], assignment: str
) -> Callable[[tf.Tensor], tuple[Moments, dict[str, Moments]]]:
    """The streaming E-step as a graph over data held in memory.

    Args:
        core: read at every call.
        data: modality name -> tensor, (N, ...).
        assignment: how q(c|X) is formed, "mean_field", "from_z" or "structured".

    Returns:
        Function of a seed (2,) -> moments under q(c|X) of the latent means (C, L) (of the sample of
        Z, when the assignment is "structured") and, by name, of the curves (C, T).
    """
    n = len(next(iter(data.values())))

    def moments(
        rows: tf.Tensor, seed: tf.Tensor, data: Batch
    ) -> tuple[Moments, dict[str, Moments]]:
        seen = tf.cast(rows < n, tf.float64)[:, tf.newaxis]
        batch = {k: tf.gather(x, tf.minimum(rows, n - 1)) for k, x in data.items()}
        posterior = product_of_experts(list(core.encode(batch).values()))
        noise = tf.random.stateless_normal(
            [len(rows), core.latent_dim], seed + tf.stack([0, rows[0]])
        )
        z = sample(posterior, noise)
        likelihoods = core.expert_log_likelihoods(batch)
        log_gamma = core.log_assignment(posterior, likelihoods, assignment, z)
        gamma = seen * tf.exp(tf.cast(log_gamma, tf.float64))
        curves = {k: Moments.of(gamma, tf.cast(batch[k], tf.float64)) for k in core.scientific}
        if assignment == "structured":  # q(c) depends on Z: so does what c is held to account for
            return Moments.of(gamma, tf.cast(z, tf.float64)), curves
        means = tf.cast(posterior.mean, tf.float64)
        variances = tf.exp(tf.cast(posterior.log_variance, tf.float64))
        return Moments.of(gamma, means, variances), curves

    def stream(seed: tf.Tensor, data: Batch) -> tuple[Moments, dict[str, Moments]]:
        latent = Moments.zeros(core.clusters, core.latent_dim)
        curves = {k: Moments.zeros(core.clusters, len(m.t)) for k, m in core.scientific.items()}
        for first in tf.range(0, n, BATCH):
            # the last rows are padded with weight zero: every piece has one shape
            pieces = [
                moments(rows, seed, data) for rows in tf.split(first + tf.range(BATCH), PIECES)
            ]
            for of_latent, of_curves in pieces:
                latent = latent.merge(of_latent)
                curves = {k: v.merge(of_curves[k]) for k, v in curves.items()}
        return latent, curves

    given = {k: tf.TensorSpec(x.shape, x.dtype) for k, x in data.items()}
    run = graph(stream, [tf.TensorSpec([2], tf.int32), given])
    return lambda seed: run(seed, data)  # an argument: TensorFlow keeps what a graph captures
