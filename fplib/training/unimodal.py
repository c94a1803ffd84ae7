"""Unimodal training: encoders of one modality each that reproduce the joint posterior.

Letters: N specimens, L latent dimensions, C clusters.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fplib import inference
from fplib.arrays import as_tensor, check_data
from fplib.config import Crossmodal, Curve, Image, override
from fplib.core import Core
from fplib.gaussians import DiagonalGaussian, kl_divergence
from fplib.mixture import log_responsibilities
from fplib.training.augmentation import random_shift
from fplib.training.checkpoint import Checkpoint, check_epochs, identity
from fplib.training.loop import Descent, progress_bar


def fit(
    core: Core,
    train: Mapping[str, np.ndarray],
    config: Crossmodal,
    *,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
) -> None:
    """Train one encoder a modality against the frozen joint posterior.

    The joint q(Z|X) and q(c|X) are computed once. The loss is the KL divergence between the
    Gaussians (`config.direction`) plus `config.cluster_weight` times KL(q(c|X) || p(c|Z = unimodal
    mean)): together the divergence between the two factors of the paper's separable posterior,
    equation (3). The paper uses the first alone.

    Args:
        core: trained by `fplib.training.joint.fit`; gains `unimodal` encoders, `unimodal_history_`
            and `seconds_["unimodal"]`, everything else is left as it is.
        train: modality name -> array, (N, ...), every modality present.
        config: see `fplib.config.Crossmodal`.
        checkpoint: folder for the state after every epoch, from which a killed run continues.
        progress: show a progress bar; None decides by the terminal.

    Raises:
        ValueError: data that do not fit the model, or a checkpoint of another run.
        FloatingPointError: a term of the loss stopped being finite.
    """
    started = time.perf_counter()
    arrays = check_data(train, core.modalities, complete=True)
    core.forget_unimodal()
    joint = inference.posterior(core, arrays)
    gamma = inference.responsibilities(core, arrays, core.preset.training.assignment)
    targets = {"joint": DiagonalGaussian(*map(tf.constant, joint)), "gamma": tf.constant(gamma)}
    seen = arrays | {"joint mean": joint.mean, "joint responsibilities": gamma}
    keeper = Checkpoint(checkpoint, "unimodal", identity(core, seen, config, checkpoint))
    history, state = keeper.load()
    core.unimodal_history_ = history
    optimizers = {k: v for k, v in state.items() if k.startswith("optimizer/")}
    started -= history[-1]["seconds"] if history else 0.0
    for index, (name, modality) in enumerate(core.modalities.items()):
        core.add_unimodal(name)
        network = core.unimodal[name]
        if config.warm_start:
            network.set_weights(core.encoders[name].get_weights())
        rate = config.learning_rate
        if isinstance(modality, Curve) and config.curve_learning_rate is not None:
            rate = config.curve_learning_rate
        descent = Descent(
            _step_terms(core, network, name, config),
            ["kl", "cluster_kl"] if config.cluster_weight else ["kl"],
            network.trainable_variables,
            {"x": as_tensor(arrays[name]), **targets},
            override(config, learning_rate=rate),
            seed=(core.seed, 21 + index),
        )
        done = sum(row["modality"] == name for row in history)
        check_epochs(done, config.epochs, keeper.path)
        if done:
            with keeper.reading():
                for i, weight in enumerate(network.weights):
                    weight.assign(state[f"unimodal/{name}/{i}"])
                descent.restore(optimizers, name)
        with progress_bar(f"encoder of {name}", descent, config.epochs - done, progress) as bar:
            for epoch in range(done, config.epochs):
                losses = descent.epoch(epoch, bar.update)
                seconds = time.perf_counter() - started
                history.append({"modality": name, "epoch": epoch + 1, **losses, "seconds": seconds})
                if keeper.path is not None:
                    optimizers |= descent.state(name)
                keeper.save(history, functools.partial(_state, core, state, optimizers))
    core.seconds_["unimodal"] = time.perf_counter() - started


def _state(core: Core, before: Mapping, optimizers: Mapping) -> dict[str, np.ndarray]:
    """The unimodal encoders, those of an earlier run among them, and their optimisers."""
    arrays = {k: v for k, v in before.items() if k.startswith("unimodal/")} | core.state()
    return {k: v for k, v in arrays.items() if k.startswith("unimodal/")} | dict(optimizers)


def _step_terms(core: Core, network: keras.Model, name: str, config: Crossmodal) -> Callable:
    """Loss terms of a batch: the divergences between the unimodal and the joint posterior."""
    modality = core.modalities[name]
    shift = config.shift if isinstance(modality, Image) else 0

    def terms(batch: Mapping, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        x, target = batch["x"], batch["joint"]
        if shift:
            x = random_shift(x, shift, seed)
        unimodal = core.gaussian(network, name, x, training=True)
        pair = (unimodal, target) if config.direction == "unimodal_to_joint" else (target, unimodal)
        found = {"kl": kl_divergence(*pair)}
        if config.cluster_weight:
            wanted = batch["gamma"]
            log_found = log_responsibilities(unimodal.mean, core.mixture)
            divergence = tf.reduce_sum(tf.math.xlogy(wanted, wanted) - wanted * log_found, axis=-1)
            found["cluster_kl"] = config.cluster_weight * divergence
        return found

    return terms
