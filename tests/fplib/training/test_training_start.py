"""Joint training: where it begins, and how long the start is kept."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from fplib.arrays import check_data
from fplib.config import override
from fplib.training import joint as training
from fplib.training.initialization import Start, physics_start
from tests.support.fits import SMALL, fitted
from tests.support.models import CURVE, NOISE, PRESET, SLOPES, TRAINING, T, scrambled, tiny
from tests.support.tolerances import SINGLE, assert_close


def test_physics_start_is_put_into_the_model() -> None:
    model = scrambled(tiny())
    arrays = check_data(SMALL, model.modalities)
    start = training.initialise(model, arrays, TRAINING)
    assert_close(model.means, start.means, SINGLE)
    assert not model.log_variances.numpy().any()
    assert_close(tf.nn.softmax(model.logits), start.responsibilities.mean(axis=0), SINGLE)
    slopes = model.expert_parameters["curve"].numpy()[:, 0]
    assert_close(np.sort(slopes), SLOPES, 0.05)
    assert_close(np.exp(model.expert_log_variance["curve"]), np.full(3, NOISE**2), 0.5, scale=0)
    mean, deviation = model.scaling["curve"].numpy()
    assert_close([mean, deviation], [SMALL["curve"].mean(), SMALL["curve"].std()], SINGLE)


def test_random_start() -> None:
    """Centres from N(0, 1), widths C^(-1/L), uniform weights, every expert near the fit to all data."""
    model = fp.FingerprintModel([CURVE], 8, 3, preset=PRESET, seed=4)
    arrays = check_data({"curve": SMALL["curve"]}, model.modalities)
    config = override(TRAINING, start="random")
    assert training.initialise(model, arrays, config) is None
    assert_close(np.exp(0.5 * model.log_variances), np.full((8, 3), 0.5), SINGLE)
    assert not model.logits.numpy().any()
    assert not model.expert_log_variance["curve"].numpy().any()
    everything = SMALL["curve"].mean(axis=0) @ T / (T @ T)
    slopes = model.expert_parameters["curve"].numpy()[:, 0]
    assert_close(slopes / everything, np.ones(8), 0.1)
    assert len(set(slopes)) == 8
    assert 0.5 < model.means.numpy().std() < 1.5
    before = model.means.numpy()
    training.initialise(model, arrays, config)
    assert np.array_equal(model.means, before)


def test_random_start_of_the_usual_recipe() -> None:
    assert len(fitted(start="random", frozen_epochs=1).history_) == 2


def test_held_variance_is_not_touched_by_the_start() -> None:
    model = tiny()
    arrays = check_data(SMALL, model.modalities)
    training.initialise(model, arrays, override(TRAINING, expert_variance="fixed"))
    assert not model.expert_log_variance["curve"].numpy().any()


def test_evidence_is_held_during_the_first_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that is sure of nothing: its entropy is log 3 while it is held, and not afterwards."""
    start = physics_start

    def undecided(*arguments: object, **options: object) -> Start:
        found = start(*arguments, **options)
        uniform = np.full_like(found.responsibilities, 1 / 3)
        return Start(uniform, found.means, found.expert_parameters, found.expert_variance, 0.0)

    monkeypatch.setattr("fplib.training.start.physics_start", undecided)
    centres: list[np.ndarray] = []
    model = fitted(epochs=3, frozen_epochs=2, callback=lambda m, _: centres.append(m.means.numpy()))
    entropies = [row["term.cluster_entropy"] for row in model.history_]
    assert_close(entropies[:2], np.full(2, np.log(3)), SINGLE)
    assert entropies[2] < 0.1
    assert np.array_equal(centres[0], centres[1])  # no EM pass before the evidence is let go
    assert not np.array_equal(centres[1], centres[2])
