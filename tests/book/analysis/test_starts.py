"""Starts with and without order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from book.analysis import starts
from fplib.config import Training, override


@pytest.mark.parametrize("start", starts.STARTS)
def test_every_start_is_a_training_and_only_the_first_is_the_recipes(start):
    chosen = override(Training(), **starts.options(start))
    assert (chosen == Training()) == (start == "physics")
    assert (chosen.start == "random") == (start == "paper")
    assert (chosen.separation < 1e-3) == (start in ("point", "scattered"))


def test_scattered_centres_are_two_apart_and_repeat():
    found = starts.scattered(10, 3, seed=4)
    assert found.shape == (10, 3)
    assert pdist(found).min() == pytest.approx(2, rel=1e-5)
    assert np.array_equal(found, starts.scattered(10, 3, seed=4))
    assert not np.array_equal(found, starts.scattered(10, 3, seed=5))


def test_other_names_are_refused():
    with pytest.raises(ValueError, match="received 'line'"):
        starts.options("line")
