"""Changes of a training image that leave its class as it is."""

from __future__ import annotations

from typing import Annotated as Float

import tensorflow as tf

from fplib.shapes import shaped


@shaped
def random_shift(
    images: Float[tf.Tensor, "N *image"], pixels: int, seed: tf.Tensor
) -> Float[tf.Tensor, "N *image"]:
    """Move each image by its own whole number of pixels along both axes, filling with zeros.

    Args:
        images: (N, H, W) or (N, H, W, K).
        pixels: largest shift.
        seed: (2,) int32.

    Returns:
        Images of the same shape.
    """
    n, height, width, *channels = images.shape
    ways, tall = 2 * pixels + 1, height + 2 * pixels
    padding = [[0, 0], [pixels, pixels], [pixels, pixels]] + [[0, 0]] * len(channels)
    padded = tf.pad(images, padding)
    # Rows are copied whole, from one table a way to move sideways; pixel by pixel takes twice as long.
    sideways = tf.stack([padded[:, :, way : way + width] for way in range(ways)], axis=1)
    down, right = tf.unstack(tf.random.stateless_uniform([2, n, 1], seed, 0, ways, tf.int32))
    row = (tf.range(n)[:, tf.newaxis] * ways + right) * tall + down + tf.range(height)  # (N, H)
    return tf.gather(tf.reshape(sideways, [n * ways * tall, width, *channels]), row)
