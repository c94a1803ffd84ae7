"""Confusion matrices and accuracies over seeds show the numbers they are given."""

import numpy as np
import pytest

from fplib import plots
from tests.support.figures import Page, contrast, counts

DOTS = [
    {"name": "image + curve, mean field", "values": [1.0] * 5, "paper": 1.0},
    {"name": "image + curve, from Z", "values": [0.9996, 0.9998, 0.9991, 0.9999, 0.9985]},
    {"name": "image alone", "values": [0.972, 0.975, 0.968, 0.977], "paper": None},
    {"name": "curve alone", "values": [], "paper": None},
]


def test_confusion_prints_every_count_once():
    (axis,) = Page(plots.confusion_matrix(counts())).axes
    colours = axis.collections[0].get_facecolors().reshape(10, 10, 4)
    shown = [text for text in axis.texts if text.get_text()]
    assert len(shown) == np.count_nonzero(counts())
    for text in shown:
        column, row = (int(v) for v in text.get_position())
        assert counts()[row, column] == int(text.get_text())
        assert contrast(text.get_color(), tuple(colours[row, column, :3])) >= 3
    assert [t.get_text() for t in axis.get_xticklabels()] == [str(k) for k in range(10)]


def test_clusters_without_a_class_stand_last():
    matrix = np.array([[40, 3, 1], [2, 45, 0]])
    page = Page(plots.confusion_matrix(matrix, classes=["gyroid", "octet"]))
    assert {"40", "45", "–", "gyroid", "octet"} <= set(page.words)
    assert [t.get_text() for t in page.axes[0].get_xticklabels()] == ["gyroid", "octet", "–"]
    assert [t.get_text() for t in page.axes[0].get_yticklabels()] == ["gyroid", "octet"]


def test_dots_show_every_run_the_median_and_what_is_lost():
    made = Page(plots.accuracy_dots(DOTS))
    shown = "\n".join(made.words)
    assert "median 100.00 %\n◇ paper 100.00 %" in shown
    assert "median 97.35 %\npaper not recovered" in shown
    assert "median 99.96 %" in shown
    assert "median –\npaper not recovered" in shown
    (axis,) = made.axes
    dots = [np.asarray(c.get_offsets()) for c in axis.collections if len(c.get_offsets())]
    kept = [row for row in DOTS if row["values"]]
    for row, level, found in zip(kept, (0, 1, 2), dots, strict=True):
        assert sorted(found[:, 0]) == sorted(row["values"])
        assert len(set(np.round(found[:, 1], 3))) == len(row["values"])  # equal ones are countable
        assert np.abs(found[:, 1] - level).max() < 0.4
    diamonds = [line for line in axis.lines if line.get_marker() == "D"]
    assert [line.get_xdata()[0] for line in diamonds] == [1.0]
    colours = [c.get_facecolor()[0] for c in axis.collections if len(c.get_offsets())]
    assert colours[0] == pytest.approx(colours[1])  # both are of image and curve
    assert not np.allclose(colours[1], colours[2])


@pytest.mark.parametrize(
    ("values", "logarithmic"), [([0.5, 0.6, 0.7], False), ([0.5, 0.986, 0.991], True)]
)
def test_errors_are_logarithmic_where_accuracies_crowd(values, logarithmic):
    (axis,) = plots.accuracy_dots([{"name": "a", "values": values}]).axes
    place = axis.transData.transform([(v, 0) for v in values])[:, 0]
    ratio = (place[2] - place[1]) / (place[1] - place[0])
    straight = (values[2] - values[1]) / (values[1] - values[0])
    assert np.isclose(ratio, straight) != logarithmic
    low, high = axis.get_xlim()
    assert low < min(values) < max(values) < high


def test_no_runs_at_all_can_be_drawn():
    (axis,) = plots.accuracy_dots([{"name": "image alone", "values": []}]).axes
    assert [t.get_text() for t in axis.texts] == ["median –"]


@pytest.mark.parametrize(
    ("draw", "arguments", "options", "message"),
    [
        (plots.confusion_matrix, (np.ones((3, 2)),), {}, r"^matrix: .*\(3, 2\)"),
        (plots.confusion_matrix, (-np.eye(2, dtype=int),), {}, "^matrix: expected counts"),
        (plots.confusion_matrix, (np.eye(3, dtype=int),), {"classes": "ab"}, "^classes: expected"),
        (plots.accuracy_dots, ([],), {}, "^rows: expected at least one"),
        (plots.accuracy_dots, ([{"name": "a", "values": [97.0]}],), {}, "^rows: expected fract"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(draw, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments, **options)
