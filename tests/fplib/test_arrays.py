"""What the model accepts as data, what it says to the rest, and evaluation in batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from fplib import arrays
from fplib.arrays import batches, check_data
from fplib.config import Curve
from tests.support.models import BACK, BOTH, CURVE, IMAGE, T, specimens

KNOWN = {m.name: m for m in BOTH}
IMAGES = np.full((4, 12, 12), 0.5, np.float32)
CURVES = np.ones((4, 12), np.float32)


def test_accepted_data_come_back_as_float32_in_the_order_of_the_model() -> None:
    given = {"curve": CURVES.astype(np.float64).tolist(), "image": np.ones((4, 12, 12), np.int64)}
    found = check_data(given, KNOWN)
    assert list(found) == ["image", "curve"]
    assert {a.dtype for a in found.values()} == {np.dtype(np.float32)}
    assert np.array_equal(found["curve"], CURVES)


def test_right_arrays_are_not_copied() -> None:
    assert check_data({"curve": CURVES}, KNOWN)["curve"] is CURVES


def test_a_split_is_read_without_its_labels() -> None:
    split = specimens(6)
    found = check_data(split, KNOWN, complete=True)
    assert list(found) == ["image", "curve"]
    assert all(np.array_equal(found[name], split[name]) for name in split)


def test_curves_may_leave_the_unit_interval() -> None:
    assert check_data({"curve": -300 * CURVES}, KNOWN)["curve"].min() == -300


def with_value(array: np.ndarray, value: float) -> np.ndarray:
    """A copy whose third specimen holds one wrong number."""
    changed = array.copy()
    changed[2].flat[5] = value
    return changed


REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": ({}, r"data has \[\]; the model knows the modalities \['curve', 'image'\]"),
    "unknown modality": (
        {"image": IMAGES, "sound": CURVES},
        r"'sound'\]; the model knows the modalities \['curve', 'image'\]",
    ),
    "labels among the data": ({"image": IMAGES, "labels": np.zeros(4)}, r"'labels'\]; the model"),
    "NaN pixel": (
        {"image": with_value(IMAGES, np.nan)},
        r"data\['image'\] .* not finite, first in specimen 2; drop or repair",
    ),
    "infinite curve": (
        {"curve": with_value(CURVES, -np.inf)},
        r"data\['curve'\] .* not finite, first in specimen 2",
    ),
    "pixels of 0..255": (
        {"image": np.arange(576).reshape(4, 12, 12) % 256},
        r"data\['image'\] must hold pixels in \[0, 1\]; received \[0, 255\]\. Divide .* 255",
    ),
    "negative pixel": (
        {"image": with_value(IMAGES, -0.25)},
        r"data\['image'\] must hold pixels in \[0, 1\]; received \[-0\.25, 0\.5\]",
    ),
    "wrong side": (
        {"image": np.ones((4, 12, 13))},
        r"data\['image'\] must have shape \(N, 12, 12\) .*; received \(4, 12, 13\)",
    ),
    "one image": ({"image": IMAGES[0]}, r"shape \(N, 12, 12\) .*; received \(12, 12\)"),
    "channel axis": ({"image": IMAGES[..., np.newaxis]}, r"\(N, 12, 12\).*\(4, 12, 12, 1\)"),
    "one curve": ({"curve": CURVES[0]}, r"shape \(N, 12\) .*; received \(12,\)"),
    "too few points": ({"curve": CURVES[:, :11]}, r"shape \(N, 12\) .*; received \(4, 11\)"),
    "a number": ({"curve": 3.0}, r"shape \(N, 12\) .*; received \(\)"),
    "no specimen": ({"curve": CURVES[:0]}, r"with N >= 1; received \(0, 12\)"),
    "different N": (
        {"image": IMAGES, "curve": CURVES[:3]},
        r"same specimens; received \{'image': 4, 'curve': 3\}",
    ),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refused(name: str) -> None:
    data, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        check_data(data, KNOWN)


@pytest.mark.parametrize("data", [IMAGES, [IMAGES, CURVES], None, "image"])
def test_data_that_is_not_a_mapping(data: Any) -> None:
    message = f"data must map modality names to arrays; received {type(data).__name__}"
    with pytest.raises(TypeError, match=message):
        check_data(data, KNOWN)


def test_training_needs_every_modality() -> None:
    with pytest.raises(ValueError, match=r"lacks the modalities \['curve'\]; training needs all"):
        check_data({"image": IMAGES}, KNOWN, complete=True)
    assert list(check_data({"image": IMAGES}, KNOWN)) == ["image"]


def test_each_modality_is_held_to_its_own_shape() -> None:
    known = {"back": BACK, "curve": Curve("curve", T), "image": IMAGE}
    given = {"image": IMAGES, "back": np.zeros((4, 10, 13)), "curve": CURVES}
    assert list(check_data(given, known)) == ["back", "curve", "image"]
    with pytest.raises(ValueError, match=r"data\['back'\] must have shape \(N, 10, 13\)"):
        check_data(given | {"back": IMAGES}, known)


@pytest.mark.parametrize("n", [1, 6, 7, 12, 13])
def test_batches_equal_one_evaluation(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "BATCH", 6)
    rng = np.random.default_rng(0)
    data = {"a": rng.normal(size=(n, 3)), "b": rng.normal(size=n)}
    sizes = []

    def function(batch: dict) -> dict:
        sizes.append(len(batch["b"]))
        return {
            "product": batch["a"] * batch["b"][:, tf.newaxis],
            "pair": (batch["b"], -batch["b"]),
        }

    found = batches(function, data)
    assert np.array_equal(found["product"], data["a"] * data["b"][:, np.newaxis])
    assert np.array_equal(found["pair"][0], data["b"])
    assert np.array_equal(found["pair"][1], -data["b"])
    assert sum(sizes) == n
    assert max(sizes) <= 6


def test_compiled_once_for_every_length() -> None:
    traces = []

    def function(batch: dict) -> tf.Tensor:
        traces.append(1)
        return tf.square(batch["x"])

    data = {"x": np.arange(2 * arrays.BATCH + 3, dtype=np.float32)}
    compiled = arrays.compile(function, data)
    found = batches(compiled, data)
    assert isinstance(found, np.ndarray)
    assert np.array_equal(found, np.square(data["x"]))
    assert np.array_equal(batches(compiled, {"x": data["x"][:5]}), np.square(data["x"][:5]))
    assert len(traces) == 1


def test_curve_is_known_by_its_points() -> None:
    assert check_data({"curve": CURVES}, {"curve": CURVE})["curve"].shape == (4, len(T))
