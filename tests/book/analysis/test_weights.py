"""What a page carries of a model is the model, to the last bit that it says it has."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from book.analysis import display, weights
from tests.support.explorer import page_models


@pytest.mark.parametrize("characters", [2, 3])
def test_a_kernel_comes_back_within_half_a_step(rng, characters) -> None:
    kernel = rng.normal(size=(3, 3, 4, 5)) * 10.0 ** np.arange(-2, 3)
    told = weights.packed(kernel, characters)
    step = np.abs(kernel).max(axis=(0, 1, 2)) / (64**characters // 2 - 1)
    assert len(told["text"]) == characters * kernel.size
    assert np.all(np.abs(weights.unpacked(told) - kernel) <= 0.5001 * step)


def test_rounding_twice_is_rounding_once(rng) -> None:
    once = weights.unpacked(weights.packed(rng.normal(size=(7, 3)), 2))
    assert np.allclose(weights.unpacked(weights.packed(once, 2)), once, rtol=1e-7)


def test_a_channel_of_zeros_stays_zero() -> None:
    kernel = np.zeros((4, 2))
    kernel[:, 1] = [1, -1, 0.5, 0]
    assert np.array_equal(weights.unpacked(weights.packed(kernel, 2))[:, 0], np.zeros(4))


def test_pixels_come_back_to_a_sixty_fourth(rng) -> None:
    images = rng.random((3, 5, 5))
    texts = weights.pixels(images)
    assert [len(text) for text in texts] == [25] * 3
    assert np.abs(weights.of_pixels(texts, (5, 5)) - images).max() <= 0.5001 / 63
    assert weights.pixels(weights.of_pixels(texts, (5, 5))) == texts


def test_a_layer_that_the_page_cannot_run_is_refused_by_name() -> None:
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.MaxPooling2D(name="largest")])
    with pytest.raises(TypeError, match="largest"):
        weights.network(model, 2)


def test_networks_are_told_layer_by_layer() -> None:
    model, _ = page_models()
    told = weights.model(model, model.encoders, "image")
    kinds = [layer["kind"] for layer in told["encoders"]["image"]]
    assert kinds == ["reshape", *["convolution", "affine"] * 2, *["dense", "affine"] * 2, "dense"]
    assert [layer["kind"] for layer in told["decoder"]].count("transposed") == 3
    whole = sum(np.size(w) for w in model.encoders["image"].weights if "kernel" in w.path)
    only = {"model": told | {"encoders": {"image": told["encoders"]["image"]}, "decoder": None}}
    assert display.count(only) == whole


def test_a_rounded_model_has_the_kernels_of_the_page() -> None:
    model, _ = page_models()
    told = weights.model(model, model.encoders, "image")
    weights.rounded(model)
    for name, characters in (("encoders", weights.ENCODER), ("decoders", weights.DECODER)):
        network = getattr(model, name)["image"]
        before = told["encoders"]["image"] if name == "encoders" else told["decoder"]
        again = weights.network(network, characters)
        assert [x.get("kernel", {}).get("text") for x in before] == [
            x.get("kernel", {}).get("text") for x in again
        ]
