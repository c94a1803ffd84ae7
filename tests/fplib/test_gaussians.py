"""Diagonal Gaussians; wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from fplib import gaussians
from fplib.gaussians import DiagonalGaussian
from tests.support import references
from tests.support.numerics import (
    assert_finite_gradient,
    assert_gradient,
    assert_single_precision,
    cast,
)
from tests.support.problems import extremes, gentle, moved, problem
from tests.support.tolerances import EXACT, assert_close, assert_within_band

DRAWS = 200_000


def draws_from(q: DiagonalGaussian, seed: int = 1) -> np.ndarray:
    """Draws by SciPy, (S, N, L)."""
    mean, deviation = np.asarray(q.mean), np.exp(np.asarray(q.log_variance) / 2)
    return np.random.default_rng(seed).normal(mean, deviation, size=(DRAWS, *mean.shape))


def scipy_log_density(x: np.ndarray, p: DiagonalGaussian) -> np.ndarray:
    """Log-densities of draws (S, N, L) under Gaussians (N, L)."""
    return stats.norm(p.mean, np.exp(np.asarray(p.log_variance) / 2)).logpdf(x).sum(-1)


def each_alone(nest: Any) -> Any:
    """Gaussians (7, 3) as (7, 1, 3): the latent axis is the last one, whatever stands before it."""
    return tf.nest.map_structure(lambda a: tf.expand_dims(a, 1), nest)


def check_kl_exact(kl: Callable) -> None:
    for q, p in ((problem().posterior, problem().other), extremes()):
        assert_close(kl(*cast((q, p), tf.float64)), references.kl_divergence(q, p))


def check_kl_monte_carlo(kl: Callable) -> None:
    q, p = gentle(problem().posterior), gentle(problem().other)
    z = draws_from(q)
    ratios = scipy_log_density(z, q) - scipy_log_density(z, p)
    assert_within_band(ratios, kl(*cast((q, p), tf.float64)), 0.1)


def check_kl_invariances(kl: Callable) -> None:
    q, p = problem().tensors()[:2]
    assert_close(kl(q, q), np.zeros(7))
    assert np.all(kl(q, p) > 0)
    assert_close(kl(moved(q), moved(p)), kl(q, p))  # other coordinates, same divergence
    axes = [kl(*tf.nest.map_structure(lambda a, j=j: a[:, j : j + 1], (q, p))) for j in range(3)]
    assert_close(kl(q, p), sum(axes))
    assert_close(kl(*each_alone((q, p))), tf.expand_dims(kl(q, p), 1))


def check_kl_numerics(kl: Callable) -> None:
    q, p = problem().tensors()[:2]
    assert_gradient(kl, q, p)
    assert_single_precision(kl, q, p)
    assert_finite_gradient(kl, *cast(extremes(), tf.float64))


def check_log_density_exact(log_density: Callable) -> None:
    x, p = problem().z, problem().posterior
    for points, each in ((x, p), (1e3 * x, p), (x, extremes()[0])):
        found = log_density(tf.constant(points), cast(each, tf.float64))
        assert_close(found, references.log_density(points, each))


def check_log_density_quadrature(log_density: Callable) -> None:
    """It integrates to one over two axes together."""
    p = DiagonalGaussian(*(a[:, :2] for a in problem().tensors().posterior))
    axis = np.linspace(-12, 12, 121)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 1, 2)  # in standard deviations
    density = np.exp(log_density(p.mean + tf.exp(p.log_variance / 2) * grid, p))
    area = np.exp(tf.reduce_sum(p.log_variance, -1) / 2) * (axis[1] - axis[0]) ** 2
    assert_close(density.sum(0) * area, np.ones(7))


def check_log_density_numerics(log_density: Callable) -> None:
    x, p = problem().tensors().z, problem().tensors().posterior
    assert_gradient(log_density, x, p)
    assert_single_precision(log_density, x, p)
    assert_finite_gradient(log_density, 1e3 * x, cast(extremes()[0], tf.float64))
    every = log_density(x[:, tf.newaxis], p)  # (7, 1, 3) broadcasts against (7, 3)
    assert_close(every[2, 5], log_density(x[2], DiagonalGaussian(p.mean[5], p.log_variance[5])))


def check_expected_log_density_exact(expected: Callable) -> None:
    for q, p in ((problem().posterior, problem().other), extremes()):
        assert_close(expected(*cast((q, p), tf.float64)), references.expected_log_density(q, p))


def check_expected_log_density_monte_carlo(expected: Callable) -> None:
    q, p = gentle(problem().posterior), gentle(problem().other)
    found = expected(*cast((q, p), tf.float64))
    assert_within_band(scipy_log_density(draws_from(q), p), found, 0.1)


def check_expected_log_density_invariances(expected: Callable) -> None:
    q, p = problem().tensors()[:2]
    certain = DiagonalGaussian(q.mean, q.log_variance - 800)  # variance zero in float64
    assert_close(expected(certain, p), references.log_density(q.mean, p))
    assert_close(expected(q, q), -references.entropy(q))
    assert_close(-references.entropy(q) - expected(q, p), references.kl_divergence(q, p))
    assert_close(expected(*each_alone((q, p))), tf.expand_dims(expected(q, p), 1))


def check_expected_log_density_numerics(expected: Callable) -> None:
    q, p = problem().tensors()[:2]
    assert_gradient(expected, q, p)
    assert_single_precision(expected, q, p)
    assert_finite_gradient(expected, *cast(extremes(), tf.float64))


def check_entropy_exact(entropy: Callable) -> None:
    for q in (problem().posterior, extremes()[0]):
        assert_close(entropy(cast(q, tf.float64)), references.entropy(q))


def check_entropy_monte_carlo(entropy: Callable) -> None:
    q = problem().tensors().posterior
    assert_within_band(-scipy_log_density(draws_from(q), q), entropy(q), 0.05)


def check_entropy_invariances(entropy: Callable) -> None:
    q = problem().tensors().posterior
    assert_close(entropy(moved(q, offset=1e3, factor=1.0)), entropy(q))
    assert_close(entropy(moved(q, factor=2.0)), entropy(q) + 3 * np.log(2))
    assert_close(entropy(each_alone(q)), tf.expand_dims(entropy(q), 1))


def check_entropy_numerics(entropy: Callable) -> None:
    q = problem().tensors().posterior
    assert_gradient(entropy, q)
    assert_single_precision(entropy, q)
    assert_single_precision(entropy, cast(extremes()[0], tf.float64))


def check_sample_exact(sample: Callable) -> None:
    noise = np.random.default_rng(0).normal(size=(7, 3))
    for q in (problem().posterior, extremes()[0]):
        pairs = zip(references.rows(q), noise, strict=True)
        expected = np.array([d.mean() + e * d.std() for d, e in pairs])
        assert_close(sample(cast(q, tf.float64), tf.constant(noise)), expected)


def check_sample_monte_carlo(sample: Callable) -> None:
    """The first two moments of the draws, in units of the standard deviation they should have."""
    q = gentle(problem().tensors().posterior)
    z = sample(q, tf.constant(np.random.default_rng(0).normal(size=(DRAWS, 7, 3))))
    deviation = (z - q.mean) / np.exp(q.log_variance / 2)
    assert_within_band(deviation, np.zeros((7, 3)), 0.05)
    assert_within_band(deviation**2, np.ones((7, 3)), 0.1)


def check_sample_numerics(sample: Callable) -> None:
    q, noise = problem().tensors().posterior, problem().tensors().z
    assert_gradient(sample, q, noise)
    assert_single_precision(sample, q, noise)


CHECKS: dict[str, list[Callable]] = {
    "kl_divergence": [
        check_kl_exact,
        check_kl_monte_carlo,
        check_kl_invariances,
        check_kl_numerics,
    ],
    "log_density": [
        check_log_density_exact,
        check_log_density_quadrature,
        check_log_density_numerics,
    ],
    "expected_log_density": [
        check_expected_log_density_exact,
        check_expected_log_density_monte_carlo,
        check_expected_log_density_invariances,
        check_expected_log_density_numerics,
    ],
    "entropy": [
        check_entropy_exact,
        check_entropy_monte_carlo,
        check_entropy_invariances,
        check_entropy_numerics,
    ],
    "sample": [check_sample_exact, check_sample_monte_carlo, check_sample_numerics],
}


@pytest.mark.parametrize(("name", "check"), [(n, c) for n, cs in CHECKS.items() for c in cs])
def test_formula(name: str, check: Callable) -> None:
    check(getattr(gaussians, name))


def test_constant_is_log_two_pi() -> None:
    assert_close(gaussians.LOG_2PI, np.log(2 * np.pi), EXACT)
