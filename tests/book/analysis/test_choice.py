"""The rule that chooses a recipe: what it keeps, what it takes, and how often it errs."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from book.analysis import choice


def runs(leads: dict[str, float], seeds: int = 5, noise: float = 0.0) -> pd.DataFrame:
    """Runs whose candidates lead by so much; seeds and settings differ by far more."""
    rng = np.random.default_rng(4)
    rows = [
        {"candidate": name, "setting": setting, "seed": seed, "score": lead + seed - 3 * setting}
        for (name, lead), setting, seed in itertools.product(leads.items(), (0, 1), range(seeds))
    ]
    found = pd.DataFrame(rows).sample(frac=1, random_state=2)
    return found.assign(score=found["score"] + noise * rng.standard_normal(len(found)))


def test_seeds_and_settings_cancel():
    paired = choice.differences(runs({"present": 0.0, "a": 0.25, "b": -1.0}), "score", "present")
    assert paired.shape == (5, 2)
    assert np.allclose(paired["a"], 0.25)
    assert np.allclose(paired["b"], -1.0)


def test_a_lead_in_one_setting_counts_half():
    found = runs({"present": 0.0, "a": 0.0})
    found.loc[(found["candidate"] == "a") & (found["setting"] == 1), "score"] += 2.0
    assert np.allclose(choice.differences(found, "score", "present")["a"], 1.0)


def test_a_candidate_that_lacks_a_run_is_refused():
    found = runs({"present": 0.0, "a": 1.0}).sort_values(["candidate", "setting", "seed"])
    with pytest.raises(ValueError, match=r"missing \['a \(seed 0, setting 0\)'\]"):
        choice.differences(found.iloc[1:], "score", "present")


def test_a_seed_that_lacks_a_run_is_left_out_whole():
    found = runs({"present": 0.0, "a": 1.0}).sort_values(["candidate", "setting", "seed"])
    kept = choice.complete(found.iloc[1:])  # a, setting 0, seed 0 is missing
    assert sorted(kept["seed"].unique()) == [1, 2, 3, 4]
    assert len(kept) == 4 * 2 * 2
    assert choice.complete(found).equals(found)
    assert choice.complete(found[found["candidate"] != "a"].iloc[:9])["seed"].nunique() == 4
    assert choice.complete(found.iloc[:0]).empty


def test_a_candidate_without_any_run_in_a_setting_leaves_no_seed():
    found = runs({"present": 0.0, "a": 1.0})
    part = found[(found["candidate"] != "a") | (found["setting"] == 0)]
    assert choice.complete(part).empty


def test_the_interval_and_p_are_those_of_the_paired_test():
    table = runs({"present": 0.0, "a": 0.3}, noise=0.4)
    compared = choice.compare(choice.differences(table, "score", "present")).loc["a"]
    by_seed = table.groupby(["candidate", "seed"])["score"].mean().unstack("seed")
    test = stats.ttest_rel(by_seed.loc["a"], by_seed.loc["present"], alternative="greater")
    both = stats.ttest_rel(by_seed.loc["a"], by_seed.loc["present"]).confidence_interval()
    assert compared["p"] == pytest.approx(test.pvalue)
    assert (compared["low"], compared["high"]) == pytest.approx((both.low, both.high))


def test_holm_by_hand():
    # 4·0.01, 3·0.013 raised to the one before, 2·0.03, 1·0.04 raised to the one before
    assert choice.holm([0.04, 0.01, 0.03, 0.013]) == pytest.approx([0.06, 0.04, 0.06, 0.04])
    assert choice.holm([0.6, 0.7]) == pytest.approx([1.0, 1.0])


def test_a_clear_lead_is_taken_and_the_largest_of_two():
    leads = {"present": 0.0, "a": 1.0, "b": 2.0, "c": -1.0}
    compared = choice.compare(choice.differences(runs(leads, noise=0.02), "score", "present"))
    assert compared["beats"].to_dict() == {"a": True, "b": True, "c": False}
    assert choice.chosen(compared, "present") == "b"


def test_what_is_equal_or_worse_is_not_taken():
    leads = {"present": 0.0, "equal": 0.0, "worse": -0.5}
    compared = choice.compare(choice.differences(runs(leads), "score", "present"))
    assert not compared["beats"].any()
    assert compared.loc["equal", "p"] == pytest.approx(0.5)
    assert choice.chosen(compared, "present") == "present"


def test_one_seed_decides_nothing():
    compared = choice.compare(
        choice.differences(runs({"present": 0.0, "a": 9.0}, seeds=1), "score", "present")
    )
    assert compared.loc["a", "mean"] == pytest.approx(9.0)
    assert not compared["beats"].any()


def test_among_equals_the_present_recipe_falls_in_at_most_five_of_a_hundred_trials():
    rng = np.random.default_rng(0)
    trials, names = 600, [f"c{i}" for i in range(13)]
    fallen = 0
    for _ in range(trials):
        scores = rng.standard_normal((5, 14))
        paired = pd.DataFrame(scores[:, 1:] - scores[:, :1], columns=names)
        fallen += choice.compare(paired)["beats"].any()
    assert fallen / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)
    assert fallen > 0  # a rule that never takes anything would pass the line above


def test_the_lead_needed_is_where_the_first_step_turns():
    needed = choice.lead_needed(13, 5)
    steady = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    error = steady.std(ddof=1) / np.sqrt(5)
    for share, beats in ((0.99, False), (1.01, True)):
        paired = pd.DataFrame({f"c{i}": steady - 9 for i in range(12)})
        paired["best"] = steady + share * needed * error
        assert choice.compare(paired).loc["best", "beats"] == beats
    assert choice.lead_needed(1, 10_000) == 2.0
