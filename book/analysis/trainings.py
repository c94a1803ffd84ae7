"""Accuracy from the image alone after clean curves, in the trainings of several pages."""

from __future__ import annotations

from typing import Any

import pandas as pd

import paperbook


def image_alone() -> dict[str, Any]:
    """What other pages have for the image alone, and how their trainings differ.

    Returns:
        For `paperbook.glue`: accuracies in words; epochs of unimodal training and training digits
        as numbers; a dash where no run has been published.
    """
    own = paperbook.published("mnist_clean", preset="fast")
    timed = paperbook.published("bench")
    others = paperbook.published("latent_dimension", preset="fast", setting="clean", latent_dim=3)
    return {
        "epochs": said(own, "epochs_crossmodal"),
        "digits": said(own, "digits"),
        "image_bench": paperbook.percent(middle(timed, "accuracy.image.from_z")),
        "epochs_bench": said(timed, "epochs_crossmodal"),
        "digits_bench": said(timed, "digits"),
        "image_dimension": paperbook.percent(middle(others, "accuracy.image")),
        "epochs_dimension": said(others, "epochs_crossmodal"),
        "digits_dimension": said(others, "digits"),
    }


def middle(runs: pd.DataFrame, metric: str) -> float:
    """Median of a metric; nan where no run has it."""
    return float(runs.get(metric, pd.Series(dtype=float)).median())


def said(runs: pd.DataFrame, parameter: str) -> str:
    """The values of a parameter that runs were given, such as "16" or "8 or 16"."""
    values = runs.get(parameter, pd.Series(dtype=float)).dropna().unique()
    told = [paperbook.number(int(value)) for value in sorted(values)]
    return " or ".join(told) or paperbook.percent(None)
