"""Changes of a training image that leave its class as it is."""

from __future__ import annotations

import tensorflow as tf


def random_shift(images: tf.Tensor, pixels: int, seed: tf.Tensor) -> tf.Tensor:
    """Move each image by its own whole number of pixels along both axes, filling with zeros.

    Args:
        images: (N, H, W) or (N, H, W, K).
        pixels: largest shift.
        seed: (2,) int32.

    Returns:
        Images of the same shape.
    """
    n, height, width, *channels = images.shape
    wide = width + 2 * pixels
    padding = [[0, 0], [pixels, pixels], [pixels, pixels]] + [[0, 0]] * len(channels)
    padded = tf.reshape(tf.pad(images, padding), [n, (height + 2 * pixels) * wide, *channels])
    down, right = tf.unstack(
        tf.random.stateless_uniform([2, n, 1], seed, 0, 2 * pixels + 1, tf.int32)
    )
    corner = tf.range(height)[:, tf.newaxis] * wide + tf.range(width)  # pixels seen without a shift
    seen = tf.reshape(corner, [1, -1]) + down * wide + right  # (N, H W)
    return tf.reshape(tf.gather(padded, seen, batch_dims=1), images.shape)
