"""The picture of the first page."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from book.figures import hero
from tests.support.figures import PALETTES, T

RNG = np.random.default_rng(0)
MEANS = 6 * RNG.normal(size=(3, 3))
LABELS = np.repeat([0, 1, 2], 20)


def drawn(palette, digits=(0, 1, 2)):
    lines = np.arange(3)[:, None] * T
    latent = MEANS[LABELS] + 0.1 * RNG.normal(size=(60, 3))
    images = RNG.random((3, 28, 28))
    some = lines[LABELS[:5]]
    return hero.fingerprints(latent, LABELS, MEANS, images, T, lines, some, digits, palette=palette)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
def test_a_digit_has_one_colour_in_both_panels(palette):
    left, right = drawn(palette).axes
    lines = [line.get_color() for line in right.lines if line.get_linestyle() == "-"]
    assert lines == [palette.of(digit) for digit in range(3)]
    dots = left.collections[0].get_facecolors()[[0, 20, 40], :3]
    np.testing.assert_allclose(dots, [to_rgb(colour) for colour in lines])
    assert [text.get_text() for text in right.texts] == ["0", "1", "2"]


def test_a_cluster_without_a_digit_has_no_colour_of_one():
    palette = PALETTES[0]
    _, right = drawn(palette, (0, -1, 2)).axes
    assert right.lines[1].get_color() == palette.muted
    assert right.texts[1].get_text() == "–"
