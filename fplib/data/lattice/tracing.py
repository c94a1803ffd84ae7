"""Where the rays of a camera meet a lattice: sphere tracing through periodic distance tables."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from fplib.data.lattice.geometry import distance_table, half_wall, sample, signed_distance_table

VIEW = 5.5  # cells along the edge of a photograph
DEPTH = 2.6  # cells into the lattice beyond which nothing is lit
POWDER_PERIOD, WAVE_PERIOD = 1.9, 4.7  # cells; incommensurate with the cell, so nothing repeats


@functools.lru_cache(maxsize=1)
def powder() -> tuple[np.ndarray, np.ndarray]:
    """Return the roughness (M, M, M) of walls built from powder, SD 1, and its gradient."""
    rng = np.random.default_rng(316)
    grains = np.zeros((96, 96, 96))
    for width, weight in ((0.9, 0.75), (2.2, 0.65)):
        noise = rng.standard_normal(grains.shape)
        grains += weight * _unit(ndimage.gaussian_filter(noise, width, mode="wrap"))
    grains = _unit(grains).astype(np.float32)
    slope = [np.roll(grains, -1, axis) - np.roll(grains, 1, axis) for axis in range(3)]
    return grains, np.stack(slope) / np.float32(np.std(slope))


@functools.lru_cache(maxsize=1)
def waves() -> np.ndarray:
    """Return the slow variation (M, M, M) of the wall thickness from place to place, SD 1."""
    noise = np.random.default_rng(17).standard_normal((24, 24, 24))
    return _unit(ndimage.gaussian_filter(noise, 1.8, mode="wrap")).astype(np.float32)


def _unit(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


@dataclass(frozen=True)
class Solid:
    """Hold a lattice as it came out of the printer, cut open at z = 0.

    Args:
        kind: "gyroid" or "octet".
        table: (M, M, M) signed distance of the unit cell, dross included.
        half: half a wall, cell edges.
        front: z of the front: 0 cuts through sheets, -half leaves the front struts whole.
        rough: amplitude of the powder texture, cell edges.
        wavy: amplitude of the slow variation of the wall, cell edges.
        origin: (3,) position in the textures.
        holes: (H, 7) centre, half axis and radius of the capsules that are missing.
    """

    kind: str
    table: np.ndarray
    half: float
    front: float
    rough: float
    wavy: float
    origin: np.ndarray
    holes: np.ndarray

    def distance(self, points: np.ndarray, fine: bool = True) -> np.ndarray:
        """Return the distance from the surface, negative inside, at points (3, N), cell edges."""
        distance = sample(self.table, points)
        if fine:
            margin = 3.5 * (self.rough + self.wavy)
            near = np.flatnonzero(np.abs(distance) < margin)  # elsewhere texture changes nothing
            place = points[:, near] + self.origin[:, None]
            distance[near] -= np.float32(self.rough) * sample(powder()[0], place, POWDER_PERIOD)
            distance[near] -= np.float32(self.wavy) * sample(waves(), place, WAVE_PERIOD)
        distance = np.maximum(distance, np.float32(self.front) - points[2])
        for hole in self.holes:
            distance = np.maximum(distance, _outside_capsule(points, hole))
        return distance


def _outside_capsule(points: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Return how deep points (3, N) lie inside a capsule."""
    centre, axis, radius = hole[:3, None], hole[3:6, None], hole[6]
    offset = points - centre.astype(np.float32)
    length = np.sum(hole[3:6] ** 2)
    if length > 0:
        along = np.clip(np.sum(offset * axis, axis=0) / length, -1, 1)
        offset = offset - axis.astype(np.float32) * along
    return np.float32(radius) - np.sqrt(np.sum(offset**2, axis=0))


def build(kind: str, density: float, quality: float, holes: int, rng: np.random.Generator) -> Solid:
    """Build a lattice with the flaws that its print quality brings.

    Args:
        kind: "gyroid" or "octet".
        density: relative density.
        quality: print quality; below 0, dross and roughness grow.
        holes: number of broken struts, or of holes in the sheet, near the front.
        rng: source of everything that is particular to this print.
    """
    bad = max(0.0, -quality)
    dross = rng.uniform(0.006, 0.016) * (1 + 0.4 * bad)
    half = half_wall(kind, density)
    return Solid(
        kind=kind,
        table=signed_distance_table(kind, density, dross),
        half=half,
        front=0.0 if kind == "gyroid" else -half,
        rough=half * (0.10 + 0.04 * bad),
        wavy=half * 0.10,
        origin=rng.uniform(0, 50, 3).astype(np.float32),
        holes=np.array([_hole(kind, rng) for _ in range(holes)]).reshape(holes, 7),
    )


def _hole(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return centre, half axis and radius of one flaw within sight."""
    cell = np.append(rng.integers(-2, 2, 2), 0)
    if kind == "octet":
        # half-way along a strut of the front or of those that lead inwards from it
        signs = rng.choice([-1.0, 1.0], 2)
        steps = ([signs[0], signs[1], 0], [0, signs[0], 1], [signs[0], 0, 1])
        step = np.array(steps[rng.choice(3, p=(0.6, 0.2, 0.2))])
        return np.concatenate([cell + step / 4, step * 0.06, [0.11]])
    table = distance_table(kind)
    middle = np.argwhere(table < 0.01)
    middle = middle[middle[:, 2] < 0.3 * len(table)]
    centre = cell + middle[rng.integers(len(middle))] / len(table)
    return np.concatenate([centre, np.zeros(3), [rng.uniform(0.06, 0.15)]])


def camera(pixels: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return start and direction (3, pixels²) of the rays, float32, row by row from the top left.

    The camera stands 28 to 45 cells away, slightly tilted, rolled and shifted.
    """
    half = VIEW / 2 * (1 + rng.uniform(-0.03, 0.03))
    far = rng.uniform(28.0, 45.0)
    shift = np.append(rng.uniform(-0.18, 0.18, 2), 0.0)
    tilt_x, tilt_y, roll = np.deg2rad(rng.standard_normal(3) * (2.0, 2.0, 1.1))
    turn = _rotation(0, tilt_x) @ _rotation(1, tilt_y) @ _rotation(2, roll)

    across = half * ((np.arange(pixels) + 0.5) / pixels * 2 - 1)
    x, y = np.meshgrid(across, -across)
    target = turn @ np.stack([x.ravel(), y.ravel(), np.zeros(pixels**2)])
    eye = turn @ np.array([[0.0], [0.0], [-far]])
    direction = (target - eye) / np.linalg.norm(target - eye, axis=0)
    start = eye + shift[:, None] + direction * ((-0.2 - eye[2]) / direction[2])
    return start.astype(np.float32), direction.astype(np.float32)


def _rotation(axis: int, angle: float) -> np.ndarray:
    i, j = [k for k in range(3) if k != axis]
    matrix = np.eye(3)
    matrix[[i, i, j, j], [i, j, i, j]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
    return matrix


def trace(
    solid: Solid, start: np.ndarray, direction: np.ndarray, pixel: float
) -> tuple[np.ndarray, np.ndarray]:
    """March each ray to the first surface.

    Args:
        solid: what to look at.
        start: (3, N) points in front of it.
        direction: (3, N) unit vectors.
        pixel: edge of a pixel, cell edges; half of that counts as arrived.

    Returns:
        Points (3, N) where the rays stopped, and which of them (N,) hit something.
    """
    points, hit = start.copy(), np.zeros(start.shape[1], bool)
    rays, place, heading = np.arange(start.shape[1]), start.copy(), direction
    for _ in range(70):
        distance = solid.distance(place)
        arrived = distance < 0.4 * pixel
        left = ~arrived & (place[2] < DEPTH)
        hit[rays[arrived]] = True
        points[:, rays] = place
        # Short of the full distance: roughness and dross make it an overestimate here and there.
        place = (place + heading * np.maximum(0.75 * distance, 0.25 * pixel))[:, left]
        rays, heading = rays[left], heading[:, left]
        if rays.size == 0:
            break
    return points, hit
