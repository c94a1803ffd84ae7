"""The table of edges holds medians by group, for every kind of place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from book.analysis import edge_table, periphery


def test_every_place_has_words():
    assert tuple(edge_table.WORDS) == periphery.PLACES


def test_medians_by_group():
    columns = [f"periphery.{p}.{s}" for p in periphery.PLACES for s in periphery.SHARES]
    runs = pd.DataFrame(
        np.arange(4 * len(columns)).reshape(4, -1), columns=columns, dtype=float
    ).assign(kind=pd.Categorical(["b", "a", "a", "a"], ["b", "a", "unused"]))
    found = edge_table.medians(runs, "kind")
    assert [kind for kind, _ in found.index] == ["b"] * 3 + ["a"] * 3
    assert found.loc["b"]["own"].tolist() == [0.0, 3.0, 6.0]
    assert found.loc["a"]["other"].tolist() == [20.0, 23.0, 26.0]  # the third of the four runs
    assert found["runs"].tolist() == [1] * 3 + [3] * 3


def test_runs_whose_centres_were_misread_are_not_counted():
    columns = [f"periphery.{p}.{s}" for p in periphery.PLACES for s in periphery.SHARES]
    runs = pd.DataFrame(0.5, index=range(3), columns=columns).assign(kind="a")
    runs.loc[0, columns] = np.nan
    assert edge_table.medians(runs, "kind")["runs"].tolist() == [2] * 3
    assert edge_table.medians(runs[["kind"]], "kind")["runs"].tolist() == [0] * 3
