"""Figures of the recipes: what is drawn is what was given."""

import numpy as np
import pytest

from book.figures.preset import bound_race, recipe_race, slope_paths
from fplib.plots import DARK, LIGHT

EPOCHS = np.arange(1, 5)


def run(scale: float = 1.0, epochs: np.ndarray = EPOCHS) -> dict:
    n = len(epochs)
    return {
        "epoch": epochs,
        "seconds": 10.0 * scale * epochs,
        "from_z": np.linspace(0.2, 0.9, n) * scale,
        "mean_field": np.linspace(0.3, 1.0, n) * scale,
        "bound": -800.0 + 10 * epochs,
        "occupancy": np.tile([0.1, 0.3, 0.6], (n, 1)),
    }


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_both_panels_show_both_estimators_of_every_run(palette):
    runs = {"one": run(), "two": run(0.5)}
    above, below = recipe_race(runs, palette=palette).axes
    for axis, key in ((above, "epoch"), (below, "seconds")):
        lines = [line for line in axis.get_lines() if not line.get_label().startswith("_")]
        assert [line.get_label() for line in lines] == [
            f"{name}, {method}" for name in runs for method in ("from Z", "mean field")
        ]
        for line, (series, method) in zip(
            lines, [(r, m) for r in runs.values() for m in ("from_z", "mean_field")], strict=True
        ):
            assert np.array_equal(line.get_xdata(), series[key])
            assert np.array_equal(line.get_ydata(), series[method])
    assert below.get_xscale() == "log"


def test_a_run_that_ended_keeps_what_it_has():
    _, below = recipe_race({"long": run(), "short": run(0.5)}).axes
    (held,) = [line for line in below.get_lines() if line.get_label().startswith("_")]
    assert list(held.get_xdata()) == [20.0, 40.0]
    assert list(held.get_ydata()) == [0.45, 0.45]


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


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_bounds_and_shares_are_drawn_as_given(palette):
    runs = {"one": run(), "two": run()}
    top, *shares = bound_race(runs, palette=palette).axes
    assert [line.get_label() for line in top.get_lines()] == ["one", "two"]
    assert np.array_equal(top.get_lines()[0].get_ydata(), runs["one"]["bound"])
    assert len(shares) == 2
    for axis in shares:
        levels = sorted({float(line.get_ydata()[0]) for line in axis.get_lines()})
        assert levels == pytest.approx([0.1, 0.3, 1 / 3, 0.6])
        assert axis.get_ylim()[1] > 0.6


def test_a_first_epoch_far_below_does_not_flatten_the_rest():
    odd = run()
    odd["bound"] = np.array([-10_000.0, -700.0, -690.0, -680.0])
    top = bound_race({"odd": odd}).axes[0]
    assert top.get_ylim()[0] > -800


@pytest.mark.parametrize(
    ("draw", "arguments", "message"),
    [
        (recipe_race, ({},), "runs: expected one to three, received 0"),
        (recipe_race, ({"a": run() | {"from_z": [0.1]}},), r"runs\['a'\]: expected series of one"),
        (bound_race, ({str(k): run() for k in range(4)},), "one to three, received 4"),
        (slope_paths, ({"a": {"step": [1], "slopes": [1.0]}}, [0]), r"expected slopes \(E, C\)"),
    ],
)
def test_errors_name_the_argument(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments)
