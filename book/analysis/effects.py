"""Effects of the factors of a full factorial whose cells are run with the same seeds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

Contrast = tuple[str, object, object]  # factor, its first level, the level compared with it


def contrasts(levels: Mapping[str, Sequence]) -> list[Contrast]:
    """Every later level of a factor against its first one.

    Args:
        levels: factor -> its levels.
    """
    return [(factor, first, other) for factor, (first, *rest) in levels.items() for other in rest]


def main_effect(runs: pd.DataFrame, response: str, contrast: Contrast) -> pd.Series:
    """What changing one factor does, averaged over all cells of the others, for each seed.

    Args:
        runs: one row a run: the factors, `seed`, and the response; every cell has every seed.
        response: column of a number.
        contrast: what is compared.

    Returns:
        The difference by seed, in the response's unit.
    """
    factor, first, other = contrast
    means = runs.groupby(["seed", factor])[response].mean().unstack(factor)
    return means[other] - means[first]


def interaction(runs: pd.DataFrame, response: str, one: Contrast, two: Contrast) -> pd.Series:
    """How much more the first change does where the second has been made, for each seed.

    Arguments and result are those of `main_effect`; the order of the contrasts does not matter.
    """
    factor, first, other = two
    changed, unchanged = (runs[runs[factor] == level] for level in (other, first))
    return main_effect(changed, response, one) - main_effect(unchanged, response, one)


def interval(values: pd.Series, level: float = 0.95) -> tuple[float, float, float]:
    """Mean over seeds and its t interval; (mean, low, high).

    Args:
        values: one number a seed; a single one has no interval, and NaN for its ends.
        level: of the interval.
    """
    if len(values) < 2:
        return float(values.mean()), float("nan"), float("nan")
    mean, error = float(values.mean()), float(stats.sem(values))
    if error == 0:
        return mean, mean, mean
    low, high = stats.t.interval(level, len(values) - 1, mean, error)
    return mean, float(low), float(high)


def table(runs: pd.DataFrame, response: str, levels: Mapping[str, Sequence]) -> pd.DataFrame:
    """Main effects and two-factor interactions with their intervals.

    Args:
        runs: as for `main_effect`.
        response: as there.
        levels: factor -> its levels, the reference first.

    Returns:
        One row an effect: `one`, `two` (contrasts; `two` is None for a main effect), `mean`,
        `low`, `high`.
    """
    changes = contrasts(levels)
    rows: list[tuple[Contrast, Contrast | None, pd.Series]] = [
        (one, None, main_effect(runs, response, one)) for one in changes
    ]
    rows += [
        (one, two, interaction(runs, response, one, two))
        for one, two in itertools.combinations(changes, 2)
        if one[0] != two[0]
    ]
    found = [(one, two, *interval(values)) for one, two, values in rows]
    return pd.DataFrame(found, columns=["one", "two", "mean", "low", "high"])


def strongest(effects: pd.DataFrame, count: int) -> pd.DataFrame:
    """The interactions whose interval is farthest from zero, the largest first."""
    both = effects[effects["two"].notna()]
    clear = both[(both["low"] > 0) | (both["high"] < 0)]
    order = np.minimum(clear["low"].abs(), clear["high"].abs()).sort_values(ascending=False)
    return clear.loc[order.index[:count]]
