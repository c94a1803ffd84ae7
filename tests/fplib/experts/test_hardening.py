"""Compression experts: units, limits that travel with a model, toe and rounded knee."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from fplib import experts
from fplib.data.lattice import mechanics
from fplib.experts import LinearHardening, RoundedHardening, ScaledHardening

T = np.linspace(0, 1, 100)
# yield strain, yield stress, hardening modulus, toe, rounding; two unlike lattices, scaled
THETA = np.array([[0.14, 0.60, 0.22, 0.02, 0.017], [0.22, 0.45, -0.05, 0.035, 0.03]])


def test_sharp_edges_are_the_limit_of_rounded_ones() -> None:
    sharp = LinearHardening().predict(T, THETA[:, :3])
    expert = RoundedHardening()
    distances = []
    for size in (1e-2, 1e-3, 1e-5):
        edged = np.concatenate([THETA[:, :3], np.full((2, 2), size)], axis=1)
        distances.append(np.abs(expert.predict(T, edged) - sharp).max())
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 1e-4
    assert distances[0] > 1e-2  # the rounding is there at all


def test_rounded_curve_has_the_moduli_it_names() -> None:
    """Slopes by differences: nothing at the start, k after the toe, h at the end; through zero."""
    theta = np.array([[0.5, 0.6, 0.3, 0.01, 0.01]])
    t = np.array([0.0, 1e-6, 0.2, 0.2001, 0.9, 0.9001])
    curve = RoundedHardening().predict(t, theta)[0]
    assert curve[0] == 0
    assert curve[1] / 1e-6 < 1e-3
    assert (curve[3] - curve[2]) / 1e-4 == pytest.approx(0.6 / 0.5, rel=1e-6)
    assert (curve[5] - curve[4]) / 1e-4 == pytest.approx(0.3, rel=1e-6)
    # beyond the knee the curve is the sharp one, late by the toe
    late = LinearHardening().predict(np.array([0.9 - 0.01]), theta[:, :3])[0, 0]
    assert curve[4] == pytest.approx(late, rel=1e-9)


def test_it_is_the_law_of_the_generator() -> None:
    """Without ripple and noise the generator's curves lie on the expert, parameter by parameter."""
    prints = mechanics.draw("gyroid", 0.6, 20, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    curves = mechanics.curves(prints, rng, ripple=0.0, noise=0.0)
    toe = np.random.default_rng(1).gamma(4.0, 0.001, (20, 1))[:, 0]
    theta = np.stack(
        [
            prints.yield_strain,
            prints.yield_stress,
            prints.hardening_modulus,
            toe,
            0.12 * prints.yield_strain,
        ],
        axis=1,
    )
    assert np.allclose(RoundedHardening().predict(mechanics.STRAIN, theta), curves, atol=1e-9)


def test_tensors_and_arrays_agree() -> None:
    for expert, theta in ((RoundedHardening(), THETA), (ScaledHardening(), THETA[:, :3])):
        tensor = expert.predict(tf.constant(T), tf.constant(theta)).numpy()
        assert np.allclose(tensor, expert.predict(T, theta), atol=1e-12)


def test_least_squares_finds_the_parameters_behind_noise() -> None:
    expert = RoundedHardening()
    noise = np.random.default_rng(0).normal(0, 1e-3, (2, 100))
    found = expert.least_squares(T, expert.predict(T, THETA) + noise)
    assert np.allclose(found[:, :3], THETA[:, :3], rtol=0.02, atol=0.002)
    assert np.allclose(found[:, 3:], THETA[:, 3:], atol=0.005)


def test_least_squares_is_never_worse_than_sharp_edges() -> None:
    curves = np.random.default_rng(3).normal(0, 0.1, (3, 100)).cumsum(axis=1)
    expert, sharp = RoundedHardening(), LinearHardening()
    edges = np.column_stack([sharp.least_squares(T, curves), np.full((3, 2), 1e-3)])
    misfit = [
        np.sum((expert.predict(T, theta) - curves) ** 2, axis=1)
        for theta in (expert.least_squares(T, curves), edges)
    ]
    assert (misfit[0] <= misfit[1] * 1.05).all()


def test_sharp_fits_of_a_rounded_curve_are_too_soft() -> None:
    """The reason for this expert: toe and rounding cost the two-piece law a fifth of the modulus."""
    truth = mechanics.draw("gyroid", 0.0, 30, np.random.default_rng(0))
    curves = mechanics.curves(truth, np.random.default_rng(1))
    for expert, low, high in ((ScaledHardening(), 0.70, 0.88), (RoundedHardening(), 0.985, 1.015)):
        found = expert.physical(expert.least_squares(mechanics.STRAIN, curves.astype(np.float64)))
        ratio = np.mean(found["modulus"] / truth.modulus)
        assert low < ratio < high


def test_limits_change_the_numbers_and_not_the_physics() -> None:
    curves = RoundedHardening().predict(T * 0.2, THETA * [0.2, 50, 250, 0.2, 0.2])
    for kind in (ScaledHardening, RoundedHardening):
        plain, scaled = kind(), kind(strain=0.2, stress=55.0)
        expected = plain.physical(plain.least_squares(T * 0.2, curves))
        found = scaled.physical(scaled.least_squares(T, curves / 55.0))
        assert list(found) == ["modulus", *kind.parameter_names]
        for name, values in expected.items():
            assert np.allclose(found[name], values, rtol=1e-3), name


def test_physical_takes_any_number_of_axes() -> None:
    expert = ScaledHardening(strain=0.2, stress=50.0)
    one = expert.physical(THETA[0, :3])
    assert one["modulus"] == pytest.approx(0.60 * 50 / (0.14 * 0.2))
    assert one["yield_strain"] == pytest.approx(0.028)
    assert one["yield_stress"] == pytest.approx(30.0)
    assert one["hardening_modulus"] == pytest.approx(0.22 * 250)
    many = expert.physical(np.broadcast_to(THETA[:, :3], (4, 2, 3)))
    assert many["modulus"].shape == (4, 2)
    assert many["modulus"][2, 0] == pytest.approx(one["modulus"])


@pytest.mark.parametrize("kind", [ScaledHardening, RoundedHardening])
@pytest.mark.parametrize(
    "limits", [{"stress": 0.0}, {"strain": -0.2}, {"stress": np.inf}, {"strain": "0.2"}]
)
def test_limits_that_cannot_be_are_refused(kind, limits) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(limits))} must be a finite number above 0"):
        kind(**limits)


def test_limits_are_part_of_the_expert() -> None:
    expert = ScaledHardening(strain=0.2, stress=55.0)
    loaded = experts.from_config(expert.to_config())
    assert loaded == expert
    assert loaded != ScaledHardening(strain=0.2, stress=56.0)
    assert type(loaded) is ScaledHardening


def test_a_saved_model_comes_back_with_its_limits_in_another_process(tmp_path) -> None:
    """Whoever opens the model need not know in which file its expert lives."""
    curve = fp.Curve("curve", tuple(T), ScaledHardening(strain=0.2, stress=55.25))
    model = fp.FingerprintModel([curve], clusters=2, latent_dim=1)
    model.expert_parameters["curve"].assign(THETA[:, :3].astype(np.float32))
    model.history_ = [{"epoch": 1, "seconds": 0.0}]  # as if it were trained
    path = model.save(tmp_path / "lattice.fpmodel.npz")
    code = (
        f"import fplib as fp; model = fp.load({str(path)!r}); "
        "e = model.modalities['curve'].expert; "
        "print(e.stress, e.physical(model.expert_parameters['curve'].numpy())['yield_stress'][0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    stress, first = map(float, done.stdout.split())
    assert stress == 55.25
    assert first == pytest.approx(0.6 * 55.25)
