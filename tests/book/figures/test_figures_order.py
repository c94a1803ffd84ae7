"""Figures of permuted slopes draw the numbers they are given."""

from __future__ import annotations

import numpy as np
import pytest

from book.figures import order
from fplib.plots import DARK, LIGHT


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_by_start_draws_every_run_and_the_means(palette):
    lines = {"slopes": {"a": [0.2, 0.4], "b": [0.6, np.nan, 0.8]}, "names": {"a": [0.1]}}
    drawn = order.by_start(
        {"clean": lines}, ["a", "b"], ylabel="measure", bands={"slopes": (0.8, 1)}, palette=palette
    )
    (axis,) = drawn.axes
    slopes, names = axis.get_lines()
    assert np.allclose(slopes.get_ydata(), [0.3, 0.7])
    assert np.allclose(slopes.get_xdata(), [-0.18, 0.82])
    assert np.allclose(names.get_xdata(), [0.18])
    dots = [point for drawn in axis.collections for point in drawn.get_offsets().tolist()]
    assert sorted(round(y, 6) for _, y in dots) == [0.1, 0.2, 0.4, 0.6, 0.8]
    (band,) = axis.patches
    assert (band.get_y(), band.get_height()) == (0.8, pytest.approx(0.2))
    assert band.get_facecolor()[:3] == pytest.approx(
        tuple(int(slopes.get_color()[i : i + 2], 16) / 255 for i in (1, 3, 5))
    )
    assert [t.get_text() for t in drawn.legends[0].get_texts()] == ["slopes", "names"]


def test_an_order_without_runs_is_left_out_and_chance_keeps_its_place():
    lines = {"slopes": {"a": [0.5]}, "names": {"a": [np.nan]}}
    drawn = order.by_start({"clean": lines}, ["a", "b"], ylabel="measure", chance=0.2)
    chance, _ = drawn.axes[0].get_lines()
    assert np.allclose(chance.get_ydata(), 0.2)
    assert np.allclose(chance.get_xdata(), [0, 1])
    assert [t.get_text() for t in drawn.legends[0].get_texts()] == ["slopes"]


def test_courses_begin_before_training():
    table = np.array([[1.0, 0.5, 0.3], [0.8, 0.7, 0.5]])
    drawn = order.courses({"clean": {"a": table}, "noisy": {"b": table[:1]}}, ylabel="measure")
    first, second = drawn.axes
    (line,) = first.get_lines()
    assert np.allclose(line.get_xdata(), [0, 1, 2])
    assert np.allclose(line.get_ydata(), [0.9, 0.6, 0.4])
    assert np.allclose(second.get_lines()[0].get_ydata(), table[0])
    assert [t.get_text() for t in drawn.legends[0].get_texts()] == ["a", "b"]


@pytest.mark.parametrize("draw", [order.by_start, order.courses])
def test_no_panel_is_refused(draw):
    arguments = ([],) if draw is order.by_start else ()
    with pytest.raises(ValueError, match="at least one"):
        draw({}, *arguments, ylabel="measure")
