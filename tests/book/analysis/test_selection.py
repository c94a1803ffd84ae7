"""Choices without labels, and how far they can be trusted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import rankdata

from book.analysis import selection
from book.analysis.selection import one_standard_error, trust
from tests.support.tolerances import BAND, assert_close


def test_the_best_is_the_highest_mean_and_the_simplest_within_one_error_of_it():
    # the second column is short of the third by 0, 1, 2: mean 1, error 1/√3; the first by 0.2 ± 0.12
    scores = np.array([[0.0, 0.0, 0.0], [-0.2, -1.0, 0.0], [-0.4, -2.0, 0.0]])
    found = one_standard_error(scores)
    assert (found.best, found.simplest) == (2, 2)
    assert_close(found.deficit, [0.2, 1.0, 0.0])
    assert_close(found.error, [0.2 / np.sqrt(3), 1 / np.sqrt(3), 0.0])
    scores[:, 0] = [0.2, -0.1, -0.2]  # short by 0.033 ± 0.12
    assert one_standard_error(scores).simplest == 0


def test_pairing_removes_what_the_seeds_share():
    rng = np.random.default_rng(0)
    shared = 100 * rng.standard_normal((5, 1))
    own = np.array([[0.0, 1.0, 2.0]]) + 0.01 * rng.standard_normal((5, 3))
    with_shared, without = one_standard_error(shared + own), one_standard_error(own)
    assert (with_shared.best, with_shared.simplest) == (2, 2)
    assert_close(with_shared.deficit, without.deficit)
    assert_close(with_shared.error, without.error)


def test_one_seed_allows_no_tolerance():
    assert one_standard_error([[1.0, 3.0, 2.9999]])[:2] == (1, 1)


@pytest.mark.parametrize("scores", [[], [1.0, 2.0], [[1.0, np.nan]], np.zeros((2, 0))])
def test_scores_that_are_no_table_are_refused(scores):
    with pytest.raises(ValueError, match=r"scores: expected finite numbers"):
        one_standard_error(scores)


def test_trust_by_enumeration():
    """Every order of five restarts, counted one by one."""
    scores, accuracies = [1.0, 2.0, 3.0, 4.0, 5.0], [0.5, 0.7, 0.6, 0.9, 0.8]
    ranks = rankdata(accuracies)

    def correlation(order):
        return np.corrcoef(order, ranks)[0, 1]

    found = trust(scores, accuracies)
    expected = correlation(scores)
    as_high = [correlation(o) >= expected - 1e-9 for o in itertools.permutations(scores)]
    assert_close(found.correlation, expected)
    assert_close(found.p_value, np.mean(as_high))
    assert (found.chosen, found.mean, found.best) == (0.8, 0.7, 0.9)


def test_random_orders_agree_with_all_of_them(monkeypatch):
    rng = np.random.default_rng(4)
    scores, accuracies = rng.normal(size=(2, 7))
    exact = trust(scores, accuracies)
    monkeypatch.setattr(selection, "DRAWS", 5000)  # there are 5 040
    drawn = trust(scores, accuracies)
    spread = np.sqrt(exact.p_value * (1 - exact.p_value) / selection.DRAWS)
    assert 0.05 < exact.p_value < 0.95
    assert drawn.p_value != exact.p_value
    assert abs(drawn.p_value - exact.p_value) < BAND * spread + 1 / selection.DRAWS


def test_a_p_value_of_random_orders_is_never_zero():
    found = trust(np.arange(12), np.arange(12) / 12)  # one order in 479 001 600
    assert 0 < found.p_value <= 2 / selection.DRAWS


def test_trust_of_noise_and_of_nothing():
    rng = np.random.default_rng(0)
    found = trust(rng.normal(size=12), rng.uniform(size=12))
    assert 0.01 < found.p_value < 0.99
    level = trust([3.0, 3.0, 3.0], [0.1, 0.2, 0.3])
    assert np.isnan(level.correlation)
    assert level.p_value == 1.0


@pytest.mark.parametrize(("scores", "accuracies"), [([1.0], [0.5]), ([1, 2], [0.1, 0.2, 0.3])])
def test_lists_that_do_not_pair_up_are_refused(scores, accuracies):
    with pytest.raises(ValueError, match="two lists of one length"):
        trust(scores, accuracies)
