"""The paper's claims as data, and a verdict on each, computed from records.

A claim says which page tests it, which metrics of that page's records decide, and what they would
have to be. The text of the claims is not here: it lies in a YAML file beside the pages, so that
better words do not count as another library.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from paperbook import records, workspace
from paperbook.tables import percent

REPRODUCED = "reproduced"
IN_PART = "reproduced in part"
NOT_REPRODUCED = "not reproduced"
UNTESTABLE = "cannot be tested"
NO_RUNS = "no published runs yet"
VERDICTS = (REPRODUCED, IN_PART, NOT_REPRODUCED, UNTESTABLE)  # from best to worst

RULES = ("at_least", "above", "at_most", "exceeds", "best_at", "cannot")
UNITS = ("percent", "number", "minutes", "nats")


@dataclass(frozen=True)
class Claim:
    """One claim of the paper, and what would confirm it.

    Exactly one rule is set. `at_least`, `above` (strictly) and `at_most` hold two thresholds: the
    first has to be met by every run (`over` "every") or by the median run (`over` "median") for
    *reproduced*, the second by the median run for *reproduced in part*. `exceeds` names another
    metric of the same record that the metric is claimed to surpass: in every run, or in the median.
    `best_at` names a value of the parameter `by` at which the median is claimed to be largest, and
    how far below the largest it may lie for *in part*. `cannot` gives the reason why no measurement
    can decide.

    Args:
        group: heading under which the claim stands.
        claim: the claim in our words.
        page: name of the page that tells about it.
        source: page whose records decide, if it is another one.
        paper: the paper's number as printed; None when it is lost.
        metric: one metric, or several that must all meet the rule; "seconds.total" is the duration
            of a run.
        only: parameters that a record must have to count; a list holds alternatives.
        unit: how the metrics are shown.
        note: words set behind the measurement.
    """

    group: str
    claim: str
    page: str
    source: str | None = None
    paper: str | None = None
    metric: tuple[str, ...] = ()
    only: Mapping[str, Any] = field(default_factory=dict)
    unit: str = "percent"
    at_least: tuple[float, float] | None = None
    above: tuple[float, float] | None = None
    at_most: tuple[float, float] | None = None
    exceeds: str | None = None
    best_at: tuple[Any, float] | None = None
    by: str | None = None
    cannot: str | None = None
    over: str = "every"
    note: str | None = None

    def __post_init__(self) -> None:
        name = f"claim {self.claim!r}"
        rules = [rule for rule in RULES if getattr(self, rule) is not None]
        if len(rules) != 1:
            raise ValueError(
                f"{name}: expected exactly one of {', '.join(RULES)}; received {rules or 'none'}."
            )
        if self.unit not in UNITS or self.over not in ("every", "median"):
            raise ValueError(
                f"{name}: expected a unit among {', '.join(UNITS)} and over 'every' or 'median'; "
                f"received {self.unit!r} and {self.over!r}."
            )
        metric = (self.metric,) if isinstance(self.metric, str) else tuple(self.metric)
        object.__setattr__(self, "metric", metric)
        if not metric and rules != ["cannot"]:
            raise ValueError(f"{name}: expected a metric for its rule {rules[0]!r}, received none.")
        if len(metric) != 1 and rules[0] in ("exceeds", "best_at"):
            raise ValueError(f"{name}: expected one metric for {rules[0]}, received {metric}.")
        object.__setattr__(self, "source", self.source or self.page)
        if (self.best_at is None) != (self.by is None):
            raise ValueError(f"{name}: best_at needs `by`, the name of a parameter, and only it.")
        for rule in ("at_least", "above", "at_most", "best_at"):
            pair = getattr(self, rule)
            if pair is not None and (isinstance(pair, str) or len(pair) != 2):
                raise ValueError(f"{name}: expected two numbers for {rule}, received {pair!r}.")


@dataclass(frozen=True)
class Judged:
    """A claim with what was measured.

    Attributes:
        claim: the claim.
        measured: medians in words, with the range over runs; "" without any run.
        runs: number of records that count.
        verdict: one of `VERDICTS`, or `NO_RUNS`.
    """

    claim: Claim
    measured: str
    runs: int
    verdict: str


def load(path: str | os.PathLike[str]) -> list[Claim]:
    """Read claims from a YAML list of mappings with the fields of `Claim`.

    Args:
        path: the file.

    Returns:
        The claims in the order of the file.

    Raises:
        ValueError: if the file is not such a list, or a claim is malformed.
    """
    import yaml  # not needed to judge

    found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise ValueError(f"{path}: expected a list of claims, each with named fields.")
    known = {f.name for f in fields(Claim)}
    for entry in found:
        unknown = sorted(set(entry) - known)
        missing = sorted({"group", "claim", "page"} - set(entry))
        if unknown or missing:
            raise ValueError(
                f"{path}: claim {entry.get('claim')!r}: unknown fields {unknown}, missing {missing}; "
                f"the fields are {', '.join(sorted(known))}."
            )
    return [Claim(**entry) for entry in found]


def judge(claim: Claim, runs: Sequence[Mapping[str, Any]]) -> Judged:
    """Verdict on one claim from the records of its page.

    Args:
        claim: what is claimed.
        runs: records of `claim.source`; those with other parameters than `claim.only`, or without
            a metric, do not count.

    Returns:
        The verdict with the measurement behind it.
    """
    counted = [run for run in runs if _counts(claim, run)]
    if claim.cannot is not None:
        shown = _shown(claim, counted) if counted and claim.metric else ""
        return Judged(claim, shown, len(counted), UNTESTABLE)
    if not counted:
        return Judged(claim, "", 0, NO_RUNS)
    if claim.best_at is not None:
        return _judge_best(claim, counted)
    if claim.exceeds is not None:
        return _judge_difference(claim, counted)
    verdicts = [_reached(claim, _values(counted, metric)) for metric in claim.metric]
    return Judged(claim, _shown(claim, counted), len(counted), max(verdicts, key=VERDICTS.index))


def ledger(claims: Sequence[Claim], folder: str | os.PathLike[str] | None = None) -> list[Judged]:
    """Verdicts on all claims.

    Args:
        claims: what is claimed.
        folder: folder of records; the published ones by default.

    Returns:
        One verdict a claim, in the same order.
    """
    folder = workspace.published() if folder is None else folder
    sources = {claim.source for claim in claims}
    runs = {page: records.load(page, folder=folder) for page in sources}
    return [judge(claim, runs[claim.source]) for claim in claims]


def _counts(claim: Claim, run: Mapping[str, Any]) -> bool:
    """Whether a record has the claim's parameters and all its metrics."""
    told = run["parameters"]
    for key, wanted in claim.only.items():
        if key not in told or told[key] not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    if claim.by is not None and claim.by not in told:
        return False
    needed = [*claim.metric, *filter(None, [claim.exceeds])]
    return all(metric == "seconds.total" or metric in run["metrics"] for metric in needed)


def _values(runs: Sequence[Mapping[str, Any]], metric: str) -> np.ndarray:
    """One metric over runs."""
    if metric == "seconds.total":
        return np.array([sum(run["seconds"].values()) for run in runs])
    return np.array([run["metrics"][metric] for run in runs], float)


def _reached(claim: Claim, values: np.ndarray) -> str:
    """Verdict of a threshold rule on one metric."""
    median = np.median(values)
    if claim.at_most is not None:
        (full, nearly), sign = claim.at_most, -1.0
    else:
        (full, nearly), sign = claim.at_least or claim.above, 1.0
    decisive = median if claim.over == "median" else sign * (sign * values).min()
    if claim.above is not None:
        if decisive > full:
            return REPRODUCED
    elif sign * decisive >= sign * full:
        return REPRODUCED
    return IN_PART if sign * median >= sign * nearly else NOT_REPRODUCED


def _judge_difference(claim: Claim, runs: Sequence[Mapping[str, Any]]) -> Judged:
    """Verdict on one metric against another of the same run."""
    ours, others = (_values(runs, metric) for metric in (*claim.metric, claim.exceeds))
    difference = ours - others
    every = difference.min() if claim.over == "every" else np.median(difference)
    verdict = REPRODUCED if every > 0 else IN_PART if np.median(difference) > 0 else NOT_REPRODUCED
    shown = (_number(float(np.median(values)), claim.unit) for values in (ours, others))
    return Judged(claim, " against ".join(shown), len(runs), verdict)


def _judge_best(claim: Claim, runs: Sequence[Mapping[str, Any]]) -> Judged:
    """Verdict on where a metric is largest."""
    wanted, tolerance = claim.best_at
    (metric,) = claim.metric
    settings = sorted({run["parameters"][claim.by] for run in runs})
    medians = {
        value: float(
            np.median(_values([r for r in runs if r["parameters"][claim.by] == value], metric))
        )
        for value in settings
    }
    if wanted not in medians or len(medians) < 2:
        return Judged(claim, "", len(runs), NO_RUNS)
    best = max(medians, key=medians.get)
    behind = medians[best] - medians[wanted]
    verdict = REPRODUCED if behind <= 0 else IN_PART if behind <= tolerance else NOT_REPRODUCED
    shown = f"{_number(medians[wanted], claim.unit)} at {wanted}"
    if best != wanted:
        shown += f", {_number(medians[best], claim.unit)} at {best}"
    return Judged(claim, shown, len(runs), verdict)


def _shown(claim: Claim, runs: Sequence[Mapping[str, Any]]) -> str:
    """Medians of the claim's metrics, with the range when there is one metric and several runs."""
    every = [_values(runs, metric) for metric in claim.metric]
    text = " / ".join(_number(float(np.median(values)), claim.unit) for values in every)
    if len(every) == 1 and np.ptp(every[0]) > 0:
        low, high = (_number(float(v), claim.unit) for v in (every[0].min(), every[0].max()))
        if low != high and claim.unit == "percent":
            text += f" ({low.removesuffix(' %')}–{high.removesuffix(' %')})"
        elif low != high:
            text += f" ({low} to {high})"
    return text


def _number(value: float, unit: str) -> str:
    """A value in its unit."""
    if unit == "percent":
        return percent(value)
    if unit == "minutes":
        return f"{value / 60:.1f} min"
    return f"{value:.3g}" + (" nats" if unit == "nats" else "")
