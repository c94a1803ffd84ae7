"""Fused batch normalisation against Keras's layer and against plain formulas."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from fplib.layers import BatchNormalization
from tests.support.tolerances import assert_close

SHAPES = [(64, 5), (32, 7, 5), (16, 6, 4, 5)]
CLOSE = 1e-5


def pair(shape: tuple[int, ...]) -> tuple[BatchNormalization, keras.layers.Layer, tf.Tensor]:
    """Both layers with the same weights, none of them trivial, and data far from standardised."""
    rng = np.random.default_rng(0)
    ours = BatchNormalization(momentum=0.9)
    theirs = keras.layers.BatchNormalization(momentum=0.9)
    weights = [rng.uniform(0.5, 2, shape[-1]) for _ in range(4)]
    for layer in (ours, theirs):
        layer.build((None, *shape[1:]))
        layer.set_weights(weights)
    x = 3 + 2 * rng.standard_normal(shape)
    return ours, theirs, tf.constant(x, tf.float32)


@pytest.mark.parametrize("shape", SHAPES)
def test_values_and_gradients_of_training(shape: tuple[int, ...]) -> None:
    ours, theirs, x = pair(shape)
    weight = tf.constant(np.random.default_rng(1).standard_normal(shape), tf.float32)
    found = []
    for layer in (ours, theirs):
        variables = [v.value for v in layer.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(weight * y)
        found.append([y, *tape.gradient(loss, [x, *variables])])
    for mine, other in zip(*found, strict=True):
        assert_close(mine, other.numpy(), CLOSE)


@pytest.mark.parametrize("shape", SHAPES)
def test_running_averages(shape: tuple[int, ...]) -> None:
    """0.9 of the old and 0.1 of the batch's mean and unbiased variance."""
    layer, _, x = pair(shape)
    mean, variance = layer.moving_mean.numpy(), layer.moving_variance.numpy()
    layer(x, training=True)
    flat = x.numpy().reshape(-1, shape[-1]).astype(np.float64)
    assert_close(layer.moving_mean, 0.9 * mean + 0.1 * flat.mean(0), CLOSE)
    assert_close(layer.moving_variance, 0.9 * variance + 0.1 * flat.var(0, ddof=1), CLOSE)
    with pytest.raises(AssertionError):
        assert_close(layer.moving_variance, 0.9 * variance + 0.1 * flat.var(0), CLOSE)


@pytest.mark.parametrize("shape", SHAPES)
def test_inference_uses_and_keeps_the_averages(shape: tuple[int, ...]) -> None:
    ours, theirs, x = pair(shape)
    before = [w.numpy() for w in ours.weights]
    assert_close(ours(x), theirs(x).numpy(), CLOSE)
    for weight, old in zip(ours.weights, before, strict=True):
        assert np.array_equal(weight.numpy(), old)


def test_half_precision_keeps_its_statistics_in_float32() -> None:
    layer = BatchNormalization(momentum=0.9, dtype="mixed_bfloat16")
    x = tf.cast(3 + 2 * np.random.default_rng(0).standard_normal((64, 5)), tf.bfloat16)
    y = layer(x, training=True)
    assert y.dtype == tf.bfloat16
    assert {w.dtype for w in layer.weights} == {"float32"}
    assert_close(np.mean(y.numpy().astype(np.float64), axis=0), np.zeros(5), 0.01)
    assert layer(x).dtype == tf.bfloat16
