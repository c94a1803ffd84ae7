"""The figure of the errata: what is drawn is what was given."""

import numpy as np
import pytest
from scipy.stats import norm

from book.figures.errata import directions
from fplib.plots import DARK, LIGHT

JOINT = [(-3.0, 0.5), (3.0, 0.5)]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_the_attempts_are_gaussians_over_the_mixture(palette):
    (axis,) = directions(JOINT, {"a": (0.0, 0.5), "b": (0.0, 3.0)}, palette=palette).axes
    named = {line.get_label(): line for line in axis.get_lines()}
    z = named["a"].get_xdata()
    assert np.allclose(named["a"].get_ydata(), norm.pdf(z, 0, 0.5))
    assert np.allclose(named["b"].get_ydata(), norm.pdf(z, 0, 3))
    assert named["a"].get_linestyle() != named["b"].get_linestyle()
    area = axis.collections[0].get_paths()[0].vertices
    assert area[:, 1].max() == pytest.approx(norm.pdf(0, 0, 0.5) / 2, rel=1e-2)
    assert z[0] <= -6.5  # both ends of the target are seen


def test_more_attempts_than_looks_are_refused():
    with pytest.raises(ValueError, match="at most 2 lines, received 3"):
        directions(JOINT, {str(k): (0.0, 1.0) for k in range(3)})
