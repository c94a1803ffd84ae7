"""Stage two: unimodal encoders that reproduce the joint posterior, and the Bayesian estimates the
paper mentions.

Letters: N specimens, L latent dimensions, C clusters.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from fplib import archive
from fplib.arrays import as_tensor, check_data
from fplib.config import Crossmodal, Curve, Image
from fplib.gaussians import DiagonalGaussian, kl_divergence, sample
from fplib.mixture import log_responsibilities
from fplib.progress import Progress
from fplib.training.augmentation import random_shift
from fplib.training.checkpoint import Checkpoint, identity
from fplib.training.loop import Descent

if TYPE_CHECKING:
    from fplib.model import FingerprintModel


def fit(
    model: FingerprintModel,
    train: Mapping[str, np.ndarray],
    config: Crossmodal,
    *,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
) -> list[dict]:
    """Train one encoder a modality against the frozen joint posterior.

    The joint q(Z|X) and q(c|X) are computed once. The loss is the KL divergence between the
    Gaussians (`config.direction`) plus `config.cluster_weight` times KL(q(c|X) || p(c|Z = unimodal
    mean)): together the divergence between the two factors of the paper's separable posterior,
    equation (3). The paper uses the first alone.

    Args:
        model: trained by `FingerprintModel.fit`; gains `unimodal` encoders, everything else is left
            as it is.
        train: modality name -> array, (N, ...), every modality present.
        config: see `fplib.config.Crossmodal`.
        checkpoint: folder; state is written there after every epoch, and a killed run continues
            from it to the same bits.
        progress: show a progress line; None decides by the terminal.

    Returns:
        History: `modality`, `epoch`, `kl` and `cluster_kl` (nats a specimen), `seconds` since the
            start.
    """
    started = time.perf_counter()
    arrays = check_data(train, model.modalities, complete=True)
    model.forget_unimodal()
    joint = DiagonalGaussian(*map(tf.constant, model.posterior(arrays)))
    gamma = tf.constant(model.responsibilities(arrays, model.preset.training.responsibilities))
    known = arrays | {"joint mean": joint.mean.numpy(), "joint responsibilities": gamma.numpy()}
    keeper = Checkpoint(checkpoint, "stage_two", identity(model, known, config, checkpoint))
    found, state = keeper.load() or ({"history": []}, {})
    history = found["history"]
    started -= history[-1]["seconds"] if history else 0.0
    for index, (name, modality) in enumerate(model.modalities.items()):
        model.add_unimodal(name)
        network = model.unimodal[name]
        if config.warm_start:
            network.set_weights(model.encoders[name].get_weights())
        rate = config.learning_rate
        if isinstance(modality, Curve) and config.curve_learning_rate is not None:
            rate = config.curve_learning_rate
        descent = Descent(
            _step_terms(model, network, name, config),
            ["kl", "cluster_kl"] if config.cluster_weight else ["kl"],
            network.trainable_variables,
            {"x": as_tensor(arrays[name]), "joint": joint, "gamma": gamma},
            batch_size=config.batch_size,
            shards=config.shards,
            epochs=config.epochs,
            learning_rate=rate,
            schedule=config.schedule,
            warmup_steps=config.warmup_steps,
            gradient_clip=config.gradient_clip,
            jit_compile=config.jit_compile,
            seed=(model.seed, 21 + index),
        )
        first = sum(row["modality"] == name for row in history)
        if first:
            for i, weight in enumerate(network.weights):
                weight.assign(state[f"unimodal/{name}/{i}"])
            if first < config.epochs:
                descent.restore(state)
        bar = Progress(
            f"stage two, {name}",
            (config.epochs - first) * descent.steps * descent.batch_size,
            progress,
        )
        for epoch in range(first, config.epochs):
            losses = descent.epoch(epoch, bar.update)
            seconds = time.perf_counter() - started
            history.append({"modality": name, "epoch": epoch + 1, **losses, "seconds": seconds})
            if checkpoint is not None:
                encoders = {
                    k: v for k, v in archive.state(model).items() if k.startswith("unimodal/")
                }
                keeper.save({"history": history}, encoders | descent.state())
        bar.close()
    return history


def _step_terms(model, network, name, config):
    modality = model.modalities[name]
    shift = config.shift if isinstance(modality, Image) else 0

    def terms(batch: Mapping, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        x, target = batch["x"], batch["joint"]
        if shift:
            x = random_shift(x, shift, seed)
        unimodal = model.gaussian(network, name, x, training=True)
        pair = (unimodal, target) if config.direction == "unimodal_to_joint" else (target, unimodal)
        found = {"kl": kl_divergence(*pair)}
        if config.cluster_weight:
            wanted = batch["gamma"]
            log_found = log_responsibilities(unimodal.mean, model.mixture)
            divergence = tf.reduce_sum(tf.math.xlogy(wanted, wanted) - wanted * log_found, axis=-1)
            found["cluster_kl"] = config.cluster_weight * divergence
        return found

    return terms


def bayes_cluster(
    model: FingerprintModel, data: Mapping[str, np.ndarray], samples: int = 64, seed: int = 0
) -> np.ndarray:
    """p(c|X_i) by Bayes' rule, equation (19) of the paper, (N, C).

    An expert modality has p(X_i|c) in closed form; for a black-box one, p(X_i|c) = integral of
    p(X_i|Z) p(Z|c) dZ is averaged over samples of the cluster, with the observation variance set to
    the mean squared residual of the decoder.

    Args:
        model: a trained model.
        data: exactly one modality, name -> (N, ...).
        samples: of Z for each cluster, black-box modalities only.
        seed: of those samples.
    """
    return _bayes(model, data, samples, seed)


def bayes_centroid(model: FingerprintModel, data: Mapping[str, np.ndarray]) -> np.ndarray:
    """p(c|X_i) if every cluster were its centre, equation (20) of the paper, (N, C).

    Proportional to pi_c p(X_i|Z = mu_c): the centre of each cluster is decoded.
    """
    return _bayes(model, data, None, 0)


def _bayes(model, data, samples, seed):
    if len(data) != 1:
        raise ValueError(
            f"The Bayesian estimates take one modality at a time; received {sorted(data)!r}."
        )
    data = check_data(data, model.modalities)
    (name,) = data
    if name in model.scientific:

        def evidence(batch):
            return tf.nn.softmax(
                model.mixture.log_weights + model.expert_log_likelihoods(batch)[name]
            )

        return model.evaluate("bayes", evidence, data)
    noise = tf.zeros([1, model.clusters, model.latent_dim])
    if samples is not None:
        shape = [samples, model.clusters, model.latent_dim]
        noise = tf.random.stateless_normal(shape, [model.seed, seed])

    def averaged(batch):
        z = sample(model.mixture.components, noise)  # (S, C, L)
        decoded = model.decoders[name](tf.reshape(z, [-1, model.latent_dim]))
        decoded = tf.reshape(decoded, [*z.shape[:2], -1])  # (S, C, K)
        x = tf.reshape(batch[name], [-1, decoded.shape[-1]])
        # expanded square: (N, S, C, K) would not fit, and the residual variance is far above
        # rounding
        squares = (
            tf.reduce_sum(x**2, -1)[:, tf.newaxis, tf.newaxis]
            - 2 * tf.einsum("nk,sck->nsc", x, decoded)
            + tf.reduce_sum(decoded**2, -1)
        )
        log_likelihood = tf.reduce_logsumexp(-0.5 * squares / model.residual_variance[name], axis=1)
        return tf.nn.softmax(model.mixture.log_weights + log_likelihood)

    return model.evaluate(("bayes", samples, seed), averaged, data)
