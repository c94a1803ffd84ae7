"""Figures of one specimen draw what they are given."""

from __future__ import annotations

import numpy as np
import pytest

from book.figures import specimen
from fplib.plots.style import LIGHT, PHONE, style
from tests.support.figures import T, blobs

IMAGE = blobs(1, 1)[0, 0]
LINES = np.arange(3)[:, None] * T
SHARES = {"p(c|Z)": [0.2, 0.7, 0.1], "mean field": [0.0, 0.1, 0.9]}


@pytest.mark.parametrize("across", [None, PHONE])
def test_bars_stand_in_the_order_of_the_digits(across):
    with style(LIGHT, across):
        drawn = specimen.assignments(IMAGE, T, LINES[1], LINES, SHARES, [2, 0, 1])
    picture, middle, bars = drawn.axes
    assert np.array_equal(picture.get_images()[0].get_array(), IMAGE)
    assert [line.get_color() for line in middle.lines[:3]] == [LIGHT.of(k) for k in (2, 0, 1)]
    assert np.allclose(middle.lines[3].get_ydata(), LINES[1])
    assert middle.lines[3].get_color() == LIGHT.curve
    heights = [[bar.get_height() for bar in group] for group in bars.containers]
    assert heights == [[0.7, 0.1, 0.2], [0.1, 0.9, 0.0]]
    assert [t.get_text() for t in bars.get_xticklabels()] == ["0", "1", "2"]


def test_the_way_back_shows_both_images_and_the_band():
    drawn = specimen.there_and_back(IMAGE, T, T, np.full(20, 0.25), T + 1, 1 - IMAGE)
    first, middle, last = drawn.axes
    assert np.array_equal(first.get_images()[0].get_array(), IMAGE)
    assert np.array_equal(last.get_images()[0].get_array(), 1 - IMAGE)
    band = middle.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(-0.98)
    assert [line.get_color() for line in middle.lines] == [LIGHT.image, LIGHT.curve]
    assert np.allclose(middle.lines[1].get_ydata(), T + 1)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: specimen.assignments(IMAGE, T, T, LINES, {}, [0, 1, 2]), "expected one or two"),
        (lambda: specimen.assignments(IMAGE, T, T, LINES[:2], SHARES, [0, 1, 2]), "lines"),
        (lambda: specimen.there_and_back(IMAGE, T, T[1:], T, T, IMAGE), "mean"),
    ],
)
def test_errors_name_the_argument(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
