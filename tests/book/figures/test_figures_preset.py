"""Figures of the recipes: what is drawn is what was given."""

import numpy as np
import pytest

from book.figures.preset import film, slope_paths
from fplib.plots import DARK, LIGHT

PATH = np.arange(1.0, 5.0)


def run(scale: float = 1.0, path: np.ndarray = PATH) -> dict:
    accuracy = np.linspace(0.2, 0.9, len(path)) * scale
    return {"path": path, "bound": -800.0 + 10 * path, "accuracy": accuracy}


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_run_is_drawn_and_every_recipe_named_once(palette):
    recipes = {"one": [run(), run(0.5)], "two": [run(0.7)]}
    above, below = film(recipes, palette=palette).axes
    named = [line.get_label() for line in above.get_lines()]
    assert [name for name in named if not name.startswith("_")] == ["one", "two"]
    wanted = [series for runs in recipes.values() for series in runs]
    for axis, key in ((above, "bound"), (below, "accuracy")):
        for line, series in zip(axis.get_lines(), wanted, strict=True):
            assert np.array_equal(line.get_xdata(), series["path"])
            assert np.array_equal(line.get_ydata(), series[key])


def test_a_first_epoch_far_below_does_not_flatten_the_rest():
    path = np.arange(1.0, 41.0)
    odd = run(path=path) | {"bound": np.where(path == 1, -10_000.0, -700.0 + path)}
    assert film({"odd": [odd]}).axes[0].get_ylim()[0] > -800


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_slopes_and_the_wedge_they_may_reach(palette):
    slopes = np.stack([[4.0, 5.0], [3.9, 5.1]])
    runs = {"slow": {"step": [10, 20], "slopes": slopes, "rate": 0.01}}
    runs |= {"free": {"step": [10, 20], "slopes": slopes}}
    left, right = slope_paths(runs, [0, 9], marks={"10 h": 15.0}, palette=palette).axes
    (wedge,) = left.collections
    corners = wedge.get_paths()[0].vertices
    # four units to go at a hundredth a step, from step 10 on
    assert corners[:, 0].max() == pytest.approx(410.0)
    assert corners[:, 1].min() == pytest.approx(0.0)
    assert corners[:, 1].max() == pytest.approx(9.0)
    assert not right.collections
    paths = [line for line in right.get_lines() if len(line.get_xdata()) == 2 and line.get_zorder()]
    drawn = [list(p.get_ydata()) for p in paths]
    assert [4.0, 3.9] in drawn
    assert [5.0, 5.1] in drawn
    assert [text.get_text().strip() for text in left.texts] == ["10 h"]


@pytest.mark.parametrize(
    ("draw", "arguments", "message"),
    [
        (film, ({},), "recipes: expected one to three, received 0"),
        (film, ({"a": [run() | {"bound": [0.1]}]},), r"runs\['a'\]: expected series of one"),
        (film, ({str(k): [run()] for k in range(4)},), "one to three, received 4"),
        (slope_paths, ({"a": {"step": [1], "slopes": [1.0]}}, [0]), r"expected slopes \(E, C\)"),
    ],
)
def test_errors_name_the_argument(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments)
