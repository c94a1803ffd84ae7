"""Figures of cross-modal inference draw the numbers they are given."""

from __future__ import annotations

import matplotlib.colors as mcolors
import numpy as np
import pytest

from book.figures import crossmodal as cross
from fplib.plots import DARK, LIGHT

T = np.linspace(0, 1, 6)


def texts(axis) -> list[str]:
    return [text.get_text() for text in axis.texts]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_confusion_panels_colour_hits_and_errors_apart(palette):
    matrix = np.array([[8, 2, 0], [0, 10, 0], [0, 1, 9]])
    drawn = cross.confusion_panels({"one": matrix, "two": np.eye(3)}, palette=palette)
    assert [axis.get_title(loc="left").splitlines() for axis in drawn.axes] == [
        ["one", "90.00 %"],
        ["two", "100.00 %"],
    ]
    colours = drawn.axes[0].collections[0].get_facecolors().reshape(3, 3, 4)
    assert np.allclose(colours[0, 2, :3], mcolors.to_rgb(palette.paper), atol=0.01)
    hit, error = ((1 + shade) / 2 for shade in (0.15 + 0.75 * 0.8, -(0.12 + 0.7)))
    assert np.allclose(colours[0, 0], palette.signed(hit))
    assert np.allclose(colours[0, 1], palette.signed(error))  # a fifth is as dark as errors get


def test_predicted_curves_have_their_band_and_the_measured_points(rng):
    mean, variance = np.stack([T, 2 * T]), np.full((2, 6), 0.04)
    curves = mean + 0.1 * rng.standard_normal((2, 6))
    drawn = cross.curves_from_images(
        rng.random((2, 8, 8)), T, mean, variance, curves, ["digit 1", "digit 2"]
    )
    below = drawn.axes[2:]
    for axis, predicted, measured in zip(below, mean, curves, strict=True):
        line, points = axis.get_lines()
        assert np.allclose(line.get_ydata(), predicted)
        assert np.allclose(points.get_ydata(), measured)
        band = axis.collections[0].get_paths()[0].vertices[:, 1]
        assert np.isclose(band.max(), predicted.max() + 1.96 * 0.2)
    assert [a.get_title(loc="center") for a in drawn.axes[:2]] == ["digit 1", "digit 2"]


def test_generated_images_stand_beside_their_curves(rng):
    images = rng.random((2, 3, 8, 8))
    drawn = cross.images_from_curves(
        T, np.stack([T, 3 * T]), images, ["mean", "", ""], names=["slope 1", "slope 3"]
    )
    left, right = drawn.axes[0], drawn.axes[1]
    assert np.allclose(left.get_lines()[0].get_ydata(), T)
    assert texts(left) == ["slope 1"]
    shown = right.get_images()[0].get_array()
    assert np.allclose(shown[:8, :8], images[0, 0])
    assert np.allclose(shown[:8, 10:18], images[0, 1])


def test_coverage_is_drawn_as_what_was_missed_in_points():
    levels = [0.5, 0.9]
    drawn = cross.coverage_curves(levels, {"clean": [0.4, 0.8], "noisy": [0.5, 0.93]})
    (axis,) = drawn.axes
    zero, clean, noisy_line = axis.get_lines()
    assert set(zero.get_ydata()) == {0}
    assert np.allclose(clean.get_ydata(), [-10, -10])
    assert np.allclose(noisy_line.get_ydata(), [0, 3])
    assert set(texts(axis)) == {"clean", "noisy"}
    low, high = cross.coverage_curves(levels, {"a": [0.5, 0.901]}).axes[0].get_ylim()
    assert high - low >= 4  # a tenth of a point is not magnified


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: cross.confusion_panels({"a": np.zeros((2, 3))}), r"panels\['a'\]"),
        (
            lambda: cross.curves_from_images(
                np.zeros((1, 8, 8)), T, np.zeros((1, 6)), np.zeros((1, 5)), np.zeros((1, 6)), ["a"]
            ),
            "std: expected shape",
        ),
        (
            lambda: cross.curves_from_images(
                np.zeros((1, 8, 8)), T, np.zeros((1, 6)), np.ones((1, 6)), np.zeros((1, 6)), "ab"
            ),
            "names: expected 1",
        ),
        (
            lambda: cross.images_from_curves(T, np.zeros((1, 6)), np.zeros((1, 2, 8, 8)), ["a"]),
            "columns",
        ),
        (lambda: cross.coverage_curves([0.5], {"a": [0.5, 0.6]}), r"shares\['a'\]"),
    ],
)
def test_errors_name_the_argument(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
