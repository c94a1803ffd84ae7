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
        A row for each group and each of `periphery.PLACES`; columns `periphery.SHARES` and "runs".
    """
    groups = runs.groupby(by, observed=True)
    found = {}
    for place, words in WORDS.items():
        columns = {f"periphery.{place}.{share}": share for share in periphery.SHARES}
        shares = groups[list(columns)].median().rename(columns=columns)
        found[words] = shares.assign(runs=groups.size())
    return pd.concat(found, axis=1, names=["direction"]).stack(0, future_stack=True)
