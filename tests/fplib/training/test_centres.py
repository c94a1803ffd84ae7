"""Where the clusters of a start go in latent space."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from scipy.spatial.distance import cdist, pdist

from fplib.training.initialization import laplacian_eigenmaps, place_centres
from tests.support.models import T
from tests.support.tolerances import SINGLE, assert_close


@pytest.mark.parametrize("separation", [0.5, 8.0])
@pytest.mark.parametrize(("clusters", "latent_dim"), [(2, 1), (2, 3), (3, 2), (10, 3), (10, 1)])
def test_closest_pair_has_the_separation(clusters: int, latent_dim: int, separation: float) -> None:
    signatures = np.arange(clusters)[:, np.newaxis] * T
    centres = place_centres(signatures, latent_dim, separation)
    assert (centres.shape, centres.dtype) == ((clusters, latent_dim), np.float32)
    assert pdist(centres).min() == pytest.approx(separation, rel=1e-5)
    assert_close(centres.mean(axis=0) / separation, np.zeros(latent_dim), SINGLE)


def test_mean_pair_has_the_separation_if_asked() -> None:
    """The same layout in another unit: what the closest pair would be is no longer fixed."""
    signatures = np.arange(10)[:, np.newaxis] * T
    closest, mean = (place_centres(signatures, 3, 8.0, of) for of in ("closest", "mean"))
    assert pdist(mean).mean() == pytest.approx(8.0, rel=1e-5)
    assert pdist(mean).min() < 4.0
    assert_close(mean / np.abs(mean).max(), closest / np.abs(closest).max(), SINGLE)


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_in_physics_are_neighbours_in_latent_space(seed: int) -> None:
    """Ten slopes in any order form a chain: each centre is next to those of the slopes beside its own."""
    slopes = np.random.default_rng(seed).permutation(10).astype(float)
    distances = cdist(*[place_centres(slopes[:, np.newaxis] * T, 3, 8.0)] * 2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(axis=1)
    assert (np.abs(slopes - slopes[nearest]) == 1).all()


@pytest.mark.parametrize("clusters", [2, 3, 5])
@pytest.mark.parametrize("latent_dim", [1, 2, 3])
def test_identical_signatures_still_get_different_places(clusters: int, latent_dim: int) -> None:
    centres = place_centres(np.ones((clusters, 4)), latent_dim, 8.0)
    assert np.isfinite(centres).all()
    assert pdist(centres).min() == pytest.approx(8.0, rel=1e-4)


@pytest.mark.parametrize("latent_dim", [1, 2, 3])
def test_two_coinciding_signatures_among_others(latent_dim: int) -> None:
    """Two clusters with one physics: told apart, without sending the others far away."""
    signatures = np.array([0.0, 1, 2, 3, 3])[:, np.newaxis] * T
    centres = place_centres(signatures, latent_dim, 8.0)
    assert pdist(centres).min() == pytest.approx(8.0, rel=1e-4)
    assert pdist(centres).max() < 1000


def test_one_cluster_sits_at_the_origin() -> None:
    assert place_centres(np.ones((1, 4)), 3, 8.0).tolist() == [[0.0, 0.0, 0.0]]


def test_axes_beyond_the_number_of_clusters_are_empty() -> None:
    centres = place_centres(np.array([[0.0], [1.0], [3.0]]), 5, 8.0)
    assert not centres[:, 2:].any()
    assert (np.abs(centres[:, :2]).max(axis=0) > 1).all()


def embedding_of(points: np.ndarray, dimension: int) -> np.ndarray:
    """Belkin and Niyogi's generalised problem L f = lambda D f, solved as such, with the same affinities."""
    squares = cdist(points, points, "sqeuclidean")
    width = np.median(np.sort(np.sqrt(squares), axis=1)[:, 1])
    affinity = np.exp(-squares / (2 * width**2)) * (1 - np.eye(len(points))) + 1e-6
    degrees = np.diag(affinity.sum(axis=1))
    vectors = scipy.linalg.eigh(degrees - affinity, degrees)[1][:, 1 : dimension + 1]
    return vectors - vectors.mean(axis=0)


def test_eigenmaps_against_the_generalised_eigenproblem() -> None:
    points = np.random.default_rng(0).normal(size=(8, 3))
    found, expected = laplacian_eigenmaps(points, 3), embedding_of(points, 3)
    signs = np.sign(np.sum(found * expected, axis=0))
    assert_close(found, signs * expected, 1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_eigenmaps_follow_a_permutation(seed: int) -> None:
    """Distances, which know neither signs nor rotations, move with the clusters."""
    rng = np.random.default_rng(seed)
    points, order = rng.normal(size=(7, 4)), rng.permutation(7)
    before, after = laplacian_eigenmaps(points, 3), laplacian_eigenmaps(points[order], 3)
    assert_close(cdist(after, after), cdist(before, before)[np.ix_(order, order)], 1e-8)


def test_eigenmaps_do_not_see_place_scale_or_rotation() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(7, 4))
    rotation = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    before, after = (
        laplacian_eigenmaps(points, 3),
        laplacian_eigenmaps(5 + 9 * points @ rotation, 3),
    )
    assert_close(cdist(after, after), cdist(before, before), 1e-8)


def test_signs_are_fixed() -> None:
    """An eigenvector has no sign of its own; here the first cluster decides, in whatever order the others come."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(7, 4))
    before = laplacian_eigenmaps(points, 3)
    for _ in range(6):
        order = [0, *rng.permutation(np.arange(1, 7))]
        assert_close(laplacian_eigenmaps(points[order], 3), before[order], 1e-8)
