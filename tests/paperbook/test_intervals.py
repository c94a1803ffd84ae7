"""Intervals hold what they promise to hold as often as they promise, and narrower ones do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import paperbook
from paperbook import intervals
from paperbook.intervals import Interval

SEEDS, SPECIMENS, WORLDS = 10, 400, 1500
NOMINAL, SLACK = 0.95, 0.02


def worlds(hardness: float, luck: float, chance: float, rng) -> tuple[np.ndarray, float]:
    """Accuracies of seeds in many worlds, a row each, and the expected accuracy.

    Whether a specimen is read correctly depends on the seed, on the specimen and on their meeting:
    a normal sum of the three has to stay below a bound. All seeds of a world share its specimens.
    """
    scale = math.sqrt(hardness**2 + luck**2 + chance**2)
    bound = 2.0 * scale
    rows = []
    for _ in range(WORLDS):
        seed, specimen = rng.normal(0, luck, (SEEDS, 1)), rng.normal(0, hardness, (1, SPECIMENS))
        meeting = rng.normal(0, chance, (SEEDS, SPECIMENS))
        rows.append((seed + specimen + meeting < bound).mean(axis=1))
    return np.array(rows), float(stats.norm.cdf(2.0))


def covered(rule, accuracies: np.ndarray, truth: float) -> float:
    """Share of worlds in which a rule's interval holds the truth."""
    found = [rule(list(row)) for row in accuracies]
    return float(np.mean([each.low <= truth <= each.high for each in found]))


def proper(values: list[float]) -> Interval:
    """The interval of the library."""
    return intervals.share(values, SPECIMENS)


def seeds_only(values: list[float]) -> Interval:
    """Broken: other specimens are forgotten."""
    return intervals.mean(values)


def specimens_only(values: list[float]) -> Interval:
    """Broken: other seeds are forgotten."""
    return intervals.binomial(float(np.mean(values)), SPECIMENS)


def all_specimens(values: list[float]) -> Interval:
    """Broken: every run counted as if it had specimens of its own."""
    return intervals.binomial(float(np.mean(values)), SPECIMENS * len(values))


def extremes(values: list[float]) -> Interval:
    """Broken: the range of the runs, which is no interval of their mean."""
    return Interval(float(np.mean(values)), min(values), max(values))


SETTINGS = {
    "the same specimens are hard for all": (1.0, 0.05, 0.2),
    "seeds differ more than specimens": (0.2, 0.5, 1.0),
    "both": (0.7, 0.2, 0.7),
}


@pytest.mark.parametrize(("name", "setting"), SETTINGS.items())
def test_an_interval_of_accuracy_holds_the_expected_one(name, setting):
    accuracies, truth = worlds(*setting, np.random.default_rng(0))
    assert covered(proper, accuracies, truth) >= NOMINAL - SLACK


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        (seeds_only, "the same specimens are hard for all"),
        (extremes, "the same specimens are hard for all"),
        (all_specimens, "the same specimens are hard for all"),
        (specimens_only, "seeds differ more than specimens"),
    ],
)
def test_narrower_intervals_do_not(broken, where):
    accuracies, truth = worlds(*SETTINGS[where], np.random.default_rng(0))
    assert covered(broken, accuracies, truth) < NOMINAL - SLACK


def test_runs_with_specimens_of_their_own_need_no_second_part():
    rng = np.random.default_rng(1)
    truth = 0.96
    rows = rng.binomial(19, truth, (WORLDS, 20)) / 19

    def own(values: list[float]) -> Interval:
        return intervals.share(values, 19, shared=False)

    def as_shared(values: list[float]) -> Interval:
        return intervals.share(values, 19)

    assert covered(own, rows, truth) >= NOMINAL - SLACK
    width = {
        rule: np.mean([rule(list(r)).high - rule(list(r)).low for r in rows])
        for rule in (own, as_shared)
    }
    assert width[own] < width[as_shared]


def test_runs_that_agree_prove_no_certainty():
    perfect = intervals.share([1.0] * 10, 10_000)
    assert perfect.low == pytest.approx(1 - stats.beta.ppf(0.975, 1, 10_000))
    assert 0.9996 <= perfect.low < 0.9997
    assert perfect.high == 1.0
    own = intervals.share([1.0] * 20, 19, shared=False)
    assert 0.98 < own.low < 1.0
    none = intervals.share([0.0] * 20, 2, shared=False)
    assert (none.low, none.estimate) == (0.0, 0.0)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 40))


def test_a_mean_that_is_perfect_but_for_its_rounding_is_perfect():
    assert intervals.binomial(1 - 1e-16, 380).high == 1.0
    assert intervals.binomial(1 - 1e-16, 380).low == intervals.binomial(1.0, 380).low
    assert intervals.binomial(0.1 + 0.2, 380).high < 0.36


def test_students_interval():
    values = [0.3, 0.5, 0.4, 0.6, 0.2]
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    found = intervals.mean(values)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.4, low, high))
    assert intervals.mean(values, 0.99).low < found.low
    assert -found == Interval(-found.estimate, -found.high, -found.low)


def test_pairs_cancel_what_seeds_have_in_common():
    rng = np.random.default_rng(2)
    common = rng.normal(0, 1.0, 10)
    ours, others = common + 0.1 + rng.normal(0, 0.01, 10), common
    found = intervals.difference(list(ours), list(others))
    assert 0 < found.low < 0.1 < found.high < 0.2
    shuffled = intervals.difference(list(ours), list(others[::-1]))
    assert shuffled.low < 0


@pytest.mark.parametrize("shared", [True, False])
def test_a_difference_of_accuracies_knows_of_the_test_set(shared):
    ours, others = [0.99, 0.991, 0.989, 0.99, 0.99], [0.985, 0.986, 0.984, 0.985, 0.985]
    blind = intervals.difference(ours, others)
    found = intervals.difference(ours, others, 1000, shared=shared)
    assert found.estimate == blind.estimate == pytest.approx(0.005)
    assert found.low < blind.low <= blind.high < found.high
    assert intervals.difference(ours, others, 10**9).low == pytest.approx(blind.low, abs=1e-4)
    assert (found.low < 0) == shared  # 5 × 1000 specimens decide what 1000 cannot


def test_differences_of_accuracies_hold_the_expected_one():
    rng = np.random.default_rng(3)
    easy, _ = worlds(0.7, 0.1, 0.7, rng)
    found = []
    for ours in easy:
        other = np.clip(ours - rng.binomial(8, 0.5, SEEDS) / SPECIMENS, 0, 1)
        each = intervals.difference(list(ours), list(other), SPECIMENS)
        found.append(each.low <= 4 / SPECIMENS <= each.high)
    assert np.mean(found) >= NOMINAL - SLACK


@pytest.mark.parametrize("errors", [0.02, 0.3, 1.0, 5.0, 140.0])
@pytest.mark.parametrize("overdispersion", [1.0, 3.0])
def test_nine_of_ten_further_seeds_fall_into_the_range(errors, overdispersion):
    rng = np.random.default_rng(4)
    if overdispersion > 1:
        shape = errors / (overdispersion - 1)
        rates = rng.gamma(shape, overdispersion - 1, (3000, 11))
    else:
        rates = np.full((3000, 11), errors)
    accuracy = 1 - rng.poisson(rates) / 10_000
    held = [
        low <= row[-1] <= high
        for row in accuracy
        for low, high in [paperbook.prediction_range(list(row[:-1]), 10_000)]
    ]
    assert np.mean(held) >= 0.87


def test_the_range_is_not_wider_than_it_has_to_be():
    rng = np.random.default_rng(5)
    accuracy = 1 - rng.poisson(140, (3000, 11)) / 10_000
    ranges = [paperbook.prediction_range(list(row[:-1]), 10_000) for row in accuracy]
    held = [low <= row[-1] <= high for row, (low, high) in zip(accuracy, ranges, strict=True)]
    assert 0.88 <= np.mean(held) <= 0.93
    extremes = [row[:-1].min() <= row[-1] <= row[:-1].max() for row in accuracy]
    assert np.mean(extremes) < 0.87  # the range of ten runs holds 9 of 11 further ones


def test_ten_perfect_runs_do_not_promise_an_eleventh():
    assert paperbook.prediction_range([1.0] * 10, 10_000) == (0.9999, 1.0)
    assert paperbook.prediction_range([0.0] * 10, 10_000) == (0.0, 0.0001)


def test_a_range_without_specimens_is_students():
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    half = stats.t.ppf(0.95, 4) * np.std(values, ddof=1) * math.sqrt(1.2)
    assert paperbook.prediction_range(values) == pytest.approx((3 - half, 3 + half))
    assert paperbook.prediction_range([*values, math.nan]) == pytest.approx((3 - half, 3 + half))


def test_too_few_runs_predict_nothing():
    assert all(map(math.isnan, paperbook.prediction_range([1.0] * 4, 10_000)))
    assert all(map(math.isnan, paperbook.prediction_range([*[1.0] * 4, math.nan], 10_000)))
