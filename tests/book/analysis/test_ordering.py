"""Order of points: known answers, brute force, invariances, and what chance gives."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau, rankdata, spearmanr

from book.analysis import ordering
from tests.support.tolerances import assert_close

SLOPES = np.arange(10.0)


def helix(turn: float = 3.0) -> np.ndarray:
    """Ten points along a space curve, (10, 3)."""
    return np.stack([np.cos(SLOPES / turn), np.sin(SLOPES / turn), SLOPES / 5], axis=1)


def length(points: np.ndarray, path: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points[path], axis=0), axis=1).sum())


@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_the_shortest_of_all(seed):
    points = np.random.default_rng(seed).normal(size=(7, 3))
    every = [np.array(order) for order in permutations(range(7))]
    shortest = min(length(points, order) for order in every)
    path = ordering.shortest_path(points)
    assert sorted(path) == list(range(7))
    assert path[0] < path[-1]
    assert_close(length(points, path), shortest)


def test_points_along_a_curve_are_in_order(rng):
    shuffled = rng.permutation(10)
    found = ordering.agreement(helix()[shuffled], SLOPES[shuffled])
    assert found["path"] == found["neighbours"] == 1.0
    assert found["distances"] > 0.95


def test_a_zigzag_is_not(rng):
    zigzag = helix()[[0, 5, 1, 6, 2, 7, 3, 8, 4, 9]]
    found = ordering.agreement(zigzag, SLOPES)
    assert found["neighbours"] == 0.0
    assert found["path"] < 0.6
    assert found["distances"] < 0.6


def test_each_measure_is_what_its_definition_says(rng):
    points, values = rng.normal(size=(9, 3)), rng.normal(size=9)
    ranks = rankdata(values)
    found = ordering.agreement(points, values)
    tau = kendalltau(np.arange(9), values[ordering.shortest_path(points)]).statistic
    assert_close(found["path"], abs(tau))
    mantel = spearmanr(pdist(points), pdist(ranks[:, np.newaxis])).statistic
    assert_close(found["distances"], mantel)
    near = 0
    for i in range(9):
        distance = np.linalg.norm(points - points[i], axis=1)
        distance[i] = np.inf
        near += abs(ranks[distance.argmin()] - ranks[i]) == 1
    assert_close(found["neighbours"], near / 9)


def test_neither_direction_scale_nor_place_matters(rng):
    points, values = rng.normal(size=(10, 3)), rng.normal(size=10)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    first = ordering.agreement(points, values)
    again = ordering.agreement(5 + 3 * points @ rotation, np.exp(-values))
    assert_close([again[k] for k in ordering.MEASURES], [first[k] for k in ordering.MEASURES])


def test_chance_has_the_mean_of_random_orders(rng):
    run = (rng.normal(size=(10, 3)), SLOPES)
    null = {
        name: ordering.against_chance([run], name, 20_000, seed=3).null_distribution
        for name in ordering.MEASURES
    }
    # standard errors of the means are below 0.002
    assert abs(null["neighbours"].mean() - 2 / 10) < 0.01
    assert abs(null["distances"].mean()) < 0.01
    # E|tau| of ten: by brute simulation with SciPy
    draws = [kendalltau(SLOPES, rng.permutation(10)).statistic for _ in range(4000)]
    assert abs(null["path"].mean() - np.mean(np.abs(draws))) < 0.015
    assert {len(v) for v in null.values()} == {20_000}


@pytest.mark.parametrize("name", ordering.MEASURES)
def test_chance_is_what_agreement_finds_in_all_orders(rng, name):
    points = rng.normal(size=(5, 3))
    every = [ordering.agreement(points, order)[name] for order in permutations(range(5))]
    found = ordering.against_chance([(points, np.arange(5))], name, 120)
    assert_close(np.sort(found.null_distribution), np.sort(every))
    first = ordering.agreement(points, np.arange(5))[name]
    assert_close(found.statistic, first)
    assert_close(found.pvalue, np.mean(np.array(every) >= first - 1e-12))


def test_chance_repeats_and_its_streams_differ():
    one, same, other = (
        ordering.against_chance([(helix(), SLOPES)], "distances", 50, seed).null_distribution
        for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize("name", ordering.MEASURES)
def test_ordered_runs_beat_chance_and_random_runs_do_not(rng, name):
    runs = [(helix(turn), SLOPES) for turn in (3.0, 4.0, 5.0)]
    found = ordering.against_chance(runs, name, 999)
    assert_close(found.statistic, np.mean([ordering.agreement(*run)[name] for run in runs]))
    assert_close(found.pvalue, 1 / 1000)
    runs = [(rng.normal(size=(10, 3)), rng.permutation(10)) for _ in range(6)]
    assert 0.01 < ordering.against_chance(runs, name, 999).pvalue <= 1


def test_the_runs_are_permuted_independently():
    runs = [(helix(), SLOPES)] * 16
    one, many = (ordering.against_chance(r, "distances", 4000) for r in (runs[:1], runs))
    # the mean of sixteen independent orders spreads a quarter as far
    assert 0.22 < many.null_distribution.std() / one.null_distribution.std() < 0.28


def test_p_values_of_random_orders_are_uniform(rng):
    p = []
    for seed in range(60):
        run = rng.normal(size=(6, 3)), rng.permutation(6)
        p.append(ordering.against_chance([run], "distances", 199, seed).pvalue)
    assert 0.35 < np.mean(p) < 0.68  # mean 1/2, standard error 0.037
    assert min(p) < 0.15
    assert max(p) > 0.85


@pytest.mark.parametrize(
    ("points", "values", "words"),
    [
        (np.zeros((2, 3)), [1, 2], "3 to 14 points"),
        (np.zeros((15, 3)), range(15), "3 to 14 points"),
        (np.zeros(10), range(10), "received shape"),
        (np.full((4, 2), np.nan), range(4), "finite"),
        (np.eye(4), range(3), "4 finite numbers"),
        (np.eye(4), [1, 2, 2, 3], "all differ"),
    ],
)
def test_what_cannot_be_measured_is_refused(points, values, words):
    with pytest.raises(ValueError, match=words):
        ordering.agreement(points, values)


def test_no_run_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        ordering.against_chance([], "path")
    with pytest.raises(ValueError, match="all differ"):
        ordering.against_chance([(helix(), np.zeros(10))], "path")
