"""The bound term by term; wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from fplib import elbo as module
from fplib.elbo import elbo, elbo_terms
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import log_responsibilities, mean_field_log_responsibilities
from tests.support import references
from tests.support.numerics import (
    assert_finite_gradient,
    assert_gradient,
    assert_single_precision,
    cast,
)
from tests.support.problems import moved, moved_mixture, overlapping, permuted, problem
from tests.support.tolerances import assert_close, assert_within_band

DRAWS = 100_000


def assert_same_terms(found: dict, expected: dict) -> None:
    assert list(found) == list(expected)
    for name, values in expected.items():
        assert_close(found[name], values)


def check_terms_exact(function: Callable) -> None:
    for p in (problem(), overlapping()):
        assert_same_terms(function(*p.tensors().bound_arguments()), references.elbo_terms(p))
    far = problem()._replace(posterior=moved(problem().posterior, factor=1e3))
    assert_same_terms(function(*far.tensors().bound_arguments()), references.elbo_terms(far))


def check_terms_monte_carlo(function: Callable) -> None:
    """Each expectation under q(Z|X) q(c|X) is the average of its integrand over draws (Z, c)."""
    p, rng = overlapping(), np.random.default_rng(0)
    found = function(*p.tensors().bound_arguments())
    for i in range(7):
        gamma, q, m = p.responsibilities[i], references.frozen(p.posterior, i), p.mixture
        c = rng.choice(4, size=DRAWS, p=gamma)
        z = q.mean() + q.std() * rng.normal(size=(DRAWS, 3))
        cluster = stats.norm(m.means[c], np.exp(m.log_variances[c] / 2))
        integrands = {
            "expert.curve": p.likelihoods[i, c],
            "latent_prior": cluster.logpdf(z).sum(axis=1),
            "cluster_prior": m.log_weights[c],
            "latent_entropy": -q.logpdf(z).sum(axis=1),
            "cluster_entropy": -np.log(gamma[c]),
        }
        for name, draws in integrands.items():
            assert_within_band(draws, found[name][i], 0.1)
        assert_within_band(sum(integrands.values()), sum(found[n][i] for n in integrands), 0.1)


def check_terms_invariances(function: Callable) -> None:
    p = problem().tensors()
    terms = function(*p.bound_arguments())
    order = [2, 0, 3, 1]
    renumbered = p._replace(
        responsibilities=tf.gather(p.responsibilities, order, axis=1),
        mixture=permuted(p.mixture, order),
        likelihoods=tf.gather(p.likelihoods, order, axis=1),
    )
    assert_same_terms(function(*renumbered.bound_arguments()), terms)
    shifted = p._replace(
        posterior=moved(p.posterior, factor=1.0),
        mixture=p.mixture._replace(means=p.mixture.means + 3.0),
    )
    assert_same_terms(function(*shifted.bound_arguments()), terms)
    scaled = p._replace(posterior=moved(p.posterior), mixture=moved_mixture(p.mixture))
    assert_close(elbo(function(*scaled.bound_arguments())), elbo(terms))
    rows = tf.nest.map_structure(lambda a: a[2:4], p)
    part = rows._replace(mixture=p.mixture)  # a batch may be cut anywhere
    assert_same_terms(function(*part.bound_arguments()), {n: v[2:4] for n, v in terms.items()})


def check_terms_of_several_modalities(function: Callable) -> None:
    """Modalities add up, in any order, and a bound without one of them has one term fewer."""
    p = problem().tensors()
    first, second = (p.images, p.decoded), (p.decoded[:, 0], p.z)
    fixed = (p.posterior, p.mixture, tf.math.log(p.responsibilities))
    one = function({"a": first, "b": second}, {"c": p.likelihoods, "d": 2 * p.likelihoods}, *fixed)
    two = function({"b": second, "a": first}, {"d": 2 * p.likelihoods, "c": p.likelihoods}, *fixed)
    assert set(one) == set(two)
    assert_close(elbo(one), elbo(two))
    assert_close(one["expert.d"], 2 * one["expert.c"])
    bare = function({}, {}, *fixed)
    assert list(bare) == ["latent_prior", "cluster_prior", "latent_entropy", "cluster_entropy"]
    assert_close(elbo(one) - elbo(bare), tf.add_n([v for n, v in one.items() if "." in n]))


def check_terms_numerics(function: Callable) -> None:
    """Derivatives flow through every argument, and float32 is enough."""
    p = problem().tensors()
    assert_gradient(function, *p.bound_arguments())
    assert_single_precision(function, *p.bound_arguments())


def check_terms_of_certain_assignment(function: Callable) -> None:
    """Responsibilities that underflow to zero leave numbers everywhere."""
    *others, _ = cast(problem().tensors().bound_arguments(), tf.float32)
    certain = tf.constant([[0.0, -200.0, -1e3, -1e30]] * 7, tf.float32)
    terms = function(*others, certain)
    assert_close(terms["cluster_entropy"], np.zeros(7))
    assert np.isfinite(elbo(terms)).all()
    assert_finite_gradient(lambda log_gamma: function(*others, log_gamma), certain)


def check_terms_far_away(function: Callable) -> None:
    """Posteriors 1000 units from every centre: no NaN, and the bound still rises towards them."""
    p = problem().tensors()
    far = moved(p.posterior, factor=1e3)
    for assign in (
        lambda q: log_responsibilities(q.mean, p.mixture),
        lambda q: mean_field_log_responsibilities(q, p.mixture),
    ):

        def bound(q: DiagonalGaussian, assign: Callable = assign) -> tf.Tensor:
            return elbo(function({}, {}, q, p.mixture, assign(q)))

        assert_finite_gradient(bound, far)
        nearer = far._replace(mean=0.99 * far.mean)
        assert np.all(bound(nearer) > bound(far))


def check_likelihood_exact(function: Callable) -> None:
    rng = np.random.default_rng(0)
    for shape in ((5, 4), (5, 4, 3), (5, 4, 3, 2)):
        for scale in (1.0, 1e3):
            x, decoded = scale * rng.normal(size=(2, *shape))
            expected = [stats.norm(d).logpdf(a).sum() for a, d in zip(x, decoded, strict=True)]
            assert_close(function(tf.constant(x), tf.constant(decoded)), expected)


def check_likelihood_quadrature(function: Callable) -> None:
    """The density integrates to one over an image of two pixels."""
    axis = np.linspace(-12, 12, 121)
    x = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 1, 2)
    decoded = np.broadcast_to([[0.3, -0.2]], x.shape)
    density = np.exp(function(tf.constant(x), tf.constant(decoded)))
    assert_close(density.sum() * (axis[1] - axis[0]) ** 2, 1.0)


def check_likelihood_variance(function: Callable) -> None:
    """Another variance than one: SciPy's density, in the bound too; none given is one."""
    p = problem()
    t, level = p.tensors(), tf.constant(-1.3, tf.float64)
    expected = stats.norm(p.decoded, np.exp(-0.65)).logpdf(p.images).sum(axis=(1, 2))
    assert_close(function(t.images, t.decoded, level), expected)
    assert_close(function(t.images, t.decoded, 0 * level), function(t.images, t.decoded))
    assert_gradient(function, t.images, t.decoded, level)
    terms = elbo_terms(*t.bound_arguments(), decoder_log_variances={"image": level})
    assert_close(terms["reconstruction.image"], expected)


def check_likelihood_numerics(function: Callable) -> None:
    p = problem().tensors()
    assert_gradient(function, p.images, p.decoded)
    assert_single_precision(function, p.images, p.decoded)


CHECKS: dict[str, list[Callable]] = {
    "elbo_terms": [
        check_terms_exact,
        check_terms_monte_carlo,
        check_terms_invariances,
        check_terms_of_several_modalities,
        check_terms_numerics,
        check_terms_of_certain_assignment,
        check_terms_far_away,
    ],
    "black_box_log_likelihood": [
        check_likelihood_exact,
        check_likelihood_quadrature,
        check_likelihood_variance,
        check_likelihood_numerics,
    ],
}


@pytest.mark.parametrize(("name", "check"), [(n, c) for n, cs in CHECKS.items() for c in cs])
def test_formula(name: str, check: Callable) -> None:
    check(getattr(module, name))


def test_names_of_the_terms_are_known_in_advance() -> None:
    p = problem().tensors()
    images, curves, *fixed = p.bound_arguments()
    for black_boxes, experts in ((images, curves), ({}, curves), (images, {})):
        wanted = list(elbo_terms(black_boxes, experts, *fixed))
        assert module.term_names(black_boxes, experts) == wanted


def test_elbo_is_the_sum_of_its_terms() -> None:
    terms = elbo_terms(*problem().tensors().bound_arguments())
    assert_close(elbo(terms), np.sum([np.asarray(v) for v in terms.values()], axis=0))
    assert_close(elbo({"only": terms["latent_prior"]}), terms["latent_prior"])
