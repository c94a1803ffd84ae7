"""Figures of the benchmark: what is drawn is what was measured."""

import numpy as np
import pytest

from book.figures.bench import contest_bars, product_speeds, time_stacks
from fplib.plots import DARK, LIGHT

ROWS = [
    {"name": "ours", "values": [400.0, 390.0, 410.0], "ours": True},
    {"name": "theirs", "values": [200.0, 210.0, 190.0], "ours": False},
]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_bars_are_medians_dots_are_rounds_and_words_compare_with_the_first(palette):
    drawn = contest_bars({"one": ROWS, "two": ROWS[:1]}, palette=palette)
    first, second = drawn.axes
    assert [bar.get_width() for bar in first.patches] == [400.0, 200.0]
    dots = [np.asarray(c.get_offsets()) for c in first.collections]
    assert [sorted(found[:, 0]) for found in dots] == [sorted(r["values"]) for r in ROWS]
    assert [t.get_text() for t in first.get_yticklabels()] == ["ours", "theirs"]
    assert [text.get_text() for text in first.texts] == ["400", "200  (÷ 2.00)"]
    assert first.get_xlim()[0] == 0.0
    assert [a.get_title(loc="left") for a in (first, second)] == ["one", "two"]
    colours = {bar.get_facecolor() for bar in first.patches}
    assert len(colours) == 2


@pytest.mark.parametrize("values", [[], [0.0], [[1.0]]])
def test_speeds_that_are_none_are_refused(values):
    with pytest.raises(ValueError, match=r"panels\['one'\]: expected speeds above zero for 'x'"):
        contest_bars({"one": [{"name": "x", "values": values, "ours": True}]})
    with pytest.raises(ValueError, match="panels: expected at least one"):
        contest_bars({"one": []})


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_stacks_end_at_their_sum(palette):
    rows = {"ours": {"a": 1.0, "b": 2.0, "rest": 3.0}, "theirs": {"a": 1.0, "b": 2.0, "rest": 7.0}}
    (axis,) = time_stacks({"one": rows}, palette=palette).axes
    ends = [bar.get_x() + bar.get_width() for bar in axis.patches]
    assert ends == [1.0, 3.0, 6.0, 1.0, 3.0, 10.0]
    assert [text.get_text() for text in axis.texts] == ["6 µs", "10 µs"]
    drawn = time_stacks({"one": rows}, palette=palette)
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["a", "b", "rest"]


def test_stacks_with_different_parts_are_refused():
    with pytest.raises(ValueError, match="expected the same parts in every row"):
        time_stacks({"one": {"ours": {"a": 1.0}, "theirs": {"b": 1.0}}})


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_products_lie_where_they_were_measured_beside_peak_and_step(palette):
    rows = [
        {"name": "first", "forward": 10.0, "input": None, "kernel": 20.0},
        {"name": "second", "forward": 30.0, "input": 40.0, "kernel": 50.0},
    ]
    (axis,) = product_speeds(rows, peak=100.0, step=25.0, palette=palette).axes
    *forms, peak, step = axis.get_lines()
    points = [list(zip(*line.get_data(), strict=True)) for line in forms]
    assert points == [[(10, 0), (30, 1)], [(40, 1)], [(20, 0), (50, 1)]]
    assert [np.unique(line.get_xdata())[0] for line in (peak, step)] == [100.0, 25.0]
    assert axis.get_xscale() == "log"
    with pytest.raises(ValueError, match="at least one layer"):
        product_speeds([], peak=1.0, step=1.0)
