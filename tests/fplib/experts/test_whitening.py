"""Curves in units of scatter: whitening against the covariance it is for, and what that changes."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from sklearn.cluster import KMeans

from fplib import experts, metrics
from fplib.data.lattice import mechanics, specimens
from fplib.experts import (
    LinearHardening,
    Proportional,
    RoundedHardening,
    ScaledHardening,
    Standardised,
    effective_points,
    parameter_directions,
)

T = np.linspace(0, 1, 40)
CENTRE = T * 2
DIRECTIONS = np.stack([0.3 * T, 0.1 * np.sin(3 * T)], axis=1)
EXPERT = Standardised(Proportional(), CENTRE, DIRECTIONS, noise=0.05)


def test_standardised_curves_have_unit_variances() -> None:
    """The exact covariance, not a sample of it, becomes the identity."""
    covariance = DIRECTIONS @ DIRECTIONS.T + 0.05**2 * np.eye(40)
    matrix = EXPERT.standardise(CENTRE + np.eye(40))  # rows: where unit vectors go
    assert np.allclose(matrix.T @ covariance @ matrix, np.eye(40), atol=1e-10)
    assert np.allclose(matrix, matrix.T)
    assert np.allclose(EXPERT.standardise(CENTRE), 0)


def test_restoring_undoes_it() -> None:
    curves = np.random.default_rng(0).normal(size=(3, 4, 40))
    assert np.allclose(EXPERT.restore(EXPERT.standardise(curves)), curves)


def test_distances_are_those_of_mahalanobis() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 40))
    covariance = DIRECTIONS @ DIRECTIONS.T + 0.05**2 * np.eye(40)
    difference = EXPERT.standardise(a) - EXPERT.standardise(b)
    assert difference @ difference == pytest.approx((a - b) @ np.linalg.solve(covariance, a - b))


def test_without_directions_it_only_shifts_and_scales() -> None:
    plain = Standardised(Proportional(), CENTRE, np.zeros((40, 1)), noise=0.5)
    assert np.allclose(plain.standardise(CENTRE + T), T / 0.5)


def test_parameters_keep_their_meaning() -> None:
    slopes = np.array([[1.5], [2.5]])
    predicted = EXPERT.predict(T, slopes)
    assert np.allclose(EXPERT.restore(predicted), slopes * T)
    assert np.allclose(EXPERT.least_squares(T, predicted), slopes)
    assert EXPERT.parameter_names == ("slope",)


def test_generalised_and_ordinary_least_squares_agree() -> None:
    """Scatter along the law's own derivative: the minimum of the new distance is the old fit."""
    expert = Standardised(Proportional(), CENTRE, 0.3 * T[:, np.newaxis], noise=0.05)
    curve = 2 * T + np.random.default_rng(2).normal(0, 0.2, 40)
    target = expert.standardise(curve)
    design = expert.standardise(CENTRE + T)  # derivative of the prediction with the slope
    offset = expert.predict(T, np.zeros((1, 1)))[0]
    best = design @ (target - offset) / (design @ design)
    assert expert.least_squares(T, target[np.newaxis])[0, 0] == pytest.approx(best, rel=1e-9)


def test_tensors_and_arrays_agree() -> None:
    law = ScaledHardening()
    expert = Standardised(law, CENTRE, DIRECTIONS, noise=0.05)
    theta = np.array([[0.2, 0.5, 0.3], [0.3, 0.4, 0.1]])
    tensor = expert.predict(tf.constant(T, tf.float32), tf.constant(theta, tf.float32))
    assert tensor.dtype == tf.float32
    assert np.allclose(tensor.numpy(), expert.predict(T, theta), atol=1e-4)


def test_directions_are_derivatives() -> None:
    law, theta = RoundedHardening(), np.array([0.14, 0.60, 0.22, 0.02, 0.017])
    relative = np.array([0.1, 0.2, 0.15, 0.5, 0.5])
    found = parameter_directions(law, T, theta, relative)
    assert found.shape == (40, 5)
    for p in range(5):
        moved = theta.copy()
        moved[p] *= 1 + 1e-5
        slope = (law.predict(T, moved[None]) - law.predict(T, theta[None]))[0] / 1e-5
        assert np.allclose(found[:, p], relative[p] * slope, atol=1e-4)


def test_effective_points() -> None:
    rng = np.random.default_rng(3)
    together = rng.normal(size=(500, 1)) * T
    assert effective_points(together) == pytest.approx(1)
    alone = rng.normal(size=(20_000, 40))
    assert 38 < effective_points(alone) <= 40
    assert effective_points(together + 0.01 * alone[:500]) < 1.2


def test_lattices_are_sorted_by_kind_rather_than_by_strength() -> None:
    """Why all this is here: curves of the generator, two means, three data sets."""
    t, plain, fair, points = mechanics.STRAIN / 0.2, [], [], []
    for seed in range(3):
        chosen = specimens(0.6, 48, 43, seed)
        curves = chosen.curve.astype(np.float64) / chosen.curve.max()
        law, centre = RoundedHardening(), curves.mean(axis=0)
        theta = law.least_squares(t, centre[np.newaxis])[0]
        directions = parameter_directions(law, t, theta, [0.15, 0.15, 0.15, 0.5, 0.5])
        expert = Standardised(LinearHardening(), centre, directions, 1 / chosen.curve.max())
        for scores, seen in ((plain, curves), (fair, expert.standardise(curves))):
            found = KMeans(2, n_init=5, random_state=0).fit_predict(seen)
            scores.append(metrics.clustering_accuracy(chosen.labels, found))
        kinds = [curves[chosen.labels == k] for k in (0, 1)]
        points.append(effective_points(np.concatenate([c - c.mean(axis=0) for c in kinds])))
    assert np.mean(plain) < 0.90
    assert np.mean(fair) > 0.93
    assert max(points) < 1.5  # a curve of a hundred points is one observation


def test_it_survives_its_configuration() -> None:
    expert = Standardised(ScaledHardening(0.2, 55.0), CENTRE, DIRECTIONS, 0.02)
    loaded = experts.from_config(expert.to_config())
    assert loaded == expert
    assert loaded.law == ScaledHardening(0.2, 55.0)
    assert np.array_equal(loaded.standardise(CENTRE + T), expert.standardise(CENTRE + T))
    assert loaded != Standardised(ScaledHardening(0.2, 55.0), CENTRE, DIRECTIONS, 0.03)


@pytest.mark.parametrize(
    ("centre", "directions", "noise", "said"),
    [
        (CENTRE, DIRECTIONS[:-1], 0.1, "centre, directions: expected shapes"),
        (CENTRE[None], DIRECTIONS, 0.1, "centre, directions: expected shapes"),
        (CENTRE, DIRECTIONS, 0.0, "noise must be a finite number above 0"),
    ],
)
def test_what_does_not_fit_is_refused(centre, directions, noise, said) -> None:
    with pytest.raises(ValueError, match=said):
        Standardised(Proportional(), centre, directions, noise)


def test_relative_scatter_must_fit_the_law() -> None:
    with pytest.raises(ValueError, match=r"expected shape \(5,\) each"):
        parameter_directions(RoundedHardening(), T, np.ones(5), np.ones(3))


def test_covariance_is_that_of_the_directions_and_the_noise() -> None:
    rng = np.random.default_rng(5)
    directions = rng.standard_normal((9, 2))
    expert = Standardised(experts.Affine(), np.zeros(9), directions, 0.3)
    expected = directions @ directions.T + 0.09 * np.eye(9)
    assert np.allclose(expert.covariance(), expected, atol=1e-12)
    drawn = expert.restore(rng.standard_normal((200_000, 9)))
    assert np.allclose(np.cov(drawn.T), expected, atol=0.05)
