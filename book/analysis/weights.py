"""A trained model as a text that a page can carry, for the reader's own browser to run.

A kernel becomes whole numbers of two or three characters each, six bits a character, with one scale
a channel; all other numbers are written out. `book/_static/explorer/network.js` reads the text and
runs the layers.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

import fplib as fp

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
BASE = len(ALPHABET)
ENCODER, DECODER = 3, 2  # characters a number: a cluster can hang on the last bits, a pixel cannot
CODES = np.frombuffer(ALPHABET.encode(), np.uint8)


def packed(kernel: np.ndarray, characters: int) -> dict[str, Any]:
    """A kernel (..., K) as text: shape, K scales, and some characters a number, row by row."""
    half = BASE**characters // 2
    largest = np.abs(kernel).max(axis=tuple(range(kernel.ndim - 1)))
    scale = np.array(plain(np.where(largest > 0, largest / (half - 1), 1.0)))
    whole = np.rint(kernel / scale).astype(int).ravel() + half
    places = whole[:, np.newaxis] // BASE ** np.arange(characters)[::-1] % BASE
    text = CODES[places].tobytes().decode()
    return {"shape": list(kernel.shape), "scale": plain(scale), "text": text}


def unpacked(told: dict[str, Any]) -> np.ndarray:
    """The kernel that a page gets from `packed`."""
    places = _codes(told["text"]).reshape(math.prod(told["shape"]), -1)
    characters = places.shape[1]
    whole = places @ BASE ** np.arange(characters)[::-1] - BASE**characters // 2
    return whole.reshape(told["shape"]) * np.array(told["scale"])


def pixels(images: np.ndarray) -> list[str]:
    """Images (N, H, W) in [0, 1] as texts, one of 64 grey values a character."""
    whole = np.rint(np.clip(images, 0, 1) * (BASE - 1)).astype(int)
    return [CODES[image.ravel()].tobytes().decode() for image in whole]


def of_pixels(texts: Sequence[str], shape: tuple[int, ...]) -> np.ndarray:
    """The images that a page gets from `pixels`, float32."""
    found = np.array([_codes(text) for text in texts])
    return (found.reshape(-1, *shape) / (BASE - 1)).astype(np.float32)


def network(of: keras.Model, characters: int) -> list[dict[str, Any]]:
    """The layers of an encoder or a decoder, in order.

    Args:
        of: the network.
        characters: a number of a kernel.

    Raises:
        TypeError: a layer that the page cannot run.
    """
    told = (_layer(layer, characters) for layer in of.layers)
    return [each for each in told if each]


def model(
    of: fp.FingerprintModel, encoders: Mapping[str, keras.Model], decoder: str | None = None
) -> dict[str, Any]:
    """All that a page needs in order to ask a model of one expert modality.

    Args:
        of: the model.
        encoders: those of its encoders that the page runs, by modality.
        decoder: modality whose decoder goes along.

    Returns:
        What becomes JSON; curves and variances are in the units of the model.
    """
    (curve,) = of.scientific
    curves, variance = of.expert_curves(curve).numpy(), np.exp(of.expert_log_variance[curve])
    return {
        "latent": of.latent_dim,
        "bound": of.architecture.log_variance_bound,
        "logWeights": plain(of.mixture.log_weights),
        "means": plain(of.means),
        "logVariances": plain(of.log_variances),
        "scaling": {
            name: [0.0, 1.0] if isinstance(of.modalities[name], fp.Image) else plain(scaling)
            for name, scaling in of.scaling.items()
        },
        "t": plain(of.scientific[curve].t),
        "curves": plain(curves),
        "expertLogVariance": plain(of.expert_log_variance[curve]),
        "variances": plain(variance[:, np.newaxis] + np.zeros_like(curves)),
        "encoders": {name: network(encoder, ENCODER) for name, encoder in encoders.items()},
        "decoder": network(of.decoders[decoder], DECODER) if decoder else None,
    }


def rounded(of: fp.FingerprintModel) -> None:
    """Give a model the kernels that a page gets."""
    groups = ((of.encoders, ENCODER), (of.unimodal, ENCODER), (of.decoders, DECODER))
    for networks, characters in groups:
        for layer in (each for one in networks.values() for each in one.layers):
            if hasattr(layer, "kernel"):
                kernel = _channels_last(layer, layer.kernel.numpy())
                layer.kernel.assign(_channels_last(layer, unpacked(packed(kernel, characters))))


def _layer(layer: layers.Layer, characters: int) -> dict[str, Any] | None:
    if isinstance(layer, layers.InputLayer | layers.Flatten):
        return None
    if isinstance(layer, layers.Reshape):
        shape = list(layer.target_shape)
        return {"kind": "reshape", "shape": [1] * (3 - len(shape)) + shape}
    if isinstance(layer, layers.BatchNormalization):
        scale = layer.gamma / np.sqrt(layer.moving_variance + layer.epsilon)
        offset = layer.beta - layer.moving_mean * scale
        return {"kind": "affine", "scale": plain(scale), "offset": plain(offset)}
    if isinstance(layer, layers.LeakyReLU) and np.isclose(layer.negative_slope, 0.01):
        return {"kind": "leaky"}
    kinds = {
        layers.Dense: "dense",
        layers.Conv1D: "convolution",
        layers.Conv2D: "convolution",
        layers.Conv2DTranspose: "transposed",
    }
    kind = next((kind for cls, kind in kinds.items() if isinstance(layer, cls)), None)
    if kind is None:
        raise TypeError(f"a page cannot run {layer.name!r}, a layer of {type(layer).__name__}")
    kernel = _channels_last(layer, layer.kernel.numpy())
    told = {"kind": kind, "activation": layer.activation.__name__, "bias": plain(layer.bias)}
    if kind != "dense":
        kernel = kernel.reshape((1,) * (4 - kernel.ndim) + kernel.shape)
        told["stride"] = [1] * (2 - len(layer.strides)) + list(layer.strides)
        told["same"] = layer.padding == "same"
    return told | {"kernel": packed(kernel, characters)}


def _channels_last(layer: layers.Layer, kernel: np.ndarray) -> np.ndarray:
    """A kernel with the layer's outputs along the last axis; and that one back."""
    return kernel.swapaxes(2, 3) if isinstance(layer, layers.Conv2DTranspose) else kernel


def plain(values: Any) -> Any:
    """Numbers with seven digits, in lists."""
    array = np.asarray(values, np.float64)
    return [plain(row) for row in array] if array.ndim else float(f"{array:.7g}")


def _codes(text: str) -> np.ndarray:
    """Places of characters in the alphabet."""
    return np.array([ALPHABET.index(character) for character in text])
