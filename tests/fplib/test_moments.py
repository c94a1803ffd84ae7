"""Streamed moments and what maximises the bound, Algorithm 1; wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.optimize
import tensorflow as tf

from fplib import mixture as module
from fplib.elbo import elbo, elbo_terms
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture, Moments, maximise
from tests.support import references
from tests.support.numerics import cast, gradients_of
from tests.support.problems import Problem, moved, problem
from tests.support.tolerances import (
    EXACT,
    MINIMISER,
    SINGLE,
    STREAM,
    assert_close,
    assert_within_band,
)

DRAWS = 100_000
SHIFTED = 1e-6  # float64 itself knows values of 1e8 to 1.5e-8 only


def stream(moments: type[Moments], p: Problem, batches: list[np.ndarray]) -> Moments:
    """Moments of the posterior means, gathered batch by batch."""
    total = moments.zeros(4, 3)
    for rows in batches:
        weights, mean, log_variance = (
            tf.gather(a, rows) for a in (p.responsibilities, *p.posterior)
        )
        total = total.merge(moments.of(weights, mean, tf.exp(log_variance)))
    return total


def check_moments_exact(moments: type[Moments]) -> None:
    p = problem(n=40)
    weights, mean, spread = p.responsibilities, p.posterior.mean, np.exp(p.posterior.log_variance)
    for offset in (0.0, 1e8):  # far from the origin a difference of squares has no digit left
        for variances in (None, spread):
            wanted = references.weighted_moments(weights, mean, variances)
            found = moments.of(tf.constant(weights), tf.constant(mean + offset), variances)
            assert_close(found.weight, wanted[0])
            assert_close(found.mean, wanted[1] + offset)
            assert_close(found.variance, wanted[2], EXACT if offset == 0 else SHIFTED)
    pieces = stream(moments, p.tensors(), np.array_split(np.arange(40), 7))
    for a, b in zip(pieces, references.weighted_moments(weights, mean, spread), strict=True):
        assert_close(a, b)


def check_moments_streaming(moments: type[Moments]) -> None:
    """Other batches, another order, an empty batch or an unused cluster change nothing."""
    p = problem(n=40).tensors()
    whole = stream(moments, p, [np.arange(40)])
    order = np.random.default_rng(0).permutation(40)
    for batches in (
        np.array_split(np.arange(40), 6),
        np.array_split(order, 3),
        list(order[:, np.newaxis]),
        [np.arange(30), np.arange(0), np.arange(30, 40)],
    ):
        for found, wanted in zip(stream(moments, p, batches), whole, strict=True):
            assert_close(found, wanted, STREAM)
    first, second = stream(moments, p, [np.arange(25)]), stream(moments, p, [np.arange(25, 40)])
    for found, wanted in zip(second.merge(first), first.merge(second), strict=True):
        assert_close(found, wanted, STREAM)
    unused = p._replace(responsibilities=p.responsibilities * [0.0, 1.0, 1.0, 1.0])
    found = stream(moments, unused, np.array_split(order, 3))
    assert found.weight[0] == 0
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.variance).all()
    for a, b in zip(found, whole, strict=True):
        assert_close(a[1:], b[1:], STREAM)


def check_moments_monte_carlo(moments: type[Moments]) -> None:
    """Draws of known clusters give back their weights, centres and widths."""
    m, rng = problem().mixture, np.random.default_rng(0)
    cluster = rng.choice(4, size=DRAWS, p=np.exp(m.log_weights))
    member = np.eye(4)[cluster]
    z = rng.normal(m.means[cluster], np.exp(m.log_variances[cluster] / 2))
    total = moments.zeros(4, 3)
    for rows in np.array_split(np.arange(DRAWS), 5):
        total = total.merge(moments.of(tf.constant(member[rows]), tf.constant(z[rows])))
    assert_within_band(member, np.exp(m.log_weights), 0.02, total.weight / DRAWS)
    for c in range(4):
        own, variance = z[cluster == c], np.exp(m.log_variances[c])
        assert_within_band(own, m.means[c], 0.2, total.mean[c])
        squares = (own - m.means[c]) ** 2
        assert_within_band(squares / variance, np.ones(3), 0.2, total.variance[c] / variance)


def total_bound(p: Problem, m: GaussianMixture) -> tf.Tensor:
    """Bound of the data set for fixed responsibilities, weights normalised, ()."""
    m = m._replace(log_weights=tf.nn.log_softmax(m.log_weights))
    return tf.reduce_sum(elbo(elbo_terms({}, {}, p.posterior, m, tf.math.log(p.responsibilities))))


def fitted(function: Callable, p: Problem) -> GaussianMixture:
    """What maximisation makes of the posteriors of a problem."""
    spread = tf.exp(p.posterior.log_variance)
    return function(Moments.of(p.responsibilities, p.posterior.mean, spread), p.mixture)


def check_maximise_exact(function: Callable) -> None:
    for factor in (0.01, 1.0, 100.0):  # clusters far narrower and far wider than one unit
        p = problem(n=40)
        p = p._replace(posterior=moved(p.posterior, factor=factor))
        found = fitted(function, p.tensors())
        spread = np.exp(p.posterior.log_variance)
        _, mean, variance = references.weighted_moments(
            p.responsibilities, p.posterior.mean, spread
        )
        assert_close(found.log_weights, np.log(p.responsibilities.mean(axis=0)))
        assert_close(found.means, mean)
        assert_close(found.log_variances, np.log(variance))


def check_maximise_optimal(function: Callable) -> None:
    """No change of pi, mu_c or sigma_c^2 raises the bound, and a brute-force search agrees."""
    p = problem(n=40).tensors()
    best = fitted(function, p)
    for gradient in gradients_of(lambda m: total_bound(p, GaussianMixture(*m)), list(best)):
        assert_close(gradient, np.zeros(gradient.shape), EXACT, scale=40)  # a sum over 40 specimens
    rng = np.random.default_rng(0)
    for size in (1.0, 0.1, 1e-3):
        for changed in range(3):  # weights alone, centres alone, widths alone
            other = list(best)
            other[changed] += size * rng.normal(size=other[changed].shape)
            assert total_bound(p, GaussianMixture(*other)) < total_bound(p, best)

    def unpack(x: np.ndarray) -> list[tf.Tensor]:
        weights, means, log_variances = np.split(x, [4, 16])
        shaped = weights, means.reshape(4, 3), log_variances.reshape(4, 3)
        return [tf.constant(a) for a in shaped]

    def negative_bound(x: np.ndarray) -> tuple[float, np.ndarray]:
        gradients = gradients_of(lambda m: -total_bound(p, GaussianMixture(*m)), unpack(x))
        value = -float(total_bound(p, GaussianMixture(*unpack(x))))
        return value, np.concatenate([np.ravel(g) for g in gradients])

    search = scipy.optimize.minimize(negative_bound, np.zeros(28), jac=True, tol=1e-10)
    weights, *others = unpack(search.x)
    for found, wanted in zip([tf.nn.log_softmax(weights), *others], best, strict=True):
        assert_close(found, wanted, MINIMISER)


def check_maximise_unused_cluster(function: Callable) -> None:
    """A cluster without specimens keeps its place and width, and its weight stays a number."""
    p = problem().tensors()
    p = p._replace(responsibilities=p.responsibilities * [0.0, 1.0, 1.0, 1.0])
    found = fitted(function, p)
    assert_close(found.means[0], p.mixture.means[0])
    assert_close(found.log_variances[0], p.mixture.log_variances[0])
    assert np.isfinite(found.log_weights).all()
    assert found.log_weights[0] < -50
    assert_close(tf.reduce_sum(tf.exp(found.log_weights)), 1.0)
    assert not np.allclose(found.means[1:], p.mixture.means[1:])
    points = Moments(tf.ones([4], tf.float64), p.mixture.means + 1, tf.zeros([4, 3], tf.float64))
    found = function(points, p.mixture)
    assert_close(found.means, p.mixture.means + 1)
    assert_close(found.log_variances, p.mixture.log_variances)  # no spread, no width


def check_maximise_dtype(function: Callable) -> None:
    """Moments are summed in float64, the mixture keeps the precision of the model."""
    p = problem().tensors()
    moments = Moments.of(p.responsibilities, p.posterior.mean, tf.exp(p.posterior.log_variance))
    narrow, wide = function(moments, cast(p.mixture, tf.float32)), function(moments, p.mixture)
    for a, b in zip(narrow, wide, strict=True):
        assert (a.dtype, b.dtype) == (tf.float32, tf.float64)
        assert_close(a, b, SINGLE)


CHECKS: dict[str, list[Callable]] = {
    "Moments": [check_moments_exact, check_moments_streaming, check_moments_monte_carlo],
    "maximise": [
        check_maximise_exact,
        check_maximise_optimal,
        check_maximise_unused_cluster,
        check_maximise_dtype,
    ],
}


@pytest.mark.parametrize(("name", "check"), [(n, c) for n, cs in CHECKS.items() for c in cs])
def test_formula(name: str, check: Callable) -> None:
    check(getattr(module, name))


def test_expectation_maximisation_never_lowers_the_bound(rng: np.random.Generator) -> None:
    """Alternating the closed forms climbs, and finds the two clusters that made the data."""
    label = rng.integers(2, size=200)
    mean = np.array([[-2.0, 0.0], [2.0, 1.0]])[label] + 0.5 * rng.normal(size=(200, 2))
    q = DiagonalGaussian(*cast((mean, np.full((200, 2), -3.0)), tf.float64))
    start = np.log([0.5, 0.5]), np.array([[-0.1, 0.0], [0.1, 0.0]]), np.zeros((2, 2))
    m = GaussianMixture(*cast(start, tf.float64))
    values = []
    for _ in range(20):
        log_gamma = module.mean_field_log_responsibilities(q, m)
        values.append(float(tf.reduce_sum(elbo(elbo_terms({}, {}, q, m, log_gamma)))))
        m = maximise(Moments.of(tf.exp(log_gamma), q.mean, tf.exp(q.log_variance)), m)
    assert np.all(np.diff(values) >= -EXACT * np.abs(values[0]))
    assert values[-1] > values[0] + 1
    assert np.mean(np.argmax(log_gamma, axis=1) == label) > 0.95
