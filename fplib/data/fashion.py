"""Fashion-MNIST with the synthetic curve of `mnist`: pictures on which nothing was ever tuned."""

from __future__ import annotations

import os

import numpy as np

from fplib.data import fashion_files
from fplib.data.dataset import Dataset
from fplib.data.mnist import curve_noise, specimens

GARMENTS = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)  # by label


def fashion_mnist(
    noise_std: float | None = None,
    noise_variance: float | None = None,
    seed: int = 0,
    digits: int | None = None,
    folder: str | os.PathLike | None = None,
    cache: str | os.PathLike | None = None,
) -> Dataset:
    """Load Fashion-MNIST images, each with a curve X2 = c t + eps made from the class c it shows.

    All is as `fplib.data.mnist` has it, number for number: sizes, split, slopes and noise; the
    images show ten kinds of garment (`GARMENTS`) where MNIST's show ten digits.

    Args:
        noise_std: standard deviation of the noise on each point, raw units; 0.01 by default.
        noise_variance: its variance instead, raw units squared; give one of the two.
        seed: decides the split and the noise.
        digits: keep a stratified subset of so many training images.
        folder: folder with the four IDX files of Fashion-MNIST, gzipped or not.
        cache: folder of the cache; by default `FPLIB_CACHE`, else the user's cache folder.

    Returns:
        Splits of 54 000, 6 000 and 10 000 specimens with "image" (N, 28, 28) in [0, 1] and "curve"
        (N, 20), raw units, both float32; labels stand apart.

    Raises:
        ValueError: if an argument is out of range, or both noise readings are given.
        DataUnavailableError: if the files cannot be had from any source.
    """
    level = curve_noise(noise_std, noise_variance, seed)
    files, source = fashion_files.load(folder, cache)
    info = {"source": source} | level
    return specimens("fashion_mnist", files, fashion_files.HASHES, info, digits, np.arange(10))
