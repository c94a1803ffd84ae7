"""What the records measure of a claim: estimates with intervals, and differences in pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from paperbook import intervals
from paperbook.claims import Claim, Rival
from paperbook.intervals import LEVEL, Interval

PAIR = "seed"  # runs of one seed belong together
COVERED = "covered"  # share of quantities whose interval holds the truth
RIVAL = "rival"


@dataclass(frozen=True)
class Measurement:
    """What was measured.

    Attributes:
        runs: how many count; where runs are compared, the number of pairs, the least of several.
        means: what was measured -> its mean, also of a single run.
        estimates: the same -> interval of its expected value; from two runs on.
        differences: what is compared -> interval of the expected difference; from two pairs on.
    """

    runs: int
    means: Mapping[Any, float] = field(default_factory=dict)
    estimates: Mapping[Any, Interval] = field(default_factory=dict)
    differences: Mapping[tuple[Any, Any], Interval] = field(default_factory=dict)


def measure(claim: Claim, runs: pd.DataFrame, others: pd.DataFrame | None = None) -> Measurement:
    """What records say of a claim.

    Args:
        claim: what is claimed.
        runs: those of the page `claim.source`.
        others: those of the rival's page, if it is another one.
    """
    runs = runs.reset_index(drop=True)
    others = runs if others is None else others
    chosen = _with_parameters(runs, claim.only)
    if claim.by is not None:
        return _between_settings(claim, chosen)
    names = [COVERED] if claim.covers else list(claim.metric)
    if not names:
        return Measurement(0)
    values = _values(claim, chosen)
    if claim.opponent is not None:
        values = _beside(values, claim.opponent, others)
        names.append(RIVAL)
    values = values.reindex(columns=[*names, "specimens"]).dropna(subset=names)
    means = {name: float(values[name].mean()) for name in names} if len(values) else {}
    if len(values) < 2:
        return Measurement(len(values), means)
    tested = float(values["specimens"].median()) if claim.unit == "percent" else None
    compared = combinations(names, 2) if claim.rule in ("exceeds", "equal_within") else ()
    return Measurement(
        len(values),
        means,
        {name: _estimate(claim, values[name], tested) for name in names},
        {
            (one, other): intervals.difference(
                list(values[one]), list(values[other]), tested, shared=claim.shared
            )
            for one, other in compared
        },
    )


def _with_parameters(runs: pd.DataFrame, only: Mapping[str, Any]) -> pd.DataFrame:
    """The runs that have these parameters; a list holds alternatives."""
    for parameter, wanted in only.items():
        told = runs.get(parameter, pd.Series(index=runs.index, dtype=object))
        runs = runs[told.isin(wanted if isinstance(wanted, list) else [wanted])]
    return runs


def _values(claim: Claim, runs: pd.DataFrame) -> pd.DataFrame:
    """A row a run: its metrics, its seed, and the number of specimens it tested."""
    if claim.covers:
        values = pd.DataFrame({COVERED: _covered(claim.covers, runs)}, index=runs.index)
    else:
        values = runs.reindex(columns=list(claim.metric)).astype(float)
    named = isinstance(claim.specimens, str)
    tested = runs.get(claim.specimens) if named else claim.specimens
    return values.assign(specimens=tested, **{PAIR: runs.get(PAIR)})


def _covered(quantities: Mapping[str, str], runs: pd.DataFrame) -> pd.Series:
    """Share of quantities whose interval holds the truth; NaN for a run that lacks one."""

    def told(names: Iterable[str], part: str) -> np.ndarray:
        return runs.reindex(columns=[f"{name}.{part}" for name in names]).to_numpy(float)

    low, high = (told(quantities, part) for part in ("low", "high"))
    truth = told(quantities.values(), "truth")
    held = pd.DataFrame((low <= truth) & (truth <= high), index=runs.index)
    known = pd.DataFrame(np.isfinite(low + truth + high), index=runs.index)
    return held.mean(axis=1).where(known.all(axis=1))


def _beside(values: pd.DataFrame, rival: Rival, others: pd.DataFrame) -> pd.DataFrame:
    """The rival's value beside ours: of the same record, or of the same seed."""
    if not rival.source and not rival.only:
        return values.assign(**{RIVAL: others.get(rival.metric)})
    theirs = _with_parameters(others, rival.only).reindex(columns=[PAIR, rival.metric])
    each = theirs.rename(columns={rival.metric: RIVAL}).dropna().groupby(PAIR).mean()
    ours = values.dropna(subset=[PAIR]).groupby(PAIR).mean()
    return ours.join(each, how="inner")


def _estimate(claim: Claim, values: pd.Series, tested: float | None) -> Interval:
    """Interval of an expected value."""
    if tested is None:
        return intervals.mean(list(values))
    return intervals.share(list(values), tested, shared=claim.shared)


def _between_settings(claim: Claim, runs: pd.DataFrame) -> Measurement:
    """The claimed setting beside every other one, seeds paired.

    Of the differences all have to be judged at once, so each has a share of the error probability
    (Bonferroni). Steadiness is compared by distances from the median (Brown and Forsythe).
    """
    needed = runs.reindex(columns=[PAIR, claim.by, *claim.metric]).dropna()
    of = needed.pivot_table(claim.metric[0], PAIR, claim.by)
    steady = claim.steadiest_at is not None
    wanted = claim.steadiest_at if steady else claim.best_at
    if wanted not in of.columns or len(of.columns) < 2:
        return Measurement(0)
    means = of.std() if steady else of.mean()
    scores = -(of - of.median()).abs() if steady else of
    tested = None if steady or isinstance(claim.specimens, str) else claim.specimens
    tested = tested if claim.unit == "percent" else None
    rivals = [setting for setting in of.columns if setting != wanted]
    level = 1 - (1 - LEVEL) / len(rivals)
    pairs = {setting: scores[[wanted, setting]].dropna() for setting in rivals}
    fewest = min(map(len, pairs.values()))
    if fewest < 2:
        return Measurement(fewest, dict(means))
    found = {
        (wanted, setting): intervals.difference(
            list(pair[wanted]), list(pair[setting]), tested, shared=claim.shared, level=level
        )
        for setting, pair in pairs.items()
    }
    return Measurement(fewest, dict(means), {}, found)
