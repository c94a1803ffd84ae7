"""Photographs of lattices: light on traced surfaces, seen through a lens and a noisy sensor."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from fplib.data.lattice.geometry import normal_table, sample
from fplib.data.lattice.tracing import POWDER_PERIOD, VIEW, Solid, build, camera, powder, trace

REFERENCE = 304  # pixels along the edge for which lengths in pixels are given


def photograph(
    kind: str, density: float, quality: float, holes: int, pixels: int, rng: np.random.Generator
) -> np.ndarray:
    """Photograph a print, build direction up.

    Args:
        kind: "gyroid" or "octet".
        density: relative density.
        quality: print quality.
        holes: number of flaws within sight.
        pixels: edge of the photograph.
        rng: source of everything that is particular to print, camera and light.

    Returns:
        (pixels, pixels) uint8.
    """
    # One stream each, so the same print is lit and exposed alike at any number of pixels.
    printer, lens, lamp, sensor = rng.spawn(4)
    solid = build(kind, density, quality, holes, printer)
    start, direction = camera(pixels, lens)
    points, hit = trace(solid, start, direction, VIEW / pixels)
    depth = np.where(hit, points[2], 3.0).reshape(pixels, pixels)
    return develop(light(solid, points, hit, direction, depth, lamp), sensor)


def normals(solid: Solid, points: np.ndarray, bumps: float) -> np.ndarray:
    """Return the unit normals (3, N) at points of the surface, with the bumps of powder on it."""
    smooth = np.stack([sample(table, points) for table in normal_table(solid.kind)])
    cut = solid.front - points[2] > sample(solid.table, points)  # the saw was there last
    smooth[:, cut] = np.array([[0.0], [0.0], [-1.0]], np.float32)
    place = points + solid.origin[:, None]
    rough = np.stack([sample(table, place, POWDER_PERIOD) for table in powder()[1]])
    bumpy = smooth - np.float32(bumps) * rough
    return bumpy / np.maximum(np.sqrt(np.sum(bumpy**2, axis=0)), 1e-6)


def light(
    solid: Solid,
    points: np.ndarray,
    hit: np.ndarray,
    direction: np.ndarray,
    depth: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the light (P, P) that each pixel receives.

    I = occlusion · (0.16 + 0.26 head light + shadow · (0.42 Lambert + 0.30 Blinn · glitter)) under
    one lamp from a random side and a weak light beside the lens.
    """
    pixels = len(depth)
    azimuth, elevation = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.0)
    lamp = np.array(
        [
            np.cos(azimuth) * np.cos(elevation),
            np.sin(azimuth) * np.cos(elevation),
            -np.sin(elevation),
        ],
        np.float32,
    )[:, None]
    reach, gloss = rng.uniform(0.55, 0.90), rng.uniform(6.0, 18.0)
    bumps = 0.20 + 0.06 * max(0.0, solid.rough / solid.half / 0.04 - 2.5)

    at, view = points[:, hit], -direction[:, hit]
    normal = normals(solid, at, bumps)
    halfway = (lamp + view) / np.sqrt(np.sum((lamp + view) ** 2, axis=0))
    lambert = np.maximum(np.sum(normal * lamp, axis=0), 0)
    head = np.maximum(np.sum(normal * view, axis=0), 0)
    blinn = np.maximum(np.sum(normal * halfway, axis=0), 0) ** np.float32(gloss)
    glitter = np.exp(0.35 * rng.standard_normal(hit.size)).astype(np.float32)[hit]

    shade = np.ones(hit.size, np.float32)
    shade[hit] = _shadow(solid, at, normal, lamp, rng)
    blur = 1.2 * pixels / REFERENCE
    shade = ndimage.gaussian_filter(shade.reshape(pixels, pixels), blur).ravel()[hit]

    image = np.zeros(hit.size, np.float32)
    image[hit] = 0.16 + 0.26 * head + shade * (0.42 * lambert + 0.30 * blinn * glitter)
    # Less of the surroundings is seen from further in, and from below one's neighbours.
    hollow = depth - ndimage.gaussian_filter(depth, 5 * pixels / REFERENCE)
    occlusion = np.exp(-np.maximum(depth, 0) / reach - 0.9 * np.maximum(hollow, 0))
    return image.reshape(pixels, pixels) * occlusion


def _shadow(
    solid: Solid,
    points: np.ndarray,
    normal: np.ndarray,
    lamp: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return how much of the lamp is seen (N,): the narrowest gap in seven probes towards it."""
    start = points + np.float32(0.02) * normal
    seen = np.ones(points.shape[1], np.float32)
    for step in np.linspace(0.06, 0.75, 7):
        jitter = rng.random(points.shape[1], np.float32) - np.float32(0.5)
        reach = np.float32(step) + np.float32(0.1) * jitter
        gap = solid.distance(start + lamp * reach, fine=False)
        seen = np.minimum(seen, np.clip(0.5 + 5 * gap / reach, 0, 1))
    return seen


def develop(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what the camera stores, (P, P) uint8, of light (P, P).

    Speckle, focus, vignette, uneven light, exposure, contrast, stray light and shot noise vary from
    photograph to photograph, so mean grey says next to nothing about the lattice.
    """
    pixels = len(image)
    focus, vignette = rng.uniform(0.55, 1.25), rng.uniform(0.0, 0.25)
    slope = 0.25 * rng.standard_normal(2)
    gain, gamma, stray = rng.uniform(0.72, 1.05), rng.uniform(0.75, 1.15), rng.uniform(0.0, 0.06)

    image = image * (1 + 0.10 * rng.standard_normal(image.shape))
    image = ndimage.gaussian_filter(image, focus * pixels / REFERENCE)
    y, x = np.meshgrid(*2 * (np.linspace(-0.5, 0.5, pixels),), indexing="ij")
    uneven = np.clip(1 + slope[0] * x + slope[1] * y, 0.3, None)
    image = image * uneven * (1 - vignette * 2 * (x**2 + y**2))
    image = np.clip(gain * image / np.percentile(image, 98), 0, None) ** gamma + stray
    noise = rng.standard_normal(image.shape) * np.sqrt(0.0004 * image + 0.00006)
    return np.rint(255 * np.clip(image + noise, 0, 1)).astype(np.uint8)
