"""Two lattices as periodic distance fields, and the wall thickness that gives a relative density.

The unit cell has edge 1. x points right, y up (the build direction), z into the specimen. A table
holds the distance of each voxel from the middle of the wall: the mid-surface of the gyroid sheet,
the axes of the octet struts. Solid is wherever that distance is below half a wall.
"""

from __future__ import annotations

import functools

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from fplib.data.lattice.mechanics import KINDS

RESOLUTION = 64  # voxels along the edge of a table


def gyroid_field(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return f = sin 2πx cos 2πy + sin 2πy cos 2πz + sin 2πz cos 2πx, whose zero is the gyroid."""
    x, y, z = (2 * np.pi * np.asarray(axis) for axis in (x, y, z))
    return np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)


def gyroid_distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the distance from the gyroid surface, in cell edges, whatever the side.

    The foot of the perpendicular starts at the nearest of a cloud of points of the surface and then
    slides along it to where the offset is normal: each step takes out what the offset has along the
    surface and lands on the surface again.
    """
    start = np.stack(np.broadcast_arrays(*(np.asarray(a, np.float64) for a in (x, y, z))))
    shape, start = start.shape, start.reshape(3, -1)
    cloud = _surface_cloud()
    nearest = cloud.data[cloud.query(start.T % 1.0)[1]].T
    foot = start + _wrap(nearest - start)
    for _ in range(3):
        gradient = _gyroid_gradient(*foot)
        along = np.sum((foot - start) * gradient, axis=0) - gyroid_field(*foot)
        foot = start + gradient * (along / np.sum(gradient**2, axis=0))
    return np.sqrt(np.sum((foot - start) ** 2, axis=0)).reshape(shape[1:])


@functools.lru_cache(maxsize=1)
def _surface_cloud() -> cKDTree:
    """Points of the gyroid surface in the unit cell, about 1/48 apart, in a periodic search tree."""
    axis = np.arange(48) / 48
    points = np.stack(np.meshgrid(axis, axis, axis)).reshape(3, -1)
    points = points[:, np.abs(gyroid_field(*points)) < 0.15]
    for _ in range(3):
        gradient = _gyroid_gradient(*points)
        points = points - gradient * (gyroid_field(*points) / np.sum(gradient**2, axis=0))
    # twice, since the remainder of -1e-17 rounds to 1, which the tree does not take
    return cKDTree(points.T % 1.0 % 1.0, boxsize=1.0)


def _gyroid_gradient(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    sine = [np.sin(2 * np.pi * axis) for axis in (x, y, z)]
    cosine = [np.cos(2 * np.pi * axis) for axis in (x, y, z)]
    return (
        2
        * np.pi
        * np.stack(
            [cosine[i] * cosine[(i + 1) % 3] - sine[(i + 2) % 3] * sine[i] for i in range(3)]
        )
    )


def octet_distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the distance from the nearest strut axis of the octet truss, in cell edges.

    The nodes form a face-centred cubic lattice and the struts join nearest neighbours, so they line
    up along the six directions <110>. Seen along one, the lines form a centred rectangular lattice
    of sides 1/√2 and 1.
    """
    square = np.inf
    for a, b, c in ((x, y, z), (y, z, x), (z, x, y)):
        for across in (a - b, a + b):
            for shift in (0.0, 0.5):
                square = np.minimum(square, _wrap(across - shift) ** 2 / 2 + _wrap(c - shift) ** 2)
    return np.sqrt(square)


def _wrap(values: np.ndarray) -> np.ndarray:
    return values - np.rint(values)


_DISTANCE = {"gyroid": gyroid_distance, "octet": octet_distance}


@functools.lru_cache(maxsize=8)
def distance_table(kind: str) -> np.ndarray:
    """Return the distances (M, M, M) float32 from the middle of the wall at i/M, j/M, k/M."""
    axis = np.arange(RESOLUTION) / RESOLUTION
    half = _DISTANCE[kind](*np.meshgrid(axis, axis, axis[: RESOLUTION // 2], indexing="ij"))
    table = np.concatenate([half, _other_half(kind, half)], axis=2).astype(np.float32)
    table.flags.writeable = False
    return table


def _other_half(kind: str, half: np.ndarray) -> np.ndarray:
    """Return the distances at z + 1/2: a shift along x, for the gyroid along x and y, undoes it."""
    return np.roll(half, RESOLUTION // 2, axis=(0, 1) if kind == "gyroid" else 0)


@functools.lru_cache(maxsize=8)
def normal_table(kind: str) -> np.ndarray:
    """Return the outward normals (3, M, M, M) float32: unit gradients of the distance table."""
    table = distance_table(kind)
    # Right at the middle of a wall the distance has a crease, so a slight blur goes first.
    smooth = ndimage.gaussian_filter(table, 0.6, mode="wrap")
    gradient = np.stack([np.roll(smooth, -1, axis) - np.roll(smooth, 1, axis) for axis in range(3)])
    gradient /= np.maximum(np.sqrt(np.sum(gradient**2, axis=0)), 1e-6)
    gradient.flags.writeable = False
    return gradient


def signed_distance_table(kind: str, density: float, dross: float = 0.0) -> np.ndarray:
    """Return the distance from the surface of the solid, negative inside, (M, M, M) float32.

    Half a wall is chosen so that the solid fills just the share `density` of the cell, dross
    included, at points between the voxels as well as on them.

    Args:
        kind: "gyroid" (a sheet) or "octet".
        density: relative density, in (0, 1).
        dross: how far surfaces that look down sag, in cell edges.

    Raises:
        ValueError: if the kind is unknown or the density is not within (0, 1).
    """
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, received {kind!r}.")
    if not 0 < density < 1:
        raise ValueError(
            f"density: expected a relative density in (0, 1), received {density!r}; "
            "lattices lie near 0.2."
        )
    table = distance_table(kind) - np.float32(dross) * np.maximum(-normal_table(kind)[1], 0)
    return table - np.float32(_filled(table, density))


def half_wall(kind: str, density: float) -> float:
    """Return half the sheet thickness, or the strut radius, at this relative density, cell edges."""
    return _filled(distance_table(kind), density)


def _filled(table: np.ndarray, density: float) -> float:
    """Return the level below which the interpolated table lies in a share `density` of the cell."""
    return float(np.quantile(sample(table, _scattered()), density))


@functools.lru_cache(maxsize=1)
def _scattered() -> np.ndarray:
    """Points (3, N) all over the cell, one at random in each of 48³ boxes.

    On the voxels themselves the octet takes few different distances, many of them equal.
    """
    boxes = np.indices((48, 48, 48)).reshape(3, -1)
    return ((boxes + np.random.default_rng(48).random(boxes.shape)) / 48).astype(np.float32)


def sample(table: np.ndarray, points: np.ndarray, period: float = 1.0) -> np.ndarray:
    """Interpolate a periodic table trilinearly.

    Args:
        table: (M, M, M) values.
        points: (3, N) positions, cell edges.
        period: edge of the table, cell edges.

    Returns:
        (N,) float32.
    """
    indices = points * np.float32(table.shape[0] / period)
    return ndimage.map_coordinates(table, indices, np.float32, 1, "grid-wrap", prefilter=False)
