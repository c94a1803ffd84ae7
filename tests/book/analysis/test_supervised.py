"""The supervised network learns what it is told, and has the layers that it claims."""

from __future__ import annotations

import numpy as np
import pytest

from book.analysis.baselines import Classifier, taught_by_curves
from fplib.data import Split
from fplib.metrics import clustering_accuracy
from tests.support.models import BOTH, CURVE, FREE_CURVE, IMAGE, specimens
from tests.support.tolerances import SINGLE, assert_close


def trained(labels: np.ndarray, data: Split, **options) -> Classifier:
    network = Classifier(IMAGE, 3, seed=1)
    settings = {"epochs": 12, "batch_size": 60, "learning_rate": 3e-3, "shift": 0}
    network.fit(data["image"], labels, **settings | options)
    return network


def test_classifier_learns_and_its_probabilities_are_ones():
    data, test = specimens(300), specimens(90, seed=1)
    network = trained(data.labels, data)
    found = network.probabilities(test["image"])
    assert found.shape == (90, 3)
    assert_close(found.sum(axis=1), np.ones(90), SINGLE)
    assert (network.predict(test["image"]) == test.labels).mean() > 0.95
    losses = [row["cross_entropy"] for row in network.history_]
    assert [row["epoch"] for row in network.history_] == list(range(1, 13))
    assert losses[-1] < 0.3 * losses[0]


def test_classifier_learns_nothing_from_shuffled_labels():
    data, test = specimens(300), specimens(90, seed=1)
    wrong = np.random.default_rng(0).permutation(data.labels)
    network = trained(wrong, data, epochs=2)
    assert (network.predict(test["image"]) == test.labels).mean() < 0.7


def test_classifier_has_the_trunk_of_the_encoder():
    from fplib import networks
    from fplib.config import PRESETS

    for modality in (IMAGE, CURVE):
        ours = Classifier(modality, 7).network
        encoder = networks.encoder(modality, 3, PRESETS["fast"].architecture, 0)
        assert [type(a) for a in ours.layers] == [type(b) for b in encoder.layers]
        shapes = [[w.shape for w in n.weights[:-2]] for n in (ours, encoder)]
        assert shapes[0] == shapes[1]
        assert ours.output_shape == (None, 7)


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 3], [0, 1, -1], [0.0, 1.0, 2.0]])
def test_classifier_refuses_labels_that_do_not_fit(labels):
    with pytest.raises(ValueError, match=r"labels: expected 3 whole numbers in 0 … 2"):
        Classifier(IMAGE, 3).fit(specimens(3)["image"], labels)


def test_curves_teach_the_network_their_clusters():
    """The network never sees a label, and the images alone come out right all the same."""
    data, test = specimens(300, modalities=BOTH), specimens(90, seed=1)
    settings = {"epochs": 12, "batch_size": 60, "learning_rate": 3e-3, "shift": 0}
    network = taught_by_curves(IMAGE, CURVE, data.without_labels(), clusters=3, seed=2, **settings)
    assert clustering_accuracy(test.labels, network.predict(test["image"])) > 0.95


def test_a_curve_without_physics_cannot_teach():
    with pytest.raises(ValueError, match="'curve': expected a physics expert"):
        taught_by_curves(IMAGE, FREE_CURVE, specimens(30), clusters=3)
