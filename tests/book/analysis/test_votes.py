"""Votes: one verdict a specimen, ties that cannot happen, and accuracies of both levels."""

from __future__ import annotations

import numpy as np
import pytest

from book.analysis.votes import evaluate_votes, first_views, one_view, vote
from fplib.data import Split
from fplib.data.lattice import lattices_of

NAMES = np.array(["b", "a", "b", "a", "c"])


def test_votes_average_what_the_views_say() -> None:
    gamma = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.0, 1.0], [1.0, 0.0]])
    specimens, mean = vote(NAMES, gamma)
    assert specimens.tolist() == ["a", "b", "c"]
    assert np.allclose(mean, [[0.1, 0.9], [0.75, 0.25], [1.0, 0.0]])


def test_a_sure_view_outweighs_two_unsure_ones() -> None:
    gamma = np.array([[0.45, 0.55], [0.45, 0.55], [0.99, 0.01]])
    assert vote(np.repeat("a", 3), gamma)[1].argmax(axis=1) == [0]


def test_the_order_of_the_views_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    names, gamma = rng.choice(list("pqrs"), 40), rng.dirichlet([1, 1, 1], 40)
    order = rng.permutation(40)
    one, other = vote(names, gamma), vote(names[order], gamma[order])
    assert one[0].tolist() == other[0].tolist()
    assert np.allclose(one[1], other[1])


def test_first_views_go_with_the_votes() -> None:
    assert first_views(NAMES).tolist() == [1, 0, 4]


def test_one_view_keeps_a_view_of_every_specimen() -> None:
    ids = np.array(["b/1", "a/1", "b/2", "a/2", "c/1"])
    views = Split({"x": np.arange(5)}, ids=ids, labels=[1, 0, 1, 0, 2])
    once = one_view(views, lattices_of)
    assert once.ids.tolist() == ["a/1", "b/1", "c/1"]
    assert once["x"].tolist() == [1, 0, 4]
    assert once.labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("names", "gamma"), [(NAMES, np.ones((4, 2))), (NAMES, np.ones(5)), (NAMES[:, None], np.eye(5))]
)
def test_views_without_a_specimen_are_refused(names, gamma) -> None:
    with pytest.raises(ValueError, match="names, responsibilities: expected shapes"):
        vote(names, gamma)


class Oracle:
    """Reads the assignment off the data; the joint method may differ from that of one modality."""

    modalities = dict.fromkeys(("image", "curve"))

    def responsibilities(self, data, assignment):
        if len(data) == 2:
            return np.eye(2)[data["curve"][:, 0].astype(int)]
        gamma = next(iter(data.values()))
        return gamma if assignment == "from_z" else gamma[:, ::-1]


def split(labels: bool = True) -> Split:
    """Two tiles each of four lattices; the image misreads one tile of each of the last two."""
    image = np.array([[0.9, 0.1]] * 4 + [[0.1, 0.9], [0.6, 0.4], [0.2, 0.8], [0.9, 0.1]])
    truth = np.repeat([0, 0, 1, 1], 2)
    ids = [f"{name}/{tile}" for name in ("p", "q", "r", "s") for tile in ("left", "right")]
    return Split(
        {"image": image, "curve": np.eye(2)[1 - truth]},
        ids=ids,
        labels=truth if labels else None,
    )


def test_scores_of_tiles_and_lattices() -> None:
    scores = evaluate_votes(Oracle(), split(), lattices_of)
    assert len(scores) == 3 * 2 * 2
    assert scores["accuracy.multimodal.mean_field.tile"] == 1
    assert scores["accuracy.multimodal.mean_field.lattice"] == 1
    assert scores["accuracy.image.from_z.tile"] == 6 / 8
    assert scores["accuracy.image.from_z.lattice"] == 3 / 4  # "s" is sure of the wrong tile
    # swapped names of clusters are the same clusters
    assert scores["accuracy.image.mean_field.tile"] == 6 / 8
    assert scores["accuracy.curve.from_z.lattice"] == 1


def test_without_labels_there_is_nothing_to_score() -> None:
    with pytest.raises(ValueError, match="needs labels"):
        evaluate_votes(Oracle(), split(labels=False), lattices_of)
