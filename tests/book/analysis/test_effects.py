"""Effects of a factorial: planted ones are found, and only those."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from book.analysis import effects

LEVELS = {"a": ["x", "y", "z"], "b": [0, 1], "c": ["no", "yes"]}


def runs(noise: float = 0.0, seeds: int = 6) -> pd.DataFrame:
    """y adds 2, z adds 3; b adds 1 and with z another 4; c does nothing; seeds differ."""
    rng = np.random.default_rng(0)
    rows = [
        {"a": a, "b": b, "c": c, "seed": seed}
        for a, b, c, seed in itertools.product(*LEVELS.values(), range(seeds))
    ]
    found = pd.DataFrame(rows).sample(frac=1, random_state=1)
    value = found["a"].map({"x": 0.0, "y": 2.0, "z": 3.0}) + found["b"] + 10 * found["seed"]
    value += 4.0 * (found["a"] == "z") * found["b"]
    return found.assign(value=value + noise * rng.standard_normal(len(found)))


def test_planted_effects_are_found_exactly_without_noise() -> None:
    found = effects.table(runs(), "value", LEVELS)
    means = {(one[2], two and two[2]): mean for one, two, mean, *_ in found.itertuples(index=False)}
    assert means["y", None] == pytest.approx(2)
    assert means["z", None] == pytest.approx(3 + 4 / 2)  # half of the cells have b
    assert means[1, None] == pytest.approx(1 + 4 / 3)
    assert means["yes", None] == pytest.approx(0)
    assert means["z", 1] == pytest.approx(4)
    assert means["y", 1] == means["y", "yes"] == means["z", "yes"] == pytest.approx(0)
    assert len(means) == 4 + 5  # y and z do not cross


def test_intervals_hold_what_was_planted_and_tell_it_from_nothing() -> None:
    found = effects.table(runs(noise=0.3), "value", LEVELS)
    planted = [2, 5, 1 + 4 / 3, 0, 0, 0, 4, 0, 0]
    inside = (found["low"] <= planted) & (planted <= found["high"])
    assert inside.sum() >= 8  # of nine at 95 %
    assert effects.strongest(found, 3)["one"].tolist()[0] == ("a", "x", "z")


def test_pairing_by_seed_is_what_makes_intervals_narrow() -> None:
    """Seeds differ by ten; an effect that ignored them would drown."""
    of_seed = effects.main_effect(runs(noise=0.1), "value", ("b", 0, 1))
    assert of_seed.std() < 0.2


def test_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    draws = rng.normal(3.0, 2.0, size=(2_000, 5))
    bounds = [effects.interval(pd.Series(row)) for row in draws]
    share = np.mean([low <= 3.0 <= high for _, low, high in bounds])
    assert share == pytest.approx(0.95, abs=0.015)
    normal = np.mean([abs(row.mean() - 3) < 1.96 * row.std(ddof=1) / 5**0.5 for row in draws])
    assert normal < 0.9  # what a normal quantile would do with five seeds


def test_interval_without_spread_is_a_point() -> None:
    assert effects.interval(pd.Series([0.5, 0.5])) == (0.5, 0.5, 0.5)
