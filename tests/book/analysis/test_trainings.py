"""One quantity, several trainings: each number stands beside what made it."""

from __future__ import annotations

import statistics

import pandas as pd

import paperbook
from book.analysis import trainings
from paperbook import records


def test_numbers_are_those_of_the_records():
    found = trainings.image_alone()
    runs = [
        r
        for r in records.load("latent_dimension")
        if (r["parameters"].get("preset"), r["parameters"].get("setting")) == ("fast", "clean")
        and r["parameters"]["latent_dim"] == 3
    ]
    middle = statistics.median(run["metrics"]["accuracy.image"] for run in runs)
    assert found["image_dimension"] == paperbook.percent(middle)
    (timed,) = records.load("bench")
    assert found["image_bench"] == paperbook.percent(timed["metrics"]["accuracy.image.from_z"])


def test_differing_values_are_all_named():
    runs = pd.DataFrame({"digits": [16_000, 8_000, 16_000]})
    assert trainings.said(runs, "digits") == "8000 or 16\N{NO-BREAK SPACE}000"
    assert trainings.said(pd.DataFrame(), "digits") == paperbook.percent(None)
