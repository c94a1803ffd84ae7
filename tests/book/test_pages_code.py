"""Pages show their science: their code is there to be read, in pieces that can be."""

from __future__ import annotations

import pytest

from tests.support.pagecode import cells, visible_share
from tests.support.tinybook import ROOT

PAGES = {path.stem: list(cells(path)) for path in sorted((ROOT / "book").glob("[a-z]*.py"))}
LONGEST = 25


def test_most_of_the_code_of_the_book_is_visible() -> None:
    assert visible_share([cell for found in PAGES.values() for cell in found]) >= 0.6


@pytest.mark.parametrize(
    "page", [name for name in PAGES if name not in ("index", "ledger", "errata")]
)
def test_every_page_shows_its_code(page: str) -> None:
    assert visible_share(PAGES[page]) >= 0.4


@pytest.mark.parametrize("page", PAGES)
def test_no_visible_cell_is_longer_than_a_screen(page: str) -> None:
    assert max((cell.lines for cell in PAGES[page] if cell.visible), default=0) <= LONGEST


def test_hidden_code_is_counted_as_hidden(tmp_path) -> None:
    path = tmp_path / "page.py"
    path.write_text('# %%\nx = 1\n\n# %% tags=["hide-input"]\ny = 2\n# why\nz = 3\n')
    found = list(cells(path))
    assert found == [(1, True), (2, False)]
    assert visible_share(found) == pytest.approx(1 / 3)
