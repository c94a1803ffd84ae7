"""Joint training: Algorithm 1 of the paper, an expectation-maximisation pass and an Adam epoch in turn.

Letters: N specimens, D modalities, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from fplib import inference
from fplib.arrays import as_tensor, check_data, check_varying
from fplib.config import Image, Training
from fplib.core import Core
from fplib.elbo import term_names
from fplib.mixture import Moments
from fplib.training.augmentation import random_shift
from fplib.training.checkpoint import Checkpoint, check_epochs, identity
from fplib.training.em import em_step, expectation, judge_experts
from fplib.training.initialization import Start
from fplib.training.loop import Descent, progress_bar
from fplib.training.start import initialise

SOME = 10_000  # specimens that are enough to watch training or to measure residuals
STARVING = 0.05  # share of an even occupancy below which a cluster is reported


class StarvingClusterWarning(UserWarning):
    """A cluster has lost nearly all its specimens."""


@np.errstate(under="ignore")  # probabilities of almost nothing, whatever the user has set
def fit(
    core: Core,
    train: Mapping[str, np.ndarray],
    validation: Mapping[str, np.ndarray] | None,
    config: Training,
    *,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
    callback: Callable[[Core, dict], bool | None] | None = None,
) -> None:
    """Train the joint model: see `fplib.FingerprintModel.fit`.

    Each epoch first streams the data through the encoders to gather the closed-form minimisers
    (centres, and whatever else `config` asks for), then takes one Adam epoch on the negative ELBO.
    Labels, if `train` carries any, are never read.

    Args:
        core: changed in place; `history_` and `seconds_["joint"]` are filled.
        train: modality name -> array, (N, ...), every modality present.
        validation: the same, of specimens that are only looked at; optional.
        config: see `fplib.config.Training`.
        checkpoint: folder for the state after every epoch, from which a killed run continues, and
            a finished one to more epochs (from there on with the schedule of the longer run).
        progress: show a progress bar; None decides by the terminal.
        callback: called with the model and the epoch's row of the history after every epoch; what
            it adds to the row is kept, and its time is not counted. Training ends when it returns
            True.

    Raises:
        ValueError: data that do not fit the model, or a checkpoint of another run.
        FloatingPointError: a term of the bound stopped being finite.
    """
    started = time.perf_counter()
    arrays, watched = _checked(core, train, validation)
    core.reset()
    start = initialise(core, arrays, config)
    frozen_epochs = config.frozen_epochs if start is not None else 0
    frozen = tf.Variable(False)  # whether q(c|X) stays as the start has it
    data = {name: as_tensor(array) for name, array in arrays.items()}
    stream = expectation(core, data, config.assignment)
    descent = _descent(core, data, start if frozen_epochs else None, frozen, config)
    best = _Best(config.keep == "best")
    seen = arrays | {f"validation {name}": array for name, array in watched.items()}
    keeper = Checkpoint(checkpoint, "joint", identity(core, seen, config, checkpoint))
    _resume(core, descent, best, keeper)
    done = len(core.history_)
    check_epochs(done, config.epochs, keeper.path)
    left = 0 if done and "stopped" in core.history_[-1] else config.epochs - done
    started -= core.history_[-1]["seconds"] if done else 0.0
    moments: dict[str, Moments] = {}
    with progress_bar("joint model", descent, left, progress) as bar:
        for epoch in range(done, done + left):
            frozen.assign(epoch < frozen_epochs)
            if epoch >= frozen_epochs:
                moments = em_step(core, stream, config, seed=(core.seed, epoch))
            losses = descent.epoch(epoch, bar.update)
            row = {"epoch": epoch + 1, "elbo": -sum(losses.values())}
            row |= {f"term.{name}": -loss for name, loss in losses.items()}
            row |= _watch(core, arrays, watched, config)
            row["seconds"] = time.perf_counter() - started
            core.history_.append(row)
            best.update(core, row.get("elbo.validation", row["elbo"]))
            begin = time.perf_counter()
            if callback is not None and callback(core, row):
                row["stopped"] = True  # a run that is resumed has to know, too
            started += time.perf_counter() - begin  # its time is not the training's
            keeper.save(core.history_, lambda: core.state() | descent.state() | best.state())
            bar.set_postfix_str(f"bound {row['elbo']:.2f}")
            if "stopped" in row:
                break
    best.put_back(core)
    _measure_residuals(core, arrays)
    core.seconds_["joint"] = time.perf_counter() - started
    judge_experts(core, moments)


def _checked(
    core: Core, train: Mapping[str, np.ndarray], validation: Mapping[str, np.ndarray] | None
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Training and validation data as checked arrays; the second are empty without any."""
    arrays = check_data(train, core.modalities, complete=True)
    check_varying(arrays, core.modalities)
    watched = {} if validation is None else check_data(validation, core.modalities, complete=True)
    n = len(next(iter(arrays.values())))
    if n < core.clusters:
        raise ValueError(
            f"train must hold at least as many specimens as clusters; received {n} for {core.clusters}."
        )
    return arrays, watched


def _descent(
    core: Core,
    data: Mapping[str, tf.Tensor],
    start: Start | None,
    frozen: tf.Variable,
    config: Training,
) -> Descent:
    """The Adam loop; with a start, q(c|X) is the start's while the flag `frozen` is set."""
    rows: dict[str, Any] = {"data": data}
    if start is not None:
        rows["start"] = tf.constant(np.log(start.responsibilities + 1e-30))
    return Descent(
        _step_terms(core, frozen, config),
        term_names(core.decoders, core.scientific),
        _trainable(core, config),
        rows,
        config,
        seed=(core.seed, 11),
    )


class _Best:
    """The state of the epoch with the highest bound, if it is asked for."""

    def __init__(self, wanted: bool) -> None:
        self.wanted, self.bound = wanted, -np.inf
        self.arrays: dict[str, np.ndarray] = {}

    def update(self, core: Core, bound: float) -> None:
        """Keep the state of this epoch if it is better than all before."""
        if self.wanted and (not self.arrays or bound > self.bound):
            self.bound, self.arrays = bound, core.state()

    def state(self) -> dict[str, np.ndarray]:
        """Arrays for a checkpoint."""
        kept = self.arrays | {"bound": np.array(self.bound)} if self.arrays else {}
        return {f"best/{name}": array for name, array in kept.items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put `state` back."""
        kept = {k.removeprefix("best/"): v for k, v in state.items() if k.startswith("best/")}
        self.bound, self.arrays = float(kept.pop("bound", -np.inf)), kept

    def put_back(self, core: Core) -> None:
        """Make the model what it was in the best epoch."""
        if self.arrays:
            core.restore(self.arrays)


def _resume(core: Core, descent: Descent, best: _Best, keeper: Checkpoint) -> None:
    """Put the state of the last finished epoch back, if there is one."""
    history, state = keeper.load()
    if history:
        with keeper.reading():
            core.restore(state)
            descent.restore(state)
            best.restore(state)
        core.history_ = history


def _step_terms(core: Core, frozen: tf.Variable, config: Training) -> Callable:
    """Loss terms of a batch: the negated ELBO terms."""
    modalities = len(core.modalities)

    def terms(rows: Mapping, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = dict(rows["data"])
        size = next(iter(batch.values())).shape[0]
        for name, modality in core.modalities.items():
            if config.shift and isinstance(modality, Image):
                batch[name] = random_shift(batch[name], config.shift, seed + 2)
        noise = tf.random.stateless_normal([size, core.latent_dim], seed)
        # rows come in random order, so the first of them are as good as any
        n_unimodal = min(round(config.modality_dropout * size / modalities), size // modalities)
        found = core.terms(
            batch,
            noise,
            config.assignment,
            n_unimodal=n_unimodal if modalities > 1 else 0,
            frozen=(frozen, rows["start"]) if "start" in rows else None,
            training=True,
        )
        return {name: -term for name, term in found.items()}

    return terms


def _trainable(core: Core, config: Training) -> list:
    """What Adam changes: the networks, and whatever has been left to it."""
    variables = [
        w for g in (core.encoders, core.decoders) for n in g.values() for w in n.trainable_variables
    ]
    if config.weights == "adam":
        variables.append(core.logits)
    if config.widths == "adam":
        variables.append(core.log_variances)
    if config.experts == "adam":
        variables += list(core.expert_parameters.values())
    if config.decoder_variance == "adam":
        variables += list(core.decoder_log_variance.values())
    if config.expert_variance == "adam":
        variables += list(core.expert_log_variance.values())
    return variables


def _watch(
    core: Core,
    arrays: Mapping[str, np.ndarray],
    watched: Mapping[str, np.ndarray],
    config: Training,
) -> dict:
    """Occupancy and entropy of q(c|X), and the bound on validation data; warns of starving clusters."""
    data = watched or {name: array[:SOME] for name, array in arrays.items()}
    gamma = inference.responsibilities(core, data, config.assignment)
    occupancy = gamma.mean(axis=0)
    for cluster in np.flatnonzero(occupancy < STARVING / core.clusters):
        warnings.warn(
            f"Cluster {cluster} holds {occupancy[cluster]:.2%} of the data (an even share is "
            f"{1 / core.clusters:.0%}). "
            "Fewer clusters, another seed, or more frozen_epochs may help.",
            StarvingClusterWarning,
            stacklevel=4,
        )
    row = {
        "occupancy": occupancy.tolist(),
        "entropy": float(-np.sum(gamma * np.log(np.maximum(gamma, 1e-30)), axis=1).mean()),
    }
    if watched:
        row["elbo.validation"] = inference.score(core, watched, config.assignment)
    return row


def _measure_residuals(core: Core, arrays: Mapping[str, np.ndarray]) -> None:
    """Mean squared residual of each black-box decoder on (at most 10 000) training specimens."""
    if core.decoders:
        some = {name: array[:SOME] for name, array in arrays.items()}
        decoded = inference.decode(core, inference.posterior(core, some).mean)
        for name in core.decoders:
            core.residual_variance[name].assign(np.mean(np.square(decoded[name] - some[name])))
