"""Paired comparisons: intervals and p-values by other ways, Holm's correction, the words."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import t

from book.analysis import paired


def test_the_interval_is_students(rng):
    first, second = rng.normal(1, 1, 9), rng.normal(0, 1, 9)
    found = paired.compare(first, second)
    d = first - second
    half = t.ppf(0.975, 8) * d.std(ddof=1) / 3
    assert found[:4] == pytest.approx((9, d.mean(), d.mean() - half, d.mean() + half))


def test_p_turns_every_sign(rng):
    d = rng.normal(0.5, 1, 7)
    means = [np.mean(np.array(signs) * d) for signs in product((1, -1), repeat=7)]
    wanted = np.mean(np.abs(means) >= abs(d.mean()) - 1e-12)
    assert paired.compare(d).p == pytest.approx(wanted)
    assert paired.compare(np.arange(1.0, 10)).p == pytest.approx(2 / 2**9)


def test_intervals_hold_the_truth_nineteen_times_of_twenty(rng):
    found = [paired.compare(rng.normal(0, 1, 6)) for _ in range(200)]
    held = np.mean([c.low <= 0 <= c.high for c in found])
    assert 0.88 < held < 0.995  # standard error 0.015
    assert np.mean([c.p <= 0.05 for c in found]) < 0.11


def test_pairs_that_miss_one_are_left_out():
    found = paired.compare([1.0, np.nan, 3.0, 4.0], [0.0, 0.0, np.nan, 1.0])
    assert (found.n, found.mean) == (2, 2.0)
    assert np.isnan(paired.compare([]).mean)
    assert np.isnan(paired.compare([2.0]).low)
    assert paired.compare([1.0, 1.0, 1.0]).low == 1.0


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="expected pairs"):
        paired.compare([1.0, 2.0], [1.0, 2.0, 3.0])


def test_a_sign_needs_five_pairs():
    assert paired.compare([1.0, 1.1, 1.2, 1.3]).sign is None
    assert paired.compare([1.0, 1.1, 1.2, 1.3, 1.4]).sign == 1
    assert paired.compare([-1.0, -1.1, -1.2, -1.3, -1.4]).sign == -1
    assert paired.compare([1.0, -1.1, 1.2, -1.3, 0.1]).sign == 0


def test_holm_multiplies_and_never_falls():
    found = paired.holm([0.01, 0.04, np.nan, 0.03, 0.005])
    assert found[[0, 1, 3, 4]] == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert np.isnan(found[2])
    assert paired.holm([0.9, 0.8]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("signs", "wanted"),
    [
        ([1, 1], "above"),
        ([-1], "below"),
        ([0, 0], "same"),
        ([1, 0], "mixed"),
        ([1, None], "undecided (too few runs)"),
        ([], "undecided (too few runs)"),
    ],
)
def test_a_word_needs_all_of_one_kind(signs, wanted):
    assert paired.word(signs, "above", "below", "same", "mixed") == wanted
