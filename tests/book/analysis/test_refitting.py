"""Intervals with assignments made anew: they cover, where fixed responsibilities promise too much."""

from __future__ import annotations

import numpy as np
import pytest

from book.analysis.intervals import expert_interval
from book.analysis.refitting import mean_field, refitted_interval, settle
from fplib.experts import Proportional

T = np.linspace(0.0, 1.0, 12)
SPREAD, TRUTH = 0.4, np.array([1.0, 2.0])
LINE = Proportional()


def specimens(rng: np.random.Generator, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Exact lines of two kinds that overlap, (N, T), and the kinds."""
    kinds = rng.integers(0, 2, n)
    return rng.normal(TRUTH[kinds], SPREAD)[:, np.newaxis] * T, kinds


def right(curves: np.ndarray):
    """The assignment of the mixture that the specimens were drawn from."""
    evidence = np.zeros((len(curves), 2))
    # the likelihood of a slope that scatters by SPREAD
    return mean_field(LINE, T, curves, evidence, np.full(2, np.log(SPREAD**2 * (T @ T))))


def intervals(curves: np.ndarray, seed: int):
    """With assignments made anew, and with the responsibilities of the whole sample kept."""
    assign, start = right(curves), TRUTH[:, np.newaxis]
    theta, gamma = settle(LINE, T, curves, assign, start, np.ones(len(curves)))
    return (
        refitted_interval(LINE, T, curves, assign, theta, draws=40, seed=seed),
        expert_interval(LINE, T, gamma, curves, draws=40, seed=seed),
    )


def test_only_refitted_assignments_cover_as_often_as_they_say() -> None:
    rng, trials = np.random.default_rng(0), 30
    held = np.zeros(2)
    for k in range(trials):
        both = intervals(specimens(rng)[0], k)
        held += [interval.holds(TRUTH[:, np.newaxis]).mean() for interval in both]
    refitted, fixed = held / trials
    assert refitted > 0.88
    assert fixed < refitted - 0.05  # which counts the assignments as known


def test_without_overlap_both_agree() -> None:
    curves, kinds = specimens(np.random.default_rng(1))
    refitted, fixed = intervals(curves + 20 * kinds[:, np.newaxis] * T, 0)
    assert np.allclose(refitted.estimate, fixed.estimate)
    assert np.allclose(refitted.high - refitted.low, fixed.high - fixed.low, rtol=0.35)


def test_settling_ends_where_assignments_and_experts_agree() -> None:
    curves, _ = specimens(np.random.default_rng(2))
    assign, once = right(curves), np.ones(len(curves))
    theta, gamma = settle(LINE, T, curves, assign, np.array([[0.5], [2.5]]), once, rounds=500)
    slopes = curves[:, -1]
    assert np.allclose(gamma, assign(theta), atol=1e-6)
    assert np.allclose(theta[:, 0], gamma.T @ slopes / gamma.sum(axis=0), atol=1e-3)


def test_responsibilities_are_bayes_rule() -> None:
    curves = np.array([1.2, 1.9])[:, np.newaxis] * T
    evidence, variance = np.array([[0.3, -0.2], [0.0, 1.0]]), np.array([0.1, 0.4])
    assign = mean_field(LINE, T, curves, evidence, np.log(variance))
    misfit = np.square(np.array([[1.2], [1.9]]) - TRUTH) * (T @ T)
    density = np.exp(evidence - misfit / (2 * variance)) * variance ** (-len(T) / 2)
    expected = density / density.sum(axis=1, keepdims=True)
    assert np.allclose(assign(TRUTH[:, np.newaxis]), expected, rtol=1e-10)


def test_clusters_of_one_specimen_are_refused() -> None:
    curves = np.array([1.0, 1.1, 0.9, 30.0])[:, np.newaxis] * T
    with pytest.raises(ValueError, match="at least two specimens a cluster"):
        refitted_interval(LINE, T, curves, right(curves), np.array([[1.0], [30.0]]), draws=20)
