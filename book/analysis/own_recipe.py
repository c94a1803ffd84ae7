"""What the paper's own recipe reaches, and with which changes, in sentences from records."""

from __future__ import annotations

import pandas as pd

import paperbook

RECIPES = {"paper": "", "lapse_50": "at fifty times its rate, "}


def reached(runs: pd.DataFrame) -> str:
    """Median joint accuracy by the paper's estimator, with clean curves, of the recipe and its lapse.

    Args:
        runs: published runs of the page `paper_preset`, one row each; may be empty.
    """
    said = []
    for recipe, words in RECIPES.items():
        of = runs[(runs["recipe"] == recipe) & (runs["noise_std"] == 0.01)] if len(runs) else runs
        scores = of.get("accuracy.multimodal.from_z", pd.Series(dtype=float)).dropna()
        found = f"{paperbook.percent(scores.median())} (median of {len(scores)} seeds)"
        said.append(words + (found if len(scores) else "no run has been published yet"))
    return "; ".join(said)


def smallest(runs: pd.DataFrame, wanted: float = 0.999) -> str:
    """The fewest changes of a recipe with which it reaches an accuracy, as a sentence.

    Args:
        runs: one row a run: `changed`, names joined by " + " (none is ""), and `accuracy.own`.
        wanted: the median accuracy to be reached.
    """
    if runs.empty:
        return "No run of it has been published yet."
    medians = runs.groupby("changed")["accuracy.own"].median()
    enough = medians[medians >= wanted]
    if enough.empty:
        best = medians.idxmax() or "nothing"
        return (
            f"No set of changes that was tried takes it to {paperbook.percent(wanted, 1)}; "
            f"changing {best.replace(' + ', ' and ')} comes nearest, with {paperbook.percent(medians.max())}."
        )
    sizes = {changed: len(changed.split(" + ")) if changed else 0 for changed in enough.index}
    fewest = [changed for changed, size in sizes.items() if size == min(sizes.values())]
    best = enough[fewest].idxmax()
    if not best:
        return f"It needs no change: it reaches {paperbook.percent(enough[best])}."
    alone = " alone" if sizes[best] == 1 else ""
    return f"Changing {best.replace(' + ', ' and ')}{alone} takes it to {paperbook.percent(enough[best])}."
