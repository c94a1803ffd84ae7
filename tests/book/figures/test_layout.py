"""The figures of the book's pages as an art editor sees them, in both modes."""

from __future__ import annotations

import pytest

from fplib.plots import DARK, LIGHT
from tests.support import figures_digits, figures_other
from tests.support.figures import VERSIONS, assert_contrast, assert_legible, assert_pair, pages

FIGURES = figures_digits.FIGURES | figures_other.FIGURES


@pytest.fixture(scope="module")
def drawn():
    """Every figure in its versions."""
    return pages(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("version", VERSIONS)
def test_words_can_be_read(drawn, name, version):
    assert_legible(drawn[name, version])
    assert_contrast(drawn[name, version], DARK if version == "dark" else LIGHT)


@pytest.mark.parametrize("name", FIGURES)
def test_both_modes_say_the_same(drawn, name):
    assert_pair(drawn[name, "light"], drawn[name, "dark"])
