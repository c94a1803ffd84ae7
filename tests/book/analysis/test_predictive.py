"""Predictive distributions: closed forms against SciPy, simulation and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, norm

from book.analysis import predictive
from fplib import metrics
from tests.support.tolerances import assert_close

MEANS = np.array([[0.0, 1.0, 2.0], [0.0, 2.0, 4.0]])
STD = np.array([0.5, 1.0])


def simulated(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Curves drawn from the mixture, (n, 3), and the weights they were drawn with, (n, 2)."""
    weights = rng.dirichlet([1.0, 1.0], n)
    cluster = (rng.random(n) > weights[:, 0]).astype(int)
    noise = STD[cluster][:, np.newaxis] * rng.standard_normal((n, 3))
    return MEANS[cluster] + noise, weights


def test_one_cluster_gives_the_normal_distribution(rng):
    values = rng.normal(size=(5, 3))
    found = predictive.mixture_probability(values, np.tile([1.0, 0.0], (5, 1)), MEANS, STD)
    assert_close(found, norm.cdf(values, MEANS[0], 0.5))


def test_probabilities_of_honest_predictions_are_uniform(rng):
    found = predictive.mixture_probability(*simulated(rng, 4000), MEANS, STD)
    for column in found.T:
        assert kstest(column, "uniform").pvalue > 1e-4


def test_wrong_noise_or_wrong_weights_show(rng):
    values, weights = simulated(rng, 4000)
    for weighed, std in ((weights, 0.7 * STD), (weights[:, ::-1], STD)):
        found = predictive.mixture_probability(values, weighed, MEANS, std)
        assert kstest(found[:, 2], "uniform").pvalue < 1e-6


def test_coverage_of_honest_predictions_keeps_its_promise(rng):
    found = predictive.mixture_probability(*simulated(rng, 20_000), MEANS, STD)
    levels = np.array([0.5, 0.8, 0.95])
    error = np.sqrt(levels * (1 - levels) / 20_000)
    assert (np.abs(predictive.central_coverage(found[:, 1], levels) - levels) < 5 * error).all()


def test_coverage_is_that_of_central_intervals(rng):
    values = rng.normal(size=3000)
    levels = np.array([0.3, 0.9])
    expected = [metrics.coverage(values, 0.0, 1.0, level) for level in levels]
    assert_close(predictive.central_coverage(norm.cdf(values), levels), expected)


def test_nearest_slope_makes_the_errors_expected(rng):
    sizes, std = np.array([4000, 6000, 5000, 5000]), 0.3
    expected = predictive.slope_confusion(np.arange(4), sizes, std)
    assert_close(expected.sum(axis=1), sizes)
    labels = np.repeat(np.arange(4), sizes)
    slopes = labels + std * rng.standard_normal(len(labels))
    named = np.abs(slopes[:, np.newaxis] - np.arange(4)).argmin(axis=1)
    counted = np.zeros((4, 4))
    np.add.at(counted, (labels, named), 1)
    assert (np.abs(counted - expected) <= 5 * np.sqrt(expected) + 1).all()
    # 0 and 3 err on one side only
    inside = norm.cdf(0.5 / std)
    assert_close(np.diag(expected) / sizes, [inside, 2 * inside - 1, 2 * inside - 1, inside])


def test_errors_without_preference_have_the_share_of_their_margins():
    uniform = np.full((10, 10), 7.0)
    assert_close(predictive.shuffled_band_share(uniform), 18 / 90)
    assert_close(predictive.shuffled_band_share(uniform + 100 * np.eye(10)), 18 / 90)
    assert_close(predictive.shuffled_band_share(uniform, width=9), 1.0)


def test_the_shuffled_share_agrees_with_shuffling(rng):
    matrix = rng.integers(0, 4, (6, 6)) + np.diag(np.full(6, 50)) + 12 * np.eye(6, k=1, dtype=int)
    expected = predictive.shuffled_band_share(matrix)
    true, named = (np.repeat(i, matrix.ravel()) for i in np.indices(matrix.shape).reshape(2, -1))
    wrong = true != named
    true, named = true[wrong], named[wrong]
    near = []
    for _ in range(3000):  # swaps that keep the diagonal empty sample the same margins
        i, j = rng.integers(0, len(true), (2, 40))
        for a, b in zip(i, j, strict=True):
            if named[b] != true[a] and named[a] != true[b]:
                named[a], named[b] = named[b], named[a]
        near.append(np.mean(np.abs(true - named) == 1))
    assert abs(np.mean(near[300:]) - expected) < 0.02


def test_no_error_has_no_share():
    assert np.isnan(predictive.shuffled_band_share(np.eye(3)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: predictive.mixture_probability(np.zeros((2, 3)), np.ones((2, 3)), MEANS, STD),
            r"\(N, C\)",
        ),
        (
            lambda: predictive.mixture_probability(
                np.zeros((2, 3)), np.ones((2, 2)), MEANS, 0 * STD
            ),
            "positive",
        ),
        (lambda: predictive.central_coverage([0.5], [1.0]), "levels"),
        (lambda: predictive.slope_confusion([1, 0], [1, 1], 1.0), "increasing"),
        (lambda: predictive.shuffled_band_share(np.zeros((2, 3))), r"\(K, K\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
