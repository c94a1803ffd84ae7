"""Figures of the noisy and cross-modal pages draw the numbers they are given."""

from __future__ import annotations

import matplotlib.colors as mcolors
import numpy as np
import pytest

from book.figures import crossmodal as cross
from book.figures import noisy
from fplib.metrics import interval
from fplib.plots import DARK, LIGHT

T = np.linspace(0, 1, 6)


def texts(axis) -> list[str]:
    return [text.get_text() for text in axis.texts]


# -- noisy --


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_accuracy_by_distance_counts_each_bin(palette):
    distance = np.array([0.05, 0.05, 0.15, 0.15, 0.15, 0.25])
    right = {"curve": [0, 1, 1, 1, 0, 1], "both": [1] * 6}
    drawn = noisy.accuracy_by_distance(
        distance, right, edges=np.array([0, 0.1, 0.2, 0.3]), palette=palette
    )
    upper, lower = drawn.axes
    curve, both = upper.get_lines()
    assert np.allclose(curve.get_ydata(), [1 / 2, 2 / 3, 1])
    assert np.allclose(both.get_ydata(), 1)
    assert np.allclose(curve.get_xdata(), [0.05, 0.15, 0.25])
    assert [bar.get_height() for bar in lower.patches] == [2, 3, 1]
    band = upper.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(interval(1, 2)[0])
    assert {text.get_text() for text in upper.texts} == {"curve", "both"}


def test_an_empty_bin_is_left_out():
    drawn = noisy.accuracy_by_distance([0.05, 0.25], {"a": [1, 0]}, edges=[0, 0.1, 0.2, 0.3])
    assert np.allclose(drawn.axes[0].get_lines()[0].get_xdata(), [0.05, 0.25])


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_walks_say_what_is_seen_and_where_it_changes(palette, rng):
    seen = np.array([[0, 0, 1], [1, 2, 2]])
    drawn = noisy.walks(
        rng.random((2, 3, 8, 8)), seen, ["0 → 1", "1 → 2"], [0, 3, 6], [0, 1], palette=palette
    )
    (axis,) = drawn.axes
    assert texts(axis) == ["0", "0", "1", "1", "2", "2"]
    changed = [text.get_color() == palette.contrast for text in axis.texts]
    assert changed == [False, False, True, False, True, True]
    (frame,) = axis.patches
    assert frame.get_x() < 1.5 * 12 < frame.get_x() + frame.get_width()  # the middle column


def test_a_walk_too_short_for_the_mark_has_no_frame(rng):
    drawn = noisy.walks(rng.random((1, 2, 8, 8)), [[0, 0]], ["0 → 1"], [0, 1], [0], mark=3)
    assert not drawn.axes[0].patches


def test_centres_are_joined_in_the_order_of_their_slopes(rng):
    means = np.column_stack([[3.0, 1.0, 2.0, 0.0], np.zeros(4), np.zeros(4)])
    drawn = noisy.embedded_order({"a": (means, [30, 10, 20, 0]), "b": (means[:3], [1, 2, 3])})
    first, second = drawn.axes
    path = first.get_lines()[0].get_xdata()
    assert np.allclose(np.abs(np.diff(path)), 1)
    assert len(set(np.sign(np.diff(path)))) == 1
    assert texts(first) == ["0", "1", "2", "3"]
    assert len(texts(second)) == 3


def test_order_against_chance_draws_runs_and_the_middle_of_chance():
    chance = np.linspace(0, 1, 1001)
    drawn = noisy.order_against_chance(
        [{"name": "a", "values": [0.2, 0.9, 0.7], "chance": chance}], xlabel="measure"
    )
    (axis,) = drawn.axes
    (bar,) = axis.patches
    assert bar.get_x() == pytest.approx(0.025)
    assert bar.get_width() == pytest.approx(0.95)
    lines = [line.get_xdata() for line in axis.get_lines()]
    assert any(len(x) == 3 and np.allclose(np.sort(x), [0.2, 0.7, 0.9]) for x in lines)
    assert any(len(x) == 2 and np.allclose(x, 0.6) for x in lines)  # the mean
    assert texts(axis) == ["mean 0.60"]


# -- cross-modal --


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_confusion_panels_colour_hits_and_errors_apart(palette):
    matrix = np.array([[8, 2, 0], [0, 10, 0], [0, 1, 9]])
    drawn = cross.confusion_panels({"one": matrix, "two": np.eye(3)}, palette=palette)
    assert [axis.get_title(loc="left").splitlines() for axis in drawn.axes] == [
        ["one", "90.00 %"],
        ["two", "100.00 %"],
    ]
    colours = drawn.axes[0].get_images()[0].get_array()
    blank = mcolors.to_rgba(palette.paper)
    assert np.allclose(colours[0, 2], blank)
    assert not np.allclose(colours[0, 1], blank)
    hit, error = palette.sequential(0.15 + 0.75 * 0.8), palette.errors(0.12 + 0.7)
    assert np.allclose(colours[0, 0], hit)
    assert np.allclose(colours[0, 1], error)  # a fifth of the row is as dark as errors get


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


def test_coverage_curves_go_with_the_diagonal():
    levels = [0.5, 0.9]
    drawn = cross.coverage_curves(levels, {"clean": [0.4, 0.8], "noisy": [0.5, 0.9]})
    (axis,) = drawn.axes
    diagonal, clean, noisy_line = axis.get_lines()
    assert np.allclose(diagonal.get_xdata(), diagonal.get_ydata())
    assert np.allclose(clean.get_ydata(), [0.4, 0.8])
    assert np.allclose(noisy_line.get_ydata(), levels)
    assert set(texts(axis)) == {"clean", "noisy"}


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: noisy.accuracy_by_distance([0.1], {"a": [1, 0]}), r"correct\['a'\]"),
        (lambda: noisy.walks(np.zeros((1, 2, 8, 8)), [[1]], ["a"], [0, 1], [0]), "seen"),
        (lambda: noisy.embedded_order({}), "at least one"),
        (lambda: noisy.order_against_chance([], xlabel="x"), "at least one"),
        (lambda: cross.confusion_panels({"a": np.zeros((2, 3))}), r"panels\['a'\]"),
        (
            lambda: cross.curves_from_images(
                np.zeros((1, 8, 8)), T, np.zeros((1, 6)), np.zeros((1, 5)), np.zeros((1, 6)), ["a"]
            ),
            "variance",
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
