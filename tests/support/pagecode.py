"""How much of the code of the pages a reader sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from paperbook import pages

HIDDEN = ("hide-input", "hide-cell", "remove-input", "remove-cell")


class Cell(NamedTuple):
    """One code cell: its lines of code, and whether they are shown."""

    lines: int
    visible: bool


def cells(path: Path) -> Iterator[Cell]:
    """The code cells of a page, without the one that holds its parameters.

    Lines that are blank or only a comment do not count.
    """
    for cell in pages.read_page(path).cells:
        if cell.cell_type == "code" and not pages.is_parameters(cell):
            lines = [line.strip() for line in cell.source.splitlines()]
            count = sum(bool(line) and not line.startswith("#") for line in lines)
            tags = cell.metadata.get("tags", [])
            yield Cell(count, not set(tags) & set(HIDDEN))


def visible_share(found: list[Cell]) -> float:
    """Share of the lines of code that are shown."""
    total = sum(cell.lines for cell in found)
    return sum(cell.lines for cell in found if cell.visible) / total if total else 1.0
