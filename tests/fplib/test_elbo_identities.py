"""What the bound as a whole has to satisfy; wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.special
import tensorflow as tf
from scipy import stats

from fplib import elbo as module
from fplib.elbo import elbo, elbo_terms
from fplib.gaussians import DiagonalGaussian, sample
from fplib.mixture import GaussianMixture, log_responsibilities, mean_field_log_responsibilities
from tests.support import references
from tests.support.numerics import assert_gradient, gradients_of
from tests.support.problems import halved, overlapping, problem
from tests.support.tolerances import assert_close, assert_within_band

DRAWS = 100_000


def check_terms_of_one_cluster(function: Callable) -> None:
    """C = 1 is a plain VAE with a Gaussian prior: reconstruction less KL(q(Z|X) || p(Z))."""
    p = problem(clusters=1)
    t = p.tensors()._replace(responsibilities=tf.ones([7, 1], tf.float64))
    prior = tf.nest.map_structure(lambda a: np.repeat(a, 7, axis=0), p.mixture.components)
    expected = (
        stats.norm(p.decoded).logpdf(p.images).sum(axis=(1, 2))
        + p.likelihoods[:, 0]
        - references.kl_divergence(p.posterior, prior)
    )
    assert_close(elbo(function(*t.bound_arguments())), expected)
    standard = GaussianMixture(*(tf.zeros(s, tf.float64) for s in ([1], [1, 3], [1, 3])))
    terms = function({}, {}, t.posterior, standard, tf.zeros([7, 1], tf.float64))
    mean, log_variance = p.posterior
    textbook = (1 + log_variance - mean**2 - np.exp(log_variance)).sum(axis=1) / 2
    assert_close(elbo(terms), textbook)


def check_terms_of_split_cluster(function: Callable) -> None:
    """A cluster cut into two identical halves is the same model: same bound, for both q(c|X)."""
    p = problem().tensors()
    curve = p.likelihoods
    both = tf.concat([curve, curve[:, 3:]], axis=1)
    z = sample(p.posterior, p.z)
    for assign in (
        lambda m, x: mean_field_log_responsibilities(p.posterior, m, x),
        lambda m, _: log_responsibilities(z, m),
    ):
        whole, parts = (
            elbo(function({}, {"curve": x}, p.posterior, m, assign(m, x)))
            for m, x in ((p.mixture, curve), (halved(p.mixture), both))
        )
        assert_close(parts, whole)


def check_terms_bound_the_evidence(function: Callable) -> None:
    """With experts only log p(X) is known: never exceeded, and met by the exact posterior."""
    p = problem().tensors()
    curve = p.likelihoods
    evidence = scipy.special.logsumexp(p.mixture.log_weights + curve, axis=1)
    for q in (p.posterior, p.other):
        best = mean_field_log_responsibilities(q, p.mixture, curve)
        for log_gamma in (best, log_responsibilities(q.mean, p.mixture)):
            assert np.all(elbo(function({}, {"curve": curve}, q, p.mixture, log_gamma)) < evidence)
    # four clusters in one place: Z says nothing about c, so q(Z|X) = p(Z|c) is exact
    exact = DiagonalGaussian(*(tf.repeat(a[:1], 7, axis=0) for a in p.posterior))
    alike = GaussianMixture(p.mixture.log_weights, *(a[:4] for a in exact))
    log_gamma = tf.nn.log_softmax(p.mixture.log_weights + curve)
    assert_close(elbo(function({}, {"curve": curve}, exact, alike, log_gamma)), evidence)


def check_terms_of_linear_decoder(function: Callable) -> None:
    """For X = W Z + b + noise and the exact posterior, single-sample bounds average to log p(X)."""
    rng = np.random.default_rng(0)
    slope, offset, x = rng.normal(size=(3, 2))
    centre = rng.normal(size=(1, 2))
    prior = GaussianMixture(*map(tf.constant, (np.zeros(1), centre, np.zeros((1, 2)))))
    variance = 1 / (1 + slope**2)
    mean = variance * (centre[0] + slope * (x - offset))
    q = DiagonalGaussian(*(tf.constant(np.tile(a, (DRAWS, 1))) for a in (mean, np.log(variance))))
    z = sample(q, tf.constant(rng.normal(size=(DRAWS, 2))))
    decoded = (tf.constant(np.tile(x, (DRAWS, 1))), slope * z + offset)
    terms = function({"x": decoded}, {}, q, prior, tf.zeros([DRAWS, 1], tf.float64))
    evidence = stats.norm(slope * centre[0] + offset, np.sqrt(1 + slope**2)).logpdf(x).sum()
    assert_within_band(elbo(terms), evidence, 0.05)


def check_terms_with_the_papers_assignment(function: Callable) -> None:
    """With q(c|X) = p(c|Z) derivatives reach the encoder through the responsibilities too."""
    p = problem().tensors()

    def bound(q: DiagonalGaussian, m: GaussianMixture) -> tf.Tensor:
        *others, _ = p._replace(posterior=q, mixture=m).bound_arguments()
        return elbo(function(*others, log_responsibilities(sample(q, p.z), m)))

    assert_gradient(bound, p.posterior, p.mixture)


CHECKS: dict[str, list[Callable]] = {
    "elbo_terms": [
        check_terms_of_one_cluster,
        check_terms_of_split_cluster,
        check_terms_bound_the_evidence,
        check_terms_of_linear_decoder,
        check_terms_with_the_papers_assignment,
    ],
}


@pytest.mark.parametrize(("name", "check"), [(n, c) for n, cs in CHECKS.items() for c in cs])
def test_formula(name: str, check: Callable) -> None:
    check(getattr(module, name))


def check_estimator_argument(sign: float) -> None:
    """L = int q(Z|X) log[p(X|Z) p(Z) / q(Z|X)] dZ + sign E_q(Z)[KL(q(c|X) || p(c|Z))].

    It is the appendix's argument for q(c|X) = p(c|Z); it needs the sign -1, and no expert.
    """
    p, rng = overlapping(), np.random.default_rng(0)
    bound = elbo(elbo_terms({}, {}, *p.tensors()[:3:2], tf.math.log(p.tensors().responsibilities)))
    for i in range(7):
        q, gamma = references.frozen(p.posterior, i), p.responsibilities[i]
        z = q.mean() + q.std() * rng.normal(size=(DRAWS, 3))
        joint = references.log_joint(z, p.mixture)
        prior = scipy.special.logsumexp(joint, axis=1)
        divergence = (gamma * (np.log(gamma) - joint + prior[:, np.newaxis])).sum(axis=1)
        draws = prior - q.logpdf(z).sum(axis=1) + sign * divergence
        assert_within_band(draws, bound[i], 0.1)


def test_sign_of_the_divergence_in_the_estimator_argument() -> None:
    check_estimator_argument(-1.0)
    with pytest.raises(AssertionError, match="standard errors"):
        check_estimator_argument(1.0)  # as printed


def test_derivative_of_the_mean_field_assignment_cancels() -> None:
    """At the maximiser over q(c|X) the bound is stationary in it, so training may hold it constant.

    The paper's p(c|Z) is no maximiser, and there the two derivatives differ.
    """
    p = problem().tensors()

    def value(inputs: list, assign: Callable, stop: bool) -> tf.Tensor:
        q, m = DiagonalGaussian(*inputs[:2]), GaussianMixture(*inputs[2:])
        log_gamma = assign(q, m)
        log_gamma = tf.stop_gradient(log_gamma) if stop else log_gamma
        return tf.reduce_sum(elbo(elbo_terms({}, {"curve": p.likelihoods}, q, m, log_gamma)))

    def best(q: DiagonalGaussian, m: GaussianMixture) -> tf.Tensor:
        return mean_field_log_responsibilities(q, m, p.likelihoods)

    def paper(q: DiagonalGaussian, m: GaussianMixture) -> tf.Tensor:
        return log_responsibilities(sample(q, p.z), m)

    def pair(assign: Callable) -> list[np.ndarray]:
        inputs = [*p.posterior, *p.mixture]
        both = [gradients_of(lambda x, s=s: value(x, assign, s), inputs) for s in (True, False)]
        return [np.concatenate([np.ravel(g) for g in gradients]) for gradients in both]

    assert_close(*pair(best))
    assert np.max(np.abs(np.subtract(*pair(paper)))) > 0.1
