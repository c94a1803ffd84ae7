"""Scores of a trained model: the right numbers under the right names."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from fplib.data import Split
from fplib.evaluation import evaluate
from fplib.metrics import assignment_entropy, clustering_accuracy
from tests.support.models import CURVE, complete, eagerly, scrambled, specimens, tiny

SPLIT = specimens(100, seed=11)
SOURCES = {
    "multimodal": dict(SPLIT),
    "image": {"image": SPLIT["image"]},
    "curve": {"curve": SPLIT["curve"]},
}


@pytest.fixture(scope="module")
def scores() -> dict:
    return evaluate(complete(), SPLIT)


def test_names(scores: dict) -> None:
    expected = {
        f"{metric}.{source}.{assignment}"
        for metric in ("accuracy", "nmi", "ari", "entropy")
        for source in SOURCES
        for assignment in ("mean_field", "from_z")
    }
    expected |= {"occupancy.mean_field", "occupancy.from_z", "accuracy.image", "accuracy.curve"}
    assert set(scores) == expected


@pytest.mark.parametrize("source", list(SOURCES))
@pytest.mark.parametrize("assignment", ["mean_field", "from_z"])
def test_each_score_is_that_of_its_source_and_method(
    source: str, assignment: str, scores: dict
) -> None:
    gamma = complete().responsibilities(SOURCES[source], assignment)
    found = gamma.argmax(axis=1)
    labels = SPLIT.labels
    assert scores[f"accuracy.{source}.{assignment}"] == clustering_accuracy(labels, found)
    nmi = normalized_mutual_info_score(labels, found)
    assert scores[f"nmi.{source}.{assignment}"] == pytest.approx(nmi, abs=1e-12)
    ari = adjusted_rand_score(labels, found)
    assert scores[f"ari.{source}.{assignment}"] == pytest.approx(ari, abs=1e-12)
    assert scores[f"entropy.{source}.{assignment}"] == assignment_entropy(gamma)


def test_one_modality_repeats_the_estimator_of_the_paper() -> None:
    """By a model whose curve encoder knows nothing, so that only physics finds its cluster."""
    with eagerly():
        scores = evaluate(scrambled(tiny()), SPLIT)
    assert scores["accuracy.curve.mean_field"] > scores["accuracy.curve.from_z"] + 0.1
    for name in ("image", "curve"):
        assert scores[f"accuracy.{name}"] == scores[f"accuracy.{name}.from_z"]


def test_occupancy(scores: dict) -> None:
    for assignment in ("mean_field", "from_z"):
        expected = complete().responsibilities(SPLIT, assignment).mean(axis=0)
        assert scores[f"occupancy.{assignment}"] == pytest.approx(expected.tolist(), abs=1e-6)
        assert type(scores[f"occupancy.{assignment}"]) is list


def test_plain_numbers(scores: dict) -> None:
    """JSON has to take them, and they have to tell the sources apart."""
    assert {type(v) for n, v in scores.items() if not n.startswith("occupancy")} == {float}
    assert len({scores[f"entropy.{source}.from_z"] for source in SOURCES}) == 3


def test_labels_do_not_reach_the_model(scores: dict) -> None:
    """Other labels: other accuracies, the same clusters."""
    labels = np.random.default_rng(0).permutation(SPLIT.labels)
    other = evaluate(complete(), Split(dict(SPLIT), labels=labels))
    assert other["accuracy.multimodal.mean_field"] < 0.6 < scores["accuracy.multimodal.mean_field"]
    for name in scores:
        if name.startswith(("occupancy", "entropy")):
            assert other[name] == scores[name]


def test_labels_may_have_gaps_and_another_number_than_the_clusters() -> None:
    labels = np.where(SPLIT.labels == 2, 7, 40)
    scores = evaluate(complete(), Split(dict(SPLIT), labels=labels))
    assert scores["accuracy.multimodal.mean_field"] == pytest.approx(2 / 3, abs=0.02)


def test_a_model_of_one_modality_has_one_source() -> None:
    split = Split({"curve": SPLIT["curve"]}, labels=SPLIT.labels)
    with eagerly():
        scores = evaluate(scrambled(tiny([CURVE])), split)
    assert {n.split(".")[1] for n in scores if n.startswith("nmi")} == {"multimodal"}
    assert "accuracy.curve" not in scores


def test_split_without_labels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"evaluate needs labels; .* Training never does"):
        evaluate(complete(), SPLIT.without_labels())
