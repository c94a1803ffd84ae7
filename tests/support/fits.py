"""Short fits of tiny models, and ways to interrupt them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np

import fplib as fp
from fplib import archive
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
    return archive.state(fitted())


class Killed(Exception):
    """Stands for a power cut."""


def kill_after(epoch: int) -> Callable:
    def callback(model: fp.FingerprintModel, row: dict) -> None:
        if row["epoch"] == epoch:
            raise Killed

    return callback


def second_stage(
    model: fp.FingerprintModel | None = None, **options: object
) -> tuple[fp.FingerprintModel, list[dict]]:
    """A general model after two short epochs of stage two, and the history."""
    model = scrambled(tiny()) if model is None else model
    with eagerly():
        history = model.fit_crossmodal(SMALL, **SHORT | {"batch_size": 30} | options)
    return model, history
