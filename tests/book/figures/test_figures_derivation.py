import numpy as np
import pytest
from matplotlib.patches import Ellipse

from book.figures.derivation import bound_gap, fusion
from fplib.plots import DARK, LIGHT

LINE = [(-1.0, 1.0), (1.0, 1.0), (0.0, np.sqrt(0.5))]
PLANE = [
    ([-1.0, 0.0], [1.0, 0.5]),
    ([1.0, 0.0], [0.5, 1.0]),
    ([0.6, 0.0], [np.sqrt(0.2), np.sqrt(0.2)]),
]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_densities_are_those_of_the_gaussians(palette):
    left, _ = fusion(LINE, PLANE, palette=palette).axes
    for line, (mean, std) in zip(left.get_lines(), LINE, strict=True):
        z, density = line.get_data()
        assert np.trapezoid(density, z) == pytest.approx(1.0, abs=2e-3)
        assert np.trapezoid(density * z, z) == pytest.approx(mean, abs=6e-3)
        assert density.max() == pytest.approx(1 / (std * np.sqrt(2 * np.pi)), rel=1e-3)
    assert len({line.get_color() for line in left.get_lines()}) == 3


def test_contours_lie_one_and_two_standard_deviations_out():
    _, right = fusion(LINE, PLANE).axes
    outlines = [p for p in right.patches if isinstance(p, Ellipse) and not p.get_fill()]
    expected = [(m, 2 * radius * np.asarray(s)) for m, s in PLANE for radius in (2, 1)]
    assert len(outlines) == 6
    for patch, (mean, size) in zip(outlines, expected, strict=True):
        assert patch.get_center() == pytest.approx(tuple(mean))
        assert (patch.get_width(), patch.get_height()) == pytest.approx(tuple(size))


@pytest.mark.parametrize("parts", [LINE[:2], [*LINE, LINE[0]]])
def test_fusion_wants_two_factors_and_their_product(parts):
    with pytest.raises(ValueError, match="line: expected two factors and their product"):
        fusion(parts, PLANE)
    with pytest.raises(ValueError, match="plane: expected two factors and their product"):
        fusion(LINE, PLANE[:1])


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_gaps_are_drawn_as_given_on_one_scale(palette):
    widths = np.geomspace(0.1, 4.0, 9)
    gaps = {
        "left": {"weak": widths, "strong": widths**2},
        "right": {"weak": 0 * widths, "strong": 1 + 0 * widths},
    }
    drawn = bound_gap(widths, gaps, palette=palette)
    assert [axis.get_title(loc="left") for axis in drawn.axes] == ["left", "right"]
    for axis, lines in zip(drawn.axes, gaps.values(), strict=True):
        assert [line.get_label() for line in axis.get_lines()] == ["weak", "strong"]
        for line, values in zip(axis.get_lines(), lines.values(), strict=True):
            assert np.array_equal(line.get_xdata(), widths)
            assert np.array_equal(line.get_ydata(), values)
        assert axis.get_xscale() == "log"
    assert len({axis.get_ylim() for axis in drawn.axes}) == 1
    assert drawn.axes[0].get_ylim()[0] == 0


def test_more_lines_than_looks_are_refused():
    lines = {str(k): [0.0, 1.0] for k in range(4)}
    with pytest.raises(ValueError, match="gaps: expected at most 3 lines a panel, received 4"):
        bound_gap([1.0, 2.0], {"only": lines})
