"""Between arrays and tensors: checks of what comes in, and evaluation in batches that fit in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from fplib.checks import numbers
from fplib.config import Curve, Image
from fplib.runtime import PIECES, graph

BATCH = 250  # more would be no faster and take more memory than training does
LARGEST, SMALLEST = 1e15, 1e-12  # of curves: likelihoods square residuals in single precision


def check_data(
    data: Mapping[str, ArrayLike], modalities: Mapping[str, Image | Curve], complete: bool = False
) -> dict[str, np.ndarray]:
    """Arrays of the known modalities as float32, or an error that names what is wrong and where.

    Args:
        data: modality name -> array, (N, ...).
        modalities: the model's modalities by name.
        complete: require every modality.

    Returns:
        The arrays, in the model's order.

    Raises:
        TypeError: data is not a mapping.
        ValueError: unknown or missing names, wrong shapes, different N, values that are not finite,
            pixels outside [0, 1].
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"data must map modality names to arrays; received {type(data).__name__}.")
    unknown = set(data) - set(modalities)
    if unknown or not len(data):
        raise ValueError(
            f"data has {sorted(map(str, data))!r}; the model knows the modalities {sorted(modalities)!r}."
        )
    if complete and set(data) != set(modalities):
        missing = sorted(set(modalities) - set(data))
        raise ValueError(
            f"data lacks the modalities {missing!r}; training needs all of {sorted(modalities)!r}."
        )
    checked = {}
    for name in (n for n in modalities if n in data):
        array = numbers(f"data[{name!r}]", data[name])
        if array.shape[1:] != modalities[name].shape or array.ndim < 2 or len(array) == 0:
            raise ValueError(
                f"data[{name!r}] must have shape (N, {', '.join(map(str, modalities[name].shape))}) with N >= 1; "
                f"received {array.shape}."
            )
        if not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            raise ValueError(
                f"data[{name!r}] holds values that are not finite, first in specimen {row}; drop or repair it."
            )
        if isinstance(modalities[name], Image) and (array.min() < 0 or array.max() > 1):
            raise ValueError(
                f"data[{name!r}] must hold pixels in [0, 1]; received [{array.min():g}, {array.max():g}]. "
                "Divide by the largest value of the data type, for example 255."
            )
        if isinstance(modalities[name], Curve) and max(array.max(), -array.min()) > LARGEST:
            raise ValueError(
                f"data[{name!r}] must stay within ±{LARGEST:g}; received [{array.min():g}, "
                f"{array.max():g}]. Choose another unit."
            )
        checked[name] = array
    counts = {name: len(array) for name, array in checked.items()}
    if len(set(counts.values())) > 1:
        raise ValueError(
            f"Modalities must describe the same specimens; received {counts!r} of them."
        )
    return checked


def check_varying(data: Mapping[str, np.ndarray], modalities: Mapping[str, Image | Curve]) -> None:
    """Refuse training curves that say nothing: constant, or too small for single precision.

    Args:
        data: from `check_data`.
        modalities: the model's modalities by name.

    Raises:
        ValueError: names the modality.
    """
    for name, modality in modalities.items():
        x = data[name]
        if not isinstance(modality, Curve):
            continue
        largest = max(float(x.max()), -float(x.min()))
        if np.std(x, dtype=np.float64) <= 1e-6 * largest:
            raise ValueError(
                f"data[{name!r}] is constant: every value is {x.flat[0]:g} up to rounding. Leave the "
                "modality out, or take off a common offset."
            )
        if largest < SMALLEST:
            raise ValueError(
                f"data[{name!r}] must exceed {SMALLEST:g} somewhere; its largest value is "
                f"{largest:g}. Choose another unit."
            )


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """A tensor of an array that shares its memory if that is aligned, else one copy.

    `tf.constant` would keep a second copy.
    """
    return tf.raw_ops.Identity(input=array)


def compile(function: Callable, data: Mapping[str, np.ndarray]) -> Callable:
    """A graph of a function of a batch, traced once for every length of batch.

    Args:
        function: mapping of tensors, (n, ...) each -> nested structure of tensors, (n, ...) each.
        data: name -> array, (N, ...); gives names, trailing shapes and types.
    """
    specification = {k: tf.TensorSpec([None, *v.shape[1:]], v.dtype) for k, v in data.items()}
    return graph(function, [specification])


def batches(function: Callable, data: Mapping[str, np.ndarray]) -> Any:
    """Evaluate a compiled function of a batch over whole arrays, a few pieces at a time.

    Args:
        function: from `compile`.
        data: name -> array, (N, ...).

    Returns:
        The structure of its result, of arrays, (N, ...) each.
    """

    def part(first: int) -> Any:
        batch = {k: as_tensor(v[first : first + BATCH]) for k, v in data.items()}
        found = tf.nest.map_structure(lambda x: x.numpy(), function(batch))
        for array in tf.nest.flatten(found):
            if not np.isfinite(array).all():
                row = first + int(np.argwhere(~np.isfinite(array))[0][0])
                raise ValueError(
                    f"The answer for specimen {row} is not finite: its values are too far from "
                    "those that the model was trained on, or the training has failed."
                )
        return found

    n = len(next(iter(data.values())))
    with ThreadPoolExecutor(PIECES) as pool:
        parts = list(pool.map(part, range(0, n, BATCH)))
    return tf.nest.map_structure(lambda *arrays: np.concatenate(arrays), *parts)
