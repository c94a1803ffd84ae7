"""Figures of the factorial: what is drawn is what was given."""

import numpy as np
import pytest

from book.figures.factorial import cell_map, effect_intervals
from fplib.plots import DARK, LIGHT

NAMES = ["up", "down", "unclear"]
EFFECTS = np.array([[2.0, 1.0, 3.0], [-4.0, -6.0, -2.0], [0.2, -1.0, 1.4]])


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_effects_stand_where_they_are_and_colours_tell_their_sign(palette):
    axis, other = effect_intervals(
        NAMES, {"one": EFFECTS, "two": -EFFECTS[:, [0, 2, 1]]}, main=2, palette=palette
    ).axes
    dots = [line for line in axis.get_lines() if line.get_marker() == "o"]
    assert [float(np.ravel(d.get_xdata())[0]) for d in dots] == EFFECTS[:, 0].tolist()
    assert [d.get_color() for d in dots] == [palette.accent, palette.alarm, palette.muted]
    spans = [sorted(line.get_xdata()) for line in axis.get_lines() if line.get_linewidth() == 2.2]
    assert spans == [sorted(row[1:]) for row in EFFECTS.tolist()]
    assert [label.get_text() for label in axis.get_yticklabels()] == NAMES
    turned = [line for line in other.get_lines() if line.get_marker() == "o"]
    assert [d.get_color() for d in turned] == [palette.alarm, palette.accent, palette.muted]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_cells_are_written_and_only_one_is_perfect(palette):
    values = [[1.0, 0.99996], [0.5, 0.1]]
    axis = cell_map(values, ["a", "b"], ["c", "d"], palette=palette).axes[0]
    assert [text.get_text() for text in axis.texts] == ["100.00", "99.99", "50.00", "10.00"]


@pytest.mark.parametrize(
    ("draw", "arguments", "message"),
    [
        (effect_intervals, (NAMES, {}), "responses: expected at least one"),
        (effect_intervals, (NAMES, {"one": EFFECTS[:2]}), r"responses\['one'\]"),
        (cell_map, ([[1.0]], ["a", "b"], ["c"]), "accuracies"),
    ],
)
def test_errors_name_the_argument(draw, arguments, message):
    options = {"main": 2} if draw is effect_intervals else {}
    with pytest.raises(ValueError, match=message):
        draw(*arguments, **options)
