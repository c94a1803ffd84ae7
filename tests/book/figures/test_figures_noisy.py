"""Figures of noisy MNIST draw the numbers they are given."""

from __future__ import annotations

import numpy as np
import pytest

from book.figures import noisy
from fplib.metrics import interval
from fplib.plots import DARK, LIGHT


def texts(axis) -> list[str]:
    return [text.get_text() for text in axis.texts]


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
    changed = [text.get_color() == palette.alarm for text in axis.texts]
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
    (runs,) = (c for c in axis.collections if len(c.get_offsets()))
    assert np.allclose(np.sort(runs.get_offsets()[:, 0]), [0.2, 0.7, 0.9])
    lines = [line.get_xdata() for line in axis.get_lines()]
    assert any(len(x) == 1 and np.allclose(x, 0.6) for x in lines)  # the mean
    assert any(len(x) == 2 and np.allclose(x, 0.5) for x in lines)  # that of chance
    assert texts(axis) == ["mean 0.60"]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: noisy.accuracy_by_distance([0.1], {"a": [1, 0]}), r"correct\['a'\]"),
        (lambda: noisy.walks(np.zeros((1, 2, 8, 8)), [[1]], ["a"], [0, 1], [0]), "seen"),
        (lambda: noisy.embedded_order({}), "at least one"),
        (lambda: noisy.order_against_chance([], xlabel="x"), "at least one"),
    ],
)
def test_errors_name_the_argument(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
