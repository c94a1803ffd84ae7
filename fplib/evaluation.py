"""Scores of a trained model on labelled specimens: the one place where a model and labels meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fplib import metrics

if TYPE_CHECKING:
    from fplib.data.dataset import Split
    from fplib.model import FingerprintModel


def evaluate(model: FingerprintModel, split: Split) -> dict[str, float | list[float]]:
    """Accuracy, mutual information, Rand index and occupancy, from all modalities together and from
    each alone.

    `accuracy.<source>.mean_field` weighs the physics of the measured scientific modalities;
    `accuracy.<source>.from_z` is the paper's estimator, p(c|Z) at the mean of the posterior.
    `accuracy.<source>` of a single modality repeats the latter.

    Args:
        model: trained.
        split: specimens with labels, (N,).

    Returns:
        Metric -> value, named as records name them; fractions in [0, 1].

    Raises:
        ValueError: the split has no labels.
    """
    if split.labels is None:
        raise ValueError("evaluate needs labels; this split has none. Training never does.")
    sources = {"multimodal": {name: split[name] for name in model.modalities}}
    if len(model.modalities) > 1:
        sources |= {name: {name: split[name]} for name in model.modalities}
    scores: dict[str, float | list[float]] = {}
    for source, data in sources.items():
        for assignment in ("mean_field", "from_z"):
            gamma = model.responsibilities(data, assignment)
            clusters = gamma.argmax(axis=1)
            scores[f"accuracy.{source}.{assignment}"] = metrics.clustering_accuracy(
                split.labels, clusters
            )
            scores[f"nmi.{source}.{assignment}"] = metrics.nmi(split.labels, clusters)
            scores[f"ari.{source}.{assignment}"] = metrics.ari(split.labels, clusters)
            scores[f"entropy.{source}.{assignment}"] = metrics.assignment_entropy(gamma)
            if source == "multimodal":
                scores[f"occupancy.{assignment}"] = metrics.occupancy(
                    gamma, model.clusters
                ).tolist()
        if source != "multimodal":
            scores[f"accuracy.{source}"] = scores[f"accuracy.{source}.from_z"]
    return scores
