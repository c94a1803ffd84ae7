"""Tests of what the paper says about networks, digits, curves and lattices.

Each function computes the printed form beside ours and raises AssertionError unless they come out
as the errata page says. Letters: N specimens, T points on a curve.
"""

from __future__ import annotations

import itertools
import math

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from scipy.stats import norm
from sklearn.model_selection import train_test_split

from fplib import experts, metrics, networks
from fplib.config import PRESETS, Architecture, Image
from fplib.mixture import Moments


def decoder_strides() -> pd.DataFrame:
    """Sides of the maps in the image decoder, for the printed strides and for those that fit."""
    rows = []
    for side, strides in itertools.product((28, 152), ((3, 3, 1), (2, 2, 1))):
        sides = [side // 4]
        for stride in strides:
            layer = keras.layers.Conv2DTranspose(1, 3, strides=stride, padding="same")
            sides.append(layer.compute_output_shape((None, sides[-1], sides[-1], 1))[1])
        fits = sides[-1] == side
        assert fits == (strides == (2, 2, 1))
        words = "fits" if fits else "too large"
        rows.append((side, ", ".join(map(str, strides)), " → ".join(map(str, sides)), words))
    return pd.DataFrame(rows, columns=["image", "strides", "sides of the maps", ""])


def encoder_cost() -> pd.DataFrame:
    """Size of the bare image encoder and its multiplications, with stride 1 and with stride 2."""
    rows = []
    for side, stride in itertools.product((28, 152), (1, 2)):
        network = networks.encoder(Image("image", (side, side)), 3, Architecture(stride=stride), 0)
        layers = [layer for layer in network.layers if hasattr(layer, "kernel")]
        # a kernel is applied at every position of the map that it makes
        products = sum(
            math.prod((*layer.output.shape[1:-1], *layer.kernel.shape)) for layer in layers
        )
        head = layers[-1].kernel.shape[0]
        rows.append((side, stride, head, network.count_params(), products / 1e6))
    table = pd.DataFrame(
        rows, columns=["image", "stride", "inputs of the head", "parameters", "million products"]
    )
    million = table["million products"]
    assert (million[::2].to_numpy() > 10 * million[1::2].to_numpy()).all()
    return table


def order_of_layers(images: np.ndarray, seed: int) -> dict[str, float]:
    """What the next layer receives: ELU before batch normalisation, and after it.

    Args:
        images: digits, (N, 28, 28).
        seed: of the first layer's weights.
    """
    kernel = keras.initializers.GlorotUniform(seed=seed)
    maps = keras.layers.Conv2D(32, 3, kernel_initializer=kernel)(images[..., np.newaxis])
    normalise = keras.layers.BatchNormalization(epsilon=1e-6)
    orders = {
        "elu_first": normalise(keras.activations.elu(maps), training=True),
        "elu_last": keras.activations.elu(normalise(maps, training=True)),
    }
    found: dict[str, float] = {}
    for name, features in orders.items():
        features = np.asarray(features)
        used = features[..., features.std(axis=(0, 1, 2)) > 1e-3]  # filters that react at all
        found |= {f"order.{name}.mean": used.mean(), f"order.{name}.std": used.std()}
    assert abs(found["order.elu_first.mean"]) < 0.02 < found["order.elu_last.mean"]
    return found


def negative_outputs(images: np.ndarray, seed: int) -> dict[str, float]:
    """Percentage of negative “standard deviations” from an untrained encoder of Appendix A.

    Args:
        images: digits, (N, 28, 28).
        seed: of the encoder's weights.
    """
    untrained = networks.encoder(Image("image"), 3, PRESETS["paper"].architecture, seed)
    share = (untrained.predict(images, verbose=0)[:, 3:] < 0).mean()
    assert 0.05 < share < 0.95
    return {"head.negative": 100 * share}


def ceilings(labels: np.ndarray, t: np.ndarray) -> pd.DataFrame:
    """Accuracy of the best rule on the curve alone, for every reading of the paper's noise.

    Args:
        labels: digits, which are the slopes, (N,).
        t: points of the curve, (T,).
    """
    rows = []
    for (data, number), word in itertools.product(
        (("clean", 0.01), ("noisy", 0.5)), ("standard deviation", "variance")
    ):
        std = number if word == "standard deviation" else math.sqrt(number)
        inside = norm.cdf(np.array([0.5, 0.5 / 9]) * math.sqrt(t @ t) / std)[:, np.newaxis]
        outermost = (labels == 0) | (labels == 9)  # neighbours at one side only
        raw, scaled = np.where(outermost, inside, 2 * inside - 1).mean(axis=1)
        rows.append((f"{data}, {number:g}", word, raw, scaled))
    table = pd.DataFrame(rows, columns=["data", "the number is a", "raw units", "after scaling"])
    assert table["raw units"][1] > 0.9999 > table["after scaling"][1]
    return table


def scaled_curves(curves: np.ndarray, labels: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """What scaling noisy curves to [0, 1] by their extremes does to lines through the origin.

    Args:
        curves: noisy, in raw units, (N, T).
        labels: digits, (N,).
        t: points of the curve, (T,).
    """
    low, high = curves.min(), curves.max()
    scaled = (curves - low) / (high - low)
    lines = experts.weighted_least_squares(experts.Affine(), t, np.eye(10)[labels], scaled)
    offset, step = lines[:, 0].mean(), 1 / (high - low)
    assert abs(offset) > step
    nats = 0.5 * (t @ t)  # by which a curve prefers its own line to the neighbour's
    return {
        "scaling.nats_raw": nats,
        "scaling.nats_scaled": nats / 81,
        "scaling.offset": offset,
        "scaling.step": step,
    }


def independent_noise(
    clean: dict, noisy: dict, labels: np.ndarray, t: np.ndarray
) -> dict[str, float]:
    """Images of both data sets are equal, and the noise of neighbouring points is uncorrelated.

    Args:
        clean: images (N, 28, 28) and curves (N, T) with little noise.
        noisy: the same with more.
        labels: digits, (N,).
        t: points of the curve, (T,).
    """
    assert np.array_equal(clean["image"], noisy["image"])
    noise = noisy["curve"] - labels[:, np.newaxis] * t
    left, right = noise[:, :-1].ravel(), noise[:, 1:].ravel()
    correlation, error = np.corrcoef(left, right)[0, 1], 1 / math.sqrt(left.size)
    assert abs(correlation) < 5 * error
    return {"noise.correlation": correlation, "noise.standard_error": error}


def noise_of_the_experts(curves: np.ndarray, labels: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """What a standard deviation fixed at one costs on clean curves, in nats a curve.

    Args:
        curves: clean, (N, T).
        labels: digits, (N,).
        t: points of the curve, (T,).
    """
    line, gamma = experts.Proportional(), np.eye(10)[labels]
    predictions = line.predict(t, experts.weighted_least_squares(line, t, gamma, curves))
    moments = Moments.of(tf.constant(gamma), tf.constant(curves))
    variance = experts.noise_variance(moments.mean.numpy(), moments.variance.numpy(), predictions)

    def likelihood(variance: np.ndarray) -> float:
        parts = (tf.constant(part) for part in (curves, predictions, np.log(variance)))
        every = experts.log_likelihood(*parts)
        return np.take_along_axis(every.numpy(), labels[:, np.newaxis], axis=1).mean()

    lost, std = likelihood(variance) - likelihood(np.ones(10)), math.sqrt(variance.mean())
    assert lost > 50
    assert abs(std / 0.01 - 1) < 0.02
    return {"expert.nats": lost, "expert.std": std}


def intercepts(curves: np.ndarray, labels: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """Intercept of lines fitted to clean curves, with its standard error.

    Args:
        curves: clean, (N, T).
        labels: digits, (N,).
        t: points of the curve, (T,).
    """
    lines = experts.weighted_least_squares(experts.Affine(), t, np.eye(10)[labels], curves)
    average = np.average(lines[:, 0], weights=np.bincount(labels))
    design = np.stack([np.ones_like(t), t], axis=1)
    error = 0.01 * math.sqrt(np.linalg.inv(design.T @ design)[0, 0] / len(labels))
    assert abs(average) < 5 * error
    return {"affine.intercept": average, "affine.standard_error": error}


def held_out_lattices() -> dict[str, float]:
    """Which sizes of a test set allow 94.74 %, and the interval of 18 of 19 in percent."""

    def shows(n: int) -> bool:
        return any(f"{100 * k / n:.2f}" == "94.74" for k in range(int(0.94 * n), n + 1))

    test = len(train_test_split(range(91), test_size=0.2)[1])
    assert test == 19
    assert shows(test)
    tiles = [math.ceil(0.2 * 91 * each) for each in (2, 4, 8, 12, 16)]
    assert not any(map(shows, tiles))
    low, high = metrics.interval(18, 19)
    return {
        "lattice.test": test,
        "lattice.limit": min(n for n in range(1, 2_000) if shows(n) and n % 19) - 1,
        "lattice.low": 100 * low,
        "lattice.high": 100 * high,
        "lattice.step": 100 / test,
    }


def different_tiles(seed: int) -> dict[str, float]:
    """Tiles that a photograph yields, and how many of them differ: our scheme and the release's."""
    photograph = np.random.default_rng(seed).random((314, 304))  # the release's rows end at 314
    quadrants = [photograph[i : i + 152, j : j + 152] for i in (0, 152) for j in (0, 152)]
    ours = [np.flip(q, axes) for q in quadrants for axes in ((), (0,), (1,), (0, 1))]
    two = 2 * [photograph[10:162, :152], photograph[162:314, 152:]]
    release = two + [np.rot90(q, 2) for q in two]
    different = [len({tile.tobytes() for tile in tiles}) for tiles in (ours, release)]
    assert different == [16, 4]
    return {
        "tiles.ours": different[0],
        "tiles.ours_all": len(ours),
        "tiles.release": different[1],
        "tiles.release_all": len(release),
    }
