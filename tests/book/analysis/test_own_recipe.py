"""Sentences about the paper's own recipe say what the runs say."""

from __future__ import annotations

import pandas as pd
import pytest

from book.analysis import own_recipe


def test_what_is_reached_is_the_median_of_clean_runs() -> None:
    score = "accuracy.multimodal.from_z"
    rows = [("paper", 0.01, 0.5), ("paper", 0.01, 0.7), ("paper", 0.01, 0.9), ("paper", 0.5, 0.1)]
    runs = pd.DataFrame(rows, columns=["recipe", "noise_std", score])
    said = own_recipe.reached(runs)
    assert said.startswith("70.00 % (median of 3 seeds); at fifty times its rate, no run")
    assert own_recipe.reached(pd.DataFrame()).startswith("no run has been published yet; ")


@pytest.mark.parametrize(
    ("medians", "sentence"),
    [
        (
            {"": 0.4, "a": 0.7},
            "No set of changes that was tried takes it to 99.9 %; changing a comes",
        ),
        (
            {"": 0.4, "a": 0.9995, "b": 0.9991, "a + b": 1.0},
            "Changing a alone takes it to 99.95 %.",
        ),
        ({"": 0.4, "a": 0.9, "a + b": 0.9992}, "Changing a and b takes it to 99.92 %."),
        ({"": 0.9999, "a": 1.0}, "It needs no change: it reaches 99.99 %."),
        ({}, "No run of it has been published yet."),
    ],
)
def test_smallest_change_is_the_one_with_fewest_parts_and_then_the_best(medians, sentence) -> None:
    rows = [
        {"changed": name, "accuracy.own": value + shift}
        for name, value in medians.items()
        for shift in (-0.3, 0.0, 0.00001)
    ]
    found = own_recipe.smallest(pd.DataFrame(rows, columns=["changed", "accuracy.own"]))
    assert found.startswith(sentence)
