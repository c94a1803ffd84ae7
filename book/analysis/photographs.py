"""Photographs made ready for an encoder: even light, as many pixels as are needed; and their spectra.

Letters: N images, H x W pixels.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from fplib.checks import natural, positive

DARK = 0.02  # added to the light before dividing by it: keeps the noise of black corners down
BRIGHT = 2.5  # grey value, in units of the local light, that becomes white


def even_light(images: np.ndarray, radius: float) -> np.ndarray:
    """Divide every image by its local light, a Gaussian mean of itself (flat-field correction).

    Exposure, vignette and the direction of a lamp differ between photographs and say nothing about
    the specimen. What is finer than the radius remains.

    Args:
        images: grey values in [0, 1], (N, H, W).
        radius: standard deviation of the Gaussian, pixels.

    Returns:
        The same shape, float32 in [0, 1].

    Raises:
        ValueError: another shape, or a radius that is not positive.
    """
    images = _checked(images)
    light = gaussian_filter(images, (0, *2 * [positive("radius", radius)]))
    return np.clip(images / (BRIGHT * (light + DARK)), 0, 1)


def area_mean(images: np.ndarray, factor: int) -> np.ndarray:
    """Average squares of factor x factor pixels; rows and columns left over are cut off.

    Args:
        images: grey values, (N, H, W).
        factor: edge of a square, pixels.

    Returns:
        (N, H // factor, W // factor), float32.

    Raises:
        ValueError: another shape, or a factor larger than the image.
    """
    images = _checked(images)
    factor = natural("factor", factor)
    n, height, width = len(images), *(side // factor for side in images.shape[1:])
    if not height or not width:
        raise ValueError(f"factor: expected at most the image's side, received {factor}.")
    images = images[:, : height * factor, : width * factor]
    return images.reshape(n, height, factor, width, factor).mean(axis=(2, 4))


def power_spectrum(images: np.ndarray, cycles: int = 32) -> np.ndarray:
    """Root of the power at each frequency, which moving a pattern in the frame leaves as it is.

    Borders are faded out (Hann window), and every spectrum has a total power of one, so that
    brightness and contrast do not count.

    Args:
        images: grey values, (N, H, W).
        cycles: highest frequency that is kept, cycles over the image.

    Returns:
        One row an image, (N, F), float32; half of the plane, the other is its mirror image.

    Raises:
        ValueError: another shape.
    """
    images = _checked(images)
    images = images - images.mean(axis=(1, 2), keepdims=True)
    height, width = images.shape[1:]
    window = np.hanning(height)[:, np.newaxis] * np.hanning(width)
    power = np.square(np.abs(np.fft.rfft2(images * window)))
    rows = np.abs(np.fft.fftfreq(height, 1 / height)) <= cycles
    total = power.sum(axis=(1, 2), keepdims=True)
    kept = power[:, rows, : cycles + 1] / np.maximum(total, np.finfo(float).tiny)
    return np.sqrt(kept).reshape(len(images), -1).astype(np.float32)


def _checked(images: np.ndarray) -> np.ndarray:
    images = np.asarray(images, np.float32)
    if images.ndim != 3:
        raise ValueError(f"images: expected shape (N, H, W), received {images.shape}.")
    return images
