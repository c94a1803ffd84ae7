"""Physics decoders: their curves, fits and storage; wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
import scipy.optimize
import tensorflow as tf

from fplib import experts as module
from fplib.elbo import elbo_terms
from fplib.experts import Affine, Expert, LinearHardening, Proportional
from fplib.mixture import Moments
from tests.support import references
from tests.support.numerics import assert_gradient, gradients_of
from tests.support.problems import problem
from tests.support.tolerances import EXACT, MINIMISER, SINGLE, assert_close

T = np.linspace(0.0, 1.0, 20)
# reference curve and parameters (C, P)
MODELS: dict[type[Expert], tuple[Callable, np.ndarray]] = {
    Proportional: (lambda t, slope: slope * t, np.array([[0.0], [4.5], [-9.0]])),
    Affine: (
        lambda t, *line: np.polyval(line[::-1], t),
        np.array([[1.0, 0.0], [-0.3, 4.5], [2.0, -9.0]]),
    ),
    LinearHardening: (
        references.hardening_curve,
        np.array([[0.13, 0.5, 0.2], [0.5, 0.4, -0.3], [0.81, 0.9, 2.0]]),
    ),
}


def model_of(expert: Expert) -> tuple[Callable, np.ndarray]:
    """Reference curve and parameters of an expert, or of the one that it is a wrong variant of."""
    return next(model for kind, model in MODELS.items() if isinstance(expert, kind))


def noisy_data(expert: Expert, noise: float, vague: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights (N, C), a share of them random, and curves (N, T) of 60 specimens."""
    curve, parameters = model_of(expert)
    rng = np.random.default_rng(0)
    label = rng.integers(3, size=60)
    curves = np.array([curve(T, *parameters[c]) for c in label]) + noise * rng.normal(size=(60, 20))
    return vague * rng.dirichlet(np.ones(3), size=60) + (1 - vague) * np.eye(3)[label], curves


def check_curve(kind: type[Expert]) -> None:
    """Arrays, tensors and variables give the reference curve; all parameters have derivatives."""
    curve, parameters = model_of(kind())
    expected = np.array([curve(T, *row) for row in parameters])
    assert_close(kind().predict(T, parameters), expected)
    assert isinstance(kind().predict(T, parameters), np.ndarray)
    assert_close(kind().predict(tf.constant(T), tf.constant(parameters)), expected)
    narrow = kind().predict(tf.constant(T, tf.float32), tf.Variable(parameters, dtype=tf.float32))
    assert narrow.dtype == tf.float32
    assert_close(narrow, expected, SINGLE)
    assert_gradient(lambda p: kind().predict(tf.constant(T), p), tf.constant(parameters))
    variable = keras.Variable(parameters, dtype="float64")
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(kind().predict(T, variable))
    plain = [tf.constant(parameters)]
    wanted = gradients_of(lambda p: tf.reduce_sum(kind().predict(tf.constant(T), p[0])), plain)
    assert_close(tape.gradient(total, variable.value), wanted[0])


def check_fit(kind: type[Expert]) -> None:
    """Clean curves give their parameters back, noisy ones the weighted least-squares optimum."""
    expert = kind()
    curve, parameters = model_of(expert)
    clean = np.array([curve(T, *row) for row in parameters])
    assert_close(expert.least_squares(T, clean), parameters, MINIMISER)
    weights, curves = noisy_data(expert, noise=0.05, vague=0.2)
    found = module.weighted_least_squares(expert, T, weights, curves)
    for theta, weight in zip(found, weights.T, strict=True):
        assert_least(lambda p, w=weight: w @ ((curves - curve(T, *p)) ** 2).sum(axis=1), theta)


def assert_least(error: Callable[[np.ndarray], float], theta: np.ndarray) -> None:
    """Neither random steps of any size nor a simplex search from there go below error(theta)."""
    rng = np.random.default_rng(0)
    least = error(theta)
    for size in (1.0, 0.1, 1e-2, 1e-3):
        for _ in range(50):
            assert error(theta + size * np.abs(theta).max() * rng.normal(size=theta.shape)) > least
    options = {"xatol": 1e-10, "fatol": 0.0, "maxiter": 400}
    search = scipy.optimize.minimize(error, theta * 1.02, method="Nelder-Mead", options=options)
    assert least <= search.fun * (1 + EXACT)


def check_fit_maximises_the_bound(kind: type[Expert]) -> None:
    """theta_c and sigma_c^2 in closed form leave the expert term of the bound without a slope."""
    expert = kind()
    weights, curves = noisy_data(expert, noise=0.01, vague=0.01)  # knees stay off the grid
    theta = module.weighted_least_squares(expert, T, weights, curves)
    moments = Moments.of(tf.constant(weights), tf.constant(curves))
    mean, variance = moments.mean.numpy(), moments.variance.numpy()
    noise = module.noise_variance(mean, variance, expert.predict(T, theta))
    p = problem(n=60, clusters=3).tensors()

    def term(parameters: list[tf.Tensor]) -> tf.Tensor:
        predictions = expert.predict(tf.constant(T), parameters[0])
        likelihood = module.log_likelihood(tf.constant(curves), predictions, parameters[1])
        log_gamma = tf.constant(np.log(weights))
        terms = elbo_terms({}, {"curve": likelihood}, p.posterior, p.mixture, log_gamma)
        return tf.reduce_sum(terms["expert.curve"])

    best = [tf.constant(theta), tf.constant(np.log(noise))]
    for gradient in gradients_of(term, best):
        assert_close(gradient, np.zeros(gradient.shape), EXACT, 1e4)  # a sum of terms of that size
    rng = np.random.default_rng(0)
    for size in (1.0, 0.1, 1e-2):
        for both in ((1, 0), (0, 1), (1, 1)):
            step = [b * size * rng.normal(size=a.shape) for a, b in zip(best, both, strict=True)]
            assert term([a + s for a, s in zip(best, step, strict=True)]) < term(best)


def check_hardening_noise_free(kind: type[Expert]) -> None:
    """Any knee between the second and the last but one point is found."""
    rng = np.random.default_rng(0)
    for t in (T, np.linspace(0.0, 0.4, 50)):
        knees = rng.uniform(t[1], t[-2], size=40)
        stress, modulus = rng.uniform(0.2, 1, size=40), rng.uniform(-1, 0.4, size=40)
        wanted = np.stack([knees, stress, modulus], axis=1)
        curves = np.array([references.hardening_curve(t, *row) for row in wanted])
        assert_close(kind().least_squares(t, curves), wanted, MINIMISER)


def check_hardening_noisy(kind: type[Expert]) -> None:
    """The error is never above the least over 4001 knees, at any level of noise."""
    rng = np.random.default_rng(0)
    knees = np.linspace(T[1], T[-2], 4001)
    for noise in (0.003, 0.03, 0.3):
        curves = noise * rng.normal(size=(40, 20))
        for curve in curves:
            curve += references.hardening_curve(T, *rng.uniform([0.05, 0.2, -0.5], [0.95, 1, 0.5]))
        fitted = kind().predict(T, kind().least_squares(T, curves))
        for curve, error in zip(curves, ((fitted - curves) ** 2).sum(axis=1), strict=True):
            assert error <= references.hardening_grid_error(T, curve, knees) * (1 + EXACT)


def check_hardening_without_knee(kind: type[Expert]) -> None:
    """Where the knee cannot be known the curve still is: off the grid, on a line, off zero."""
    for t in (T, T + 0.05):
        for row in (
            [t[1] / 3, 0.5, 0.2],  # below the first points
            [t[1], 0.5, 0.2],
            [t[-2], 0.5, 0.2],
            [t[-1] - 0.01, 0.5, 0.2],  # between the last two points
            [2.0, 0.5, 0.2],  # beyond them: a line through the origin
            [0.5, 0.5, 1.0],  # the same line on either side
            [0.5, 0.5, 0.0],  # ideal plasticity
            [0.5, 1e-9, 1.0],  # nothing before the knee
        ):
            curve = references.hardening_curve(t, *row)[np.newaxis]
            found = kind().least_squares(t, curve)
            assert np.isfinite(found).all()
            assert_close(kind().predict(t, found), curve, MINIMISER)


CHECKS: dict[str, list[Callable]] = {
    "Proportional": [check_curve, check_fit, check_fit_maximises_the_bound],
    "Affine": [check_curve, check_fit, check_fit_maximises_the_bound],
    "LinearHardening": [
        check_curve,
        check_fit,
        check_fit_maximises_the_bound,
        check_hardening_noise_free,
        check_hardening_noisy,
        check_hardening_without_knee,
    ],
}


@pytest.mark.parametrize(("name", "check"), [(n, c) for n, cs in CHECKS.items() for c in cs])
def test_formula(name: str, check: Callable) -> None:
    check(getattr(module, name))


# -- bringing your own expert -------------------------------------------------


class Decay(Expert):
    """a exp(-b t), with nothing but `predict`."""

    parameter_names = ("amplitude", "rate")

    def predict(self, t, parameters):
        return parameters[:, 0:1] * np.exp(-parameters[:, 1:2] * t)


class Power(Expert):
    """t^n, with a start of its own."""

    parameter_names = ("factor",)

    def __init__(self, exponent: float) -> None:
        self.exponent = exponent

    def predict(self, t, parameters):
        return parameters[:, 0:1] * t**self.exponent

    def guess(self, t, curves):
        return curves[:, -1:]


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_user_expert_fits_numerically_in_any_unit(unit: float) -> None:
    wanted = np.array([[2.0, 0.5], [-1.0, 3.0]])
    curves = unit * np.array([a * np.exp(-b * T) for a, b in wanted])
    found = Decay().least_squares(T, curves)
    assert_close(found / [unit, 1], wanted, MINIMISER)
    weights = np.repeat(np.eye(2), 3, axis=0)
    many = np.repeat(curves, 3, axis=0)
    assert_close(
        module.weighted_least_squares(Decay(), T, weights, many) / [unit, 1], wanted, MINIMISER
    )


def test_user_expert_may_supply_a_start() -> None:
    assert_close(Power(2.0).least_squares(T, 5e3 * T[np.newaxis] ** 2), [[5e3]], MINIMISER)


def test_bounds_are_kept() -> None:
    class Bounded(Decay):
        def bounds(self, t):
            return np.array([-np.inf, 0.0]), np.array([1.5, np.inf])

    found = Bounded().least_squares(T, 2 * np.exp(-0.5 * T)[np.newaxis])[0]
    assert found[0] == pytest.approx(1.5)
    assert found[1] >= 0


def test_start_outside_the_domain_says_what_to_define() -> None:
    class Logarithm(Power):
        def predict(self, t, parameters):
            return np.log(parameters - 6) + t

    with pytest.raises(
        ValueError, match=r"start of the fit, \[3\.0\], is not finite\. Define guess"
    ):
        Logarithm(2.0).least_squares(T, np.full((1, 20), 3.0))


def test_expert_without_predict_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Expert must define predict"):
        Expert().predict(T, np.ones((1, 1)))


# -- weights, for noise that varies along the curve ---------------------------


class OwnFit(Proportional):
    """A class whose own fit knows no weights."""

    def least_squares(self, t, curves):
        return Proportional.least_squares(self, t, curves)


@pytest.mark.parametrize("expert", [Proportional(), OwnFit(), Affine(), Power(1.0), Decay()])
def test_weighted_fits_are_the_optimum(expert: Expert) -> None:
    rng = np.random.default_rng(0)
    curves = np.array([[2.0], [-1.0]]) * np.exp(-T) + 0.3 * rng.normal(size=(2, 20))
    weights = rng.gamma(1.0, size=(2, 20))
    found = module.fit(expert, T, curves, weights)
    for theta, curve, w in zip(found, curves, weights, strict=True):

        def error(p: np.ndarray, curve=curve, w=w) -> float:
            return float(w @ (curve - expert.predict(T, p[np.newaxis])[0]) ** 2)

        assert_least(error, theta)
    assert_close(module.fit(expert, T, curves, 7 * weights), found, MINIMISER)
    assert_close(
        module.fit(expert, T, curves, np.ones((2, 20))), module.fit(expert, T, curves), MINIMISER
    )


@pytest.mark.parametrize("options", [{}, {"toe": True}, {"offset": True}])
def test_weighted_hardening_is_the_optimum_over_a_grid(options: dict) -> None:
    """Points of little weight may not pull: where they are wrong, the fit is of the others."""
    expert = LinearHardening(**options)
    extra = [0.1] * len(options)
    theta = np.array([[0.3, 0.5, 0.2, *extra], [0.5, 0.4, -0.1, *extra]])
    curves = expert.predict(T, theta)
    weights = np.ones((2, 20))
    curves[:, [4, 11]] += 3
    weights[:, [4, 11]] = 1e-14
    assert_close(module.fit(expert, T, curves, weights), theta, MINIMISER)
    assert np.abs(module.fit(expert, T, curves) - theta).max() > 0.01
