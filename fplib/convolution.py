"""The transposed convolution that ends an image decoder, in a form that suits one or a few output maps."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from keras import layers


class Conv2DTranspose(layers.Conv2DTranspose):
    """Keras's layer with stride 1, zero padding and an odd kernel: the same function, sooner.

    The kernels of convolutions fill blocks of output maps, and one map leaves most of a block empty.
    A depthwise convolution and a sum over its maps keep the processor's registers full instead.
    """

    def __init__(self, filters: int, kernel_size: int, **options: Any) -> None:
        super().__init__(filters, kernel_size, padding="same", **options)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps (N, H, W, C) to (N, H, W, K)."""
        kernel = tf.cast(tf.convert_to_tensor(self.kernel), inputs.dtype)
        return transposed_convolution(inputs, kernel) + tf.cast(self.bias, inputs.dtype)


@tf.custom_gradient
def transposed_convolution(x: tf.Tensor, kernel: tf.Tensor):
    """Transposed convolution of stride 1 with zero padding; its backward pass is the usual one.

    Args:
        x: (N, H, W, C).
        kernel: (S, S, K, C), S odd.

    Returns:
        (N, H, W, K).
    """
    maps, channels = kernel.shape[2:]
    flipped = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2])  # a correlation, (S, S, C, K)
    y = tf.nn.depthwise_conv2d(x, flipped, [1, 1, 1, 1], "SAME")  # (N, H, W, C K)
    y = tf.reduce_sum(tf.reshape(y, [*tf.unstack(tf.shape(x)[:3]), channels, maps]), axis=-2)

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        to_kernel = tf.raw_ops.Conv2DBackpropFilter(
            input=upstream,
            filter_sizes=tf.shape(kernel),
            out_backprop=x,
            strides=[1, 1, 1, 1],
            padding="SAME",
        )
        return tf.nn.conv2d(upstream, kernel, 1, "SAME"), to_kernel

    return y, gradient
