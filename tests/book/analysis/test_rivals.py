"""The joint model beside two steps: who is called ahead, and on what."""

from __future__ import annotations

import pandas as pd
import pytest

from book.analysis import rivals
from paperbook import intervals, records
from tests.support.tinybook import ROOT

HIGH, LOW = [0.990, 0.991, 0.989, 0.990, 0.991], [0.950, 0.951, 0.949, 0.950, 0.952]


def runs(accuracies, seconds=10.0, seeds=None):
    """Runs with accuracies from the image alone."""
    seeds = range(len(accuracies)) if seeds is None else seeds
    return pd.DataFrame({"seed": seeds, "accuracy.image": accuracies, "seconds.total": seconds})


@pytest.mark.parametrize(
    ("joint", "two_steps", "verdict"),
    [
        (HIGH, LOW, "the joint model is ahead"),
        (LOW, HIGH, "two steps are ahead"),
        ([0.95, 0.96, 0.95, 0.96, 0.95], [0.96, 0.95, 0.96, 0.95, 0.95], "no difference shown"),
        (LOW[:3], HIGH[:3], "two steps are ahead, on 3 pairs only"),
        ([0.95], [0.99], "undecided"),
        ([], [], "undecided"),
    ],
)
def test_the_verdict_follows_the_interval_and_the_number_of_pairs(joint, two_steps, verdict):
    assert rivals.duel(runs(joint), runs(two_steps)).verdict == verdict


def test_only_runs_of_the_same_seed_are_compared():
    """Unpaired, the second would be ahead."""
    joint = runs([0.90, 0.80, 0.70, 0.10], seeds=[0, 1, 2, 9])
    two_steps = runs([0.85, 0.75, 0.65, 0.99], seeds=[0, 1, 2, 7], seconds=[1.0, 2.0, 3.0, 100.0])
    found = rivals.duel(joint, two_steps)
    assert found.pairs == 3
    assert found.lead.estimate == pytest.approx(0.05)
    assert found.joint == pytest.approx(0.625)
    assert found.two_steps_seconds == 2.5


def test_the_test_digits_count_in_the_interval():
    """The same difference in every pair leaves what another set of test digits would do."""
    found = rivals.duel(runs([0.98] * 5), runs([0.99] * 5)).lead
    assert found.low < -0.012
    assert -0.008 < found.high < 0


def test_a_table_shows_leads_in_points_and_gaps_where_there_is_no_pair():
    five = rivals.duel(runs([0.98] * 5), runs([0.99] * 5))
    found = {"one": five, "none": rivals.duel(runs([]), runs([]))}
    table = rivals.rows(found)
    assert table.loc["one", "lead"] == pytest.approx(-1.0)
    assert table.loc["one", "from"] < -1.0 < table.loc["one", "to"]
    assert table.loc["none", ["lead", "from", "to"]].isna().all()
    assert list(table["pairs"]) == [5, 0]


def test_the_published_runs_are_those_of_the_records():
    found = rivals.duels()
    taught = [
        (record["parameters"]["noise"], record["metrics"]["accuracy.image"])
        for record in records.load("table1", ROOT / "results")
        if record["parameters"]["method"] == "taught"
    ]
    for noise in rivals.NOISES:
        values = [accuracy for curves, accuracy in taught if curves == noise]
        assert found[noise].two_steps == pytest.approx(sum(values) / len(values))
        assert 2 <= found[noise].pairs <= len(values)
    noisy = rivals.ours().groupby("reading").size()
    assert set(noisy.index) == set(rivals.NOISES)
    assert (noisy >= intervals.FEWEST).all()
