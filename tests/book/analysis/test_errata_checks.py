"""The numerical tests of the errata page hold, and notice a library that is broken."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from book.analysis import errata_bound as bound
from book.analysis import errata_specimens as specimens
from fplib import data, experts, gaussians, mixture
from fplib.gaussians import DiagonalGaussian

T = np.linspace(0.0, 1.0, 20)
LABELS = np.arange(2_000) % 10
LINES = LABELS[:, np.newaxis] * T
BOUND = {
    "widths": lambda: bound.clusters_of_width_one(1, worlds=200),
    "sign": lambda: bound.sign_of_the_divergence(1, 20_000),
    "product": lambda: bound.coverage_of_the_product(1, 20_000),
    "gradient": lambda: bound.gradient_through_gamma(1),
    "stream": lambda: bound.order_of_the_stream(1, 3),
    "evaluation": lambda: bound.random_evaluation(1, 3),
    "adam": lambda: bound.speed_of_adam(steps=50),
    "direction": bound.best_unimodal,
    "underflow": bound.underflow,
}


def noisy(std, seed=0):
    return LINES + np.random.default_rng(seed).normal(0.0, std, LINES.shape)


@pytest.mark.parametrize("name", BOUND)
def test_statements_about_the_bound_hold_for_another_seed(name):
    found = BOUND[name]()
    if isinstance(found, dict):
        assert all(np.all(np.isfinite(value)) for value in found.values())
    else:
        assert isinstance(found, pd.DataFrame)


def test_statements_about_curves_hold():
    assert specimens.noise_of_the_experts(noisy(0.01), LABELS, T)["expert.std"] == pytest.approx(
        0.01, rel=0.02
    )
    assert abs(specimens.intercepts(noisy(0.01), LABELS, T)["affine.intercept"]) < 1e-3
    assert specimens.scaled_curves(noisy(0.5), LABELS, T)["scaling.offset"] > 0.1
    table = specimens.ceilings(LABELS, T)
    assert list(table["raw units"].round(3)) == [1.0, 1.0, 0.992, 0.942]


def test_a_noise_that_differs_between_the_sets_is_noticed():
    images = np.zeros((len(LABELS), 2, 2))
    clean, other = {"image": images}, {"image": images, "curve": noisy(0.5)}
    specimens.independent_noise(clean, other, LABELS, T)
    drift = np.cumsum(noisy(0.5) - LINES, axis=1)  # noise that lasts from point to point
    with pytest.raises(AssertionError):
        specimens.independent_noise(clean, other | {"curve": LINES + drift}, LABELS, T)
    with pytest.raises(AssertionError):
        specimens.independent_noise({"image": images + 1}, other, LABELS, T)


def test_curves_with_an_intercept_are_noticed():
    with pytest.raises(AssertionError):
        specimens.intercepts(noisy(0.01) + 0.01, LABELS, T)


def test_tables_of_networks():
    strides = specimens.decoder_strides()
    assert list(strides[""]) == ["too large", "fits"] * 2
    assert strides["sides of the maps"][2] == "38 → 114 → 342 → 342"
    cost = specimens.encoder_cost()
    # 26 and 24 positions a side, kernels of 3 x 3, 1 to 32 to 64 channels, a head of 6 outputs
    products = 26**2 * 9 * 32 + 24**2 * 9 * 32 * 64 + 24**2 * 64 * 6
    assert cost["million products"][0] == pytest.approx(products / 1e6)
    assert cost["inputs of the head"][0] == 24**2 * 64


def test_networks_on_digits():
    images = data.mnist(noise_std=0.01, digits=10).test["image"][:200]
    found = specimens.order_of_layers(images, 1) | specimens.negative_outputs(images, 1)
    assert found["order.elu_first.std"] == pytest.approx(1.0, abs=0.01)


def test_counts_of_lattices():
    found = specimens.held_out_lattices() | specimens.different_tiles(0)
    assert round(1800 / found["lattice.test"], 2) == 94.74
    assert found["tiles.release_all"] == 2 * found["tiles.release"] == 8


def with_prior(factors):
    """The exact posterior of the smallest case: the prior is counted once."""
    precision = sum(tf.exp(-f.log_variance) for f in factors) - 1
    mean = sum(f.mean * tf.exp(-f.log_variance) for f in factors) / precision
    return DiagonalGaussian(mean, -tf.math.log(precision))


def padded(z, prior):
    density = tf.exp(prior.log_weights + gaussians.log_density(z[:, None, :], prior.components))
    density += tf.cast(1e-10, density.dtype)
    return tf.math.log(density / tf.reduce_sum(density, axis=-1, keepdims=True))


@pytest.mark.parametrize(
    ("name", "module", "function", "broken"),
    [
        ("product", gaussians, "product_of_experts", with_prior),
        ("underflow", mixture, "log_responsibilities", padded),
        (
            "gradient",
            mixture,
            "mean_field_log_responsibilities",
            lambda q, prior, evidence: mixture.log_responsibilities(q.mean, prior),
        ),
        (
            "direction",
            gaussians,
            "kl_divergence",
            lambda q, p, of=gaussians.kl_divergence: of(p, q),
        ),
    ],
)
def test_a_broken_library_is_noticed(monkeypatch, name, module, function, broken):
    monkeypatch.setattr(module, function, broken)
    with pytest.raises(AssertionError):
        BOUND[name]()


def test_a_noise_that_is_not_the_minimiser_is_noticed(monkeypatch):
    monkeypatch.setattr(
        experts, "noise_variance", lambda mean, variance, _: variance.mean(axis=1) * 2
    )
    with pytest.raises(AssertionError):
        specimens.noise_of_the_experts(noisy(0.01), LABELS, T)
