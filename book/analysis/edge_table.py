"""What is seen at the edges of clusters, over runs: a table.

It stands apart from `periphery`, because other words in a table must not train a model again.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from book.analysis import periphery

WORDS = {
    "axes": "along each latent axis, as in the paper",
    "sphere": "in random directions",
    "towards": "towards the neighbours in slope",
}


def medians(runs: pd.DataFrame, by: str | Sequence[str]) -> pd.DataFrame:
    """Medians over runs of the shares that `periphery.survey` found.

    Args:
        runs: one row a run.
        by: columns whose values are kept apart.

    Returns:
        A row for each group and each of `periphery.PLACES`; columns `periphery.SHARES` and "runs",
        those in which the centres were read and the edges therefore judged.
    """
    shares = [f"periphery.{place}.{what}" for place in WORDS for what in periphery.SHARES]
    runs = runs.reindex(columns=runs.columns.union(shares, sort=False))
    groups = runs.groupby(by, observed=True)
    found = {}
    for place, words in WORDS.items():
        columns = {f"periphery.{place}.{share}": share for share in periphery.SHARES}
        medians = groups[list(columns)].median().rename(columns=columns)
        found[words] = medians.assign(runs=groups[next(iter(columns))].count())
    return pd.concat(found, axis=1, names=["direction"]).stack(0, future_stack=True)
