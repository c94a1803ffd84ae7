"""What the model accepts as data, what it says to the rest, and evaluation in batches."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from fplib import arrays, inference
from fplib.arrays import batches, check_data
from fplib.config import Curve
from fplib.data import Split
from tests.support.models import BACK, BOTH, CURVE, IMAGE, T, specimens, tiny

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
    "beyond single precision": (
        {"curve": np.full((4, 12), 1e300)},
        r"data\['curve'\] holds 1e\+300, beyond the range of float32 \(±3\.4e\+38\)",
    ),
    "beyond what can be squared": (
        {"curve": -1e18 * CURVES},
        r"data\['curve'\] must stay within ±1e\+15; received \[-1e\+18, -1e\+18\]\. .* unit",
    ),
    "no specimen": ({"curve": CURVES[:0]}, r"with N >= 1; received \(0, 12\)"),
    "different N": (
        {"image": IMAGES, "curve": CURVES[:3]},
        r"same specimens; received \{'image': 4, 'curve': 3\}",
    ),
}


MASKED = np.ma.array(CURVES, mask=CURVES > 2)
MASKED[:, 3] = np.ma.masked
OTHER: dict[str, tuple[np.ndarray, str]] = {
    "masked": (MASKED, r"holds masked values, .* \.filled\(value\)"),
    "complex": (CURVES + 0j, r"must hold numbers; received complex .* real part"),
    "text": (CURVES.astype(str), r"must hold numbers; received text .* \.astype\(float\)"),
    "bytes": (CURVES.astype("S"), r"must hold numbers; received bytes .* \.astype\(float\)"),
    "dates": (CURVES.astype("M8[s]"), r"must hold numbers; received dates .* np\.timedelta64"),
    "time spans": (CURVES.astype("m8[s]"), r"must hold numbers; received time spans .* unit"),
    "records": (
        CURVES.astype([("a", "f4"), ("b", "f4")]),
        r"must hold numbers; received records .* one field",
    ),
    "objects": (CURVES.astype(object) + Fraction(1, 3), r"must hold numbers; received Python"),
    "None": (np.full((4, 12), None), r"must hold numbers; received Python objects"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refused(name: str) -> None:
    data, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        check_data(data, KNOWN)


@pytest.mark.parametrize("kind", list(OTHER))
@pytest.mark.parametrize("as_list", [False, True])
def test_what_is_no_number_is_refused_by_name(kind: str, as_list: bool) -> None:
    values, message = OTHER[kind]
    given = list(values) if as_list else values
    with pytest.raises(ValueError, match=rf"^data\['curve'\] {message}"):
        check_data({"curve": given}, KNOWN)
    with pytest.raises(ValueError, match=rf"^Curve 'stress': t {message}"):
        Curve("stress", given[0])
    with pytest.raises(ValueError, match=rf"^data\['curve'\] {message}"):
        check_data(Split({"curve": given}), KNOWN)
    with pytest.raises(ValueError, match=rf"^z {message}"):
        inference.decode(tiny(), given)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float64, np.longdouble])
def test_plain_numbers_of_any_width_are_accepted(dtype: type) -> None:
    values = (np.arange(48).reshape(4, 12) % 2).astype(dtype)
    for given in (values, np.ma.array(values), np.asfortranarray(values), values.tolist()):
        found = check_data({"curve": given}, KNOWN)["curve"]
        assert found.dtype == np.float32
        assert not isinstance(found, np.ma.MaskedArray)
        assert np.array_equal(found, values)


def test_numbers_are_checked_without_floating_point_alarms() -> None:
    with np.errstate(all="raise"), pytest.raises(ValueError, match="beyond the range"):
        check_data({"curve": np.full((4, 12), 1e300)}, KNOWN)
    with np.errstate(all="raise"):
        assert not check_data({"curve": np.full((4, 12), 1e-300)}, KNOWN)["curve"].any()


NO_CURVES = {
    "zeros": (0 * CURVES, "is constant: every value is 0"),
    "ones": (CURVES, "is constant: every value is 1"),
    "one value up to rounding": (
        1e6 + 0.1 * np.random.default_rng(0).normal(size=(4, 12)),
        r"is constant: every value is 1e\+06",
    ),
    "tiny": (1e-30 * T * CURVES, r"must exceed 1e-12 somewhere; its largest value is 1e-30"),
}


@pytest.mark.parametrize("name", list(NO_CURVES))
def test_curves_that_say_nothing_are_refused_for_training(name: str) -> None:
    values, message = NO_CURVES[name]
    data = check_data({"image": IMAGES, "curve": values}, KNOWN)  # as a question they are allowed
    with pytest.raises(ValueError, match=rf"data\['curve'\] {message}"):
        arrays.check_varying(data, KNOWN)
    with pytest.raises(ValueError, match=rf"data\['curve'\] {message}"):
        tiny().fit(data, progress=False)


@pytest.mark.parametrize("size", [1e-11, 1e-3, 1.0, 1e14])
def test_curves_of_any_other_size_may_train(size: float) -> None:
    arrays.check_varying({"image": 0 * IMAGES, "curve": size * T * CURVES}, KNOWN)


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


def test_an_answer_that_is_not_finite_is_refused_with_the_specimen() -> None:
    data = {"x": np.where(np.arange(600) == 501, -1.0, 1.0).astype(np.float32)}
    with pytest.raises(ValueError, match=r"answer for specimen 501 is not finite: .* too far"):
        batches(lambda batch: {"root": tf.sqrt(batch["x"])}, data)
