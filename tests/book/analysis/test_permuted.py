"""Permuted slopes: planted orders are found, along the order they were planted in and no other."""

from __future__ import annotations

import numpy as np
import pytest

from book.analysis import permuted

NAMES = np.arange(10)
SLOPES = np.array([3, 7, 0, 9, 1, 4, 8, 2, 6, 5])
ORDERS = {"slopes": SLOPES, "names": NAMES}


def arc(places: np.ndarray) -> np.ndarray:
    """Points along a bent line, each at its place, (10, 3)."""
    s = np.asarray(places, float)
    return np.stack([s, 0.05 * s**2, np.sin(s / 6)], axis=1)


def test_the_first_permutation_is_none_and_the_others_repeat():
    assert permuted.slopes(0) == list(range(10))
    drawn = [tuple(permuted.slopes(k)) for k in range(1, 30)]
    assert len(set(drawn)) == 29
    assert all(sorted(order) == list(range(10)) for order in drawn)
    assert drawn[4] == tuple(permuted.slopes(5))


def test_clusters_are_named_one_to_one_even_when_empty(rng):
    digit_of = rng.permutation(10)
    clusters = np.repeat(np.arange(9), 20)  # nothing in the last
    labels = digit_of[clusters].copy()
    labels[:3] = (labels[:3] + 1) % 10
    assert permuted.naming(labels, clusters).tolist() == digit_of.tolist()


def test_digits_lie_along_the_path_of_their_clusters(rng):
    names = rng.permutation(10)
    found = permuted.along_path(arc(SLOPES[names]), names)
    assert np.array_equal(found, SLOPES) or np.array_equal(found, 9 - SLOPES)


@pytest.mark.parametrize(("planted", "other"), [("slopes", "names"), ("names", "slopes")])
def test_points_agree_with_the_order_they_were_planted_in(planted, other):
    found = permuted.agreements(arc(ORDERS[planted]), ORDERS)
    assert found[f"{planted}.path"] == found[f"{planted}.neighbours"] == 1.0
    assert found[f"{planted}.distances"] > 0.95
    assert found[f"{other}.path"] < 0.7
    assert found[f"{other}.distances"] < 0.5


def test_places_alike_in_pictures_are_told_from_others(rng):
    pictures = rng.random((10, 4, 4))
    assert permuted.alike(pictures.reshape(10, 16) * 3, pictures) == pytest.approx(1.0)
    assert abs(permuted.alike(rng.normal(size=(10, 3)), pictures)) < 0.6
    assert permuted.alike(np.zeros((10, 3)), pictures) == 0.0


@pytest.mark.parametrize(("planted", "other"), [("slopes", "names"), ("names", "slopes")])
def test_a_band_is_found_along_its_own_order(planted, other):
    places = ORDERS[planted]
    near = np.abs(np.subtract.outer(places, places)) == 1
    found = permuted.bands(900 * np.eye(10, dtype=int) + 5 * near, ORDERS)
    assert found["errors"] == 5 * 18
    assert found[planted] == 1.0
    shared = near & (np.abs(np.subtract.outer(ORDERS[other], ORDERS[other])) == 1)
    assert found[other] == pytest.approx(shared.sum() / near.sum())
    assert found[other] < 0.5
    assert 0.1 < found[f"{planted}_chance"] < 0.35


def test_errors_everywhere_have_the_band_of_chance():
    found = permuted.bands(np.ones((10, 10), int), ORDERS)
    for name in ORDERS:
        assert found[name] == pytest.approx(0.2)
        assert found[f"{name}_chance"] == pytest.approx(0.2)


def test_no_error_has_no_band():
    assert permuted.bands(7 * np.eye(10, dtype=int), ORDERS) == {"errors": 0.0}


def test_changes_are_counted_given_a_change():
    names = np.array([0, 8])  # slopes 3 and 6
    found = np.array(
        [[0, 7, 5, 0], [8, 3, 3, 9]]
    )  # 7 and 5 have slopes 2 and 4, 3 and 9 have 9 and 5
    shares = permuted.changes(names, found, ORDERS)
    assert shares["changed"] == 5
    assert shares["slopes"] == pytest.approx(3 / 5)  # 0 read as 7 and 5, 8 read as 9
    assert shares["names"] == pytest.approx(1 / 5)  # 8 read as 9
    assert shares["slopes_chance"] == pytest.approx(2 / 9)
    assert shares["names_chance"] == pytest.approx((2 * 1 / 9 + 3 * 2 / 9) / 5)
    assert permuted.changes(names, names[:, None], ORDERS) == {"changed": 0.0}


def test_chance_is_what_random_readings_give(rng):
    found = rng.integers(0, 10, (10, 20_000))
    shares = permuted.changes(NAMES, found, ORDERS)
    for name in ORDERS:  # standard error below 0.001
        assert shares[name] == pytest.approx(shares[f"{name}_chance"], abs=0.005)


def test_edges_leave_out_clusters_whose_centre_is_not_read():
    means, places = arc(2 * SLOPES), 2 * SLOPES

    def see(z):
        """The digit whose slope is nearest along the first axis; the digit 4 is never read."""
        nearest = np.abs(z[..., :1] - places).argmin(axis=-1)
        return np.where(nearest == 4, 2, nearest)

    found = permuted.edges((means, np.zeros((10, 3))), NAMES, see, ORDERS, radius=2.0)
    assert found["centres"] == 0.9
    # two of six directions move along the slopes; those that leave the ends stay what they are
    assert found["axes.changed"] == 2 * 9 - 2 - 1  # 2 is where 4 would be read from its neighbour
    assert found["axes.share"] == pytest.approx(found["axes.changed"] / 54)
    assert found["axes.slopes"] > 0.9 > 0.5 > found["axes.names"]
    assert 0 < found["sphere.share"] < 1


def test_nothing_is_said_where_no_centre_is_read():
    prior = (arc(SLOPES), np.zeros((10, 3)))
    found = permuted.edges(prior, NAMES, lambda z: np.full(z.shape[:-1], -1), ORDERS)
    assert found == {"centres": 0.0}
