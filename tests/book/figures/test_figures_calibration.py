"""Figures of a choice and its consequences: what is drawn is what was given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from book.figures.calibration import bound_against, errors_against, restarts
from fplib.plots import DARK, LIGHT
from fplib.plots.statistics import LEAST

DIMENSIONS = [1, 3, 10]
BOUNDS = np.array([[-9.0, -5.0, -4.0], [-8.0, -6.0, -4.5]])


def lines(axis, marker: str, colour: str | None = None):
    return [
        line
        for line in axis.get_lines()
        if line.get_marker() == marker and colour in (None, line.get_color())
    ]


def dots(collection) -> np.ndarray:
    return np.asarray(collection.get_offsets())


def words(axis) -> list[str]:
    return [t.get_text() for t in axis.findobj(Text) if t.get_text()]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_bound_and_the_means_are_drawn(palette):
    settings = {"one": BOUNDS, "two": BOUNDS[:1] - 100}
    drawn = bound_against(DIMENSIONS, settings, palette=palette)
    for axis, (title, values) in zip(drawn.axes, settings.items(), strict=True):
        assert axis.get_title(loc="left") == title
        (mean,) = lines(axis, "o", palette.ink)
        assert np.allclose(mean.get_ydata(), values.mean(axis=0))
        (runs,) = axis.collections
        x, y = dots(runs).T
        for place, column in enumerate(values.T):
            assert sorted(y[np.round(x) == place]) == sorted(column)
        assert [t.get_text() for t in axis.get_xticklabels()] == ["1", "3", "10"]


def test_missing_runs_leave_gaps_and_not_zeros():
    values = np.array([[-9.0, np.nan, -4.0], [-8.0, np.nan, np.nan]])
    (axis,) = bound_against(DIMENSIONS, {"one": values}).axes
    mean = lines(axis, "o", LIGHT.ink)[0]
    assert list(mean.get_xdata()) == [0, 2]
    assert list(mean.get_ydata()) == [-8.5, -4.0]


def test_own_runs_and_choices_are_marked():
    own = {"one": BOUNDS[:1] + 0.5}
    (axis,) = bound_against(DIMENSIONS, {"one": BOUNDS}, here=own, chosen={"one": (2, 1)}).axes
    (diamonds,) = lines(axis, "D")
    assert np.array_equal(diamonds.get_ydata(), own["one"][0])
    assert [x.get_xdata()[0] for x in lines(axis, "None", LIGHT.ink)] == [2, 1]
    assert {"highest", "simplest as good"} <= set(words(axis))
    (axis,) = bound_against(DIMENSIONS, {"one": BOUNDS}, chosen={"one": (2, 2)}).axes
    assert "chosen by both rules" in words(axis)
    assert "highest" not in words(axis)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_errors_are_drawn_and_none_has_a_place_of_its_own(palette):
    settings = {
        "clean": {"both": [[1.0, 1.0, 1.0]], "image": [[0.8, 0.9, 0.95]]},
        "noisy": {"both": [[0.9, 0.99, 0.995]], "image": [[0.8, np.nan, 0.9]]},
    }
    drawn = errors_against(DIMENSIONS, settings, palette=palette)
    clean, noisy = drawn.axes
    both, image = (line for line in clean.get_lines() if not line.get_label().startswith("_"))
    assert np.allclose(both.get_ydata(), LEAST)
    assert np.allclose(image.get_ydata(), [0.2, 0.1, 0.05])
    assert clean.get_ylim() == noisy.get_ylim()
    drawn.draw_without_rendering()
    ticks = [t.get_text() for t in clean.get_yticklabels()]
    assert ticks == ["0", "0.01", "0.1", "1", "10"]
    (legend,) = drawn.legends
    assert [t.get_text() for t in legend.get_texts()] == ["both", "image"]
    colours = {to_rgba(line.get_color()) for line in (both, image)}
    assert len(colours) == 2


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_restarts_show_every_run_and_name_the_chosen_one(palette):
    scores, accuracies = np.array([-3.0, -1.0, -2.0]), np.array([0.5, 0.6, 0.9])
    methods = {"k-means": (scores, accuracies), "VaDE": (-scores, accuracies), "one": ([1], [0.3])}
    drawn = restarts(methods, palette=palette)
    assert [axis.get_title(loc="left") for axis in drawn.axes] == list(methods)
    for axis, (_, found), best in zip(drawn.axes, methods.values(), (0.6, 0.5, 0.3), strict=True):
        (runs,) = axis.collections
        assert dots(runs)[:, 1].tolist() == list(found)
        inks = np.broadcast_to(runs.get_facecolors(), (len(found), 4))
        chosen = np.isclose(inks, to_rgba(palette.accent)).all(axis=1)
        assert np.asarray(found)[chosen].tolist() == [best]
        assert f"chosen: {100 * best:.1f} %" in words(axis)
    x = dots(drawn.axes[0].collections[0])[:, 0]
    assert np.allclose([x.mean(), x.std()], [0, 1])


@pytest.mark.parametrize(
    ("draw", "arguments", "said"),
    [
        (bound_against, (DIMENSIONS, {}), "expected at least one of each"),
        (bound_against, (DIMENSIONS, {"one": BOUNDS[:, :2]}), r"expected shape \(any, 3\)"),
        (errors_against, (DIMENSIONS, {"one": {"both": [[99.0, 98.0, 97.0]]}}), "fractions"),
        (restarts, ({},), "expected at least one"),
        (restarts, ({"a": ([1.0, 2.0], [0.5])},), r"methods\['a'\]\[1\]: expected shape \(2\)"),
    ],
)
def test_what_does_not_fit_is_refused(draw, arguments, said):
    with pytest.raises(ValueError, match=said):
        draw(*arguments)
