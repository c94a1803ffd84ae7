"""The ledger: each claim with what its records say, a verdict, and how both are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from paperbook import measurements, tables, verdicts, wording
from paperbook.claims import Claim
from paperbook.intervals import FEWEST
from paperbook.measurements import Measurement


@dataclass(frozen=True)
class Judged:
    """A claim with what was measured.

    Attributes:
        claim: the claim.
        measured: estimates in words, with their intervals; "" without any run.
        runs: how many count; where settings or recipes are compared, how many pairs at least.
        verdict: one that has a badge.
    """

    claim: Claim
    measured: str
    runs: int
    verdict: str


def judge(claim: Claim, runs: pd.DataFrame, others: pd.DataFrame | None = None) -> Judged:
    """Verdict on one claim.

    Args:
        claim: what is claimed.
        runs: from `paperbook.published` for the page `claim.source`; those with other parameters
            than `claim.only`, or without a metric, do not count.
        others: the same for the rival's source, if it has one of its own.

    Returns:
        The verdict with the measurement behind it.
    """
    found = measurements.measure(claim, runs, others)
    return Judged(claim, wording.measured(claim, found), found.runs, _verdict(claim, found))


def ledger(claims: Sequence[Claim]) -> list[Judged]:
    """Verdicts on all claims from the published records, in the same order."""
    sources = {claim.source for claim in claims}
    sources |= {c.opponent.source for c in claims if c.opponent and c.opponent.source}
    runs = {page: tables.published(page) for page in sources}

    def other(claim: Claim) -> pd.DataFrame | None:
        rival = claim.opponent
        return runs[rival.source] if rival and rival.source else None

    return [judge(claim, runs[claim.source], other(claim)) for claim in claims]


def rows(judged: Iterable[Judged]) -> pd.DataFrame:
    """The ledger for `paperbook.table`: a line a test, under the heading of its group.

    A claim that several recipes test is told once. The measurement leads to the claim's page; the
    verdict is a badge.
    """
    lines: list[dict[str, str]] = []
    for group, members in groupby(judged, key=lambda found: found.claim.group):
        lines.append({"claim": f"**{group}**"})
        told = None
        for found in members:
            claim = found.claim
            measured = f"{{doc}}`{found.measured or tables.MISSING} <{claim.page}>`"
            badge = f"{{bdg-{verdicts.BADGES[found.verdict]}}}`{found.verdict}`"
            new = claim.claim != told
            mark = f"{{bdg-secondary-line}}`{claim.mark}`" if claim.mark else None
            lines.append(
                {
                    "claim": " ".join(filter(None, [claim.claim, mark])) if new else "",
                    "paper": (claim.paper or tables.MISSING) if new else "",
                    "recipe": claim.recipe,
                    "measured": " ".join(filter(None, [measured, claim.note])),
                    "n": str(found.runs or tables.MISSING),
                    "verdict": " ".join(filter(None, [badge, claim.cannot])),
                }
            )
            told = claim.claim
    return pd.DataFrame(lines).fillna("")


def reasons(claims: Iterable[Claim]) -> pd.DataFrame:
    """What each claim has to reach, and why that: a line a rule, for `paperbook.table`."""
    lines = []
    for claim in claims:
        if claim.cannot is None:
            told = {"claim": claim.claim, "has to": wording.demand(claim), "because": claim.reason}
            lines.append(told)
    return pd.DataFrame(lines).drop_duplicates(ignore_index=True)


def tally(judged: Iterable[Judged]) -> str:
    """How many tests have each verdict, such as "3 reproduced, 1 not reproduced"."""
    counts = Counter(found.verdict for found in judged)
    return ", ".join(
        f"{counts[verdict]} {verdict}" for verdict in verdicts.ORDER if counts[verdict]
    )


def _verdict(claim: Claim, found: Measurement) -> str:
    """Verdict of a claim's rule on what was measured."""
    if claim.cannot is not None:
        return verdicts.UNTESTABLE
    if found.runs < FEWEST:
        return verdicts.TOO_FEW if found.runs else verdicts.NO_RUNS
    nearly, differences = claim.in_part, found.differences.values()
    if claim.equal_within is not None:
        return verdicts.equal(differences, claim.equal_within, nearly)
    if claim.by is not None:
        return verdicts.best(differences, claim.margin, nearly)
    if claim.exceeds is not None:
        return verdicts.worst(verdicts.exceeds(d, claim.margin, nearly) for d in differences)
    found_ones = found.estimates.values()
    if claim.at_most is not None:
        return verdicts.worst(verdicts.at_most(f, claim.at_most, nearly) for f in found_ones)
    threshold = claim.at_least or 0.0
    return verdicts.worst(verdicts.at_least(f, threshold, nearly) for f in found_ones)
