"""Checks of arguments: single values, and the arrays that `metrics` takes.

Each error names the argument, what was expected, what was received and, where there is one, a remedy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm


def natural(name: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; received {value!r}.")
    return int(value)


def positive(name: str, value: Any, zero: bool = False) -> float:
    """A finite number above zero (or zero itself when allowed)."""
    good = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not good or value < 0 or (value == 0 and not zero):
        raise ValueError(
            f"{name} must be a finite number {'of at least' if zero else 'above'} 0; received {value!r}."
        )
    return float(value)


def fraction(name: str, value: Any) -> float:
    """A number in [0, 1]."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= float(value) <= 1:
        raise ValueError(f"{name} must lie in [0, 1]; received {value!r}.")
    return float(value)


def choice(name: str, value: Any, options: Sequence[Any]) -> Any:
    """One of a few values."""
    if value not in options:
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, options))}; received {value!r}."
        )
    return value


def word(name: str, value: Any) -> str:
    """A name of letters, digits and underscores, as files and records can carry it."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]\w*", value, re.ASCII):
        raise ValueError(
            f"{name} must be letters, digits and underscores, a letter first; received {value!r}."
        )
    return value


def sequence(name: str, value: Any) -> tuple:
    """A tuple of what was given as a list, tuple or array."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise ValueError(f"{name} must be a tuple of whole numbers; received {value!r}.")
    return tuple(value)


OTHER_KINDS = {
    "c": ("complex numbers", "Take the real part or the modulus"),
    "U": ("text", "Convert it with .astype(float)"),
    "T": ("text", "Convert it with .astype(float)"),
    "S": ("bytes", "Convert them with .astype(float)"),
    "M": ("dates", "Count them from a first one, (x - x[0]) / np.timedelta64(1, 's')"),
    "m": ("time spans", "Divide them by a unit, x / np.timedelta64(1, 's')"),
    "V": ("records or numbers of a foreign type", "Take one field, or convert with .astype(float)"),
    "O": ("Python objects", "Convert them with .astype(float) if each is a number"),
}


def numbers(name: str, value: Any, dtype: type = np.float32) -> np.ndarray:
    """An array of plain numbers (floating point, integers or Booleans) as `dtype`.

    Raises:
        ValueError: anything that NumPy would convert in silence (text, complex numbers, dates,
            masked values), rows of different lengths, values beyond the range of `dtype`.
    """
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers, all rows alike; {error}.") from error
    if array.dtype.kind not in "fiub":
        kind, remedy = OTHER_KINDS[array.dtype.kind]
        raise ValueError(
            f"{name} must hold numbers; received {kind} ({array.dtype}). {remedy}, or repair what "
            "is no number."
        )
    if masked(value):
        raise ValueError(
            f"{name} holds masked values, and what lies under a mask is no measurement. Drop these "
            "specimens, or fill them with .filled(value) if you know better."
        )
    with np.errstate(over="ignore", under="ignore"):
        converted: np.ndarray = array.astype(dtype, copy=False)
    if array.dtype.itemsize > converted.dtype.itemsize:
        beyond = np.isinf(converted) & np.isfinite(array)
        if beyond.any():
            raise ValueError(
                f"{name} holds {array[beyond][0]:.3g}, beyond the range of {converted.dtype} "
                f"(±{np.finfo(dtype).max:.3g}); choose another unit."
            )
    return converted


def masked(value: Any) -> bool:
    """Whether an array, or one in a list of arrays, hides values under a mask."""
    if isinstance(value, list | tuple):
        return any(masked(v) for v in value if type(v) is not float)
    return isinstance(value, np.ma.MaskedArray) and bool(np.ma.getmaskarray(value).any())


def contingency(
    labels: ArrayLike, clusters: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts (C, K) of cluster against label, the C cluster ids and the K classes, sorted."""
    labels, clusters = pair(labels, clusters)
    classes, k = np.unique(labels, return_inverse=True)
    cluster_ids, c = np.unique(clusters, return_inverse=True)
    counts = np.zeros((len(cluster_ids), len(classes)), dtype=np.int64)
    np.add.at(counts, (c, k), 1)
    return counts, cluster_ids, classes


def pair(labels: ArrayLike, clusters: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Labels and clusters as checked arrays (N,) of one length."""
    labels, clusters = discrete(labels, "labels"), discrete(clusters, "clusters")
    if labels.shape != clusters.shape:
        raise ValueError(
            f"labels and clusters: expected one of each per specimen, received {labels.size} "
            f"labels and {clusters.size} clusters."
        )
    return labels, clusters


def discrete(values: ArrayLike, name: str) -> np.ndarray:
    """A checked array (N,) of integers, Booleans or strings."""
    array = np.asarray(values)
    if array.ndim != 1 or array.size == 0:
        hint = " Take the arg max over axis 1 first." if array.ndim == 2 else ""
        raise ValueError(
            f"{name}: expected a non-empty array of shape (N,), received shape {array.shape}.{hint}"
        )
    if array.dtype.kind not in "iubU":
        raise ValueError(
            f"{name}: expected integers or strings, received {array.dtype}. "
            "Convert it with .astype(int) if the values are whole numbers."
        )
    return array


def responsibility_rows(values: ArrayLike, name: str) -> np.ndarray:
    """Checked responsibilities (N, C), float64."""
    gamma = numbers(name, values, np.float64)
    if gamma.ndim != 2 or gamma.size == 0:
        raise ValueError(
            f"{name}: expected responsibilities of shape (N, C), received shape {gamma.shape}."
        )
    # float32 softmax rows are off by at most C rounding errors; 1e-3 tells that from logits.
    if not (gamma >= 0).all() or not (np.abs(gamma.sum(axis=1) - 1) < 1e-3).all():
        raise ValueError(
            f"{name}: expected rows of probabilities that sum to 1, received values from "
            f"{gamma.min():.4g} to {gamma.max():.4g} with row sums from "
            f"{gamma.sum(axis=1).min():.4g} to {gamma.sum(axis=1).max():.4g}. "
            "Pass probabilities, not logarithms."
        )
    return gamma


def quantile(level: float) -> float:
    """Half-width, in standard deviations, of the central Gaussian interval of this level."""
    if not isinstance(level, Real) or not 0 < level < 1:
        raise ValueError(f"level: expected a probability in (0, 1), received {level!r}.")
    return float(norm.ppf(0.5 + level / 2))
