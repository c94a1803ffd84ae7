"""The assignment p(c|Z, X_S): its formula, its bound, and the terms at a sample of Z."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from fplib.elbo import elbo, elbo_terms
from fplib.gaussians import DiagonalGaussian, sample
from fplib.mixture import GaussianMixture, log_responsibilities, mean_field_log_responsibilities
from tests.support import references
from tests.support.numerics import assert_gradient, assert_single_precision, gradients_of
from tests.support.problems import overlapping, problem
from tests.support.tolerances import assert_close

Assign = Callable[[tf.Tensor, GaussianMixture, tf.Tensor], tf.Tensor]

WRONG: dict[str, Assign] = {
    "without the experts": lambda z, m, _: log_responsibilities(z, m),
    "experts twice": lambda z, m, x: log_responsibilities(z, m, 2 * x),
    "only the experts": lambda z, m, x: tf.nn.log_softmax(m.log_weights + x),
    "without the weights": lambda z, m, x: log_responsibilities(
        z, m._replace(log_weights=0 * m.log_weights), x
    ),
    "tempered": lambda z, m, x: tf.nn.log_softmax(log_responsibilities(z, m, x) / 2),
}


def at_sample(z: tf.Tensor, p, log_gamma: tf.Tensor) -> tf.Tensor:
    """The bound with everything about Z at one sample, (N,)."""
    images, curves = {"image": (p.images, p.decoded)}, {"curve": p.likelihoods}
    return elbo(elbo_terms(images, curves, p.posterior, p.mixture, log_gamma, z))


def check_bayes(assign: Assign) -> None:
    """Bayes' theorem, one specimen and cluster at a time in SciPy."""
    for p in (problem(), overlapping()):
        joint = references.log_joint(p.z, p.mixture) + p.likelihoods
        expected = joint - scipy.special.logsumexp(joint, axis=1, keepdims=True)
        t = p.tensors()
        assert_close(assign(t.z, t.mixture, t.likelihoods), expected)


def check_nothing_is_better(assign: Assign) -> None:
    """At every sample the bound beats that of any other q(c), by exactly KL(q || p(c|Z, X_S))."""
    p = overlapping().tensors()
    z = sample(p.posterior, p.z)
    best = assign(z, p.mixture, p.likelihoods)
    mean_field = mean_field_log_responsibilities(p.posterior, p.mixture, p.likelihoods)
    for other in (mean_field, log_responsibilities(z, p.mixture), tf.math.log(p.responsibilities)):
        gap = at_sample(z, p, best) - at_sample(z, p, other)
        assert np.all(gap > 0)
        assert_close(gap, tf.reduce_sum(tf.exp(other) * (other - best), axis=1))


def check_marginal(assign: Assign) -> None:
    """The terms add up to log p(X_1|Z) + log sum_c p(c) p(Z|c) p(X_S|c) - log q(Z|X)'s mean."""
    p = overlapping()
    t = p.tensors()
    joint = references.log_joint(p.z, p.mixture) + p.likelihoods
    pixels = references.stats.norm(p.decoded).logpdf(p.images).sum(axis=(1, 2))
    expected = scipy.special.logsumexp(joint, axis=1) + pixels + references.entropy(p.posterior)
    assert_close(at_sample(t.z, t, assign(t.z, t.mixture, t.likelihoods)), expected)


CHECKS = (check_bayes, check_nothing_is_better, check_marginal)


@pytest.mark.parametrize("check", CHECKS)
def test_formula(check: Callable) -> None:
    check(log_responsibilities)


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("check", CHECKS)
def test_every_check_rejects_every_wrong_formula(check: Callable, name: str) -> None:
    with pytest.raises(AssertionError):
        check(WRONG[name])


def test_numerics() -> None:
    p = problem().tensors()
    assert_gradient(log_responsibilities, p.z, p.mixture, p.likelihoods)
    assert_single_precision(log_responsibilities, p.z, p.mixture, p.likelihoods)


def test_order_of_the_three_bounds() -> None:
    """Averaged over Z: structured >= mean field >= the paper's, and none exceeds log p(X)."""
    p, draws = overlapping(n=2), 40_000
    noise = tf.constant(np.random.default_rng(0).normal(size=(draws, 3)))
    for i in range(2):
        rows = tf.nest.map_structure(
            lambda a: tf.repeat(tf.constant(a[i : i + 1]), draws, axis=0),  # noqa: B023
            (p.posterior, p.likelihoods),
        )
        q, x = DiagonalGaussian(*rows[0]), rows[1]
        m = p.tensors().mixture
        z = sample(q, noise)

        def mean(log_gamma, z=None, q=q, x=x, m=m):
            return float(tf.reduce_mean(elbo(elbo_terms({}, {"curve": x}, q, m, log_gamma, z))))

        structured = mean(log_responsibilities(z, m, x), z)
        mean_field = mean(mean_field_log_responsibilities(q, m, x))
        paper = mean(log_responsibilities(z, m))
        evidence = scipy.special.logsumexp(p.mixture.log_weights + p.likelihoods[i])
        assert paper < mean_field < structured < evidence


def test_derivative_through_the_assignment_vanishes() -> None:
    """The bound is at its maximum over q(c|Z, X_S): stopping that path changes no derivative."""
    p = overlapping().tensors()
    inputs = [*p.mixture, *p.posterior]

    def total(stop: Callable) -> Callable:
        def of(inputs: list[tf.Tensor]) -> tf.Tensor:
            mixture, posterior = GaussianMixture(*inputs[:3]), DiagonalGaussian(*inputs[3:])
            z = sample(posterior, p.z)
            log_gamma = stop(log_responsibilities(z, mixture, p.likelihoods))
            moved = p._replace(mixture=mixture, posterior=posterior)
            return tf.reduce_sum(at_sample(z, moved, log_gamma))

        return of

    stopped, whole = (gradients_of(total(stop), inputs) for stop in (tf.stop_gradient, tf.identity))
    for one, other in zip(stopped, whole, strict=True):
        assert_close(one, other)
