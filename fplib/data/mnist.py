"""MNIST with a synthetic curve: the two-modality benchmark of the paper, from verified bytes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fplib.data import mnist_files
from fplib.data.dataset import Dataset, Split
from fplib.data.memory import aligned

VALIDATION = 6000
POINTS = 20


def mnist(
    noise_std: float | None = None,
    noise_variance: float | None = None,
    seed: int = 0,
    digits: int | None = None,
    folder: str | os.PathLike | None = None,
    cache: str | os.PathLike | None = None,
    slopes: Sequence[float] | None = None,
) -> Dataset:
    """Load MNIST images, each with a curve X2 = c t + eps made from the digit c it shows.

    The curve is synthetic, as in the paper: 20 points of t in [0, 1], slope c in 0 … 9, noise
    eps ~ N(0, noise_std^2) i.i.d. per point, in raw units. The paper writes N(0, 0.01) and
    N(0, 0.5), and its notation does not settle whether the number is a standard deviation or a
    variance; both can be had by name.

    Args:
        noise_std: standard deviation of the noise on each point, raw units; 0.01 by default.
        noise_variance: its variance instead, raw units squared; give one of the two.
        seed: decides the split and the noise. The same seed gives the same standard normal draws
            whatever the noise level, and whatever `digits`.
        digits: keep a stratified subset of so many training digits; each lies in any larger one.
        folder: folder with the four IDX files of MNIST, gzipped or not.
        cache: folder of the cache; by default `FPLIB_CACHE`, else the user's cache folder.
        slopes: of the curves of digits 0 to 9, (10,), raw units; by default the digits themselves.
            Images, ids, labels and noise do not depend on them.

    Returns:
        Splits of 54 000, 6 000 (stratified, from the 60 000 training digits) and 10 000 specimens,
        with "image" (N, 28, 28) float32 in [0, 1] and "curve" (N, 20) float32, raw units. Ids count
        through the 70 000 digits of the files; labels stand apart.

    Raises:
        ValueError: if an argument is out of range, or both noise readings are given.
        DataUnavailableError: if MNIST cannot be had from any source.
    """
    level = curve_noise(noise_std, noise_variance, seed)
    slope = _checked_slopes(slopes)
    files, source = mnist_files.load(folder, cache)
    info = {"source": source} | level
    info |= {} if slopes is None else {"slopes": slope.tolist()}
    return specimens("mnist", files, mnist_files.HASHES, info, digits, slope)


def specimens(
    name: str,
    files: dict[str, np.ndarray],
    hashes: Mapping[str, str],
    info: dict[str, Any],
    digits: int | None,
    slope: np.ndarray,
) -> Dataset:
    """Split images of ten classes, and give each the curve of its class.

    Args:
        name: of the data set.
        files: the four arrays, by the names in `mnist_files.HASHES`.
        hashes: their sha256 sums.
        info: the source, and what `curve_noise` returns.
        digits: keep a stratified subset of so many training specimens.
        slope: of the curve of each class, (10,), raw units.

    Returns:
        Splits as `mnist` has them: "image" (N, 28, 28) and "curve" (N, 20), raw units.

    Raises:
        ValueError: `digits` is out of range.
    """
    labels = files["train-labels"].astype(np.int64)
    test_labels = files["t10k-labels"].astype(np.int64)
    streams = dict(
        zip(("split", "train", "validation", "test"), _streams(info["seed"], 4), strict=True)
    )

    order = stratified_order(labels, streams["split"])
    validation, train = np.sort(order[:VALIDATION]), np.sort(order[VALIDATION:])
    first = order[VALIDATION:][: _checked_digits(digits, len(train))]
    kept = np.searchsorted(train, np.sort(first))

    t = np.linspace(0.0, 1.0, POINTS)

    def split(
        images: np.ndarray, classes: np.ndarray, rows: np.ndarray, stream: str, first_id: int = 0
    ) -> Split:
        curve = curves(slope[classes[rows]], t, info["noise_std"], streams[stream])
        if (
            stream == "train"
        ):  # noise is drawn for all of them first, so it does not depend on `digits`
            rows, curve = rows[kept], curve[kept]
        image = aligned((len(rows), *images.shape[1:]))
        np.divide(images[rows], np.float32(255), out=image)
        return Split({"image": image, "curve": curve}, ids=rows + first_id, labels=classes[rows])

    return Dataset(
        name=name,
        train=split(files["train-images"], labels, train, "train"),
        validation=split(files["train-images"], labels, validation, "validation"),
        test=split(
            files["t10k-images"], test_labels, np.arange(len(test_labels)), "test", len(labels)
        ),
        t=t.astype(np.float32),
        synthetic=("curve",),
        hashes=dict(hashes),
        info=info | {"digits": len(kept)},
    )


def curves(
    slopes: np.ndarray, t: np.ndarray, noise_std: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the synthetic modality X2 = c t + eps (Section 4 of the paper).

    Args:
        slopes: (N,) slope c of each specimen, raw units.
        t: (T,) grid in [0, 1].
        noise_std: standard deviation of eps, raw units.
        rng: source of the noise.

    Returns:
        (N, T) float32, raw units.
    """
    noise = rng.standard_normal((len(slopes), len(t)))
    return (slopes[:, None] * t + noise_std * noise).astype(np.float32)


def stratified_order(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a random order of which every leading part holds the classes in proportion.

    Each class is shuffled and spread evenly: the k-th of its n members goes (k + 1/2) / n of the
    way. So one order gives both the split and subsets that contain each other.

    Args:
        labels: (N,) classes.
        rng: source of the order.

    Returns:
        (N,) indices.
    """
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.lexsort((rng.random(len(labels)), position))


def curve_noise(noise_std: float | None, noise_variance: float | None, seed: int) -> dict[str, Any]:
    """Return the seed, and the noise of the curves in both readings of the paper.

    Args:
        noise_std: standard deviation on each point, raw units; 0.01 when neither is given.
        noise_variance: its variance instead, raw units squared.
        seed: of split and noise, at least 0.

    Raises:
        ValueError: if an argument is out of range, or both noise readings are given.
    """
    std = _noise_std(noise_std, noise_variance)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed: expected an integer ≥ 0, received {seed!r}.")
    return {
        "seed": int(seed),
        "noise_std": std,
        "noise_variance": std**2,
        "noise_reading": "std" if noise_variance is None else "variance",
    }


def _streams(seed: int, n: int) -> list[np.random.Generator]:
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(n)]


def _noise_std(noise_std: float | None, noise_variance: float | None) -> float:
    if noise_std is not None and noise_variance is not None:
        raise ValueError(
            f"noise_std, noise_variance: expected one of them, received {noise_std!r} and "
            f"{noise_variance!r}; they are two readings of one number, so set the other to None."
        )
    if noise_variance is not None:
        name, value = "noise_variance", noise_variance
    else:
        name, value = "noise_std", 0.01 if noise_std is None else noise_std
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < math.inf:
        raise ValueError(f"{name}: expected a finite number ≥ 0, received {value!r}.")
    return number if name == "noise_std" else math.sqrt(number)


def _checked_slopes(slopes: Sequence[float] | None) -> np.ndarray:
    if slopes is None:
        return np.arange(10)
    try:
        found = np.array(slopes, np.float64)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape != (10,) or not np.isfinite(found).all():
        raise ValueError(
            f"slopes: expected 10 finite numbers, one a digit, or None for the digits themselves, "
            f"received {slopes!r}."
        )
    return found


def _checked_digits(digits: int | None, available: int) -> int:
    if digits is None:
        return available
    if (
        isinstance(digits, bool)
        or not isinstance(digits, int | np.integer)
        or not 1 <= digits <= available
    ):
        raise ValueError(
            f"digits: expected an integer in 1 … {available}, or None for all, received {digits!r}."
        )
    return int(digits)
