"""From an interval to a verdict: it lies on one side of a threshold, on the other, or on both."""

from __future__ import annotations

from collections.abc import Iterable

from paperbook.intervals import Interval

REPRODUCED = "reproduced"
IN_PART = "reproduced in part"
UNDECIDED = "undecided"
NOT_REPRODUCED = "not reproduced"
TOO_FEW = "too few runs"
UNTESTABLE = "cannot be tested"
NO_RUNS = "no published runs yet"
BADGES = {
    REPRODUCED: "success",
    IN_PART: "warning",
    UNDECIDED: "secondary",
    NOT_REPRODUCED: "danger",
    TOO_FEW: "light",
    UNTESTABLE: "muted",
    NO_RUNS: "light",
}
ORDER = tuple(BADGES)  # from best to worst, of those that a measurement decides


def at_least(found: Interval, threshold: float, in_part: float | None = None) -> str:
    """Verdict on a value that is claimed to reach a threshold.

    Args:
        found: the interval; all of it has to lie on one side.
        threshold: what is claimed.
        in_part: a lower threshold, which the whole interval has to reach for *in part*.
    """
    verdict = _side(found, threshold)
    if verdict == REPRODUCED or in_part is None:
        return verdict
    nearly = _side(found, in_part)
    return IN_PART if nearly == REPRODUCED else nearly


def at_most(found: Interval, threshold: float, in_part: float | None = None) -> str:
    """Verdict on a value that is claimed to stay below a threshold; as `at_least`, turned round."""
    return at_least(-found, -threshold, None if in_part is None else -in_part)


def exceeds(found: Interval, margin: float, in_part: float | None = None) -> str:
    """Verdict on a difference that is claimed to be larger than a margin, as `at_least`; strictly."""
    above, below = found.low > margin, found.high <= margin
    if above or in_part is None:
        return REPRODUCED if above else NOT_REPRODUCED if below else UNDECIDED
    nearly = exceeds(found, in_part)
    return IN_PART if nearly == REPRODUCED else nearly


def best(found: Iterable[Interval], margin: float, in_part: float | None = None) -> str:
    """Verdict on a setting that no other is claimed to beat.

    Args:
        found: intervals of its lead over every other setting.
        margin: how far behind is no defeat.
        in_part: a wider margin, for *in part*.
    """
    nearly = None if in_part is None else -in_part
    return worst(at_least(lead, -margin, nearly) for lead in found)


def equal(found: Iterable[Interval], margin: float, in_part: float | None = None) -> str:
    """Verdict on differences that are claimed to be none to speak of.

    Two one-sided tests: equality is shown when whole intervals lie within the margin, not when
    they hold zero. Refuted when one lies beyond it.

    Args:
        found: intervals of the differences.
        margin: the largest difference that is none to speak of.
        in_part: a wider margin, for *in part*.
    """
    differences = list(found)
    turned = [at_most(d, margin, in_part) for d in differences]
    straight = [at_least(d, -margin, None if in_part is None else -in_part) for d in differences]
    return worst(turned + straight)


def worst(verdicts: Iterable[str]) -> str:
    """The worst of several verdicts, all of which have to hold."""
    return max(verdicts, key=ORDER.index)


def _side(found: Interval, threshold: float) -> str:
    """On which side of a threshold an interval lies."""
    if found.low >= threshold:
        return REPRODUCED
    return NOT_REPRODUCED if found.high < threshold else UNDECIDED
