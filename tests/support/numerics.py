"""Checks that hold for every function of tensors: derivatives, single precision, extreme inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tests.support.tolerances import DERIVATIVE, SINGLE, STEP, assert_close


def cast(arguments: Any, dtype: tf.DType) -> Any:
    """The same nest of arrays or tensors with another floating-point type."""
    return tf.nest.map_structure(lambda a: tf.cast(a, dtype), arguments)


def assert_single_precision(function: Callable, *arguments: Any, scale: float = 1.0) -> None:
    """Assert that float32 inputs give float32 outputs within SINGLE of float64 at the same points.

    Args:
        function: the implementation.
        arguments: nests of float tensors.
        scale: size of the numbers that the function subtracts from one another.
    """
    single = cast(arguments, tf.float32)
    narrow, wide = function(*single), function(*cast(single, tf.float64))
    for a, b in zip(tf.nest.flatten(narrow), tf.nest.flatten(wide), strict=True):
        assert (a.dtype, b.dtype) == (tf.float32, tf.float64)
        assert_close(a, b, SINGLE, scale)


def assert_gradient(function: Callable, *arguments: Any, directions: int = 3) -> None:
    """Assert that automatic derivatives equal central differences along random directions.

    Args:
        function: the implementation; its outputs are summed with random weights.
        arguments: nests of float64 tensors; all vary at once.
        directions: how many.
    """
    rng = np.random.default_rng(1)
    flat = tf.nest.flatten(arguments)
    weights: list[np.ndarray] = []

    def total(inputs: list[tf.Tensor]) -> tf.Tensor:
        outputs = tf.nest.flatten(function(*tf.nest.pack_sequence_as(arguments, inputs)))
        if not weights:
            weights.extend(rng.normal(size=o.shape) for o in outputs)
        return tf.add_n([tf.reduce_sum(w * o) for w, o in zip(weights, outputs, strict=True)])

    gradients = gradients_of(total, flat)
    for _ in range(directions):
        steps = [rng.normal(size=a.shape) for a in flat]
        forward, backward = (
            float(total([a + sign * STEP * s for a, s in zip(flat, steps, strict=True)]))
            for sign in (1, -1)
        )
        automatic = sum(float(tf.reduce_sum(g * s)) for g, s in zip(gradients, steps, strict=True))
        assert_close(automatic, (forward - backward) / (2 * STEP), DERIVATIVE)


def assert_finite_gradient(function: Callable, *arguments: Any) -> None:
    """Assert that no derivative of the sum of the outputs is NaN or infinite."""
    flat = tf.nest.flatten(arguments)

    def total(inputs: list[tf.Tensor]) -> tf.Tensor:
        outputs = tf.nest.flatten(function(*tf.nest.pack_sequence_as(arguments, inputs)))
        return tf.add_n([tf.reduce_sum(o) for o in outputs])

    for gradient in gradients_of(total, flat):
        assert np.isfinite(gradient).all()


def gradients_of(total: Callable, inputs: list[tf.Tensor]) -> list[tf.Tensor]:
    """Derivatives of a scalar function of a list of tensors; zero where it ignores one."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = total(inputs)
    return tape.gradient(value, inputs, unconnected_gradients="zero")
