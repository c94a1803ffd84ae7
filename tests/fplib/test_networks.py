"""Encoders and decoders: their layers, and their numbers against NumPy."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from fplib import networks
from fplib.config import PRESETS, Architecture, Curve, Image
from tests.support.models import ARCHITECTURE, BACK, CURVE, FREE_CURVE, IMAGE
from tests.support.tolerances import SINGLE, assert_close

PAPER = PRESETS["paper"].architecture
MNIST = Image("image", (28, 28))
LINE = Curve("curve", np.linspace(0, 1, 20))
STRIDED = Architecture(
    image_channels=(3, 5),
    curve_channels=(3, 4),
    stride=2,
    image_hidden=(6, 5),
    curve_hidden=(7,),
    decoder_hidden=(9,),
    decoder_channels=(4, 5, 6),
    log_variance_bound=8.0,
)


def kinds(network: keras.Model) -> list[str]:
    """Names of the layers that compute something."""
    shape_only = (layers.InputLayer, layers.Reshape, layers.Flatten, layers.Cropping2D)
    return [type(x).__name__ for x in network.layers if not isinstance(x, shape_only)]


def only(network: keras.Model, kind: type) -> list:
    """The layers of one kind."""
    return [layer for layer in network.layers if isinstance(layer, kind)]


# -- Appendix A -----------------------------------------------------------------------------------


def test_paper_image_encoder() -> None:
    network = networks.encoder(MNIST, 3, PAPER, seed=0)
    assert kinds(network) == ["Conv2D", "BatchNormalization"] * 2 + ["Dense"]
    first, second = only(network, layers.Conv2D)
    assert [c.filters for c in (first, second)] == [32, 64]
    assert {c.kernel_size for c in (first, second)} == {(3, 3)}
    assert {c.strides for c in (first, second)} == {(1, 1)}
    assert {c.padding for c in (first, second)} == {"valid"}
    assert {c.activation for c in (first, second)} == {keras.activations.elu}
    assert first.output.shape == (None, 26, 26, 32)
    assert second.output.shape == (None, 24, 24, 64)
    assert only(network, layers.Flatten)[0].output.shape == (None, 36_864)
    (head,) = only(network, layers.Dense)
    assert head.activation is keras.activations.linear
    assert network.output.shape == (None, 6)
    assert network.count_params() == 320 + 18_496 + 4 * 96 + 36_865 * 6


def test_paper_curve_encoder() -> None:
    network = networks.encoder(LINE, 3, PAPER, seed=0)
    assert kinds(network) == ["Conv1D", "BatchNormalization"] * 2 + ["Dense"]
    first, second = only(network, layers.Conv1D)
    assert (first.output.shape, second.output.shape) == ((None, 18, 8), (None, 16, 16))
    assert {c.activation for c in (first, second)} == {keras.activations.elu}
    assert only(network, layers.Flatten)[0].output.shape == (None, 256)
    assert network.output.shape == (None, 6)


def test_paper_image_decoder() -> None:
    network = networks.decoder(MNIST, 3, PAPER, seed=0)
    assert kinds(network) == ["Dense", "LeakyReLU"] + ["Conv2DTranspose"] * 3
    assert only(network, layers.LeakyReLU)[0].negative_slope == 0.01
    assert only(network, layers.Reshape)[0].output.shape == (None, 7, 7, 32)
    transposed = only(network, layers.Conv2DTranspose)
    assert [c.filters for c in transposed] == [64, 32, 1]
    assert [c.strides for c in transposed] == [(2, 2), (2, 2), (1, 1)]
    assert {c.kernel_size for c in transposed} == {(3, 3)}
    relu, linear = keras.activations.relu, keras.activations.linear
    assert [c.activation for c in transposed] == [relu, relu, linear]
    assert [c.output.shape[1] for c in transposed] == [14, 28, 28]
    assert not only(network, layers.BatchNormalization)
    assert not only(network, layers.Cropping2D)
    assert network.output.shape == (None, 28, 28)


def test_paper_decoder_of_a_lattice_image() -> None:
    network = networks.decoder(Image("lattice", (152, 152)), 2, PAPER, seed=0)
    assert only(network, layers.Reshape)[0].output.shape == (None, 38, 38, 32)
    assert network.output.shape == (None, 152, 152)


# -- every other size -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(13, 18), (8, 9), (12, 12), (11, 8, 3), (16, 10, 1)])
@pytest.mark.parametrize("architecture", [ARCHITECTURE, PAPER], ids=["tiny", "paper"])
def test_any_side_and_depth(shape: tuple[int, ...], architecture: Architecture) -> None:
    modality = Image("image", shape)
    images = np.random.default_rng(0).random((2, *shape)).astype(np.float32)
    code = networks.encoder(modality, 2, architecture, seed=0)(images)
    decoded = networks.decoder(modality, 2, architecture, seed=0)(code[:, :2])
    assert code.shape == (2, 4)
    assert decoded.shape == images.shape
    assert np.isfinite(code).all()
    assert np.isfinite(decoded).all()


def test_cropping_keeps_the_first_rows_and_columns() -> None:
    """The cropped network is the whole one without its last rows and columns."""
    cropped = networks.decoder(Image("image", (13, 18)), 2, ARCHITECTURE, seed=3)
    whole = networks.decoder(Image("image", (16, 20)), 2, ARCHITECTURE, seed=3)
    z = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    assert_close(cropped(z), np.asarray(whole(z))[:, :13, :18], SINGLE)


def test_strided_encoder_has_its_extra_layers() -> None:
    network = networks.encoder(IMAGE, 2, STRIDED, seed=0)
    assert kinds(network) == ["Conv2D", "BatchNormalization"] * 2 + [
        "Dense",
        "BatchNormalization",
        "Dense",
        "BatchNormalization",
        "Dense",
    ]
    assert [c.output.shape for c in only(network, layers.Conv2D)] == [
        (None, 6, 6, 3),
        (None, 3, 3, 5),
    ]
    assert [d.units for d in only(network, layers.Dense)] == [6, 5, 4]
    curve = networks.encoder(CURVE, 2, STRIDED, seed=0)
    assert [d.units for d in only(curve, layers.Dense)] == [7, 4]
    decoder = networks.decoder(IMAGE, 2, STRIDED, seed=0)
    assert [d.units for d in only(decoder, layers.Dense)] == [9, 3 * 3 * 4]


def test_black_box_curve_decoder() -> None:
    network = networks.decoder(FREE_CURVE, 2, PAPER, seed=0)
    assert [d.units for d in only(network, layers.Dense)] == [128, 12]
    assert network.output.shape == (None, 12)


# -- seeds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [networks.encoder, networks.decoder])
@pytest.mark.parametrize("modality", [IMAGE, FREE_CURVE], ids=["image", "curve"])
def test_weights_depend_on_the_seed_alone(build: Callable, modality: Image | Curve) -> None:
    def weights(seed: int, elsewhere: int) -> list[np.ndarray]:
        keras.utils.set_random_seed(elsewhere)
        return build(modality, 2, STRIDED, seed).get_weights()

    first, again, other = weights(5, 1), weights(5, 2), weights(6, 1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    random = [i for i, w in enumerate(first) if w.ndim > 1]
    assert random
    assert not any(np.array_equal(first[i], other[i]) for i in random)


def test_equal_layers_of_one_network_differ() -> None:
    alike = Architecture(image_channels=(1, 1), stride=2, image_hidden=(9, 9, 9))
    network = networks.encoder(IMAGE, 2, alike, seed=0)
    first, second = (c.get_weights()[0] for c in only(network, layers.Conv2D))
    assert not np.array_equal(first, second)
    square = [d.get_weights()[0] for d in only(network, layers.Dense)][1:3]
    assert not np.array_equal(*square)


# -- numbers --------------------------------------------------------------------------------------


def scramble(network: keras.Model) -> dict[str, list[np.ndarray]]:
    """Random weights and running averages everywhere; returned by the name of the layer, in float64."""
    rng = np.random.default_rng(0)
    for variable in network.weights:
        drawn = rng.normal(scale=0.5, size=variable.shape)
        variable.assign(np.abs(drawn) + 0.5 if "variance" in variable.path else drawn)
    return {x.name: [w.astype(np.float64) for w in x.get_weights()] for x in network.layers}


def elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)


def normalised(x: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """Batch normalisation by running averages, epsilon 0.001."""
    scale, offset, mean, variance = weights
    return scale * (x - mean) / np.sqrt(variance + 1e-3) + offset


def convolved(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """Correlation over the axes between first and last; stride 2 pads for half the size, more at the end."""
    axes = tuple(range(1, x.ndim - 1))
    if stride == 2:
        wanted = [-(-x.shape[a] // 2) for a in axes]
        total = [max(2 * (w - 1) + 3 - x.shape[a], 0) for a, w in zip(axes, wanted, strict=True)]
        x = np.pad(x, [(0, 0), *((p // 2, p - p // 2) for p in total), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (3,) * len(axes), axes)
    windows = windows[(slice(None), *[slice(None, None, stride)] * len(axes))]
    # (N, out..., K, 3...) times (3..., K, F)
    last = range(windows.ndim - len(axes), windows.ndim)
    return (
        np.tensordot(windows, kernel, ([*last, windows.ndim - len(axes) - 1], [*range(x.ndim - 1)]))
        + bias
    )


def spread(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """Transposed 3 x 3 convolution, one input pixel at a time, cropped to `stride` times the size."""
    n, height, width, _ = x.shape
    full = np.zeros((n, stride * height + 2, stride * width + 2, kernel.shape[2]))
    for i in range(height):
        for j in range(width):
            patch = np.einsum("nk,abfk->nabf", x[:, i, j], kernel)
            full[:, stride * i : stride * i + 3, stride * j : stride * j + 3] += patch
    first = 1 if stride == 1 else 0
    return full[:, first : first + stride * height, first : first + stride * width] + bias


@pytest.mark.parametrize("modality", [IMAGE, BACK, CURVE], ids=["12x12", "10x13", "curve"])
@pytest.mark.parametrize("stride", [1, 2])
def test_encoder_against_numpy(modality: Image | Curve, stride: int) -> None:
    size = Architecture(
        image_channels=(2, 3),
        curve_channels=(2, 3),
        stride=stride,
        image_hidden=(5,),
        curve_hidden=(5,),
    )
    network = networks.encoder(modality, 2, size, seed=0)
    weights = iter([w for w in scramble(network).values() if w])
    x = np.random.default_rng(1).random((3, *modality.shape)).astype(np.float32)
    expected = x.astype(np.float64)[..., np.newaxis]
    for _ in range(2):
        expected = normalised(elu(convolved(expected, *next(weights), stride)), next(weights))
    kernel, bias = next(weights)
    expected = normalised(elu(expected.reshape(3, -1) @ kernel + bias), next(weights))
    kernel, bias = next(weights)
    assert_close(network(x), expected @ kernel + bias, SINGLE)


def test_image_decoder_against_numpy() -> None:
    network = networks.decoder(IMAGE, 2, STRIDED, seed=0)
    weights = iter([w for w in scramble(network).values() if w])
    z = np.random.default_rng(1).normal(size=(3, 2)).astype(np.float32)
    kernel, bias = next(weights)
    x = np.maximum(z @ kernel + bias, 0)
    kernel, bias = next(weights)
    x = x @ kernel + bias
    x = np.where(x > 0, x, 0.01 * x).reshape(3, 3, 3, 4)
    x = np.maximum(spread(x, *next(weights), 2), 0)
    x = np.maximum(spread(x, *next(weights), 2), 0)
    expected = spread(x, *next(weights), 1)[..., 0]
    assert expected.min() < 0  # nothing squeezes the result into [0, 1]
    assert_close(network(z), expected, SINGLE)


def test_curve_decoder_against_numpy() -> None:
    network = networks.decoder(FREE_CURVE, 2, PAPER, seed=0)
    weights = iter([w for w in scramble(network).values() if w])
    z = np.random.default_rng(1).normal(size=(3, 2)).astype(np.float32)
    kernel, bias = next(weights)
    hidden = np.maximum(z @ kernel + bias, 0)
    kernel, bias = next(weights)
    assert_close(network(z), hidden @ kernel + bias, SINGLE)


def test_training_normalises_by_the_batch_and_follows_it() -> None:
    network = networks.encoder(CURVE, 2, ARCHITECTURE, seed=0)
    first = only(network, layers.BatchNormalization)[0]
    x = np.random.default_rng(0).normal(size=(50, 12)).astype(np.float32)
    features = keras.Model(network.input, only(network, layers.Conv1D)[0].output)(x)
    mean = np.asarray(features).mean(axis=(0, 1))
    before = first.moving_mean.numpy()
    network(x, training=False)
    assert np.array_equal(first.moving_mean.numpy(), before)
    for _ in range(60):
        network(x, training=True)
    assert_close(first.moving_mean, mean, 0.01)  # 0.9^60 of the way is left: 0.2 %
    assert not np.allclose(before, mean, atol=0.01)
