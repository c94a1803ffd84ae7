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
    found = ordering.chance(rng.normal(size=(10, 3)), permutations=20_000, seed=3)
    # standard errors of the means are below 0.002
    assert abs(found["neighbours"].mean() - 2 / 10) < 0.01
    assert abs(found["distances"].mean()) < 0.01
    # E|tau| of ten: by brute simulation with SciPy
    draws = [kendalltau(SLOPES, rng.permutation(10)).statistic for _ in range(4000)]
    assert abs(found["path"].mean() - np.mean(np.abs(draws))) < 0.015
    assert {len(v) for v in found.values()} == {20_000}


def test_chance_repeats_and_its_streams_differ():
    one, same, other = (ordering.chance(helix(), 50, seed) for seed in (1, 1, 2))
    assert all((one[k] == same[k]).all() for k in ordering.MEASURES)
    assert any((one[k] != other[k]).any() for k in ordering.MEASURES)


def test_ordered_runs_beat_chance_and_random_runs_do_not(rng):
    ordered = [ordering.agreement(helix(turn), SLOPES) for turn in (3.0, 4.0, 5.0)]
    null = [ordering.chance(helix(turn), 999, seed) for seed, turn in enumerate((3.0, 4.0, 5.0))]
    found = ordering.pooled(ordered, null)
    for name in ordering.MEASURES:
        assert_close(found[name]["mean"], np.mean([run[name] for run in ordered]))
        assert_close(found[name]["p"], 1 / 1000)
    clouds = [rng.normal(size=(10, 3)) for _ in range(6)]
    runs = [ordering.agreement(cloud, rng.permutation(10)) for cloud in clouds]
    null = [ordering.chance(cloud, 999, seed) for seed, cloud in enumerate(clouds)]
    assert all(0.01 < each["p"] <= 1 for each in ordering.pooled(runs, null).values())


def test_p_values_of_random_orders_are_uniform(rng):
    p = []
    for seed in range(60):
        cloud = rng.normal(size=(6, 3))
        run, null = ordering.agreement(cloud, rng.permutation(6)), ordering.chance(cloud, 199, seed)
        p.append(ordering.pooled([run], [null])["distances"]["p"])
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


def test_runs_and_their_chances_must_match():
    with pytest.raises(ValueError, match="one entry for each of 1"):
        ordering.pooled([ordering.agreement(helix(), SLOPES)], [])
    with pytest.raises(ValueError, match="at least 1"):
        ordering.pooled([], [])
