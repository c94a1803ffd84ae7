"""The still of the explorer."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from book.figures import explorer
from fplib.gaussians import DiagonalGaussian
from tests.support.figures import PALETTES, T

NAMES = [str(digit) for digit in range(10)]


def drawn(palette):
    q = {
        role: DiagonalGaussian(np.array([at, at, at]), np.zeros(3))
        for at, role in enumerate(("image", "curve", "both"))
    }
    gammas = {"from Z": np.eye(10)[3], "mean field": np.eye(10)[4]}
    image, expected = np.eye(28), (3 * T, 0.5 + 0 * T)
    told = image, T, 3 * T, q, gammas, image.T, expected, NAMES
    return explorer.still(*told, palette=palette)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
def test_every_gaussian_has_the_colour_of_its_measurement(palette):
    middle = next(axis for axis in drawn(palette).axes if "product" in axis.get_title("left"))
    lines = {line.get_color(): round(line.get_xdata()[50]) for line in middle.lines}
    assert lines == {palette.roles[r]: at for at, r in enumerate(("image", "curve", "both"))}
    assert len(middle.lines) == 9, "three dimensions"


def test_bars_and_band_are_those_given():
    palette = PALETTES[0]
    axes = {axis.get_title("left"): axis for axis in drawn(palette).axes}
    heights = [bar.get_height() for bar in axes["cluster"].patches]
    assert [int(np.argmax(heights[:10])), int(np.argmax(heights[10:]))] == [3, 4]
    (band,) = axes["curve, expected"].collections
    assert to_rgba(palette.roles["both"], 0.25) == pytest.approx(band.get_facecolor()[0])
    low, high = band.get_datalim(axes["curve, expected"].transData).intervaly
    assert (low, high) == pytest.approx((-0.98, 3 * T[-1] + 0.98))
