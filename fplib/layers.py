"""Keras layers of our own, kept because they are measurably faster here (docs/performance.md):
batch normalisation on TensorFlow's fused kernel, transposed convolutions that suit a processor."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from keras import layers


class BatchNormalization(layers.BatchNormalization):
    """Keras's layer over the last axis, in one kernel each way where Keras uses about twenty.

    In training the batch's mean and variance are used, and the running averages follow them; the
    average of the variance follows its unbiased estimate. Otherwise the running averages are used.
    """

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Normalise (N, ..., K) over all axes but the last."""
        if not training:
            scale = self.gamma * tf.math.rsqrt(self.moving_variance + self.epsilon)
            offset = self.beta - self.moving_mean * scale
            return inputs * tf.cast(scale, inputs.dtype) + tf.cast(offset, inputs.dtype)
        channels = inputs.shape[-1]
        flat = inputs if inputs.shape.rank == 4 else tf.reshape(inputs, [-1, 1, 1, channels])
        found = tf.raw_ops.FusedBatchNormV3(
            x=flat,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        for average, now in (
            (self.moving_mean, found.batch_mean),
            (self.moving_variance, found.batch_variance),
        ):
            average.assign(average * self.momentum + now * (1 - self.momentum))
        return tf.reshape(found.y, tf.shape(inputs))


class Conv2DTranspose(layers.Conv2DTranspose):
    """Keras's layer with zero padding and an odd kernel: the same function, sooner.

    With stride 1 it is meant for one or a few output maps, see `transposed_convolution`. The bias is
    added to an image as one row of numbers, since a row of sixteen is too short for the adding loop.
    """

    def __init__(self, filters: int, kernel_size: int, strides: int = 1, **options: Any) -> None:
        super().__init__(filters, kernel_size, strides=strides, padding="same", **options)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps (N, H, W, C) to (N, stride H, stride W, K)."""
        kernel = tf.cast(tf.convert_to_tensor(self.kernel), inputs.dtype)
        bias = tf.cast(tf.convert_to_tensor(self.bias), inputs.dtype)
        stride, (height, width) = self.strides[0], inputs.shape[1:3]
        if stride == 1:
            maps = transposed_convolution(inputs, kernel)
        else:
            shape = [tf.shape(inputs)[0], stride * height, stride * width, self.filters]
            maps = tf.nn.conv2d_transpose(inputs, kernel, shape, stride, "SAME")
        return self.activation(add_bias(maps, bias))


def add_bias(maps: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Adds one number a map: (N, H, W, K) + (K,)."""
    size = maps.shape[1:]
    row = tf.tile(bias, [math.prod(size[:2])])
    flat = tf.nn.bias_add(tf.reshape(maps, [-1, math.prod(size)]), row)
    return tf.reshape(flat, [-1, *size])


@tf.function  # traced once for each shape: what `custom_gradient` registers, TensorFlow keeps for ever
@tf.custom_gradient
def transposed_convolution(x: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    """Transposed convolution of stride 1 with zero padding; its backward pass is the usual one.

    The kernels of convolutions fill blocks of output maps, and one map leaves most of a block empty.
    A depthwise convolution and a sum over its maps keep the processor's registers full instead.

    Args:
        x: (N, H, W, C).
        kernel: (S, S, K, C), S odd.

    Returns:
        (N, H, W, K).
    """
    maps, channels = kernel.shape[2:]
    flipped = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2])  # a correlation, (S, S, C, K)
    y = tf.nn.depthwise_conv2d(x, flipped, [1, 1, 1, 1], "SAME")  # (N, H, W, C K)
    y = tf.reduce_sum(tf.reshape(y, [-1, *x.shape[1:3], channels, maps]), axis=-2)

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
