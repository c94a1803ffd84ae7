"""The joint model beside two steps: cluster the curves, then teach a network their clusters.

Both name a digit from its image alone, on the same test digits; runs of the same seed make a pair.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

import paperbook
from paperbook import intervals
from paperbook.intervals import Interval

NOISES = ("clean", "std", "variance")  # of the curves: hardly any, and both readings of the paper's
TESTED = 10_000  # digits, the same for all runs
ASKED = ["preset", "start", "reading", "noise", "seed", "accuracy.image", "seconds.total"]


class Duel(NamedTuple):
    """Accuracy from the image alone, and the cost, of the joint model and of two steps.

    Attributes:
        joint: mean accuracy of the joint model's runs; nan without any.
        two_steps: mean accuracy of the others.
        lead: of the joint model, over pairs, with its 95 % interval; None with fewer than two.
        pairs: runs of one seed.
        joint_seconds: median of a training, both stages.
        two_steps_seconds: of the others.
    """

    joint: float
    two_steps: float
    lead: Interval | None
    pairs: int
    joint_seconds: float
    two_steps_seconds: float

    @property
    def verdict(self) -> str:
        """Who is ahead; a verdict that rests on too few pairs says so."""
        if self.lead is None:
            return "undecided"
        words = "no difference shown"
        if self.lead.low > 0:
            words = "the joint model is ahead"
        elif self.lead.high < 0:
            words = "two steps are ahead"
        few = self.pairs < intervals.FEWEST
        return f"{words}, on {self.pairs} pairs only" if few else words


def ours() -> pd.DataFrame:
    """Published runs of our recipe on digits, from the start by physics; `reading` names the noise."""
    pages = [paperbook.published(page) for page in ("mnist_clean", "mnist_noisy")]
    runs = _asked(pd.concat(pages)).fillna({"reading": "clean", "start": "physics"})
    return runs[(runs["preset"] == "fast") & (runs["start"] == "physics")]


def duels() -> dict[str, Duel]:
    """The published runs of both, for each noise of the curves."""
    joint, taught = ours(), _asked(paperbook.published("table1", method="taught"))
    return {
        noise: duel(joint[joint["reading"] == noise], taught[taught["noise"] == noise])
        for noise in NOISES
    }


def rows(found: Mapping[str, Duel]) -> pd.DataFrame:
    """Duels as the rows of a table: accuracies as fractions, leads in percentage points."""
    return pd.DataFrame.from_dict(
        {
            words: {
                "two steps": one.two_steps,
                "joint model": one.joint,
                "lead": 100 * one.lead.estimate if one.lead else math.nan,
                "from": 100 * one.lead.low if one.lead else math.nan,
                "to": 100 * one.lead.high if one.lead else math.nan,
                "pairs": one.pairs,
                "two steps, s": one.two_steps_seconds,
                "joint model, s": one.joint_seconds,
            }
            for words, one in found.items()
        },
        orient="index",
    )


def duel(joint: pd.DataFrame, two_steps: pd.DataFrame) -> Duel:
    """One comparison.

    Args:
        joint: runs of the joint model, with `seed`, `accuracy.image` and `seconds.total`.
        two_steps: runs of the rival, likewise.

    Returns:
        The duel.
    """
    accuracy = "accuracy.image"
    both = joint.merge(two_steps, on="seed", suffixes=(" ours", " theirs"))
    first, second = (both[f"{accuracy} {whose}"].tolist() for whose in ("ours", "theirs"))
    return Duel(
        joint=joint[accuracy].mean(),
        two_steps=two_steps[accuracy].mean(),
        lead=intervals.difference(first, second, TESTED) if len(both) > 1 else None,
        pairs=len(both),
        joint_seconds=joint["seconds.total"].median(),
        two_steps_seconds=two_steps["seconds.total"].median(),
    )


def _asked(runs: pd.DataFrame) -> pd.DataFrame:
    """The same runs, with all columns that are asked for where there are none."""
    return runs if len(runs) else runs.reindex(columns=ASKED)
