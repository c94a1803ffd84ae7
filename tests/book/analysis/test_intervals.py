"""Intervals against simulation: they hold the truth as often as they say, and for the right reason."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from book.analysis.intervals import (
    Interval,
    expert_interval,
    mean_interval,
    population_truth,
    recorded_intervals,
)
from fplib.experts import LinearHardening, Proportional

T = np.linspace(0, 1, 20)


def close_to(share: float, level: float, n: int) -> bool:
    """Whether a share of n trials is within four standard errors of a level."""
    return abs(share - level) < 4 * np.sqrt(level * (1 - level) / n)


def test_equal_weights_give_the_textbook_interval() -> None:
    values = np.array([3.1, 2.7, 3.4, 2.9, 3.3])
    found = mean_interval(values, np.ones(5))
    half = 2.7764451 * values.std(ddof=1) / np.sqrt(5)  # Student's t, 4 degrees of freedom
    assert found.estimate == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half)
    assert found.high == pytest.approx(values.mean() + half)


def test_weights_of_zero_are_as_good_as_absent() -> None:
    values = np.random.default_rng(0).normal(size=(12, 3))
    weights = np.r_[np.ones(7), np.zeros(5)]
    for found, expected in zip(
        mean_interval(values, weights), mean_interval(values[:7], np.ones(7)), strict=True
    ):
        assert np.allclose(found, expected)


def test_clusters_are_judged_one_by_one() -> None:
    rng = np.random.default_rng(5)
    values, gamma = rng.normal(size=(9, 2)), rng.dirichlet([2, 2, 2], 9)
    found = mean_interval(values, gamma)
    for c in range(3):
        for ends, expected in zip(found, mean_interval(values, gamma[:, c]), strict=True):
            assert np.array_equal(ends[c], expected)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_mean_interval_covers_as_often_as_it_says(level) -> None:
    rng = np.random.default_rng(1)
    trials, held = 4000, 0
    weights = np.r_[np.ones(8), np.full(6, 0.5)]
    for values in rng.normal(5.0, 2.0, (trials, len(weights))):
        held += mean_interval(values, weights, level).holds(5.0)
    assert close_to(held / trials, level, trials)


def curves(rng: np.random.Generator, n: int, noise: float = 0.02) -> np.ndarray:
    """Lines whose slopes differ from specimen to specimen about 2, with noise on each point."""
    slopes = rng.normal(2.0, 0.3, (n, 1))
    return slopes * T + rng.normal(0, noise, (n, len(T)))


def test_expert_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    trials, held = 400, 0
    for k in range(trials):
        found = expert_interval(
            Proportional(), T, np.ones((25, 1)), curves(rng, 25), draws=200, seed=k
        )
        held += found.holds(2.0)[0, 0]
    assert close_to(held / trials, 0.95, trials)


def test_it_is_the_scatter_between_specimens_that_counts() -> None:
    """Least-squares errors from the noise of the points would be ten times too narrow here."""
    rng = np.random.default_rng(3)
    found = expert_interval(Proportional(), T, np.ones((30, 1)), curves(rng, 30))
    width = (found.high - found.low)[0, 0]
    expected = 2 * 2.045 * 0.3 / np.sqrt(30)
    assert 0.7 * expected < width < 1.4 * expected
    of_noise = 2 * 1.96 * 0.02 / np.sqrt(30 * T @ T)
    assert width > 10 * of_noise


def test_copies_of_specimens_would_narrow_it_wrongly() -> None:
    data = curves(np.random.default_rng(4), 20)
    once = expert_interval(Proportional(), T, np.ones((20, 1)), data)
    copied = expert_interval(Proportional(), T, np.ones((320, 1)), np.repeat(data, 16, axis=0))
    assert np.allclose(once.estimate, copied.estimate)
    ratio = (copied.high - copied.low) / (once.high - once.low)
    assert ratio[0, 0] < 0.35


def test_clusters_are_kept_apart_by_their_weights() -> None:
    rng = np.random.default_rng(5)
    data = np.concatenate([curves(rng, 20), curves(rng, 30) + 3 * T])
    gamma = np.repeat(np.eye(2), (20, 30), axis=0)
    both = expert_interval(Proportional(), T, gamma, data, draws=2000)
    for c, rows in enumerate((slice(0, 20), slice(20, 50))):
        alone = expert_interval(
            Proportional(), T, np.ones((rows.stop - rows.start, 1)), data[rows], draws=2000
        )
        assert np.allclose(both.estimate[c], alone.estimate[0])
        assert np.allclose(both.low[c], alone.low[0], atol=0.03)
    assert both.estimate[1, 0] == pytest.approx(5.0, abs=0.2)


def test_derived_quantities_have_intervals_of_their_own() -> None:
    rng = np.random.default_rng(6)
    t = np.linspace(0, 1, 50)
    theta = np.column_stack(
        [np.full(30, 0.3), rng.normal(0.6, 0.03, 30), rng.normal(0.4, 0.02, 30)]
    )
    data = LinearHardening().predict(t, theta)

    def modulus(parameters: np.ndarray) -> np.ndarray:
        return parameters[..., 1:2] / parameters[..., 0:1]

    found = expert_interval(LinearHardening(), t, np.ones((30, 1)), data, modulus)
    assert found.estimate.shape == (1, 1)
    assert found.estimate[0, 0] == pytest.approx(np.mean(theta[:, 1] / 0.3), rel=1e-6)
    expected = mean_interval(theta[:, 1] / 0.3, np.ones(30))
    assert found.high[0, 0] - found.low[0, 0] == pytest.approx(
        expected.high - expected.low, rel=0.15
    )


def test_the_seed_decides_the_draws() -> None:
    data = curves(np.random.default_rng(7), 15)
    one, same, other = (
        expert_interval(Proportional(), T, np.ones((15, 1)), data, draws=50, seed=s)
        for s in (0, 0, 1)
    )
    assert one.low == same.low
    assert one.low != other.low


def test_holds_includes_the_ends() -> None:
    interval = Interval(np.array([1.0]), np.array([0.5]), np.array([1.5]))
    assert [interval.holds(x)[0] for x in (0.5, 1.5, 0.49, 1.51)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("values", "weights", "said"),
    [
        (np.ones(3), np.ones(4), r"received shapes \(3,\)"),
        (np.ones(3), -np.ones(3), "weights of at least 0"),
        (np.array([1.0, np.nan]), np.ones(2), "finite values"),
        (np.ones(3), np.array([1.0, 0, 0]), "at least two specimens in every cluster"),
        (np.ones(3), np.zeros(3), "total weight of 0"),
    ],
)
def test_what_cannot_be_judged_is_refused(values, weights, said) -> None:
    with pytest.raises(ValueError, match=said):
        mean_interval(values, weights)


def test_level_must_be_a_probability() -> None:
    with pytest.raises(ValueError, match="level"):
        mean_interval(np.ones(3), np.ones(3), level=1.0)
    with pytest.raises(ValueError, match="level"):
        expert_interval(Proportional(), T, np.ones((3, 1)), np.ones((3, 20)), level=95)


def test_intervals_come_back_from_records() -> None:
    ends = {"estimate": 2.0, "low": 1.0, "high": 3.0}
    one = {f"prints.octet.modulus.{end}": x for end, x in (ends | {"truth": 3.5}).items()}
    one |= {f"prints.gyroid.modulus.{end}": x for end, x in (ends | {"truth": 1.0}).items()}
    found = recorded_intervals(pd.DataFrame([one, {"prints.held": 1.0}]))
    assert found["kind"].tolist() == ["gyroid", "octet"]
    assert found["covered"].tolist() == [True, False]
    assert found.loc[1, ["way", "quantity"]].tolist() == ["prints", "modulus"]
    assert found.loc[1, ["estimate", "low", "high", "truth"]].tolist() == [2.0, 1.0, 3.0, 3.5]


def test_runs_without_intervals_give_none() -> None:
    found = recorded_intervals(pd.DataFrame([{"accuracy": 1.0}]))
    assert len(found) == 0
    assert "covered" in found


def test_every_way_can_be_judged_by_the_population() -> None:
    ends = {"estimate": 2.0, "low": 1.0, "high": 3.0}
    one = {f"prints.octet.modulus.{end}": x for end, x in (ends | {"truth": 3.5}).items()}
    one |= {f"expert.octet.modulus.{end}": x for end, x in (ends | {"truth": 2.5}).items()}
    found = recorded_intervals(population_truth(pd.DataFrame([one, {"other": 1.0}])))
    assert found["truth"].tolist() == [3.5, 3.5]
    assert recorded_intervals(pd.DataFrame([one]))["covered"].sum() == 1
