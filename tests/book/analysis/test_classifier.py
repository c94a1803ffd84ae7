"""The independent classifier: reads simple shapes, repeats itself, and refuses what it cannot learn."""

from __future__ import annotations

import numpy as np
import pytest

from book.analysis.classifier import image_classifier


def bars(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy images (n, 8, 8) with one bright row; the class is the row's number, 0 to 3."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    images = rng.uniform(0, 0.3, (n, 8, 8))
    images[np.arange(n), 2 * labels] += 0.7
    return images.astype(np.float32), labels


def test_classes_are_read_from_images_it_has_not_seen():
    classifier = image_classifier(*bars(200, 0))
    assert classifier.score(*bars(200, 1)) == 1.0
    assert (classifier.predict(bars(5, 2)[0]) == bars(5, 2)[1]).all()


def test_what_is_drawn_softer_than_any_example_is_read_too():
    """Classes that differ in one stroke: an average of many images is far from all of them."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], 300)
    images = (rng.random((600, 8, 8)) < 0.5).astype(np.float32)  # each its own texture
    images[:, 3] = (rng.random((600, 8)) < 0.75) & (labels == 0)[:, np.newaxis]
    images[:, 4] = (rng.random((600, 8)) < 0.75) & (labels == 1)[:, np.newaxis]
    soft = np.stack([images[labels == c].mean(axis=0) for c in (0, 1)])
    learned = image_classifier(images, labels)
    sharp = image_classifier(images, labels, averages=0)
    assert learned.predict(soft).tolist() == [0, 1]
    margins = [np.abs(each.decision_function(soft)).min() for each in (learned, sharp)]
    assert margins[0] > margins[1]


def test_shuffled_labels_teach_it_nothing(rng):
    images, labels = bars(400, 0)
    classifier = image_classifier(images, rng.permutation(labels))
    assert classifier.score(*bars(400, 1)) < 0.45  # chance is 0.25


def test_a_limit_and_a_seed_decide_what_it_saw():
    images, labels = bars(300, 0)
    noisy = np.random.default_rng(5).uniform(0, 1, (200, 8, 8))
    same = [image_classifier(images, labels, limit=40, averages=0, seed=s) for s in (3, 3, 4)]
    answers = [c.decision_function(noisy) for c in same]
    assert (answers[0] == answers[1]).all()
    assert not np.allclose(answers[0], answers[2])
    assert same[0][-1].n_support_.sum() <= 40


@pytest.mark.parametrize(
    ("images", "labels"),
    [(np.zeros((4, 8, 8)), [0, 1, 0]), (np.zeros((4, 8, 8)), [1, 1, 1, 1]), (np.zeros(4), [0, 1])],
)
def test_images_without_proper_labels_are_refused(images, labels):
    with pytest.raises(ValueError, match="one label each"):
        image_classifier(images, labels)
