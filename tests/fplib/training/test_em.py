"""The streaming pass of Algorithm 1: its numbers, and what it may set."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from fplib.arrays import check_data
from fplib.config import override
from fplib.gaussians import DiagonalGaussian, sample
from fplib.mixture import log_responsibilities
from fplib.training import em
from tests.support import references
from tests.support.models import CURVE, SLOPES, TRAINING, T, eagerly, scrambled, specimens, tiny
from tests.support.tolerances import SINGLE, assert_close

N = 150

MANY = specimens(N, seed=2)

FEW = MANY.take(slice(60))

CLOSED = override(
    TRAINING,
    centres="closed_form",
    widths="closed_form",
    weights="closed_form",
    experts="least_squares",
)


def stepped(
    config: fp.config.Training, data: Mapping[str, np.ndarray] = MANY
) -> tuple[fp.FingerprintModel, dict[str, np.ndarray]]:
    """A general model before (its arrays) and after one EM pass in batches of 64 (the last of 22), two pieces each."""
    model = scrambled(tiny())
    before = model.state()
    arrays = {k: tf.constant(v) for k, v in check_data(data, model.modalities).items()}
    with eagerly(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(em, "BATCH", 64)
        stream = em.expectation(model, arrays, config.assignment)
        em.em_step(model, stream, config, seed=(3, 1))
    return model, before


def responsibilities(assignment: str) -> tuple[np.ndarray, DiagonalGaussian]:
    """gamma (N, C) and what Z is before the pass, all specimens at once, in float64."""
    model = scrambled(tiny())
    with eagerly():
        q = model.posterior(MANY)
        if assignment == "mean_field":
            gamma = model.responsibilities(MANY)
        else:  # the same draws as the pass: one stream of noise for each piece
            noise = [tf.random.stateless_normal([32, 2], [3, 1 + i]) for i in range(0, 160, 32)]
            z = sample(DiagonalGaussian(*map(tf.constant, q)), tf.concat(noise, 0)[:N])
            evidence = None
            if assignment == "structured":
                batch = {"curve": tf.constant(MANY["curve"])}
                evidence = model.expert_log_likelihoods(batch)["curve"]
                q = DiagonalGaussian(z.numpy(), np.full(z.shape, -np.inf))
            gamma = np.exp(log_responsibilities(z, model.mixture, evidence))
    return gamma.astype(np.float64), DiagonalGaussian(*(a.astype(np.float64) for a in q))


@pytest.mark.parametrize("assignment", fp.config.ASSIGNMENTS)
def test_streamed_pass_equals_the_whole_data_at_once(assignment: str) -> None:
    model, _ = stepped(override(CLOSED, assignment=assignment))
    gamma, q = responsibilities(assignment)
    assert gamma.mean(axis=0).min() > 0.05  # every cluster has something to say
    assert gamma.max(axis=1).min() < 0.9  # and not all specimens are certain
    variance = np.exp(q.log_variance)
    weight, mean, spread = references.weighted_moments(gamma, q.mean, variance)
    assert_close(model.means, mean, SINGLE)
    assert_close(np.exp(model.log_variances), spread, SINGLE)
    assert_close(tf.nn.softmax(model.logits), weight / N, SINGLE)
    curves = MANY["curve"].astype(np.float64)
    slopes = (gamma.T @ (curves @ T)) / weight / (T @ T)
    assert_close(model.expert_parameters["curve"], slopes[:, np.newaxis], SINGLE)
    noise = references.noise_variance(gamma, curves, slopes[:, np.newaxis] * T)
    assert_close(np.exp(model.expert_log_variance["curve"]), noise, SINGLE)


def test_order_of_the_stream_does_not_matter() -> None:
    order = np.random.default_rng(0).permutation(N)
    (one, _), (two, _) = stepped(CLOSED), stepped(CLOSED, MANY.take(order))
    for name, array in one.state().items():
        assert_close(two.state()[name], array, SINGLE)


GROUPS = {
    "means": {"centres": "fixed"},
    "log_variances": {"widths": "fixed"},
    "logits": {"weights": "fixed"},
    "expert_parameters/curve": {"experts": "adam"},
    "expert_log_variance/curve": {"expert_variance": "fixed"},
}


@pytest.mark.parametrize("fixed", [None, *GROUPS])
def test_only_what_the_options_say_is_set(fixed: str | None) -> None:
    """Everything in closed form but one; networks with their running averages never change."""
    model, before = stepped(override(CLOSED, **GROUPS[fixed]) if fixed else CLOSED, FEW)
    after = model.state()
    changed = {n for n in after if not np.array_equal(after[n], before[n])}
    assert changed == set(GROUPS) - {fixed}
    assert any("encoders" in n for n in after)


@pytest.mark.parametrize(("group", "option"), [("log_variances", "widths"), ("logits", "weights")])
def test_what_is_left_to_adam_is_not_set(group: str, option: str) -> None:
    model, before = stepped(override(CLOSED, **{option: "adam"}), FEW)
    assert np.array_equal(model.state()[group], before[group])


def test_cluster_without_specimens_keeps_what_it_has() -> None:
    model = scrambled(tiny())
    model.means.assign_add([[0, 0], [0, 0], [1e4, 0]])
    model.expert_parameters["curve"].assign([[1.0], [2.0], [70.0]])
    before = model.state()
    arrays = {k: tf.constant(v) for k, v in check_data(MANY, model.modalities).items()}
    with eagerly():
        em.em_step(model, em.expectation(model, arrays, "mean_field"), CLOSED, (0, 0))
    after = model.state()
    for name in ("means", "log_variances", "expert_parameters/curve", "expert_log_variance/curve"):
        assert np.array_equal(after[name][2], before[name][2])
        assert not np.array_equal(after[name][:2], before[name][:2])
    weights = np.exp(model.mixture.log_weights)
    assert weights[2] < 1e-6
    assert np.isfinite(after["logits"]).all()


def test_a_line_without_noise_keeps_a_positive_variance() -> None:
    lines = {"curve": SLOPES[MANY.labels, np.newaxis] * T}
    model = tiny([CURVE])
    model.expert_parameters["curve"].assign(SLOPES[:, np.newaxis])
    model.expert_log_variance["curve"].assign([-10.0] * 3)
    arrays = {k: tf.constant(v) for k, v in check_data(lines, model.modalities).items()}
    with eagerly():
        em.em_step(model, em.expectation(model, arrays, "mean_field"), CLOSED, (0, 0))
    variance = np.exp(model.expert_log_variance["curve"].numpy())
    assert (variance > 0).all()
    assert (variance < 1e-6).all()
