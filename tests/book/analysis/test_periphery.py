"""Points at the edge of a cluster are where they should be, and what is found there is counted."""

from __future__ import annotations

import numpy as np
import pytest

from book.analysis import periphery
from tests.support.tolerances import assert_close

CLUSTERS, DIMENSION = 4, 3


@pytest.fixture
def prior(rng):
    return rng.normal(size=(CLUSTERS, DIMENSION)), rng.normal(size=(CLUSTERS, DIMENSION))


def mahalanobis(z: np.ndarray, prior: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Distance of points (C, n, L) from their centres in prior standard deviations, (C, n)."""
    means, log_variances = prior
    scaled = (z - means[:, np.newaxis]) / np.exp(0.5 * log_variances)[:, np.newaxis]
    return np.linalg.norm(scaled, axis=-1)


@pytest.mark.parametrize("radius", [0.5, 3.0])
def test_axis_points_are_the_papers(prior, radius):
    points = periphery.axis_points(*prior, radius)
    assert points.shape == (CLUSTERS, 2 * DIMENSION, DIMENSION)
    means, sigma = prior[0], np.exp(0.5 * prior[1])
    for c in range(CLUSTERS):
        for j in range(DIMENSION):
            for sign, row in ((1, j), (-1, DIMENSION + j)):
                expected = means[c].copy()
                expected[j] += sign * radius * sigma[c, j]
                assert_close(points[c, row], expected)


def test_sphere_points_are_equally_far_and_in_every_direction(prior):
    points = periphery.sphere_points(*prior, 2.0, n=4000, seed=1)
    assert_close(mahalanobis(points, prior), np.full((CLUSTERS, 4000), 2.0))
    directions = (points - prior[0][:, np.newaxis]) / np.exp(0.5 * prior[1])[:, np.newaxis] / 2.0
    # each component of a random direction has mean 0 and variance 1/3
    assert np.abs(directions.mean(axis=1)).max() < 5 / np.sqrt(3 * 4000)
    assert np.abs((directions**2).mean(axis=1) - 1 / 3).max() < 0.03
    again = periphery.sphere_points(*prior, 2.0, n=4000, seed=1)
    other = periphery.sphere_points(*prior, 2.0, n=4000, seed=2)
    assert (again == points).all()
    assert not np.allclose(other, points)


def test_a_walk_ends_at_the_other_centre(prior):
    distance = periphery.separation(*prior, 0, 2)
    points = periphery.walk(*prior, 0, 2, [0.0, 1.0, distance])
    assert_close(points[[0, 2]], prior[0][[0, 2]])
    assert_close(mahalanobis(np.broadcast_to(points, (CLUSTERS, 3, DIMENSION)), prior)[0, 1], 1.0)


def test_separation_is_measured_in_the_first_clusters_units():
    means = np.array([[0.0, 0.0], [3.0, 4.0]])
    log_variances = np.log(np.array([[4.0, 4.0], [1.0, 1.0]]))
    assert_close(periphery.separation(means, log_variances, 0, 1), 2.5)
    assert_close(periphery.separation(means, log_variances, 1, 0), 5.0)


def test_a_tally_by_hand():
    found = periphery.tally([0, 1, 2], [[0, 1], [1, 2], [0, 0]])
    assert_close([found[k] for k in ("own", "adjacent", "other")], [2 / 6, 2 / 6, 2 / 6])


LINE = np.array([[0.0, 0.0], [4.0, 0.0], [10.0, 0.0]])  # centres; standard deviation 1
PRIOR = LINE, np.zeros((3, 2))


def nearest(z: np.ndarray) -> np.ndarray:
    """Sees the nearest centre."""
    return np.linalg.norm(z[..., np.newaxis, :] - LINE, axis=-1).argmin(axis=-1)


def test_a_survey_by_hand():
    found = periphery.survey(PRIOR, [0.1, 0.2, 0.3], [0, 1, 2], nearest, radius=2.5)
    # along the axes only 0 -> 1 and 1 -> 0 leave their own cells: borders lie at 2 and 7
    assert_close([found[f"periphery.axes.{k}"] for k in periphery.SHARES], [10 / 12, 2 / 12, 0])
    # of the ways 0 -> 1, 1 -> 2, 1 -> 0 and 2 -> 1 half end in the neighbour
    assert_close([found[f"periphery.towards.{k}"] for k in periphery.SHARES], [0.5, 0.5, 0])
    assert found["periphery.separations"] == [4.0, 6.0, 4.0, 6.0]
    assert found["periphery.centres"] == 1.0
    # the first of 41 steps beyond the border, or on it where the other centre comes first
    assert_close(found["periphery.borders"], [2.1, 3.15, 2.0, 3.0])


def test_a_survey_follows_the_order_of_the_values():
    found = periphery.survey(PRIOR, [0.2, 0.1, 0.3], [0, 1, 2], nearest)
    assert found["periphery.separations"] == [4.0, 10.0, 4.0, 10.0]  # 1 -> 0, 0 -> 2 and back


def test_a_class_that_never_ends_has_no_border():
    means = LINE[:2], np.zeros((2, 2))
    found = periphery.survey(means, range(2), [0, 0], lambda z: np.zeros(z.shape[:-1], int))
    assert "periphery.borders" not in found
    assert found["periphery.axes.own"] == 1.0


def test_whoever_misreads_a_centre_judges_no_edge():
    def see(z):
        return np.where(nearest(z) == 2, 1, nearest(z))

    found = periphery.survey(PRIOR, range(3), [0, 1, 2], see)
    assert set(found) == {"periphery.centres", "periphery.separations"}
    assert_close(found["periphery.centres"], 2 / 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: periphery.axis_points(np.zeros((2, 3)), np.zeros((3, 2))), "one shape"),
        (lambda: periphery.axis_points(np.zeros((2, 3)), np.zeros((2, 3)), 0.0), "radius"),
        (lambda: periphery.walk(np.zeros((2, 3)), np.zeros((2, 3)), 0, 1, [1.0]), "two different"),
        (lambda: periphery.tally([0, 1], [[0]]), r"\(C,\) and \(C, n\)"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
