"""Residuals of laws: silent for noise of any kind, loud for what the law misses."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fplib.experts import LinearHardening, Proportional, residuals
from tests.support import references
from tests.support.tolerances import assert_close

T = np.linspace(0.0, 0.2, 60)
THETA = np.array([[0.05, 40.0, 60.0], [0.08, 30.0, 20.0]])


def moments(curves: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weight, mean and variance of one cluster."""
    return np.array([float(len(curves))]), curves.mean(axis=0)[None], curves.var(axis=0)[None]


def fitted(expert: LinearHardening | Proportional, curves: np.ndarray) -> residuals:
    """Residuals of the fit to a set of curves."""
    given = moments(curves)
    return residuals(*given, expert.predict(T, expert.least_squares(T, given[1])))


def test_statistics_are_those_of_their_definition() -> None:
    rng = np.random.default_rng(0)
    weight, mean, variance, law = (rng.uniform(1, 2, s) for s in ((2,), (2, 9), (2, 9), (2, 9)))
    found = residuals(weight, mean, variance, law)
    for c in range(2):
        left = mean[c] - law[c]
        scaled = left / np.sqrt(variance[c] / weight[c])
        assert_close(found.square[c], np.mean(scaled**2), 1e-6)
        share = np.mean(left**2) / np.mean(variance[c] + left**2)
        assert_close(found.share[c], share, 1e-6)
        wanted = sum(a * b for a, b in itertools.pairwise(scaled)) / sum(scaled**2)
        assert_close(found.correlation[c], wanted, 1e-6)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("together", [0.0, 0.1])
def test_noise_is_no_misfit_whether_points_move_together_or_alone(
    together: float, unit: float
) -> None:
    """Of 2 000 sets at most one is called structured; specimens may differ in stiffness."""
    rng = np.random.default_rng(0)
    expert, false = Proportional(), 0
    for n in (5, 40):
        for _ in range(1000):
            slope = 500 * (1 + together * rng.normal(size=(n, 1)))
            curves = slope * T + rng.normal(size=(n, 60))
            false += int(fitted(expert, unit * curves).structured[0])
    assert false <= 1


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_curves_without_noise_are_no_misfit(unit: float) -> None:
    curves = unit * np.repeat(LinearHardening().predict(T, THETA[:1]), 7, axis=0)
    curves = curves.astype(np.float32).astype(np.float64)
    assert not fitted(LinearHardening(), curves).structured.any()


MACHINES = {
    "preload": lambda x: 0.2 * 40 + x,
    "slack of 1 %": lambda x: np.interp(T - 0.01, T, x),
    "softening after the knee": lambda x: x - 400 * np.maximum(T - 0.12, 0.0),
    "ripple": lambda x: x + 2 * np.sin(T * 150),
}


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("machine", list(MACHINES))
def test_what_a_law_misses_is_structured(machine: str, unit: float) -> None:
    rng = np.random.default_rng(1)
    law = references.hardening_curve(T, *THETA[0])
    curves = MACHINES[machine](law) * (1 + 0.03 * rng.normal(size=(40, 1)))
    curves = unit * (curves + 0.5 * rng.normal(size=(40, 60)))
    assert fitted(LinearHardening(), curves).structured.all()
