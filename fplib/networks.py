"""Encoders and decoders of Appendix A of the paper, and the strided variants of the `fast` preset.

Each function returns a Keras model; nothing here knows about mixtures or losses. Letters: N
specimens, L latent dimensions, T points on a curve.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator

import keras
from keras import layers

from fplib.config import Architecture, Curve, Image
from fplib.layers import BatchNormalization, Conv2DTranspose


def _in_its_precision(build: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
    """Build the layers under `architecture.precision`; what a network returns is float32 anyway."""

    @functools.wraps(build)
    def wrapped(
        modality: Image | Curve, latent_dim: int, architecture: Architecture, seed: int
    ) -> keras.Model:
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(architecture.precision)
        try:
            return build(modality, latent_dim, architecture, seed)
        finally:
            keras.config.set_dtype_policy(before)

    return wrapped


@_in_its_precision
def encoder(
    modality: Image | Curve, latent_dim: int, architecture: Architecture, seed: int
) -> keras.Model:
    """Two convolutions (kernel 3, ELU, batch normalisation each) and a linear head for a Gaussian.

    Args:
        modality: an image gets 2-D convolutions, a curve 1-D ones.
        latent_dim: L.
        architecture: sizes and strides.
        seed: of the weight initialisation.

    Returns:
        Model from (N, H, W[, K]) or (N, T) to (N, 2 L): mean and log-variance of q(Z_i|X_i),
        equation (4) of the paper.
    """
    seeds = _seeds(seed)
    image = isinstance(modality, Image)
    channels = architecture.image_channels if image else architecture.curve_channels
    convolution = layers.Conv2D if image else layers.Conv1D
    x = inputs = keras.Input(modality.shape)
    if not (image and len(modality.shape) == 3):
        x = layers.Reshape((*modality.shape, 1))(x)
    for size in channels:
        x = convolution(
            size,
            3,
            strides=architecture.stride,
            padding="valid" if architecture.stride == 1 else "same",
            activation="elu",
            kernel_initializer=_glorot(seeds),
        )(x)
        x = _normalise()(x)
    x = layers.Flatten()(x)
    for size in architecture.image_hidden if image else architecture.curve_hidden:
        x = layers.Dense(size, activation="elu", kernel_initializer=_glorot(seeds))(x)
        x = _normalise()(x)
    x = layers.Dense(2 * latent_dim, kernel_initializer=_glorot(seeds), dtype="float32")(x)
    return keras.Model(inputs, x, name=f"encoder_{modality.name}")


@_in_its_precision
def decoder(
    modality: Image | Curve, latent_dim: int, architecture: Architecture, seed: int
) -> keras.Model:
    """Black-box decoder from a latent point to the mean of p(X_i|Z), equation (11) of the paper.

    An image comes from a dense layer to a feature map of a quarter of the side, then transposed
    convolutions of stride 2, 2, 1 with kernel 3 (the paper prints stride 3, with which no
    quarter-sized map can reach the full side), and no final activation. A curve, which the paper
    always gives an expert, comes from two dense layers.

    Args:
        modality: what to decode.
        latent_dim: L.
        architecture: sizes.
        seed: of the weight initialisation.

    Returns:
        Model from (N, L) to the modality's shape.
    """
    seeds = _seeds(seed)
    x = inputs = keras.Input((latent_dim,))
    for size in architecture.decoder_hidden:
        x = layers.Dense(size, activation="relu", kernel_initializer=_glorot(seeds))(x)
    if isinstance(modality, Curve):
        x = layers.Dense(128, activation="relu", kernel_initializer=_glorot(seeds))(x)
        x = layers.Dense(*modality.shape, kernel_initializer=_glorot(seeds), dtype="float32")(x)
        return keras.Model(inputs, x, name=f"decoder_{modality.name}")
    height, width, *depth = modality.shape
    start = (math.ceil(height / 4), math.ceil(width / 4), architecture.decoder_channels[0])
    # Appendix A gives no activation here; LeakyReLU is what the authors' later release uses
    x = layers.Dense(math.prod(start), kernel_initializer=_glorot(seeds))(x)
    x = layers.LeakyReLU(0.01)(x)
    x = layers.Reshape(start)(x)
    for size in architecture.decoder_channels[1:]:
        x = Conv2DTranspose(size, 3, 2, activation="relu", kernel_initializer=_glorot(seeds))(x)
    channels = depth[0] if depth else 1
    x = Conv2DTranspose(channels, 3, kernel_initializer=_glorot(seeds))(x)
    if (4 * start[0], 4 * start[1]) != (height, width):
        x = layers.Cropping2D(((0, 4 * start[0] - height), (0, 4 * start[1] - width)))(x)
    x = layers.Reshape(modality.shape, dtype="float32")(x)
    return keras.Model(inputs, x, name=f"decoder_{modality.name}")


def _normalise() -> layers.Layer:
    """Batch normalisation whose running averages follow the weights within tens of steps."""
    return BatchNormalization(momentum=0.9)


def _glorot(seeds: Iterator[int]) -> keras.Initializer:
    return keras.initializers.GlorotUniform(seed=next(seeds))


def _seeds(seed: int) -> Iterator[int]:
    """Distinct seeds for the layers of one network."""
    while True:
        yield seed
        seed += 1
