"""The paper's claims as data, and a verdict on each, computed from records.

A claim says which page tests it, which metrics of that page's records decide, and what they would
have to be. The claims themselves lie in a YAML file beside the pages; what judges them is here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import groupby
from numbers import Real
from typing import Any

import pandas as pd

from paperbook import tables

REPRODUCED = "reproduced"
IN_PART = "reproduced in part"
NOT_REPRODUCED = "not reproduced"
UNTESTABLE = "cannot be tested"
NO_RUNS = "no published runs yet"
VERDICTS = (REPRODUCED, IN_PART, NOT_REPRODUCED, UNTESTABLE)  # from best to worst
BADGES = {
    REPRODUCED: "success",
    IN_PART: "warning",
    NOT_REPRODUCED: "danger",
    UNTESTABLE: "muted",
    NO_RUNS: "light",
}
NOT_RECOVERED = "not recovered"  # a number of the paper that is lost

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
    source: str = ""
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


def parse(entries: Any) -> list[Claim]:
    """Claims from a list of mappings with the fields of `Claim`, as a YAML file holds it.

    Args:
        entries: the list.

    Returns:
        The claims in the same order.

    Raises:
        ValueError: it is not such a list, or a claim is malformed.
    """
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"expected a list of claims, each with named fields; received {entries!r}")
    known = {f.name for f in fields(Claim)}
    for entry in entries:
        unknown = sorted(set(entry) - known)
        missing = sorted({"group", "claim", "page"} - set(entry))
        if unknown or missing:
            raise ValueError(
                f"claim {entry.get('claim')!r}: unknown fields {unknown}, missing {missing}; the "
                f"fields are {', '.join(sorted(known))}."
            )
    return [Claim(**entry) for entry in entries]


def judge(claim: Claim, runs: pd.DataFrame) -> Judged:
    """Verdict on one claim from the runs of its page.

    Args:
        claim: what is claimed.
        runs: from `paperbook.published` for the page `claim.source`; those with other parameters
            than `claim.only`, or without a metric, do not count.

    Returns:
        The verdict with the measurement behind it.
    """
    counted = _counted(claim, runs)
    values = counted[list(claim.metric)]
    if claim.cannot is not None:
        return Judged(claim, _shown(values, claim.unit), len(counted), UNTESTABLE)
    if counted.empty:
        return Judged(claim, "", 0, NO_RUNS)
    if claim.best_at is not None:
        return _judge_best(claim, *claim.best_at, counted)
    if claim.exceeds is not None:
        return _judge_difference(claim, values.iloc[:, 0], counted[claim.exceeds])
    verdicts = [_reached(claim, values[metric]) for metric in claim.metric]
    worst = max(verdicts, key=VERDICTS.index)
    return Judged(claim, _shown(values, claim.unit), len(counted), worst)


def ledger(claims: Sequence[Claim]) -> list[Judged]:
    """Verdicts on all claims from the published records, in the same order."""
    runs = {page: tables.published(page) for page in {claim.source for claim in claims}}
    return [judge(claim, runs[claim.source]) for claim in claims]


def rows(judged: Iterable[Judged]) -> pd.DataFrame:
    """The ledger for `paperbook.table`: a line a claim, under the heading of its group.

    The measurement leads to the claim's page; the verdict is a badge.
    """
    lines: list[dict[str, str]] = []
    for group, members in groupby(judged, key=lambda found: found.claim.group):
        lines.append({"claim": f"**{group}**"})
        for found in members:
            claim = found.claim
            measured = f"{{doc}}`{found.measured or tables.MISSING} <{claim.page}>`"
            badge = f"{{bdg-{BADGES[found.verdict]}}}`{found.verdict}`"
            lines.append(
                {
                    "claim": claim.claim,
                    "paper": claim.paper or NOT_RECOVERED,
                    "measured": " ".join(filter(None, [measured, claim.note])),
                    "runs": str(found.runs or tables.MISSING),
                    "verdict": " ".join(filter(None, [badge, claim.cannot])),
                }
            )
    return pd.DataFrame(lines).fillna("")


def tally(judged: Iterable[Judged]) -> str:
    """How many claims have each verdict, such as "3 reproduced, 1 not reproduced"."""
    counts = Counter(found.verdict for found in judged)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in BADGES if counts[verdict])


def _counted(claim: Claim, runs: pd.DataFrame) -> pd.DataFrame:
    """What decides, of the runs with the claim's parameters that have all of it."""
    for parameter, wanted in claim.only.items():
        told = runs.get(parameter, pd.Series(index=runs.index, dtype=object))
        runs = runs[told.isin(wanted if isinstance(wanted, list) else [wanted])]
    needed = filter(None, [*claim.metric, claim.exceeds, claim.by])
    return runs.reindex(columns=list(needed)).dropna()


def _reached(claim: Claim, values: pd.Series) -> str:
    """Verdict of a threshold rule on one metric."""
    rules = (claim.at_most, -1.0), (claim.at_least, 1.0), (claim.above, 1.0)
    (full, nearly), sign = next((pair, sign) for pair, sign in rules if pair is not None)
    decisive = values.median() if claim.over == "median" else sign * (sign * values).min()
    if claim.above is not None:
        if decisive > full:
            return REPRODUCED
    elif sign * decisive >= sign * full:
        return REPRODUCED
    return IN_PART if sign * values.median() >= sign * nearly else NOT_REPRODUCED


def _judge_difference(claim: Claim, ours: pd.Series, others: pd.Series) -> Judged:
    """Verdict on one metric against another of the same run."""
    difference = ours - others
    decisive = difference.min() if claim.over == "every" else difference.median()
    verdict = IN_PART if difference.median() > 0 else NOT_REPRODUCED
    shown = (_number(values.median(), claim.unit) for values in (ours, others))
    return Judged(
        claim, " against ".join(shown), len(ours), REPRODUCED if decisive > 0 else verdict
    )


def _judge_best(claim: Claim, wanted: Any, tolerance: float, runs: pd.DataFrame) -> Judged:
    """Verdict on where a metric is largest."""
    medians = runs.groupby(claim.by)[claim.metric[0]].median()
    if wanted not in medians.index or len(medians) < 2:
        return Judged(claim, "", len(runs), NO_RUNS)
    best = medians.idxmax()
    behind = medians[best] - medians[wanted]
    verdict = REPRODUCED if behind <= 0 else IN_PART if behind <= tolerance else NOT_REPRODUCED
    places = [wanted] if best == wanted else [wanted, best]
    shown = ", ".join(f"{_number(medians[at], claim.unit)} at {_setting(at)}" for at in places)
    return Judged(claim, shown, len(runs), verdict)


def _shown(values: pd.DataFrame, unit: str) -> str:
    """Medians of metrics, with the range when there is one metric and several runs."""
    if values.empty:
        return ""
    text = " / ".join(_number(values[metric].median(), unit) for metric in values)
    if len(values.columns) == 1:
        low, high = (
            _number(extreme, unit) for extreme in (values.min().iat[0], values.max().iat[0])
        )
        if low != high and unit == "percent":
            text += f" ({low.removesuffix(' %')}–{high.removesuffix(' %')})"
        elif low != high:
            text += f" ({low} to {high})"
    return text


def _setting(value: Any) -> str:
    """A parameter's value; whole numbers stay whole in a column that has gaps."""
    return f"{value:g}" if isinstance(value, Real) else str(value)


def _number(value: float, unit: str) -> str:
    """A value in its unit."""
    if unit == "percent":
        return tables.percent(value)
    if unit == "minutes":
        return f"{value / 60:.1f} min"
    return f"{value:.3g}" + (" nats" if unit == "nats" else "")
