"""Curves: experts over the data, and pairs of image and curve."""

import numpy as np
import pytest

from fplib import plots
from tests.support.figures import T, blobs, lines


def test_expert_lines_state_the_share_within_the_band():
    t, curves, clusters, mean, std = lines(0.5)
    made = plots.expert_lines(t, curves, clusters, mean, std, names=list("abcdefghij"))
    inside = np.mean(np.abs(curves - mean[clusters]) <= 2 * std[clusters, None])
    titles = [axis.get_title(loc="left") for axis in made.axes]
    assert f"{100 * inside:.1f} % within ±2 standard deviations" in titles[1]
    ends = [text for text in made.axes[0].texts if text.get_text() in "abcdefghij"]
    levels = [t.xy[1] for t in ends]
    assert levels == pytest.approx(range(10))
    assert levels == sorted(levels)
    assert len(ends) == 10


def test_expert_bands_are_drawn_for_each_cluster_when_they_differ():
    t, curves, clusters, mean, std = lines(0.5)
    for given, expected in ((std, 2), (np.linspace(0.1, 1, 10), 20)):
        made = plots.expert_lines(t, curves, clusters, mean, given)
        dashed = [line for line in made.axes[1].lines if line.is_dashed()]
        assert len(dashed) == expected
        levels = sorted(abs(line.get_ydata()[0]) for line in dashed)
        assert levels[-1] == pytest.approx(2 * given.max())


def test_digits_keep_their_colour_whatever_the_order_of_the_clusters():
    t, curves, clusters, mean, std = lines(0.5)
    order = np.random.default_rng(0).permutation(10)
    made = plots.expert_lines(t, curves, np.argsort(order)[clusters], mean[order], std, names=order)
    for line, digit in zip(made.axes[0].lines, order, strict=True):
        assert line.get_color() == plots.LIGHT.of(digit)
        assert line.get_ydata()[-1] == pytest.approx(digit)


def test_pairs_show_each_curve_below_its_image():
    made = plots.example_pairs(blobs(1, 3)[0], lines(0.5)[1][:3], T, [7, 7, 9], columns=2)
    above, below = made.axes[0], made.axes[2]
    assert np.array_equal(above.get_images()[0].get_array(), blobs(1, 3)[0, 0])
    assert np.array_equal(below.get_lines()[0].get_ydata(), lines(0.5)[1][0])
    assert below.get_lines()[0].get_color() == plots.LIGHT.of(7)
    assert len(made.axes) == 6  # the empty place is taken out


@pytest.mark.parametrize(
    ("draw", "arguments", "message"),
    [
        (plots.expert_lines, (T, *lines(1)[1:4], np.ones(9)), r"^std: expected .*\(10\)"),
        (plots.expert_lines, (T[1:], *lines(1)[1:]), r"^curves: expected shape \(400, 19\)"),
        (
            plots.expert_lines,
            (T, lines(1)[1], lines(1)[2] + 5, *lines(1)[3:]),
            r"^clusters: expected integers 0\.\.9",
        ),
        (
            plots.example_pairs,
            (blobs(1, 3)[0], lines(1)[1][:4], T, [1, 2, 3]),
            r"^curves: expected shape \(3, 20\), received \(4, 20\)",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments)
