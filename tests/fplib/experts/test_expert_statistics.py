"""Weighted fits, noise, likelihood and moments of experts; wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from fplib.experts import Affine, Proportional
from fplib.experts import base as module
from fplib.mixture import Moments
from tests.support import references
from tests.support.numerics import (
    assert_finite_gradient,
    assert_gradient,
    assert_single_precision,
    cast,
)
from tests.support.problems import problem
from tests.support.tolerances import SINGLE, assert_close, assert_within_band

DRAWS = 100_000
T = np.linspace(0.0, 1.0, 20)


def check_weighted_fit(function: Callable) -> None:
    p = problem(n=40, points=20)
    weights, curves = p.responsibilities, p.curves
    for expert, columns in ((Proportional(), [T]), (Affine(), [np.ones(20), T])):
        wanted = references.weighted_linear_fit(np.stack(columns, axis=1), weights, curves)
        assert_close(function(expert, T, weights, curves), wanted)
        assert_close(function(expert, T, 7 * weights, curves), wanted)
        assert_close(function(expert, T, weights[::-1], curves[::-1]), wanted)
        single = function(expert, *(np.asarray(a, np.float32) for a in (T, weights, curves)))
        assert_close(single, wanted, SINGLE)
        twice = np.concatenate([weights, weights]) / 2  # each specimen as two halves
        assert_close(function(expert, T, twice, np.concatenate([curves, curves])), wanted)


def check_weighted_fit_monte_carlo(function: Callable) -> None:
    """With known labels it is unbiased, and as certain as a mean of slopes, one a specimen."""
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=DRAWS)
    slopes = np.array([1.0, -2.0])
    curves = np.outer(slopes[label], T) + rng.normal(size=(DRAWS, 20))
    found = function(Proportional(), T, np.eye(2)[label], curves)[:, 0]
    for c, slope in enumerate(slopes):
        assert_within_band(curves[label == c] @ T / (T @ T), slope, 0.05, found[c])


def check_noise_exact(function: Callable) -> None:
    p = problem(n=40)
    _, mean, variance = references.weighted_moments(p.responsibilities, p.curves)
    found = function(mean, variance, p.predictions)
    assert_close(found, references.noise_variance(p.responsibilities, p.curves, p.predictions))
    order = [2, 0, 3, 1]
    assert_close(function(mean[order], variance[order], p.predictions[order]), found[order])
    assert_close(function(2 * mean, 4 * variance, 2 * p.predictions), 4 * found)
    assert_close(function(p.predictions, 0 * variance, p.predictions), np.zeros(4))


def check_noise_per_point(function: Callable) -> None:
    """One variance a point; their average is the one variance of the curve."""
    p = problem(n=40)
    _, mean, variance = references.weighted_moments(p.responsibilities, p.curves)
    found = function(mean, variance, p.predictions, True)
    wanted = [
        [np.average((x - e) ** 2, weights=w) for x, e in zip(p.curves.T, curve, strict=True)]
        for w, curve in zip(p.responsibilities.T, p.predictions, strict=True)
    ]
    assert_close(found, wanted)
    assert_close(found.mean(axis=1), function(mean, variance, p.predictions))


def check_noise_monte_carlo(function: Callable) -> None:
    """It is the variance of the noise in the data."""
    noise = np.random.default_rng(0).normal(0, 0.5, size=(DRAWS, 6))
    curve = problem().predictions[:1]
    moments = Moments.of(tf.ones([DRAWS, 1], tf.float64), tf.constant(curve + noise))
    found = function(moments.mean.numpy(), moments.variance.numpy(), curve)
    assert_within_band((noise**2).mean(axis=1), 0.25, 0.01, found[0])


def check_noise_per_point_monte_carlo(function: Callable) -> None:
    """It is the variance of the noise at each point."""
    sigma = np.linspace(0.2, 0.7, 6)
    noise = sigma * np.random.default_rng(0).normal(size=(DRAWS, 6))
    curve = problem().predictions[:1]
    moments = Moments.of(tf.ones([DRAWS, 1], tf.float64), tf.constant(curve + noise))
    found = function(moments.mean.numpy(), moments.variance.numpy(), curve, True)
    assert_within_band(noise**2, sigma**2, 0.05, found[0])


def check_noise_maximises_the_bound(function: Callable) -> None:
    """No other variances, one a cluster or one a point, give a higher expected log-likelihood."""
    p = problem(n=40)
    _, mean, variance = references.weighted_moments(p.responsibilities, p.curves)
    rng = np.random.default_rng(0)
    for per_point in (False, True):
        best = function(mean, variance, p.predictions, per_point)

        def bound(v: np.ndarray) -> float:
            given = map(tf.constant, (p.curves, p.predictions, np.log(v)))
            return float(np.sum(p.responsibilities * module.log_likelihood(*given)))

        for size in (1.0, 0.1, 1e-2):
            assert bound(best * np.exp(size * rng.normal(size=best.shape))) < bound(best)


def check_likelihood_exact(function: Callable) -> None:
    p = problem()
    for offset, level in ((0.0, 0.0), (1e3, 0.0), (0.0, -90.0), (0.0, 90.0)):
        given = p.curves + offset, p.predictions, p.expert_log_variance + level
        assert_close(function(*map(tf.constant, given)), references.log_likelihood(*given))


def check_likelihood_per_point(function: Callable) -> None:
    """Independent points with deviations of their own; equal ones are the curve with one."""
    p = problem()
    for offset, level in ((0.0, 0.0), (1e3, 0.0), (0.0, -90.0), (0.0, 90.0)):
        log_variance = p.predictions[::-1] + level  # (C, T), all different
        given = p.curves + offset, p.predictions, log_variance
        wanted = [
            [
                stats.norm(e, np.exp(v / 2)).logpdf(x).sum()
                for e, v in zip(p.predictions, log_variance, strict=True)
            ]
            for x in p.curves + offset
        ]
        assert_close(function(*map(tf.constant, given)), wanted)
    equal = np.repeat(p.expert_log_variance[:, np.newaxis], 6, axis=1)
    given = tf.constant(p.curves), tf.constant(p.predictions)
    one = function(*given, tf.constant(p.expert_log_variance))
    assert_close(function(*given, tf.constant(equal)), one)
    arguments = (*given, tf.constant(p.predictions[::-1]))
    assert_gradient(function, *arguments)
    assert_single_precision(function, *arguments)


def check_likelihood_quadrature(function: Callable) -> None:
    """The density integrates to one over curves of two points."""
    axis = np.linspace(-12, 12, 121)
    for log_variance in (-1.0, 0.0, 1.0):
        sigma = np.exp(log_variance / 2)
        curves = sigma * np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
        given = curves, np.array([[0.3, -0.2]]), np.array([log_variance])
        density = np.exp(function(*map(tf.constant, given)))
        assert_close(density.sum() * (sigma * (axis[1] - axis[0])) ** 2, 1.0)


def check_likelihood_numerics(function: Callable) -> None:
    p = problem().tensors()
    arguments = p.curves, p.predictions, p.expert_log_variance
    assert_gradient(function, *arguments)
    assert_single_precision(function, *arguments)
    far = p.curves + 1024, p.predictions + 1024, p.expert_log_variance
    assert_single_precision(function, *far)  # squares of 1000 would leave nothing of the residuals
    assert_finite_gradient(function, *cast(far, tf.float32))
    order = [2, 0, 3, 1]
    permuted_clusters = tf.gather(p.predictions, order), tf.gather(p.expert_log_variance, order)
    found = function(p.curves, *permuted_clusters)
    assert_close(found, tf.gather(function(*arguments), order, axis=1))


def check_moments_exact(function: Callable) -> None:
    p = problem()
    for scale in (1.0, 1e3):
        given = p.responsibilities, scale * p.predictions, p.expert_log_variance
        found = function(*map(tf.constant, given))
        for a, b in zip(found, references.mixture_moments(*given), strict=True):
            assert_close(a, b)
    certain = function(tf.eye(4, dtype=tf.float64), *map(tf.constant, given[1:]))
    assert_close(certain[0], given[1])
    assert_close(certain[1], np.tile(np.exp(p.expert_log_variance)[:, np.newaxis], 6))


def check_moments_per_point(function: Callable) -> None:
    """The printed equations point by point; equal deviations are the curve with one."""
    p = problem()
    log_variance = p.predictions[::-1]
    given = p.responsibilities, p.predictions, log_variance
    mean, variance = function(*map(tf.constant, given))
    for t in range(6):
        column = p.responsibilities, p.predictions[:, [t]], log_variance[:, t]
        wanted = references.mixture_moments(*column)
        assert_close(mean[:, t], wanted[0][:, 0])
        assert_close(variance[:, t], wanted[1][:, 0])
    equal = np.repeat(p.expert_log_variance[:, np.newaxis], 6, axis=1)
    for a, b in zip(
        function(*map(tf.constant, (*given[:2], equal))),
        function(*map(tf.constant, (*given[:2], p.expert_log_variance))),
        strict=True,
    ):
        assert_close(a, b)
    assert_gradient(function, *map(tf.constant, given))


def check_moments_monte_carlo(function: Callable) -> None:
    """Mean and variance of draws: a cluster by its responsibility, then noise about its curve."""
    p, rng = problem(), np.random.default_rng(0)
    for log_variance in (p.expert_log_variance[:, np.newaxis], p.predictions[::-1] / 2):
        given = p.responsibilities, p.predictions, np.squeeze(log_variance)
        mean, variance = (np.asarray(a) for a in function(*map(tf.constant, given)))
        for i in range(7):
            c = rng.choice(4, size=DRAWS, p=p.responsibilities[i])
            x = p.predictions[c] + np.exp(log_variance[c] / 2) * rng.normal(size=(DRAWS, 6))
            assert_within_band(x, mean[i], 0.1)
            assert_within_band((x - x.mean(axis=0)) ** 2, variance[i], 0.5)


def check_moments_numerics(function: Callable) -> None:
    p = problem().tensors()
    arguments = p.responsibilities, p.predictions, p.expert_log_variance
    assert_gradient(function, *arguments)
    assert_single_precision(function, *arguments)
    order = [2, 0, 3, 1]
    renumbered = [tf.gather(a, order, axis=-1 if i == 0 else 0) for i, a in enumerate(arguments)]
    for a, b in zip(function(*renumbered), function(*arguments), strict=True):
        assert_close(a, b)
    alike = 1e4 + 1e-3 * p.predictions  # a difference of squares would be negative here
    small = p.expert_log_variance - 20
    variance = function(*cast((p.responsibilities, alike, small), tf.float32))[1]
    assert np.all(variance >= 0)


CHECKS: dict[str, list[Callable]] = {
    "weighted_least_squares": [check_weighted_fit, check_weighted_fit_monte_carlo],
    "noise_variance": [
        check_noise_exact,
        check_noise_monte_carlo,
        check_noise_per_point,
        check_noise_per_point_monte_carlo,
        check_noise_maximises_the_bound,
    ],
    "log_likelihood": [
        check_likelihood_exact,
        check_likelihood_per_point,
        check_likelihood_quadrature,
        check_likelihood_numerics,
    ],
    "mixture_moments": [
        check_moments_exact,
        check_moments_per_point,
        check_moments_monte_carlo,
        check_moments_numerics,
    ],
}


@pytest.mark.parametrize(("name", "check"), [(n, c) for n, cs in CHECKS.items() for c in cs])
def test_formula(name: str, check: Callable) -> None:
    check(getattr(module, name))


def test_variances_stay_above_rounding_and_above_a_share_of_their_curve() -> None:
    assert_close(module.above(np.array([4.0, 1e-9]), 1e-6), [4.0, 1e-6])
    variance = np.array([[0.0, 1.0, 3.0, 0.0], [1e-9, 1e-9, 1e-9, 1e-9]])
    wanted = [[1e-4, 1.0, 3.0, 1e-4], [1e-6] * 4]
    assert_close(module.above(variance, 1e-6), wanted)
