"""Whether a candidate beats what is there, by a rule that was written down before: no ties, no looks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

ERRORS = 2.0  # standard errors that a lead has to exceed
LEVEL = 0.05  # of all comparisons together


def complete(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs of the seeds that every candidate has in every setting; none if there is no such seed.

    Args:
        runs: one row a run: `candidate`, `setting`, `seed`, anything else.
    """
    if runs.empty:
        return runs
    count = runs.groupby(["candidate", "setting", "seed"]).size().unstack(["candidate", "setting"])
    names, settings = runs["candidate"].unique(), runs["setting"].unique()
    every = count.reindex(columns=pd.MultiIndex.from_product([names, settings]))
    return runs[runs["seed"].isin(every.index[every.notna().all(axis=1)])]


def differences(runs: pd.DataFrame, response: str, present: str) -> pd.DataFrame:
    """Each candidate less the present recipe, from the same seed, the mean over settings.

    Args:
        runs: one row a run: `candidate`, `setting`, `seed`, and the response.
        response: column of a number.
        present: name of the candidate that all others are compared with.

    Returns:
        One row a seed, one column a candidate other than the present one, in the response's unit.

    Raises:
        ValueError: if a candidate lacks a run that another has; it would be judged on less.
    """
    whole = runs.pivot_table(response, ["seed", "setting"], "candidate", "mean", sort=False)
    missing = [
        f"{name} (seed {seed}, setting {setting})"
        for name in whole
        for seed, setting in whole.index[whole[name].isna()]
    ]
    if missing:
        raise ValueError(
            f"runs: expected every candidate with every seed and setting, missing {missing}."
        )
    by_seed = whole.groupby("seed").mean()
    return by_seed.sub(by_seed[present], axis=0).drop(columns=present)


def compare(paired: pd.DataFrame) -> pd.DataFrame:
    """Judge the candidates by their differences from the present recipe; larger is better.

    One-sided paired t tests over seeds, adjusted by Holm for the number of candidates. With a
    single seed there is no error, and nothing beats anything.

    Args:
        paired: from `differences`, (S seeds, K candidates).

    Returns:
        One row a candidate: `mean`, `error` (its standard error), `low` and `high` (95 % interval),
        `p` (one-sided), `adjusted`, `beats`.
    """
    n = len(paired)
    mean = paired.mean()
    error = paired.std(ddof=1) / np.sqrt(n) if n > 1 else mean * np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (mean / error).where(error > 0, np.sign(mean) * np.inf).where(mean != 0, 0.0)
    p = pd.Series(stats.t.sf(t, n - 1), paired.columns) if n > 1 else mean * np.nan
    half = stats.t.isf(0.025, n - 1) * error if n > 1 else error
    found = pd.DataFrame({"mean": mean, "error": error, "low": mean - half, "high": mean + half})
    found["p"] = p
    found["adjusted"] = holm(p) if n > 1 else p
    found["beats"] = (mean > ERRORS * error) & (found["adjusted"] < LEVEL)
    return found


def holm(p: ArrayLike) -> np.ndarray:
    """Adjusted p values: below α where Holm's step-down procedure rejects at family level α.

    Args:
        p: of K tests, (K,).

    Reference:
        Holm (1979), Scandinavian Journal of Statistics 6.
    """
    values = np.asarray(p, float)
    order = np.argsort(values)
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def chosen(compared: pd.DataFrame, present: str) -> str:
    """The candidate with the largest lead among those that beat the present recipe, or that one."""
    winners = compared[compared["beats"]]
    return present if winners.empty else str(winners["mean"].idxmax())


def lead_needed(candidates: int, seeds: int) -> float:
    """Standard errors by which the best of the candidates has to lead, whatever the others do."""
    return max(ERRORS, float(stats.t.isf(LEVEL / candidates, seeds - 1)))
