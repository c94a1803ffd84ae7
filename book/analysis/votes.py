"""One verdict a specimen from several views of it, and the accuracy of such verdicts.

Letters: N views (tiles of photographs), G specimens (lattices), C clusters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from fplib import metrics

if TYPE_CHECKING:
    from fplib.data.dataset import Split
    from fplib.model import FingerprintModel


def vote(names: np.ndarray, responsibilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average the responsibilities of all views of a specimen.

    A mean of probabilities leaves no ties, which four votes of one each could.

    Args:
        names: specimen that each view shows, (N,).
        responsibilities: gamma, (N, C).

    Returns:
        The specimens, sorted, (G,), and their mean responsibilities, (G, C).

    Raises:
        ValueError: lengths differ.
    """
    names, gamma = np.asarray(names), np.asarray(responsibilities, np.float64)
    if names.ndim != 1 or gamma.ndim != 2 or len(names) != len(gamma):
        raise ValueError(
            "names, responsibilities: expected shapes (N,) and (N, C), received "
            f"{names.shape} and {gamma.shape}."
        )
    specimens, of = np.unique(names, return_inverse=True)
    total = np.zeros((len(specimens), gamma.shape[1]))
    np.add.at(total, of, gamma)
    return specimens, total / np.bincount(of)[:, np.newaxis]


def first_views(names: np.ndarray) -> np.ndarray:
    """Row of the first view of every specimen, in the order of `vote`, (G,)."""
    return np.unique(np.asarray(names), return_index=True)[1]


def one_view(split: Split, specimen_of: Callable[[np.ndarray], np.ndarray]) -> Split:
    """The first view of every specimen of a split, in the order of `vote`, G of them."""
    return split.take(first_views(specimen_of(split.ids)))


def evaluate_votes(
    model: FingerprintModel, split: Split, specimen_of: Callable[[np.ndarray], np.ndarray]
) -> dict[str, float]:
    """Accuracy of single views and of votes, from all modalities together and from each alone.

    Args:
        model: trained.
        split: views with labels, (N,).
        specimen_of: ids of views -> specimen of each, (N,) -> (N,).

    Returns:
        `accuracy.<source>.<assignment>.<tile|lattice>`, fractions in [0, 1]; the assignment is
        "mean_field", which weighs the physics of measured curves too, or "from_z", p(c|Z).

    Raises:
        ValueError: the split has no labels.
    """
    if split.labels is None:
        raise ValueError("evaluate_votes needs labels; this split has none. Training never does.")
    names = specimen_of(split.ids)
    labels = split.labels[first_views(names)]
    sources = {"multimodal": dict(split)} | {n: {n: split[n]} for n in model.modalities}
    scores = {}
    for source, data in sources.items():
        for assignment in ("mean_field", "from_z"):
            gamma = model.responsibilities(data, assignment=assignment)
            each, all_views = gamma.argmax(axis=1), vote(names, gamma)[1].argmax(axis=1)
            start = f"accuracy.{source}.{assignment}"
            scores[f"{start}.tile"] = metrics.clustering_accuracy(split.labels, each)
            scores[f"{start}.lattice"] = metrics.clustering_accuracy(labels, all_views)
    return scores
