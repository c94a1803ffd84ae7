"""Stage one: Algorithm 1 of the paper, an expectation-maximisation pass and an Adam epoch in turn.

Letters: N specimens, D modalities, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from fplib import archive
from fplib.arrays import as_tensor, check_data
from fplib.config import Curve, Image, Training
from fplib.elbo import term_names
from fplib.progress import Progress
from fplib.training.augmentation import random_shift
from fplib.training.checkpoint import Checkpoint, identity
from fplib.training.em import em_step, expectation
from fplib.training.initialization import physics_start
from fplib.training.loop import Descent

if TYPE_CHECKING:
    from fplib.model import FingerprintModel

SOME = 10_000  # specimens that are enough to watch training or to measure residuals
STARVING = 0.05  # share of an even occupancy below which a cluster is reported


class StarvingClusterWarning(UserWarning):
    """A cluster has lost nearly all its specimens."""


def fit(
    model: FingerprintModel,
    train: Mapping[str, np.ndarray],
    validation: Mapping[str, np.ndarray] | None,
    config: Training,
    *,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
    callback: Callable[[FingerprintModel, dict], None] | None = None,
) -> list[dict]:
    """Train the joint model.

    Each epoch first streams the data through the encoders to gather the closed-form minimisers
    (centres, and whatever else `config` asks for), then takes one Adam epoch on the negative ELBO.
    Labels, if `train` carries any, are never read.

    Args:
        model: changed in place.
        train: modality name -> array, (N, ...), every modality present.
        validation: the same, held out; optional.
        config: see `fplib.config.Training`.
        checkpoint: folder; state is written there after every epoch, and a killed run continues
            from it to the same bits.
        progress: show a progress line; None decides by the terminal.
        callback: called with the model and the epoch's row of the history after every epoch.

    Returns:
        The history: for each epoch `elbo` and every `term.<name>` (means over training, nats a
        specimen), `elbo.validation`, `occupancy` (C,) and `entropy` of q(c|X) on the validation
        data (training data without any), and `seconds` since the start.

    Raises:
        ValueError: data that do not fit the model, or a checkpoint of another run.
        FloatingPointError: a term of the bound stopped being finite.
    """
    started = time.perf_counter()
    arrays = check_data(train, model.modalities, complete=True)
    held_out = (
        check_data(validation, model.modalities, complete=True) if validation is not None else None
    )
    data = {name: as_tensor(array) for name, array in arrays.items()}
    n = len(next(iter(arrays.values())))
    if n < model.clusters:
        raise ValueError(
            f"train must hold at least as many specimens as clusters; received {n} for {model.clusters}."
        )
    model.reset()
    start = initialise(model, arrays, config)
    evidence = config.evidence_epochs if start is not None else 0
    holding = tf.Variable(False)
    stream = expectation(model, data, config.responsibilities)
    rows = {"data": data}
    if evidence:
        rows["held"] = tf.constant(np.log(start.responsibilities + 1e-30))
    descent = Descent(
        _step_terms(model, holding, config),
        term_names(model.decoders, model.scientific),
        _trainable(model, config),
        rows,
        batch_size=config.batch_size,
        shards=config.shards,
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        schedule=config.schedule,
        warmup_steps=config.warmup_steps,
        gradient_clip=config.gradient_clip,
        jit_compile=config.jit_compile,
        seed=(model.seed, 11),
    )
    watched_too = {f"validation {k}": v for k, v in (held_out or {}).items()}
    keeper = Checkpoint(
        checkpoint, "stage_one", identity(model, arrays | watched_too, config, checkpoint)
    )
    best = _resume(model, descent, keeper)
    first = len(model.history_)
    watched = held_out if held_out is not None else {k: v[:SOME] for k, v in arrays.items()}
    started -= model.history_[-1]["seconds"] if model.history_ else 0.0
    bar = Progress(
        "stage one", (config.epochs - first) * descent.steps * descent.batch_size, progress
    )
    for epoch in range(first, config.epochs):
        holding.assign(epoch < evidence)
        if epoch >= evidence:
            em_step(model, stream, config, seed=(model.seed, epoch))
        losses = descent.epoch(epoch, bar.update)
        row = {"epoch": epoch + 1, "elbo": -sum(losses.values())} | {
            f"term.{k}": -v for k, v in losses.items()
        }
        row |= _watch(model, watched, config, held_out is not None)
        row["seconds"] = time.perf_counter() - started
        model.history_.append(row)
        loss = -row.get("elbo.validation", row["elbo"])
        if config.keep == "best" and (not best or loss < best["loss"]):
            best = {"loss": loss} | archive.state(model)
        if checkpoint is not None:
            arrays_now = (
                archive.state(model) | descent.state() | {f"best/{k}": v for k, v in best.items()}
            )
            keeper.save({"history": model.history_}, arrays_now)
        bar.update(0, f"· bound {row['elbo']:.2f}")
        if callback is not None:
            callback(model, row)
    bar.close()
    if best:
        archive.restore(model, best)
    _measure_residuals(model, arrays)
    return model.history_


def _resume(model: FingerprintModel, descent: Descent, keeper: Checkpoint) -> dict:
    """Put the state of the last finished epoch back, if there is one; returns the best model so far, if one is kept."""
    found = keeper.load()
    if found is None:
        return {}
    progress, arrays = found
    archive.restore(model, arrays)
    descent.restore(arrays)
    model.history_ = progress["history"]
    return {k.removeprefix("best/"): v for k, v in arrays.items() if k.startswith("best/")}


def initialise(model: FingerprintModel, arrays: Mapping[str, np.ndarray], config: Training):
    """Go to a label-free starting point; returns the `Start`, or None for a random one."""
    for name, modality in model.modalities.items():
        if config.start == "physics" and isinstance(modality, Curve):
            model.scaling[name].assign([arrays[name].mean(), max(arrays[name].std(), 1e-12)])
    if config.start == "random":
        return _random_start(model, arrays)
    start = physics_start(
        arrays,
        list(model.modalities.values()),
        model.clusters,
        model.latent_dim,
        config.separation,
        model.seed,
    )
    model.means.assign(start.means)
    model.log_variances.assign(tf.zeros_like(model.log_variances))
    weights = np.maximum(start.responsibilities.mean(axis=0), 1e-6)
    model.logits.assign(np.log(weights / weights.sum()))
    for name in model.scientific:
        model.expert_parameters[name].assign(start.expert_parameters[name])
        if config.expert_variance != "held":
            model.expert_log_variance[name].assign(np.log(start.expert_variance[name]))
    return start


def _random_start(model: FingerprintModel, arrays: Mapping[str, np.ndarray]) -> None:
    """Centres from N(0, 1), widths C^(-1/L), experts near the fit to all data: as the release."""
    rng = np.random.default_rng([model.seed, 3])
    model.means.assign(rng.standard_normal(model.means.shape))
    model.log_variances.assign(
        np.full(model.means.shape, -2 / model.latent_dim * np.log(model.clusters))
    )
    model.logits.assign(np.zeros(model.clusters))
    for name, modality in model.scientific.items():
        everything = arrays[name].astype(np.float64).mean(axis=0, keepdims=True)
        theta = modality.expert.least_squares(np.asarray(modality.t), everything)
        spread = 1 + 0.02 * rng.standard_normal((model.clusters, theta.shape[1]))
        model.expert_parameters[name].assign(theta * spread)
        model.expert_log_variance[name].assign(np.zeros(model.clusters))


def _step_terms(model, holding, config):
    """Loss terms of a batch: the negated ELBO terms."""
    modalities = len(model.modalities)

    def terms(rows: Mapping, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = dict(rows["data"])
        size = next(iter(batch.values())).shape[0]
        for name, modality in model.modalities.items():
            if config.shift and isinstance(modality, Image):
                batch[name] = random_shift(batch[name], config.shift, seed + 2)
        noise = tf.random.stateless_normal([size, model.latent_dim], seed)
        # rows come in random order, so the first of them are as good as any
        alone = min(round(config.modality_dropout * size / modalities), size // modalities)
        alone = alone if modalities > 1 else 0
        start = (holding, rows["held"]) if "held" in rows else None
        found = model.terms(
            batch, noise, config.responsibilities, alone=alone, held=start, training=True
        )
        return {name: -term for name, term in found.items()}

    return terms


def _trainable(model: FingerprintModel, config: Training) -> list:
    """What Adam changes: the networks, and whatever has been left to it."""
    variables = [
        w
        for g in (model.encoders, model.decoders)
        for n in g.values()
        for w in n.trainable_variables
    ]
    if config.weights == "adam":
        variables.append(model.logits)
    if config.widths == "adam":
        variables.append(model.log_variances)
    if config.experts == "adam":
        variables += list(model.expert_parameters.values())
    if config.expert_variance == "adam":
        variables += list(model.expert_log_variance.values())
    return variables


def _watch(
    model: FingerprintModel, data: Mapping[str, np.ndarray], config: Training, held_out: bool
) -> dict:
    """Bound, occupancy and entropy of q(c|X) on data that are only looked at; warns of starving clusters."""
    gamma = model.responsibilities(data, config.responsibilities)
    occupancy = gamma.mean(axis=0)
    for cluster in np.flatnonzero(occupancy < STARVING / model.clusters):
        warnings.warn(
            f"Cluster {cluster} holds {occupancy[cluster]:.2%} of the data (an even share is "
            f"{1 / model.clusters:.0%}). "
            "Fewer clusters, another seed, or a longer evidence_epochs may help.",
            StarvingClusterWarning,
            stacklevel=3,
        )
    row = {
        "occupancy": occupancy.tolist(),
        "entropy": float(-np.sum(gamma * np.log(np.maximum(gamma, 1e-30)), axis=1).mean()),
    }
    return (
        row | {"elbo.validation": model.score(data, config.responsibilities)} if held_out else row
    )


def _measure_residuals(model: FingerprintModel, arrays: Mapping[str, np.ndarray]) -> None:
    """Mean squared residual of each black-box decoder on (at most 10 000) training specimens."""
    some = {name: array[:SOME] for name, array in arrays.items()}
    if model.decoders:
        decoded = model.decode(model.transform(some))
        for name in model.decoders:
            model.residual_variance[name].assign(np.mean(np.square(decoded[name] - some[name])))
