"""Short fits of tiny models, ways to interrupt them, and a loop without a model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

import fplib as fp
from fplib.config import Optimization
from fplib.training.loop import Descent
from tests.support.models import eagerly, scrambled, specimens, tiny

SMALL = specimens(60)

SHORT = {"epochs": 2, "batch_size": 60, "progress": False}


def fitted(
    data: Mapping[str, np.ndarray] = SMALL, model: fp.FingerprintModel | None = None, **options
) -> fp.FingerprintModel:
    """A model after two short epochs."""
    model = tiny() if model is None else model
    with eagerly():
        model.fit(data, **SHORT | options)
    return model


@functools.cache
def usual() -> dict[str, np.ndarray]:
    """The arrays of the usual short fit."""
    return fitted().state()


class Killed(Exception):
    """Stands for a power cut."""


def kill_after(epoch: int) -> Callable:
    def callback(model: fp.FingerprintModel, row: dict) -> None:
        if row["epoch"] == epoch:
            raise Killed

    return callback


def with_unimodal(
    model: fp.FingerprintModel | None = None, **options: object
) -> tuple[fp.FingerprintModel, list[dict]]:
    """A general model with unimodal encoders of two short epochs, and the history."""
    model = scrambled(tiny()) if model is None else model
    with eagerly():
        history = model.fit_crossmodal(SMALL, **SHORT | {"batch_size": 30} | options)
    return model, history


ROWS = 23


class Recorder:
    """Terms that remember the rows, each its own number, and the seeds; the loss pulls the variable to the rows."""

    names = ("first", "second", "step")

    def __init__(self) -> None:
        self.variable = tf.Variable([0.0, 0.0])
        self.rows: list[list[int]] = []
        self.seeds: list[tuple[int, int]] = []

    def __call__(self, batch: dict, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        rows = batch["row"]
        if tf.executing_eagerly():
            self.rows.append(rows.numpy().tolist())
            self.seeds.append(tuple(seed.numpy().tolist()))
        x = tf.cast(rows, tf.float32)
        return {
            "first": tf.square(x - self.variable[0]),
            "second": tf.abs(x + self.variable[1]),
            "step": tf.cast(seed[1], tf.float32) * tf.ones_like(x),
        }


def descent(
    terms: Callable,
    variables: list,
    names: list[str] | None = None,
    specimens: int = ROWS,
    **changes: object,
) -> Descent:
    """A short descent; keywords replace its settings."""
    settings = {
        "batch_size": 5,
        "epochs": 3,
        "learning_rate": 0.1,
        "schedule": "cosine",
        "warmup_steps": 2,
        "gradient_clip": None,
        "shards": 1,
        "jit_compile": False,
    } | changes
    seed = settings.pop("seed", (7, 11))
    data = {"row": tf.range(specimens)}
    config = Optimization(**settings)
    return Descent(terms, names or Recorder.names, variables, data, config, seed)
