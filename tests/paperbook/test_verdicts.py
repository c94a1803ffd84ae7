"""An interval lies on one side of a threshold, on the other, or on both."""

from __future__ import annotations

import pytest

from paperbook import verdicts
from paperbook.intervals import Interval
from paperbook.verdicts import IN_PART, NOT_REPRODUCED, REPRODUCED, UNDECIDED


def span(low: float, high: float) -> Interval:
    """An interval about its middle."""
    return Interval((low + high) / 2, low, high)


CASES = [  # of a threshold 0.9 and a lower one 0.8
    (span(0.90, 0.95), REPRODUCED, REPRODUCED),
    (span(0.89, 0.95), UNDECIDED, IN_PART),
    (span(0.80, 0.89), NOT_REPRODUCED, IN_PART),
    (span(0.79, 0.95), UNDECIDED, UNDECIDED),
    (span(0.79, 0.89), NOT_REPRODUCED, UNDECIDED),
    (span(0.70, 0.79), NOT_REPRODUCED, NOT_REPRODUCED),
]


@pytest.mark.parametrize(("found", "strict", "lenient"), CASES)
def test_a_threshold_below(found, strict, lenient):
    assert verdicts.at_least(found, 0.9) == strict
    assert verdicts.at_least(found, 0.9, 0.8) == lenient


@pytest.mark.parametrize(("found", "strict", "lenient"), CASES)
def test_a_threshold_above_is_its_mirror(found, strict, lenient):
    assert verdicts.at_most(-found, -0.9) == strict
    assert verdicts.at_most(-found, -0.9, -0.8) == lenient


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.03, REPRODUCED),
        (0.0, 0.03, UNDECIDED),
        (-0.01, 0.03, UNDECIDED),
        (-0.02, 0.0, NOT_REPRODUCED),
        (0.0, 0.0, NOT_REPRODUCED),  # what never differs exceeds nothing
        (-0.03, -0.01, NOT_REPRODUCED),
    ],
)
def test_a_lead_has_to_be_one(low, high, verdict):
    assert verdicts.exceeds(span(low, high), 0.0) == verdict


def test_a_lead_may_be_asked_to_be_large():
    small, fair, large = span(0.01, 0.03), span(0.04, 0.06), span(0.051, 0.06)
    assert [verdicts.exceeds(x, 0.05) for x in (small, fair, large)] == [
        NOT_REPRODUCED,
        UNDECIDED,
        REPRODUCED,
    ]
    assert verdicts.exceeds(small, 0.05, 0.0) == IN_PART
    assert verdicts.exceeds(span(-0.01, 0.03), 0.05, 0.0) == UNDECIDED


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.01, 0.02, REPRODUCED),
        (0.005, 0.02, REPRODUCED),  # a difference for certain, and none to speak of
        (-0.03, 0.03, UNDECIDED),  # zero inside proves nothing
        (0.01, 0.03, UNDECIDED),
        (0.021, 0.03, NOT_REPRODUCED),
        (-0.03, -0.021, NOT_REPRODUCED),
    ],
)
def test_equality_has_to_be_shown(low, high, verdict):
    assert verdicts.equal([span(low, high)], 0.02) == verdict
    assert verdicts.equal([span(0, 0), span(low, high)], 0.02) == verdict


def test_equality_in_part_has_a_wider_margin():
    assert verdicts.equal([span(-0.03, 0.03)], 0.02, 0.04) == IN_PART
    assert verdicts.equal([span(0.041, 0.05)], 0.02, 0.04) == NOT_REPRODUCED


@pytest.mark.parametrize(
    ("leads", "verdict"),
    [
        ([span(0.1, 0.2), span(0.0, 0.1)], REPRODUCED),
        ([span(0.1, 0.2), span(-0.1, 0.1)], UNDECIDED),  # within noise of the best
        ([span(0.1, 0.2), span(-0.2, -0.1)], NOT_REPRODUCED),
    ],
)
def test_the_best_leads_all_others(leads, verdict):
    assert verdicts.best(leads, 0.0) == verdict


def test_the_best_may_be_allowed_a_margin():
    behind = [span(-0.03, -0.01)]
    assert verdicts.best(behind, 0.03) == REPRODUCED
    assert verdicts.best(behind, 0.02) == UNDECIDED
    assert verdicts.best(behind, 0.0, 0.03) == IN_PART


def test_of_several_the_worst_holds():
    order = [REPRODUCED, IN_PART, UNDECIDED, NOT_REPRODUCED]
    for n in range(1, 5):
        assert verdicts.worst(reversed(order[:n])) == order[n - 1]
