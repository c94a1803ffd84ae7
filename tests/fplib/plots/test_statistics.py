"""Statistical drawings: dots are the runs, bars their middles, cells their counts."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from fplib.plots import DARK, LIGHT, canvas, style
from fplib.plots.statistics import LEAST, accuracy_scale, cells, line_of_runs, strips


@pytest.fixture
def axis():
    with style(LIGHT):
        yield canvas(3).subplots()


@pytest.mark.parametrize("estimator", ["median", "mean"])
def test_strips_mark_the_middle_and_the_quartiles(axis, rng, estimator):
    rows = [rng.random(9), [], [0.3, 0.3, 0.9]]
    strips(axis, rows, LIGHT, estimator=estimator)
    dots = [np.asarray(c.get_offsets()) for c in axis.collections if len(c.get_offsets())]
    assert [sorted(found[:, 0]) for found in dots] == [sorted(rows[0]), rows[2]]
    bars = next(line for line in axis.lines if line.get_marker() == "|")
    middles = getattr(np, estimator)
    known = np.isfinite(bars.get_xdata())
    assert bars.get_xdata()[known] == pytest.approx([middles(rows[0]), middles(rows[2])])
    assert bars.get_ydata()[known] == pytest.approx([0, 2])
    spans = [line.get_xdata() for line in axis.lines if line is not bars]
    spans = [x for x in spans if len(x) and np.isfinite(x).all()]
    quartiles = [np.percentile(row, [25, 75]) for row in (rows[0], rows[2])]
    assert np.allclose(spans, quartiles)


def test_strips_are_the_same_every_time_and_leave_the_generator_alone(axis, rng):
    rows = [rng.random(9)]
    drawn = []
    for _ in range(2):
        before = np.random.get_state()  # noqa: NPY002, the state that seaborn uses
        fresh = axis.figure.add_subplot()
        strips(fresh, rows, LIGHT)
        after = np.random.get_state()  # noqa: NPY002
        assert np.array_equal(before[1], after[1])
        assert before[2:] == after[2:]
        drawn.append(np.asarray(fresh.collections[0].get_offsets()))
    assert np.array_equal(*drawn)


@pytest.mark.parametrize("estimator", ["median", "mean"])
def test_lines_go_through_the_middles_of_runs_and_leave_gaps_out(axis, estimator):
    values = np.array([[1.0, np.nan, 4.0], [3.0, np.nan, 9.0], [8.0, np.nan, np.nan]])
    places = np.broadcast_to([0, 1, 2], values.shape)
    axis.set_xlabel("mine")
    options = {"colour": LIGHT.ink, "estimator": estimator, "shift": 0.1, "label": "name"}
    line_of_runs(axis, places, values, LIGHT, **options)
    (line,) = axis.lines
    middle = getattr(np, f"nan{estimator}")
    assert line.get_xdata().tolist() == [0, 2]
    assert line.get_ydata() == pytest.approx([middle(values[:, 0]), middle(values[:, 2])])
    assert line.get_label() == "name"
    x, y = np.asarray(axis.collections[0].get_offsets()).T
    assert y.tolist() == [1, 3, 8, 4, 9]
    assert np.round(x - 0.1).tolist() == [0, 0, 0, 2, 2]
    assert len(set(x)) == 5
    assert axis.get_xlabel() == "mine"


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda p: p.name)
def test_cells_colour_hits_and_errors_apart(axis, palette):
    counts = np.array([[8, 2, 0, 0], [0, 10, 0, 0], [0, 100, 100, 1]])
    cells(axis, counts, palette)
    colours = axis.collections[0].get_facecolors().reshape(3, 4, 4)[..., :3]
    assert colours[0, 2] == pytest.approx(to_rgb(palette.paper), abs=0.01)
    hit, error = (
        np.subtract(to_rgb(c), to_rgb(palette.paper)) for c in (palette.muted, palette.alarm)
    )
    shade = colours - to_rgb(palette.paper)

    def towards(cell, ink):
        return cell @ ink / (np.linalg.norm(cell) * np.linalg.norm(ink))

    assert towards(shade[0, 0], hit) > 0.99
    assert towards(shade[0, 1], error) > 0.99
    assert np.linalg.norm(shade[1, 1]) > np.linalg.norm(shade[0, 0])  # all of a row, four fifths
    assert colours[2, 1] == pytest.approx(colours[0, 1])  # from a tenth on as dark as errors get
    assert np.linalg.norm(shade[2, 3]) > 0.1  # a single one of 201 can be seen


def test_a_scale_of_accuracies_is_logarithmic_in_the_error_and_has_room_for_none(axis):
    values = [0.5, 0.9, 0.99, 0.999, 1.0]
    accuracy_scale(axis, values)
    transform = axis.xaxis.get_transform()
    places = transform.transform(np.array(values))
    assert np.diff(places[1:4]) == pytest.approx([1, 1])
    assert np.diff(places)[-1] > 0.2
    dense = np.linspace(0.4, 1.001, 500)
    assert transform.inverted().transform(transform.transform(dense)) == pytest.approx(dense)
    assert (np.diff(transform.transform(dense)) > 0).all()
    assert sorted(axis.get_xticks()) == pytest.approx([0.9, 0.99, 1.0])


def test_perfect_scores_alone_have_a_scale(axis):
    accuracy_scale(axis, [1.0, 1.0])
    low, high = axis.get_xlim()
    assert low < 1 < high
    assert 1.0 in axis.get_xticks()
    assert LEAST < 1e-4
