"""Distances, symmetries and densities of the two lattices."""

import itertools

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fplib.data.lattice.geometry import (
    distance_table,
    gyroid_distance,
    gyroid_field,
    half_wall,
    normal_table,
    octet_distance,
    sample,
    signed_distance_table,
)
from fplib.data.lattice.mechanics import KINDS

DISTANCE = {"gyroid": gyroid_distance, "octet": octet_distance}


@pytest.fixture
def points(rng):
    return rng.uniform(-2, 2, (3, 2000))


@pytest.mark.parametrize("kind", KINDS)
def test_periodic_in_every_direction(kind, points):
    for axis in np.eye(3)[:, :, None]:
        assert np.allclose(DISTANCE[kind](*points), DISTANCE[kind](*(points + axis)), atol=1e-3)


def test_gyroid_symmetries(points):
    x, y, z = points
    d = gyroid_distance(x, y, z)
    assert np.allclose(d, gyroid_distance(y, z, x), atol=2e-3)  # threefold axis
    assert np.allclose(d, gyroid_distance(-x, -y, -z), atol=2e-3)  # the sheet is centred
    assert np.allclose(d, gyroid_distance(x + 0.5, y + 0.5, z + 0.5), atol=2e-3)
    assert np.allclose(d, gyroid_distance(x + 0.5, 0.5 - y, -z), atol=2e-3)  # twofold screw
    assert np.mean(np.abs(d - gyroid_distance(-x, y, z))) > 0.02  # but it has a hand


def test_octet_symmetries(points):
    d = octet_distance(*points)
    for order in itertools.permutations(range(3)):
        for signs in itertools.product([1, -1], repeat=3):
            assert np.allclose(d, octet_distance(*(points[list(order)] * np.c_[list(signs)])))
    for shift in ([0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]):
        assert np.allclose(d, octet_distance(*(points + np.c_[shift])))


def test_octet_struts_join_neighbours_and_nothing_else(points):
    corners = np.array(list(itertools.product([-0.5, 0, 0.5, 1, 1.5], repeat=3)))
    nodes = corners[np.rint(2 * corners.sum(axis=1)) % 2 == 0]
    inside = points % 1
    nearest = np.full(inside.shape[1], np.inf)
    struts = 0
    for one, other in itertools.combinations(nodes, 2):
        along = other - one
        if np.isclose(along @ along, 0.5):
            struts += 1
            offset = inside - one[:, None]
            share = np.clip(along @ offset / 0.5, 0, 1)
            nearest = np.minimum(nearest, np.linalg.norm(offset - along[:, None] * share, axis=0))
    assert struts > 100
    assert np.allclose(octet_distance(*inside), nearest, atol=1e-12)


def test_gyroid_distance_is_that_to_the_surface(rng):
    on_surface = rng.random((3, 60_000))
    for _ in range(4):  # down the slope of |f|, to where it vanishes
        step = 1e-5 * np.eye(3)[:, :, None]
        slope = np.stack([gyroid_field(*(on_surface + s)) for s in step])
        slope = (slope - gyroid_field(*on_surface)) / 1e-5
        on_surface -= slope * gyroid_field(*on_surface) / np.maximum(np.sum(slope**2, axis=0), 4)
    on_surface = on_surface[:, np.abs(gyroid_field(*on_surface)) < 1e-3] % 1
    assert on_surface.shape[1] > 40_000
    assert gyroid_distance(*on_surface).max() < 5e-4
    here = rng.random((3, 200))
    nearest = cKDTree(on_surface.T % 1, boxsize=1.0).query(here.T)[0]
    excess = nearest - gyroid_distance(*here)  # the cloud has gaps, which count near the surface
    assert np.all((excess > -1e-3) & (excess < 0.012))
    assert np.all(excess[nearest > 0.05] < 2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_holds_the_distances(kind, rng):
    voxels = rng.integers(0, 64, (3, 500))
    expected = DISTANCE[kind](*(voxels / 64))
    assert np.allclose(distance_table(kind)[tuple(voxels)], expected, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_distances_grow_at_most_as_fast_as_the_way(kind):
    table = distance_table(kind)
    for axis in range(3):
        step = np.abs(np.roll(table, 1, axis) - table)
        assert step.max() < 1.01 / len(table)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("density", [0.15, 0.2, 0.3])
@pytest.mark.parametrize("dross", [0.0, 0.015])
def test_solid_fills_just_the_density(kind, density, dross):
    table = signed_distance_table(kind, density, dross)
    points = np.random.default_rng(1).random((3, 200_000))
    assert np.mean(sample(table, points) < 0) == pytest.approx(density, rel=0.015)
    if dross == 0:  # and by the exact distances, without a table
        exact = DISTANCE[kind](*points[:, :20_000]) < half_wall(kind, density)
        assert np.mean(exact) == pytest.approx(density, rel=0.04)


@pytest.mark.parametrize("density", [0.1, 0.15, 0.2, 0.3])
def test_walls_agree_with_the_formulae(density):
    radius = half_wall("octet", density)
    assert 53.3 * radius**2 - 148 * radius**3 == pytest.approx(density, rel=0.03)
    # The area of the gyroid in a unit cell is 3.09, so a sheet of thickness 2h fills 6.18 h.
    assert 6.18 * half_wall("gyroid", density) == pytest.approx(density, rel=0.02)


@pytest.mark.parametrize("threshold", [0.2, 0.31, 0.45])
def test_gyroid_level_sets_fill_two_thirds_of_their_threshold(threshold, rng):
    share = np.mean(np.abs(gyroid_field(*rng.random((3, 200_000)))) <= threshold)
    assert share == pytest.approx(threshold / 1.55, rel=0.02)


def test_sign_is_negative_in_the_solid_and_positive_outside():
    octet, gyroid = (signed_distance_table(kind, 0.2) for kind in ("octet", "gyroid"))
    node, strut, hollow = [[0.0], [0.5], [0.5]], [[0.25], [0.25], [0.0]], [[0.5], [0.0], [0.0]]
    radius = half_wall("octet", 0.2)
    assert sample(octet, np.array(node))[0] == pytest.approx(-radius, abs=1e-3)
    assert sample(octet, np.array(strut))[0] == pytest.approx(-radius, abs=1e-3)
    assert sample(octet, np.array(hollow))[0] == pytest.approx(0.3536 - radius, abs=1e-2)
    assert sample(gyroid, np.zeros((3, 1)))[0] == pytest.approx(-half_wall("gyroid", 0.2), abs=1e-3)
    assert sample(gyroid, np.full((3, 1), 0.125))[0] > 0.1  # f is largest here


@pytest.mark.parametrize("kind", KINDS)
def test_normals_are_unit_and_point_outwards(kind):
    table, normal = distance_table(kind), normal_table(kind)
    wall = np.abs(table - half_wall(kind, 0.2)) < 0.01
    assert np.allclose(np.linalg.norm(normal[:, wall], axis=0), 1, atol=1e-3)
    points = np.argwhere(wall).T / len(table)
    further = sample(table, points + 0.015 * normal[:, wall])
    assert np.mean(further > table[wall]) > 0.99


def test_dross_thickens_what_looks_down():
    table, normal = signed_distance_table("octet", 0.2, 0.015), normal_table("octet")[1]
    plain = signed_distance_table("octet", 0.2)
    wall = np.abs(plain) < 0.02
    down, up = wall & (normal < -0.7), wall & (normal > 0.7)
    assert np.mean(table[down] - plain[down]) < np.mean(table[up] - plain[up]) - 0.01


@pytest.mark.parametrize(
    ("kind", "density", "message"),
    [
        ("diamond", 0.2, "kind: expected one of gyroid, octet, received 'diamond'"),
        ("octet", 20, "density: expected a relative density in .0, 1., received 20; .*0.2"),
    ],
)
def test_errors(kind, density, message):
    with pytest.raises(ValueError, match=message):
        signed_distance_table(kind, density)
