"""Figures as the pages show them: short captions, a version for every reader, none too tall."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from paperbook import manifest
from tests.support.smokebook import DOCUMENTS
from tests.support.tinybook import ROOT

COLUMN = 774  # pixels of a page's column on a wide screen
SOURCES = [name for name in DOCUMENTS if (ROOT / f"{name}.py").is_file()]


def captions(name):
    """Label and caption of each figure and table of a page."""
    for cell in manifest.cells(ROOT / f"{name}.py"):
        told = cell["metadata"]
        for about in (told.get("table"), told.get("mystnb", {}).get("figure")):
            if about:
                yield about.get("name", "?"), about["caption"]


@pytest.mark.parametrize("name", SOURCES)
def test_captions_are_short(name):
    long = {label: len(words.split()) for label, words in captions(name) if len(words.split()) > 45}
    assert not long


def test_captions_are_found():
    assert sum(1 for name in SOURCES for _ in captions(name)) > 80


def size(path):
    """Width and height of a picture, pixels."""
    with Image.open(path) as picture:
        return picture.size


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_figure_fits_a_screen_and_has_a_version_for_phones(book, name):
    for picture in book.documents[name].select("article .light-and-dark picture"):
        wide, narrow = picture.find("img")["src"], picture.find("source")["srcset"]
        place = book.folder / Path(name).parent
        sizes = [size(place / unquote(file)) for file in (wide, narrow)]
        assert sizes[0][1] / sizes[0][0] * COLUMN <= 701, wide
        assert sizes[1][0] < 0.7 * sizes[0][0], narrow
