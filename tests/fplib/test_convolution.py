"""The transposed convolutions of an image decoder against Keras's layer and plain sums."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from fplib.layers import Conv2DTranspose, transposed_convolution
from tests.support.tolerances import assert_close

CLOSE = 1e-5
SIZES = [(3, 7, 6, 5, 1), (2, 4, 9, 3, 3), (1, 5, 5, 1, 2)]  # N, H, W, C, K


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("side", "stride"), [(1, 1), (3, 1), (5, 1), (3, 2)])
@pytest.mark.parametrize("activation", [None, "relu"])
def test_values_and_gradients_are_those_of_keras(
    sizes: tuple[int, ...], side: int, stride: int, activation: str | None
) -> None:
    n, height, width, channels, maps = sizes
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((n, height, width, channels)), tf.float32)
    size = (n, stride * height, stride * width, maps)
    weight = tf.constant(rng.standard_normal(size), tf.float32)
    weights = [rng.standard_normal((side, side, maps, channels)), rng.standard_normal(maps)]
    found = []
    layers = (
        Conv2DTranspose(maps, side, stride, activation=activation),
        keras.layers.Conv2DTranspose(maps, side, stride, "same", activation=activation),
    )
    for layer in layers:
        layer.build(x.shape)
        layer.set_weights(weights)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(weight * y)
        found.append([y, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])])
    for ours, theirs in zip(*found, strict=True):
        assert_close(ours, theirs.numpy(), CLOSE)


def test_every_pixel_sends_the_kernel_to_its_surroundings() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, 4, 5, 3))
    kernel = rng.standard_normal((3, 3, 2, 3))
    wide = np.zeros((2, 6, 7, 2))  # with a border of one pixel, which is cut off
    for row in range(4):
        for column in range(5):
            sent = np.einsum("nc,ijkc->nijk", x[:, row, column], kernel)
            wide[:, row : row + 3, column : column + 3] += sent
    expected = wide[:, 1:-1, 1:-1]
    arguments = [tf.constant(a, tf.float32) for a in (x, kernel)]
    assert_close(transposed_convolution(*arguments), expected, CLOSE)
    turned = transposed_convolution(arguments[0], tf.reverse(arguments[1], [0, 1]))
    with pytest.raises(AssertionError):
        assert_close(turned, expected, CLOSE)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_any_number_of_images_and_half_precision(jit_compile: bool) -> None:
    """One graph for every length of batch, as `predict` needs it."""
    rng = np.random.default_rng(2)
    kernel = tf.constant(rng.standard_normal((3, 3, 1, 4)), tf.bfloat16)
    run = tf.function(
        lambda x: transposed_convolution(x, kernel),
        input_signature=[tf.TensorSpec([None, 6, 6, 4], tf.bfloat16)],
        jit_compile=jit_compile,
    )
    for n in (1, 3):
        x = tf.constant(rng.standard_normal((n, 6, 6, 4)), tf.bfloat16)
        exact = transposed_convolution(tf.cast(x, tf.float32), tf.cast(kernel, tf.float32))
        found = tf.cast(run(x), tf.float32)
        assert found.shape == (n, 6, 6, 1)
        assert_close(found, exact.numpy(), 0.02)
