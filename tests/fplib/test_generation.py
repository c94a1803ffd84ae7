"""Predicted and generated specimens against draws and definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import log_softmax

import fplib as fp
from fplib import inference
from tests.support.models import T, complete, eagerly, scrambled, specimens, tiny, trained
from tests.support.tolerances import BAND, SINGLE, assert_close, assert_within_band

NEW = specimens(60, seed=7)


# -- prediction of one modality from others -------------------------------------------------------


def test_expert_moments_against_draws() -> None:
    """Choose a cluster by gamma, then add the cluster's noise to its curve."""
    model = scrambled(tiny())
    model.expert_log_variance["curve"].assign([-2.0, 0.0, -4.0])
    data = {"image": NEW["image"][:4]}
    with eagerly():
        mean, variance = model.infer(data, "curve")
        gamma = model.responsibilities(data).astype(np.float64)
        curves = model.expert_curves("curve").numpy().astype(np.float64)
    assert (gamma.max(axis=1) < 0.99).all()
    rng = np.random.default_rng(0)
    draws = []
    for row in gamma:
        chosen = rng.choice(3, p=row / row.sum(), size=40_000)
        sigma = np.exp([-1.0, 0.0, -2.0])[chosen, np.newaxis]
        draws.append(curves[chosen] + sigma * rng.standard_normal((40_000, len(T))))
    draws = np.stack(draws, axis=1)
    assert_within_band(draws, mean, detects=0.1)
    assert_within_band(np.square(draws - mean), variance, detects=0.5)


def test_black_box_moments_against_draws() -> None:
    model = scrambled(tiny())
    head = model.encoders["curve"].layers[-1]
    head.bias.assign([0.0, 0.0, -3.0, -3.0])  # a posterior far narrower than one
    data = {"curve": NEW["curve"][:3]}
    with eagerly():
        q = model.posterior(data)
        z = q.mean + np.exp(q.log_variance / 2) * np.random.default_rng(5).standard_normal(
            (500, 3, 2)
        )
        draws = model.decode(z.reshape(-1, 2))["image"].reshape(500, 3, 12, 12)
        mean, variance = model.infer(data, "image", samples=50, seed=1)
        again, same, other = (model.infer(data, "image", samples=2, seed=s)[0] for s in (1, 1, 2))
    # two independent means: one of 500 and one of 50 draws
    error = draws.std(axis=0) * np.sqrt(1 / 500 + 1 / 50)
    assert (np.abs(mean - draws.mean(axis=0)) <= BAND * error + 1e-6).all()
    residual = float(model.residual_variance["image"])
    assert (variance >= residual * (1 - 1e-6)).all()
    spread = draws.var(axis=0)
    assert np.median((variance - residual) / spread) == pytest.approx(1, abs=0.3)
    assert np.array_equal(same, again)
    assert not np.array_equal(same, other)


def test_coverage_is_sane() -> None:
    """Curves from images: the 95 % interval of a right prediction holds 95 % of the points."""
    model, split = complete(), specimens(300, seed=8)
    data = {"image": split["image"]}
    mean, variance = model.infer(data, "curve")
    right = model.predict(data) == model.predict(split)
    assert right.mean() > 0.9
    covered = fp.metrics.coverage(split["curve"][right], mean[right], variance[right])
    assert 0.9 < covered < 0.99
    assert fp.metrics.coverage(split["curve"][right], mean[right], variance[right] / 9) < 0.6


def test_image_from_a_curve_is_better_than_the_mean_image() -> None:
    model, split = complete(), specimens(200, seed=8)
    mean, _ = model.infer({"curve": split["curve"]}, "image", samples=8)
    error = np.mean((mean - split["image"]) ** 2)
    assert error < 0.8 * np.mean((specimens()["image"].mean(axis=0) - split["image"]) ** 2)


def test_decoded_experts_are_averaged_by_equation_12() -> None:
    model = scrambled(tiny())
    z = np.random.default_rng(0).normal(size=(7, 2))
    with eagerly():
        decoded = model.decode(z)
    assert set(decoded) == {"image", "curve"}
    log_joint = log_softmax(model.logits.numpy()) + np.stack(
        [
            stats.norm(m, np.exp(s / 2)).logpdf(z).sum(axis=1)
            for m, s in zip(model.means.numpy(), model.log_variances.numpy(), strict=True)
        ],
        axis=1,
    )
    gamma = np.exp(log_softmax(log_joint, axis=1))
    expected = gamma @ (model.expert_parameters["curve"].numpy() * T)
    assert_close(decoded["curve"], expected, SINGLE)


# -- generation -----------------------------------------------------------------------------------


def test_generated_specimens_come_from_their_cluster() -> None:
    """Moments of 4000 draws of Z and of the curve."""
    model = scrambled(tiny())
    model.expert_log_variance["curve"].assign([-2.0, 0.0, -4.0])
    with eagerly():
        for cluster in range(3):
            drawn = model.generate(cluster, n=4000)
            centre = model.means.numpy()[cluster].astype(np.float64)
            width = np.exp(model.log_variances.numpy()[cluster].astype(np.float64))
            assert_within_band(drawn["z"] / np.sqrt(width), centre / np.sqrt(width), detects=0.2)
            assert_within_band(np.square(drawn["z"] - centre) / width, np.ones(2), detects=0.3)
            curve = model.expert_curves("curve").numpy()[cluster].astype(np.float64)
            variance = np.exp([-2.0, 0.0, -4.0][cluster])
            standard = (drawn["curve"] - curve) / np.sqrt(variance)
            assert_within_band(standard, np.zeros(12), detects=0.2)
            assert_within_band(np.square(standard), np.ones(12), detects=0.3)


def test_the_model_generates_what_the_function_shown_in_the_book_does() -> None:
    model = scrambled(tiny())
    asked = {"n": 3, "seed": 4, "noise": False}
    with eagerly():
        for ours, shown in zip(
            model.generate(2, **asked).values(),
            inference.generate(model, 2, **asked).values(),
            strict=True,
        ):
            assert_close(ours, shown)


def test_generated_images_are_the_decoded_latent_points() -> None:
    model = trained()
    drawn = model.generate(1, n=5)
    assert_close(drawn["image"], model.decode(drawn["z"])["image"], SINGLE)


def test_generation_without_noise_and_its_seeds() -> None:
    model = trained()
    clean = model.generate(2, n=3, noise=False)
    assert np.array_equal(clean["curve"], np.tile(model.expert_curves("curve")[2], (3, 1)))
    one, same, other = (model.generate(2, n=3, seed=s) for s in (0, 0, 1))
    assert all(np.array_equal(one[n], same[n]) for n in one)
    assert not any(np.array_equal(one[n], other[n]) for n in one)
    first, third = (model.generate(c, n=3)["z"] - model.means[c] for c in (0, 2))
    assert not np.allclose(first, third, atol=0.01)  # every cluster has draws of its own
