"""Figures of the chapter on lattices draw the numbers they are given."""

from __future__ import annotations

import matplotlib.colors as mcolors
import numpy as np
import pytest

from book.figures import lattice, lattice_scores
from fplib.plots import DARK, LIGHT

STRAIN = np.linspace(0, 0.2, 11)
CURVES = np.stack([100 * STRAIN, 90 * STRAIN, 50 * STRAIN])
EXPERTS = np.stack([95 * STRAIN, 50 * STRAIN])


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_photographs_keep_their_grey_values_and_places(palette, rng):
    images = rng.random((2, 3, 16, 16))
    drawn = lattice.photograph_sheet(
        images, ["gyroid", "octet"], columns=["a", "b", "c"], palette=palette
    )
    (axis,) = drawn.axes
    (shown,) = axis.get_images()
    assert shown.get_clim() == (0, 1)  # black at 0 in light mode and in dark
    mosaic = np.asarray(shown.get_array())
    assert np.allclose(mosaic[:16, :16], images[0, 0])
    assert np.allclose(mosaic[-16:, -16:], images[1, 2])
    assert [label.get_text() for label in axis.get_yticklabels()] == ["gyroid", "octet"]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["a", "b", "c"]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_curves_have_the_colour_of_their_cluster(palette):
    drawn = lattice.compression_curves(
        STRAIN, CURVES, [0, 0, 1], {"expert": EXPERTS}, names=["a", "b"], zoom=0.06, palette=palette
    )
    above, below = drawn.axes
    (bundle,) = above.collections
    assert np.allclose(bundle.get_segments()[2], np.column_stack([100 * STRAIN, CURVES[2]]))
    inks = [mcolors.to_hex(c) for c in bundle.get_colors()]
    assert inks == [mcolors.to_hex(palette.of(c, 2)) for c in (0, 0, 1)]
    experts = [line.get_ydata() for line in above.get_lines() if len(line.get_ydata())]
    assert np.allclose(experts, EXPERTS)
    dots = [line for line in below.get_lines() if line.get_marker() == "o"]
    assert np.allclose(dots[0].get_ydata(), 95 * STRAIN)
    assert {"a", "b"} <= {text.get_text() for text in above.texts}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clusters": [0, 1]}, "curves: expected"),
        ({"clusters": [0, 1, 2]}, "clusters: expected"),
        ({"experts": {}}, "experts: expected"),
        ({"experts": {"expert": EXPERTS[:1]}}, "expected shape"),
    ],
)
def test_curves_that_do_not_fit_are_refused(change, words):
    given = {"clusters": [0, 0, 1], "experts": {"expert": EXPERTS}} | change
    with pytest.raises(ValueError, match=words):
        lattice.compression_curves(
            STRAIN, CURVES, given["clusters"], given["experts"], names=["a", "b"]
        )


def test_predicted_curves_have_bands_of_95_per_cent(rng):
    std = np.full((2, 11), 2.0)
    drawn = lattice.predicted_curves(
        rng.random((2, 8, 8)), STRAIN, CURVES[:2], EXPERTS, std, ["a", "b"], baseline=CURVES[2]
    )
    below = drawn.axes[2]
    band = below.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(EXPERTS[0, -1] + 1.96 * 2)
    mean, baseline, measured = (line.get_ydata() for line in below.get_lines())
    assert np.allclose(mean, EXPERTS[0])
    assert np.allclose(baseline, CURVES[2])
    assert np.allclose(measured, CURVES[0])


def test_predicted_images_stand_below_their_curve(rng):
    images = {"predicted": rng.random((2, 8, 8)), "photograph": rng.random((2, 8, 8))}
    drawn = lattice.predicted_images(STRAIN, CURVES[:2], images, ["a", "b"])
    axes = np.reshape(drawn.axes, (3, 2))
    assert np.allclose(axes[0, 1].get_lines()[0].get_ydata(), CURVES[1])
    assert np.allclose(axes[2, 1].get_images()[0].get_array(), images["photograph"][1])
    with pytest.raises(ValueError, match=r"images\['predicted'\]: expected shape \(3, any, any\)"):
        lattice.predicted_images(STRAIN, CURVES, images, ["a", "b", "c"])


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_an_interval_that_misses_the_truth_is_marked(palette):
    rows = [
        {
            "name": "modulus",
            "estimate": [10.0, 12.0],
            "low": [9.0, 11.0],
            "high": [11.0, 13.0],
            "truth": 10.0,
        }
    ]
    drawn = lattice_scores.parameter_intervals({"gyroid": rows}, palette=palette)
    (axis,) = drawn.axes
    held, missed = (line for line in axis.get_lines() if line.get_marker() in "oX")
    assert held.get_xdata().tolist() == [1.0]
    assert missed.get_xdata().tolist() == [1.2]
    assert missed.get_marker() == "X"
    assert missed.get_color() == palette.alarm


def test_intervals_of_nothing_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        lattice_scores.parameter_intervals({})


def test_the_dial_joins_medians():
    spread = np.repeat([0.3, 0.6], 3)
    values = np.array([1.0, 0.9, 1.0, 0.8, 0.9, 0.7])
    drawn = lattice_scores.difficulty(spread, {"both": values, "curve": values - 0.1})
    line = next(x for x in drawn.axes[0].get_lines() if len(x.get_xdata()) == 2)
    assert np.allclose(line.get_ydata(), [1.0, 0.8])
    with pytest.raises(ValueError, match="series: expected"):
        lattice_scores.difficulty(spread, {"both": values[:2]})


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_a_prediction_no_better_than_the_mean_is_crossed_out(palette):
    ratios = {"curve": [0.5, 0.6], "photograph": [1.02, 0.99, 1.0]}
    (axis,) = lattice_scores.relative_errors(ratios, palette=palette).axes
    marked = [line for line in axis.get_lines() if line.get_marker() in ("o", "X")]
    by_mark = {
        mark: [line.get_xdata().tolist() for line in marked if line.get_marker() == mark]
        for mark in "oX"
    }
    assert by_mark == {"o": [[0.5, 0.6], [0.99]], "X": [[], [1.02, 1.0]]}
    crossed = [line for line in marked if line.get_marker() == "X" and len(line.get_xdata())]
    assert crossed[0].get_color() == palette.alarm
    assert np.allclose(crossed[0].get_ydata(), 1, atol=0.3)
    assert [label.get_text() for label in axis.get_yticklabels()] == list(ratios)


@pytest.mark.parametrize("ratios", [{}, {"curve": []}])
def test_errors_of_nothing_are_refused(ratios):
    with pytest.raises(ValueError, match="at least one run"):
        lattice_scores.relative_errors(ratios)


def test_the_restart_with_the_best_bound_is_ringed():
    groups = [{"elbo": [-3.0, -1.0, -2.0], "accuracy": [1.0, 0.9, 0.95]}]
    drawn = lattice_scores.selection(groups)
    (axis,) = drawn.axes
    dots, ring = axis.get_lines()
    assert np.allclose(dots.get_xdata(), [-2, 0, -1])
    assert ring.get_xdata() == [0]
    assert ring.get_ydata()[0] == pytest.approx(0.9, abs=0.005)
    assert axis.get_ylim()[0] < 0.9
    assert max(axis.get_yticks()) <= 1.0
