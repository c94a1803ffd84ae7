"""The ledger: what decides a verdict, and what may not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from paperbook import claims, intervals, ledger, tables
from paperbook.claims import Claim
from paperbook.intervals import Interval
from paperbook.ledger import judge
from paperbook.verdicts import (
    IN_PART,
    NO_RUNS,
    NOT_REPRODUCED,
    REPRODUCED,
    TOO_FEW,
    UNDECIDED,
    UNTESTABLE,
)
from tests.support.ledger import MANY, METRIC, around, claim, runs

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (around(0.95), REPRODUCED),
        (around(0.90), UNDECIDED),
        (around(0.85), NOT_REPRODUCED),
        ((0.89, *around(0.95)), REPRODUCED),  # one run below: the expected value counts
        ((*around(0.85), 0.99), NOT_REPRODUCED),  # one good run does not save it
        ((0.95, 0.97, 0.99, 0.5), TOO_FEW),
        ((0.1,), TOO_FEW),
        ((), NO_RUNS),
    ],
)
def test_an_interval_decides_on_a_threshold(values, verdict):
    judged = judge(claim(specimens=MANY), runs(*values))
    assert (judged.verdict, judged.runs) == (verdict, len(values))


def test_four_runs_decide_nothing_and_five_do():
    assert judge(claim(specimens=MANY), runs(*around(0.95, n=4))).verdict == TOO_FEW
    assert judge(claim(specimens=MANY), runs(*around(0.95, n=5))).verdict == REPRODUCED


def test_runs_that_all_reach_a_threshold_do_not_show_that_others_would():
    values = (0.901, 0.901, 0.905, 0.93, 0.99)  # the least of them is above 0.9, the interval not
    assert judge(claim(specimens=MANY), runs(*values)).verdict == UNDECIDED


@pytest.mark.parametrize(
    "broken",
    [
        lambda values, *_, **__: Interval(np.mean(values), min(values), max(values)),
        lambda values, *_, **__: Interval(np.median(values), np.median(values), np.median(values)),
    ],
    ids=["extremes", "median"],
)
def test_a_rule_without_an_interval_would_be_noticed(broken, monkeypatch):
    values = runs(0.901, 0.901, 0.905, 0.93, 0.99)
    assert judge(claim(specimens=MANY), values).verdict == UNDECIDED
    monkeypatch.setattr(intervals, "share", broken)
    assert judge(claim(specimens=MANY), values).verdict == REPRODUCED


def test_a_small_test_set_leaves_open_what_a_large_one_decides():
    values = runs(*around(0.95))
    assert judge(claim(specimens=100), values).verdict == UNDECIDED
    assert judge(claim(specimens=1000), values).verdict == REPRODUCED
    told = values.assign(tested=100)
    assert judge(claim(specimens="tested"), told).verdict == UNDECIDED
    assert judge(claim(specimens="tested", shared=False), told).verdict == REPRODUCED


def test_in_part_needs_a_second_threshold_that_was_set():
    values = runs(*around(0.85))
    assert judge(claim(specimens=MANY), values).verdict == NOT_REPRODUCED
    assert judge(claim(specimens=MANY, in_part=0.8), values).verdict == IN_PART
    assert judge(claim(specimens=MANY, in_part=0.85), values).verdict == UNDECIDED


@pytest.mark.parametrize(
    ("centre", "verdict"), [(0.1, REPRODUCED), (0.2, UNDECIDED), (0.3, NOT_REPRODUCED)]
)
def test_at_most_turns_the_direction(centre, verdict):
    judged = judge(claim(at_most=0.2, specimens=MANY), runs(*around(centre)))
    assert judged.verdict == verdict


def test_the_worst_of_several_metrics_decides():
    both = claim(metric=[METRIC, "accuracy.curve"], specimens=MANY)
    values = runs(*around(0.95)).assign(**{"accuracy.curve": around(0.85)})
    judged = judge(both, values)
    assert judged.verdict == NOT_REPRODUCED
    assert judged.measured == "95.00 % (94.94–95.06) / 85.00 % (84.91–85.08)"


def test_only_records_with_the_right_parameters_and_metrics_count():
    silent = runs(0.1)  # says nothing of its noise
    without = runs(0.1, metric="other", noise=0.01)
    mixed = pd.concat([runs(*around(1.0, 0), noise=0.01), runs(0.1, noise=0.5), without, silent])
    judged = judge(claim(only={"noise": 0.01}, specimens=MANY), mixed)
    assert (judged.verdict, judged.runs) == (REPRODUCED, 10)
    assert judged.measured == "100.00 % (99.99–100.00)"


def test_a_list_of_parameters_holds_alternatives():
    mixed = [runs(0.95, recipe="a"), runs(0.94, recipe="b"), runs(0.1, recipe="c")]
    assert judge(claim(only={"recipe": ["a", "b"]}), pd.concat(mixed)).runs == 2


def test_what_cannot_be_tested_is_shown_and_not_judged():
    lost = claim(cannot="the number is lost", specimens=MANY)
    assert judge(lost, runs(*around(0.15))).verdict == UNTESTABLE
    assert judge(lost, runs(*around(0.15))).measured == "15.00 % (14.92–15.09)"
    assert judge(lost, runs(0.15)).measured == "15.00 %"
    assert judge(lost, runs()).measured == ""
    assert judge(lost, pd.DataFrame()).measured == ""  # a page without any record
    assert judge(claim(cannot="why", metric=(), reason=None), runs(0.1)).runs == 0


@pytest.mark.parametrize(
    ("unit", "metric", "said"),
    [
        ("minutes", "seconds.total", "1.0 min (1.0 to 1.0)"),
        ("nats", METRIC, "0.5 nats (0.5 to 0.5)"),
        ("number", METRIC, "0.5 (0.5 to 0.5)"),
    ],
)
def test_units(unit, metric, said):
    assert judge(claim(unit=unit, metric=metric, cannot="why"), runs(0.5, 0.5)).measured == said


def test_the_ledger_as_a_table_has_headings_links_and_badges():
    fair = claim(group="first", note="on a rainy day", specimens=MANY)
    one = judge(fair, runs(*around(0.95)))
    two = judge(claim(group="first", recipe="other", specimens=MANY), runs(0.9))
    three = judge(claim(group="second", paper="90 %", cannot="too late"), runs())
    shown = ledger.rows([one, two, three])
    assert shown["claim"].tolist() == ["**first**", "it works", "", "**second**", "it works"]
    assert shown["paper"].tolist() == ["", "–", "", "", "90 %"]
    assert shown["recipe"].tolist() == ["", "r", "other", "", "r"]
    assert shown["measured"][1] == "{doc}`95.00 % (94.94–95.06) <p>` on a rainy day"
    assert shown["measured"][4] == "{doc}`– <p>`"
    assert shown["n"].tolist() == ["", "10", "1", "", "–"]
    assert shown["verdict"][1] == "{bdg-success}`reproduced`"
    assert shown["verdict"][2] == "{bdg-light}`too few runs`"
    assert shown["verdict"][4] == "{bdg-muted}`cannot be tested` too late"
    assert ledger.tally([three, one, one]) == "2 reproduced, 1 cannot be tested"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"at_least": 0.9, "in_part": 0.8}, "reach 90.00 %; in part: 80.00 %"),
        ({"at_most": 2.0, "unit": "nats"}, "stay below 2 nats"),
        ({"exceeds": {"metric": "x"}}, "exceed the other"),
        ({"exceeds": {"metric": "x"}, "margin": 0.05}, "exceed the other by 5.00 points"),
        (
            {"exceeds": {"metric": "x"}, "margin": 0.05, "in_part": 0.0},
            "exceed the other by 5.00 points; in part: 0.00 points",
        ),
        ({"equal_within": 0.02, "rival": {"metric": "x"}}, "differ by less than 2.00 points"),
        (
            {"best_at": 3, "by": "l", "margin": 0.001},
            "be largest at 3, or within 0.10 points of it",
        ),
        ({"steadiest_at": 3, "by": "l"}, "vary least at 3"),
    ],
)
def test_thresholds_are_told_with_their_reasons(changes, said):
    told = ledger.reasons([claim(**changes), claim(**changes, recipe="other")])
    assert told.values.tolist() == [["it works", said, "because"]]


@pytest.fixture(scope="module")
def book() -> list[Claim]:
    """The claims of the book."""
    return claims.parse(yaml.safe_load((ROOT / "book" / "claims.yml").read_text("utf-8")))


def test_the_ledger_needs_no_records(book, tmp_path, monkeypatch):
    monkeypatch.setenv("PAPERBOOK_ROOT", str(tmp_path))
    judged = ledger.ledger(book)
    assert {j.verdict for j in judged} == {NO_RUNS, UNTESTABLE}
    assert all(j.runs == 0 and j.measured == "" for j in judged)


def test_the_ledger_reads_the_published_records(book):
    perfect, *_ = (
        found
        for found in ledger.ledger(book)
        if found.claim.metric == ("accuracy.multimodal.from_z",) and found.claim.recipe == "fast"
    )
    published = tables.published("mnist_clean")["accuracy.multimodal.from_z"]
    assert perfect.runs == len(published) > 0
    assert perfect.measured.startswith(tables.percent(published.mean()))


def test_no_verdict_of_the_book_rests_on_fewer_than_five_runs(book):
    for found in ledger.ledger(book):
        if found.verdict not in (TOO_FEW, NO_RUNS, UNTESTABLE):
            assert found.runs >= 5, found.claim.claim
            assert "(" in found.measured, found.claim.claim
