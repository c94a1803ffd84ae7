"""Curves: experts over the data, and pairs of image and curve."""

import numpy as np
import pytest

from fplib import plots
from tests.support.figures import T, blobs, lines


def test_expert_lines_state_the_share_within_the_band():
    t, curves, clusters, mean, std = lines(0.5)
    made = plots.expert_lines(t, curves, clusters, mean, std, names=list("abcdefghij"))
    inside = np.mean(np.abs(curves - mean[clusters]) <= 2 * std[clusters, None])
    assert f"{100 * inside:.1f} % within" in made.axes[1].get_title(loc="left")
    ends = [text for text in made.axes[0].texts if text.get_text() in "abcdefghij"]
    levels = [t.xy[1] for t in ends]
    assert levels == pytest.approx(range(10))
    assert len(ends) == 10


def test_residuals_are_measured_by_the_width_of_their_own_cluster():
    t, curves, clusters, mean, std = lines(0.5)
    wide = np.where(np.arange(10) < 5, 0.5, 5.0)  # half of the data then lies near the expert
    for given in (std, wide):
        (bars,) = plots.expert_lines(t, curves, clusters, mean, given).axes[1].patches
        found = bars.get_data()
        residuals = (curves - mean[clusters]) / given[clusters, None]
        counts = np.histogram(residuals, found.edges)[0]
        assert found.values == pytest.approx(counts / residuals.size / 0.2)


def test_digits_keep_their_colour_whatever_the_order_of_the_clusters():
    t, curves, clusters, mean, std = lines(0.5)
    order = np.random.default_rng(0).permutation(10)
    made = plots.expert_lines(t, curves, np.argsort(order)[clusters], mean[order], std, names=order)
    experts, middles = made.axes[0].lines[::2], made.axes[0].lines[1::2]
    for line, dots, digit in zip(experts, middles, order, strict=True):
        assert line.get_color() == dots.get_color() == plots.LIGHT.of(digit)
        assert line.get_ydata()[-1] == pytest.approx(digit)
        assert np.allclose(dots.get_ydata(), curves[clusters == digit].mean(axis=0))


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
