"""Scores against brute force, hand-made cases, and what they are often mistaken for."""

from __future__ import annotations

import subprocess
import sys
from itertools import permutations

import numpy as np
import pytest
from scipy.optimize import brentq

from fplib import metrics

MISTAKES_CAUGHT = 20


def brute_force_accuracy(labels: np.ndarray, clusters: np.ndarray) -> float:
    """Best accuracy over every one-to-one map, equation (21) taken literally."""
    classes, names = np.unique(labels).tolist(), np.unique(clusters).tolist()
    wide = classes + [None] * max(0, len(names) - len(classes))  # None: the cluster goes unnamed
    best = 0.0
    for choice in permutations(wide, len(names)):
        naming = dict(zip(names, choice, strict=True))
        named = [naming[c] for c in clusters.tolist()]
        best = max(best, np.mean([a == b for a, b in zip(labels.tolist(), named, strict=True)]))
    return best


@pytest.mark.parametrize("classes", [1, 2, 4, 5])
@pytest.mark.parametrize("clusters", [1, 2, 4, 6])
def test_accuracy_equals_brute_force_over_all_namings(classes, clusters, rng):
    for _ in range(5):
        labels, found = rng.integers(0, classes, 40), rng.integers(0, clusters, 40)
        expected = brute_force_accuracy(labels, found)
        assert metrics.clustering_accuracy(labels, found) == pytest.approx(expected, abs=1e-15)


def test_accuracy_of_a_hand_made_case():
    #        3 of 4 zeros and 2 of 3 ones are right when cluster 7 is named 0 and 5 is named 1
    labels = [0, 0, 0, 0, 1, 1, 1]
    clusters = [7, 7, 7, 5, 5, 5, 7]
    assert metrics.clustering_accuracy(labels, clusters) == 5 / 7
    assert metrics.match_clusters(labels, clusters) == {7: 0, 5: 1}


def test_majority_vote_is_not_accepted_as_accuracy(rng):
    """Naming clusters by their majority, as purity does, lets two clusters share a label."""
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    clusters = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    assert metrics.purity(labels, clusters) == 6 / 8
    assert metrics.clustering_accuracy(labels, clusters) == 4 / 8
    caught = 0
    for _ in range(50):
        labels, clusters = rng.integers(0, 3, 30), rng.integers(0, 5, 30)
        accuracy, purity = (
            metrics.clustering_accuracy(labels, clusters),
            metrics.purity(labels, clusters),
        )
        assert purity >= accuracy
        caught += purity > accuracy
    assert caught > MISTAKES_CAUGHT


def test_greedy_matching_is_not_accepted_as_accuracy():
    """Taking the largest count first costs the second best its only partner."""
    counts = np.array([[10, 9], [9, 0]])  # cluster, label: greedy finds 10 + 0, the best is 9 + 9
    clusters = np.repeat([0, 0, 1, 1], counts.ravel())
    labels = np.repeat([0, 1, 0, 1], counts.ravel())
    assert metrics.clustering_accuracy(labels, clusters) == 18 / 28


def test_equal_ids_are_not_accepted_as_accuracy():
    assert metrics.clustering_accuracy([0, 1, 2], [2, 0, 1]) == 1.0


@pytest.mark.parametrize(
    "score", [metrics.clustering_accuracy, metrics.purity, metrics.nmi, metrics.ari]
)
def test_scores_do_not_depend_on_the_names_of_clusters_or_labels(score, rng):
    labels = rng.integers(0, 5, 200)
    clusters = np.where(rng.random(200) < 0.7, labels, rng.integers(0, 6, 200))
    reference = score(labels, clusters)
    assert 0.2 < reference < 0.95
    for _ in range(10):
        order = rng.permutation(200)
        renamed = rng.permutation(100)[clusters][order]
        relabelled = rng.permutation(50)[labels][order]
        assert score(relabelled, renamed) == pytest.approx(reference, abs=1e-12)
    assert score(np.array(list("abcde"))[labels], clusters) == pytest.approx(reference, abs=1e-12)


@pytest.mark.parametrize("score", [metrics.nmi, metrics.ari, metrics.clustering_accuracy])
def test_a_perfect_clustering_scores_exactly_one(score, rng):
    labels = rng.integers(0, 10, 1000)
    assert score(labels, (labels + 3) % 10) == 1.0


def test_nmi_equals_the_formula(rng):
    labels = rng.integers(0, 4, 300)
    clusters = np.where(rng.random(300) < 0.6, labels, rng.integers(0, 3, 300))
    joint = np.zeros((4, 4))
    np.add.at(joint, (labels, clusters), 1 / 300)
    p, q = joint.sum(axis=1), joint.sum(axis=0)
    seen = joint > 0
    information = np.sum(joint[seen] * np.log(joint[seen] / np.outer(p, q)[seen]))
    entropies = [-np.sum(x[x > 0] * np.log(x[x > 0])) for x in (p, q)]
    expected = information / np.mean(entropies)
    assert metrics.nmi(labels, clusters) == pytest.approx(expected, rel=1e-10)


def test_ari_equals_counting_pairs(rng):
    labels, clusters = rng.integers(0, 3, 40), rng.integers(0, 3, 40)
    upper = np.triu_indices(40, 1)
    a = np.equal.outer(labels, labels)[upper]
    b = np.equal.outer(clusters, clusters)[upper]
    chance = a.sum() * b.sum() / a.size
    expected = ((a & b).sum() - chance) / ((a.sum() + b.sum()) / 2 - chance)
    assert metrics.ari(labels, clusters) == pytest.approx(expected, abs=1e-12)


def test_matching_leaves_spare_clusters_and_spare_labels_out():
    assert metrics.match_clusters([0, 0, 0, 1], [5, 5, 6, 7]) == {5: 0, 7: 1}
    assert metrics.match_clusters(["a", "b", "b"], [0, 0, 0]) == {0: "b"}
    matched = metrics.match_clusters(np.array([0, 1]), np.array([1, 0]))
    assert all(type(x) is int for pair in matched.items() for x in pair)


def test_confusion_of_a_hand_made_case():
    labels = [0, 0, 0, 1, 1, 2]
    clusters = [4, 4, 9, 9, 9, 1]
    assert metrics.confusion(labels, clusters).tolist() == [[2, 1, 0], [0, 2, 0], [0, 0, 1]]


@pytest.mark.parametrize(("classes", "clusters"), [(4, 4), (4, 2), (3, 6)])
def test_confusion_keeps_every_specimen_and_its_trace_is_the_accuracy(classes, clusters, rng):
    labels, found = rng.integers(0, classes, 300), rng.integers(0, clusters, 300)
    matrix = metrics.confusion(labels, found)
    assert matrix.shape == (classes, max(classes, clusters))
    assert matrix.sum(axis=1).tolist() == np.bincount(labels, minlength=classes).tolist()
    assert np.trace(matrix) / 300 == pytest.approx(metrics.clustering_accuracy(labels, found))
    assert sorted(matrix.sum(axis=0)[matrix.sum(axis=0) > 0]) == sorted(np.bincount(found))


def test_confusion_with_given_classes_keeps_their_order_and_empty_ones():
    matrix = metrics.confusion(["b", "b", "a"], [0, 0, 1], classes=["b", "c", "a"])
    assert matrix.tolist() == [[2, 0, 0], [0, 0, 0], [0, 0, 1]]
    with pytest.raises(ValueError, match=r"classes: expected every label.*'b'.*missing"):
        metrics.confusion(["b", "a"], [0, 1], classes=["a"])


def test_band_share_counts_errors_near_the_diagonal():
    matrix = np.array([[5, 2, 1], [0, 5, 1], [4, 0, 5]])
    assert metrics.band_share(matrix) == 3 / 8
    assert metrics.band_share(matrix, width=2) == 1.0
    assert np.isnan(metrics.band_share(np.eye(3, dtype=int)))
    with pytest.raises(ValueError, match=r"matrix: expected a square.*\(2, 3\)"):
        metrics.band_share(matrix[:2])
    with pytest.raises(ValueError, match="width: expected at least 1"):
        metrics.band_share(matrix, width=0)


def test_occupancy_of_ids_and_of_responsibilities():
    assert metrics.occupancy([0, 0, 3, 0], clusters=4).tolist() == [0.75, 0, 0, 0.25]
    gamma = np.array([[1.0, 0.0], [0.5, 0.5]])
    assert metrics.occupancy(gamma).tolist() == [0.75, 0.25]
    assert metrics.occupancy(gamma, clusters=2).tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1],), "clusters: expected the number"),
        (([0, 4], 4), r"assignments: expected integer ids in 0\.\.3, received values from 0 to 4"),
        (([-1, 0], 4), r"assignments: expected integer ids"),
        (([[0.5, 0.5]], 3), "clusters: expected 2"),
        (([[0.5, 0.4]],), "assignments: expected rows of probabilities"),
        (([[-0.7, -0.7]],), "not logarithms"),
        ((np.zeros((2, 2, 2)), 2), r"assignments: expected .* received shape \(2, 2, 2\)"),
    ],
)
def test_occupancy_refuses_what_it_cannot_count(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.occupancy(*arguments)


def test_assignment_entropy_from_certain_to_clueless():
    assert metrics.assignment_entropy(np.eye(4)) == 0.0
    assert metrics.assignment_entropy(np.full((3, 8), 1 / 8)) == pytest.approx(np.log(8), rel=1e-12)
    gamma = np.array([[0.9, 0.1], [1.0, 0.0]])
    expected = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1)) / 2
    assert metrics.assignment_entropy(gamma) == pytest.approx(expected, rel=1e-12)
    # float32 as a model returns it: rows off by rounding pass, logits do not
    soft = np.random.default_rng(0).dirichlet(np.ones(10), 50).astype(np.float32)
    assert 0 < metrics.assignment_entropy(soft) < np.log(10)
    with pytest.raises(ValueError, match="responsibilities: expected rows of probabilities"):
        metrics.assignment_entropy(np.log(soft))


def test_interval_inverts_the_score_test():
    """Wilson's ends are the p at which the observed share lies z standard errors of p away."""
    n, successes, z = 19, 18, 1.959963984540054
    low, high = metrics.interval(successes, n)
    for end, bracket in ((low, (0.5, successes / n)), (high, (successes / n, 1 - 1e-12))):
        root = brentq(lambda p: (successes / n - p) ** 2 - z**2 * p * (1 - p) / n, *bracket)
        assert end == pytest.approx(root, abs=1e-9)
    assert (round(low, 2), round(high, 2)) == (0.75, 0.99)


def test_interval_at_the_ends_and_for_other_levels():
    assert metrics.interval(10_000, 10_000)[1] == 1.0
    assert metrics.interval(0, 50)[0] == 0.0
    low, high = metrics.interval(3, 10)
    assert metrics.interval(7, 10) == pytest.approx((1 - high, 1 - low), abs=1e-12)
    narrow, wide = metrics.interval(30, 100, level=0.5), metrics.interval(30, 100, level=0.99)
    assert wide[0] < narrow[0] < 0.3 < narrow[1] < wide[1]


@pytest.mark.parametrize(
    ("arguments", "name"), [((1, 0), "n"), ((5, 4), "successes"), ((-1, 4), "successes")]
)
def test_interval_refuses_impossible_counts(arguments, name):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        metrics.interval(*arguments)
    with pytest.raises(ValueError, match="level: expected a probability"):
        metrics.interval(1, 2, level=95)


def test_coverage_of_honest_and_of_overconfident_predictions(rng):
    mean = rng.normal(size=(1, 20))
    values = mean + 0.5 * rng.normal(size=(5000, 20))
    five_errors = 5 * np.sqrt(0.95 * 0.05 / values.size)
    assert abs(metrics.coverage(values, mean, 0.25) - 0.95) < five_errors
    assert abs(metrics.coverage(values, mean, 0.25, level=0.5) - 0.5) < 5 * np.sqrt(
        0.25 / values.size
    )
    # passing the standard deviation for the variance must show
    assert metrics.coverage(values, mean, 0.5) - 0.95 > five_errors
    assert metrics.coverage([0.0, 3.0], 0.0, 1.0) == 0.5


def test_coverage_by_point_finds_where_a_band_is_wrong(rng):
    """Right on average and nowhere else: half the points cover everything, half too little."""
    sigma = np.repeat([0.5, 1.5], 10)
    values = sigma * rng.normal(size=(5000, 20))
    found = metrics.coverage(values, 0.0, 1.0, axis=0)
    assert found.shape == (20,)
    assert np.all(found[:10] > 0.99)
    assert np.all(found[10:] < 0.85)
    assert np.all(np.abs(metrics.coverage(values, 0.0, sigma**2, axis=0) - 0.95) < 0.02)
    assert metrics.coverage(values, 0.0, 1.0) == pytest.approx(found.mean())
    assert metrics.coverage(values, 0.0, 1.0, axis=1).shape == (5000,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 3)), np.zeros(2), 1.0), r"mean: expected .*\(2, 3\), received \(2,\)"),
        (
            (np.zeros(3), 0.0, [-1.0, 1, 1]),
            "variance: expected values ≥ 0, not its logarithm; received -1",
        ),
        ((np.array([np.nan]), 0.0, 1.0), "values: expected finite"),
        (([], 0.0, 1.0), "values: expected finite"),
        ((["0.3"], 0.0, 1.0), "values must hold numbers; received text"),
        (([1.0], 0.0, 1.0, [0.5]), r"level: expected a probability .* received \[0\.5\]"),
    ],
)
def test_coverage_refuses_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.coverage(*arguments)


@pytest.mark.parametrize(
    "score",
    [
        metrics.clustering_accuracy,
        metrics.match_clusters,
        metrics.purity,
        metrics.confusion,
        metrics.nmi,
        metrics.ari,
    ],
)
@pytest.mark.parametrize(
    ("labels", "clusters", "message"),
    [
        ([0, 1, 2], [0, 1], "received 3 labels and 2 clusters"),
        ([], [], r"labels: expected a non-empty array of shape \(N,\)"),
        ([0, 1], [[0.9, 0.1], [0.2, 0.8]], r"clusters: .*shape \(2, 2\).*arg max"),
        ([0, 1], [0.0, 1.0], "clusters: expected integers or strings, received float64"),
        (3, [1], r"labels: expected .* received shape \(\)"),
    ],
)
def test_scores_name_the_argument_they_refuse(score, labels, clusters, message):
    with pytest.raises(ValueError, match=message):
        score(labels, clusters)


def test_importing_metrics_and_records_loads_neither_tensorflow_nor_matplotlib():
    program = (
        "import sys, fplib.metrics, paperbook.records; "
        "print([m for m in ('tensorflow', 'keras', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
