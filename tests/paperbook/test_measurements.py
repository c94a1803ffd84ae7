"""What is compared with what: metrics of one run, runs of one seed, settings, truths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from paperbook import tables
from paperbook.ledger import judge
from paperbook.verdicts import IN_PART, NO_RUNS, NOT_REPRODUCED, REPRODUCED, TOO_FEW, UNDECIDED
from tests.support.ledger import MANY, METRIC, around, claim, runs


@pytest.mark.parametrize(
    ("lead", "verdict"), [(0.01, REPRODUCED), (0.0, UNDECIDED), (-0.01, NOT_REPRODUCED)]
)
def test_exceeds_compares_within_each_run(lead, verdict):
    others = np.linspace(0.1, 0.9, 10)  # seeds differ far more than the two metrics
    values = runs(*(others + lead + np.array(around(0)))).assign(**{"accuracy.curve": others})
    judged = judge(claim(exceeds={"metric": "accuracy.curve"}, unit="number"), values)
    assert judged.verdict == verdict
    assert " against 0.5; difference" in judged.measured
    assert judge(claim(exceeds={"metric": "accuracy.other"}), values).verdict == NO_RUNS


def test_a_lead_is_asked_to_pass_its_margin():
    values = runs(*around(0.95)).assign(**{"accuracy.curve": 0.9})
    rival = {"metric": "accuracy.curve"}
    asked = {"exceeds": rival, "specimens": MANY}
    assert judge(claim(**asked, margin=0.04), values).verdict == REPRODUCED
    assert judge(claim(**asked, margin=0.05), values).verdict == UNDECIDED
    assert judge(claim(**asked, margin=0.06), values).verdict == NOT_REPRODUCED
    assert judge(claim(**asked, margin=0.06, in_part=0.01), values).verdict == IN_PART


def test_runs_of_other_records_are_paired_by_their_seed():
    own = runs(*around(0.95)).iloc[::-1]
    others = runs(*around(0.94)).assign(method="m")
    noise = runs(*around(0.99)).assign(method="other")
    rival = {"metric": METRIC, "source": "q", "only": {"method": "m"}}
    lead = claim(exceeds=rival, unit="number")
    judged = judge(lead, own, pd.concat([noise, others]))
    assert (judged.verdict, judged.runs) == (REPRODUCED, 10)
    assert judged.measured == "0.95 against 0.94; difference +0.01 (+0.01 to +0.01)"
    few = judge(lead, own, others.head(3))
    assert (few.verdict, few.runs) == (TOO_FEW, 3)
    assert judge(lead, own, others.assign(seed=99)).verdict == NO_RUNS


@pytest.mark.parametrize(
    ("other", "verdict"),
    [(0.951, REPRODUCED), (0.97, UNDECIDED), (0.99, NOT_REPRODUCED), (0.91, NOT_REPRODUCED)],
)
def test_equality_is_shown_within_a_margin(other, verdict):
    same = claim(metric=[METRIC, "accuracy.curve"], equal_within=0.02, specimens=MANY)
    values = runs(*around(0.95)).assign(**{"accuracy.curve": around(other, 0.005)[::-1]})
    assert judge(same, values).verdict == verdict


def test_equality_of_three_is_that_of_all_pairs():
    three = claim(metric=["a", "b", "c"], equal_within=0.02, unit="number")
    values = runs(*around(0.9), metric="a").assign(b=around(0.915), c=around(0.885))
    judged = judge(three, values)
    assert judged.verdict == NOT_REPRODUCED  # each is near the first, and not near the other
    assert judged.measured.endswith("difference +0.03 (+0.03 to +0.03)")


def test_equality_with_a_rival():
    same = claim(equal_within=0.02, rival={"metric": "accuracy.curve"}, specimens=MANY)
    near = runs(*around(0.95)).assign(**{"accuracy.curve": 0.945})
    assert judge(same, near).verdict == REPRODUCED
    assert judge(same, near.assign(**{"accuracy.curve": 0.9})).verdict == NOT_REPRODUCED


def settings(**centres: float) -> pd.DataFrame:
    """Ten seeds for each latent dimension, with what a seed has in common."""
    common = np.linspace(-0.05, 0.05, 10)
    rng = np.random.default_rng(0)
    return pd.concat(
        runs(*(centre + common + rng.normal(0, 0.001, 10)), latent_dim=int(name[1:]))
        for name, centre in centres.items()
    )


@pytest.mark.parametrize(
    ("at_three", "verdict"),
    [(0.87, REPRODUCED), (0.86, UNDECIDED), (0.85, NOT_REPRODUCED)],
)
def test_the_best_setting_is_told_by_pairs_of_seeds(at_three, verdict):
    best = claim(best_at=3, by="latent_dim", specimens=MANY)
    judged = judge(best, settings(l6=0.86, l2=0.8, l3=at_three))
    assert (judged.verdict, judged.runs) == (verdict, 10)
    assert judged.measured.startswith(f"{100 * at_three:.1f}"[:3])
    assert " at 3 against 8" in judged.measured


def test_a_setting_may_lie_behind_by_a_margin():
    values = settings(l6=0.86, l3=0.85)
    asked = {"best_at": 3, "by": "latent_dim", "specimens": MANY}
    assert judge(claim(**asked, margin=0.02), values).verdict == REPRODUCED
    assert judge(claim(**asked, in_part=0.02), values).verdict == IN_PART


def test_many_settings_are_judged_at_once():
    rng = np.random.default_rng(2)
    lost = 0
    for _ in range(300):  # nine settings, none better than another
        each = [runs(*rng.normal(0, 1, 10), metric="m", latent_dim=n) for n in range(9)]
        best = claim(best_at=3, by="latent_dim", metric="m", unit="number")
        lost += judge(best, pd.concat(each)).verdict == NOT_REPRODUCED
    assert lost < 18  # without a correction, thirty


def test_the_best_setting_needs_something_to_compare_with():
    best = claim(best_at=3, by="latent_dim", specimens=MANY)
    assert judge(best, settings(l3=0.9)).verdict == NO_RUNS
    assert judge(best, settings(l2=0.9, l4=0.9)).verdict == NO_RUNS
    assert judge(best, runs(*around(0.9))).verdict == NO_RUNS  # records that tell no setting
    few = pd.concat([settings(l3=0.9), runs(0.8, 0.8, 0.8, latent_dim=4)])
    judged = judge(best, few)
    assert (judged.verdict, judged.runs) == (TOO_FEW, 3)
    one = pd.concat([runs(0.9, latent_dim=3), runs(0.95, latent_dim=2)])
    assert judge(best, one).measured == "90.00 % at 3 against 95.00 % at 2"


@pytest.mark.parametrize(
    ("spread", "verdict"), [(0.001, REPRODUCED), (0.02, UNDECIDED), (0.2, NOT_REPRODUCED)]
)
def test_the_steadiest_setting_varies_least(spread, verdict):
    rng = np.random.default_rng(1)
    at = [runs(*rng.normal(0.8, size, 20), latent_dim=n) for n, size in ((3, spread), (2, 0.02))]
    steady = claim(steadiest_at=3, by="latent_dim", specimens=MANY)
    judged = judge(steady, pd.concat(at))
    assert judged.verdict == verdict
    assert judged.measured.startswith("standard deviation")


@pytest.mark.parametrize(
    ("held", "verdict"), [(40, REPRODUCED), (34, UNDECIDED), (20, NOT_REPRODUCED)]
)
def test_intervals_have_to_hold_their_truth(held, verdict):
    inside = np.arange(40) < held
    values = pd.DataFrame({"seed": range(20)})
    for name, its in (("a", inside[::2]), ("b", inside[1::2])):
        values[f"{name}.low"], values[f"{name}.high"] = 1.0, 2.0
        values[f"{name}.truth"] = 0.0  # of another kind, and not asked for
        values[f"true.{name}.truth"] = np.where(its, 1.5, 2.5)
    asked = claim(metric=(), specimens=None, covers={"a": "true.a", "b": "true.b"}, at_least=0.8)
    judged = judge(asked, values)
    assert (judged.verdict, judged.runs) == (verdict, 20)
    assert judged.measured.startswith(tables.percent(held / 40))
    assert judge(asked, values.drop(columns="b.high")).verdict == NO_RUNS
