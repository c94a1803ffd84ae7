"""Physics decoders: their curves, fits and storage; wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
import scipy.optimize
import tensorflow as tf

from fplib.elbo import elbo_terms
from fplib.experts import Affine, Expert, LinearHardening, Proportional
from fplib.experts import base as module
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


# -- bringing your own expert, and loading it again ---------------------------


class Decay(Expert):
    """a exp(-b t), with nothing but `predict`."""

    parameter_names = ("amplitude", "rate")

    def predict(self, t, parameters):
        return parameters[:, 0:1] * np.exp(-parameters[:, 1:2] * t)


class Power(Expert):
    """t^n with a setting, which has to survive storage."""

    parameter_names = ("factor",)

    def __init__(self, exponent: float) -> None:
        self.exponent = exponent

    def predict(self, t, parameters):
        return parameters[:, 0:1] * t**self.exponent

    def guess(self, t, curves):
        return curves[:, -1:]

    def to_config(self) -> dict:
        return {"name": "Power", "exponent": self.exponent}


@pytest.fixture
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test register experts that are forgotten after it."""
    monkeypatch.setattr(module, "_EXPERTS", dict(module._EXPERTS))


def test_user_expert_fits_numerically() -> None:
    wanted = np.array([[2.0, 0.5], [-1.0, 3.0]])
    curves = np.array([a * np.exp(-b * T) for a, b in wanted])
    assert_close(Decay().least_squares(T, curves), wanted, MINIMISER)
    weights = np.repeat(np.eye(2), 3, axis=0)
    assert_close(
        module.weighted_least_squares(Decay(), T, weights, np.repeat(curves, 3, axis=0)),
        wanted,
        MINIMISER,
    )


def test_user_expert_may_supply_a_start() -> None:
    assert_close(Power(2.0).least_squares(T, 5e3 * T[np.newaxis] ** 2), [[5e3]], MINIMISER)


def test_expert_without_predict_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Expert must define predict"):
        Expert().predict(T, np.ones((1, 1)))


@pytest.mark.usefixtures("_registry")
def test_user_expert_can_be_registered() -> None:
    assert module.register(Power) is Power
    loaded = module.from_config(Power(3.0).to_config())
    assert loaded == Power(3.0)
    assert loaded != Power(2.0)
    assert loaded.exponent == 3.0


@pytest.mark.parametrize("kind", MODELS)
def test_experts_survive_their_configuration(kind: type[Expert]) -> None:
    config = kind().to_config()
    before = dict(config)
    loaded = module.from_config(config)
    assert config == before
    assert type(loaded) is kind
    assert loaded == kind()
    assert hash(loaded) == hash(kind())
    assert repr(loaded) == f"{kind.__name__}()"
    assert loaded != "an expert"
    assert loaded != Decay()


def test_unknown_expert_is_named_with_the_known_ones() -> None:
    known = "Affine, LinearHardening, Proportional"
    with pytest.raises(ValueError, match=f"Unknown expert 'Spline'; known: {known}.*register"):
        module.from_config({"name": "Spline"})


def test_registering_without_parameter_names_is_an_error() -> None:
    class Nameless(Expert):
        pass

    with pytest.raises(ValueError, match="parameter_names is empty"):
        module.register(Nameless)
    assert "Nameless" not in module._EXPERTS
