"""Responsibilities under the mixture prior; wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.optimize
import tensorflow as tf

from fplib import mixture as module
from fplib.elbo import elbo, elbo_terms
from fplib.gaussians import DiagonalGaussian, sample
from fplib.mixture import log_responsibilities
from tests.support import references
from tests.support.numerics import (
    assert_finite_gradient,
    assert_gradient,
    assert_single_precision,
    cast,
    gradients_of,
)
from tests.support.problems import (
    Problem,
    halved,
    moved,
    moved_mixture,
    overlapping,
    permuted,
    problem,
    wide,
)
from tests.support.tolerances import MINIMISER, SINGLE, assert_close, assert_within_band

DRAWS = 100_000


# -- p(c|Z), equation (15) ----------------------------------------------------


def check_responsibilities_exact(function: Callable) -> None:
    for p in (problem(), wide()):
        for z in (p.z, 1e3 * p.z):
            found = function(tf.constant(z), p.tensors().mixture)
            assert_close(found, references.log_responsibilities(z, p.mixture))
    m = problem().mixture
    for level in (-90.0, 90.0):
        extreme = m._replace(log_variances=m.log_variances + level)
        expected = references.log_responsibilities(problem().z, extreme)
        assert_close(function(tf.constant(problem().z), cast(extreme, tf.float64)), expected)


def check_responsibilities_far(function: Callable) -> None:
    """In float32 and far from every centre rows are probabilities and name the right cluster."""
    p = wide()
    for z in (p.z, 1e3 * p.z):
        log_gamma = function(tf.constant(z, tf.float32), p.tensors(tf.float32).mixture)
        assert log_gamma.dtype == tf.float32
        expected = references.log_responsibilities(z, p.mixture)
        assert_close(np.exp(log_gamma).sum(axis=1), np.ones(len(z)), SINGLE)
        assert_close(log_gamma, expected, SINGLE, scale=np.abs(expected).max())
        first, second = -np.sort(-expected, axis=1)[:, :2].T
        clear = first - second > 2 * SINGLE * np.abs(expected).max()
        assert clear.any()
        assert np.array_equal(np.argmax(log_gamma, axis=1)[clear], expected.argmax(axis=1)[clear])
        assert_finite_gradient(function, tf.constant(z, tf.float32), p.tensors(tf.float32).mixture)


def check_responsibilities_calibrated(function: Callable) -> None:
    """For draws (c, Z) of the model 1[c = k] - gamma_k averages to zero, also weighted by Z."""
    m, rng = problem().mixture, np.random.default_rng(0)
    cluster = rng.choice(4, size=DRAWS, p=np.exp(m.log_weights))
    z = m.means[cluster] + np.exp(m.log_variances[cluster] / 2) * rng.normal(size=(DRAWS, 3))
    residual = np.eye(4)[cluster] - np.exp(function(tf.constant(z), cast(m, tf.float64)))
    assert_within_band(residual, np.zeros(4), 0.02)
    assert_within_band(residual[:, :, np.newaxis] * z[:, np.newaxis], np.zeros((4, 3)), 0.05)


def check_responsibilities_invariances(function: Callable) -> None:
    p = problem().tensors()
    log_gamma = function(p.z, p.mixture)
    order = [2, 0, 3, 1]
    assert_close(function(p.z, permuted(p.mixture, order)), tf.gather(log_gamma, order, axis=1))
    assert_close(function(3 + 2 * p.z, moved_mixture(p.mixture)), log_gamma)
    split = function(p.z, halved(p.mixture))
    assert_close(tf.reduce_logsumexp(split[:, 3:], axis=1), log_gamma[:, 3])
    assert_close(split[:, :3], log_gamma[:, :3])
    heavier = p.mixture._replace(log_weights=p.mixture.log_weights + 5.0)
    assert_close(function(p.z, heavier), log_gamma)  # only ratios of weights matter
    assert_close(function(p.z, permuted(p.mixture, [1])), np.zeros((7, 1)))


def check_responsibilities_numerics(function: Callable) -> None:
    p = problem().tensors()
    assert_gradient(function, p.z, p.mixture)
    assert_single_precision(function, p.z, p.mixture)


# -- q*(c|X) ------------------------------------------------------------------


def bound(p: Problem, log_gamma: tf.Tensor) -> tf.Tensor:
    """The bound of a tensor problem with one expert modality, (N,)."""
    return elbo(elbo_terms({}, {"curve": p.likelihoods}, p.posterior, p.mixture, log_gamma))


def check_mean_field_exact(function: Callable) -> None:
    far = problem()._replace(posterior=moved(problem().posterior, factor=1e3))
    for p in (problem(), far):
        t = p.tensors()
        expected = references.mean_field_log_responsibilities(p.posterior, p.mixture, p.likelihoods)
        assert_close(function(t.posterior, t.mixture, t.likelihoods), expected)
        without = references.mean_field_log_responsibilities(p.posterior, p.mixture, 0.0)
        assert_close(function(t.posterior, t.mixture), without)


def check_mean_field_monte_carlo(function: Callable) -> None:
    """Log-odds between clusters are averages of log-joint ratios over draws of q(Z|X)."""
    p, rng = overlapping(), np.random.default_rng(0)
    q = p.posterior
    z = rng.normal(q.mean, np.exp(q.log_variance / 2), size=(DRAWS, 7, 3))[:, :, np.newaxis]
    c = p.mixture.components
    density = references.stats.norm(c.mean, np.exp(c.log_variance / 2)).logpdf(z).sum(-1)
    joint = p.mixture.log_weights + density + p.likelihoods
    t = p.tensors()
    found = function(t.posterior, t.mixture, p.likelihoods)
    assert_within_band(joint[:, :, 1:] - joint[:, :, :1], found[:, 1:] - found[:, :1], 0.2)


def check_mean_field_optimal(function: Callable) -> None:
    """It beats any other q(c) by exactly KL(q || q*), and a brute-force search agrees."""
    p = overlapping(n=2).tensors()
    best = function(p.posterior, p.mixture, p.likelihoods)
    paper = log_responsibilities(sample(p.posterior, p.z), p.mixture)
    near = [tf.nn.log_softmax(best + step * p.curves[:, :4]) for step in (1e-3, -1e-3, 0.1)]
    for other in (paper, tf.math.log(p.responsibilities), *near):
        gap = bound(p, best) - bound(p, other)
        assert np.all(gap >= 0)
        assert_close(gap, tf.reduce_sum(tf.exp(other) * (other - best), axis=1))

    def negative_bound(logits: np.ndarray) -> tuple[float, np.ndarray]:
        x = tf.constant(logits.reshape(2, 4))
        (gradient,) = gradients_of(lambda x: -tf.reduce_sum(bound(p, tf.nn.log_softmax(x[0]))), [x])
        value = -float(tf.reduce_sum(bound(p, tf.nn.log_softmax(x))))
        return value, gradient.numpy().ravel()

    search = scipy.optimize.minimize(negative_bound, np.zeros(8), jac=True, tol=1e-12)
    assert_close(tf.nn.softmax(search.x.reshape(2, 4)), tf.exp(best), MINIMISER)


def check_mean_field_invariances(function: Callable) -> None:
    p = problem().tensors()
    log_gamma = function(p.posterior, p.mixture, p.likelihoods)
    order = [2, 0, 3, 1]
    likelihoods = tf.gather(p.likelihoods, order, axis=1)
    found = function(p.posterior, permuted(p.mixture, order), likelihoods)
    assert_close(found, tf.gather(log_gamma, order, axis=1))
    assert_close(function(moved(p.posterior), moved_mixture(p.mixture), p.likelihoods), log_gamma)
    # certain of Z and without an expert it is the paper's p(c|Z)
    point = DiagonalGaussian(p.z, p.posterior.log_variance - 800)
    paper = references.log_responsibilities(problem().z, problem().mixture)
    assert_close(function(point, p.mixture), paper)
    # an expert that tells no cluster from another is as good as none
    silent = function(p.posterior, p.mixture, 0 * p.likelihoods + 7.0)
    assert_close(silent, function(p.posterior, p.mixture))


def check_mean_field_numerics(function: Callable) -> None:
    p = problem().tensors()
    arguments = p.posterior, p.mixture, p.likelihoods
    assert_gradient(function, *arguments)
    assert_single_precision(function, *arguments, scale=100)  # logits are of that size
    far = cast((moved(p.posterior, factor=1e3), *arguments[1:]), tf.float32)
    assert_finite_gradient(function, *far)


def check_mean_field_vague(function: Callable) -> None:
    """However vague q is, clusters of one width are told apart by all else; of others the widest is left."""
    p = problem()
    widths = np.full_like(p.mixture.log_variances, 0.3)
    equal = p.mixture._replace(log_variances=widths)
    # here the variance of q costs every cluster the same, so the reference may use any
    expected = references.mean_field_log_responsibilities(p.posterior, equal, p.likelihoods)
    widest = p.mixture._replace(log_variances=widths + 0.1 * (np.arange(len(widths)) == 1)[:, None])
    for level in (30.0, 200.0):
        vague = p.posterior._replace(log_variance=np.full_like(p.posterior.log_variance, level))
        found = function(*cast((vague, equal, p.likelihoods), tf.float32))
        assert_close(found, expected, SINGLE, scale=np.abs(expected).max())
        found = function(*cast((vague, widest, p.likelihoods), tf.float32))
        assert np.array_equal(np.exp(found)[:, 1], np.ones(len(found)))


def check_cluster_densities_exact(function: Callable) -> None:
    p = problem()
    for q in (p.posterior, moved(p.posterior, factor=1e3)):
        expected = references.expected_log_cluster_densities(q, p.mixture)
        assert_close(function(cast(q, tf.float64), p.tensors().mixture), expected)


def check_cluster_densities_numerics(function: Callable) -> None:
    p = problem().tensors()
    assert_gradient(function, p.posterior, p.mixture)
    assert_single_precision(function, p.posterior, p.mixture)


CHECKS: dict[str, list[Callable]] = {
    "log_responsibilities": [
        check_responsibilities_exact,
        check_responsibilities_far,
        check_responsibilities_calibrated,
        check_responsibilities_invariances,
        check_responsibilities_numerics,
    ],
    "mean_field_log_responsibilities": [
        check_mean_field_exact,
        check_mean_field_monte_carlo,
        check_mean_field_optimal,
        check_mean_field_invariances,
        check_mean_field_numerics,
        check_mean_field_vague,
    ],
    "expected_log_cluster_densities": [
        check_cluster_densities_exact,
        check_cluster_densities_numerics,
    ],
}


@pytest.mark.parametrize(("name", "check"), [(n, c) for n, cs in CHECKS.items() for c in cs])
def test_formula(name: str, check: Callable) -> None:
    check(getattr(module, name))


def test_components_are_the_means_and_log_variances() -> None:
    m = problem().tensors().mixture
    assert m.components.mean is m.means
    assert m.components.log_variance is m.log_variances
