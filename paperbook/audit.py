"""Whether the published records are whole, valid, and of the code beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paperbook import dependencies, pages, records, workspace
from paperbook.certificates import FOLDER


@dataclass
class Audit:
    """What was found.

    Attributes:
        fresh: records made by the code beside them.
        stale: records made by other code, or by code that they do not name.
        broken: files that are no valid records, with the reason.
    """

    fresh: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """The findings, a line each, then their number."""
        yield from (f"broken: {line}" for line in self.broken)
        yield from (f"stale:  {line}" for line in self.stale)
        yield f"{len(self.fresh)} fresh, {len(self.stale)} stale, {len(self.broken)} broken records"


def published(root: Path) -> Audit:
    """Compare every published record with the code of its page.

    Args:
        root: of the book.
    """
    found = Audit()
    folder = workspace.published(root)
    project = dependencies.Project(root, [root / "book"])
    for place in sorted(p for p in folder.glob("*") if p.is_dir() and p.name != FOLDER):
        keys = experiment_keys(project, place.name)
        for path in records.paths(place.name, folder):
            shown = path.relative_to(root).as_posix()
            try:
                record = records.read(path)
            except ValueError as error:
                found.broken.append(str(error).replace(f"{root}/", ""))
                continue
            key = record["code"].get("key")
            known = keys.get(record.get("experiment", ""))
            (found.fresh if key is not None and key == known else found.stale).append(shown)
    return found


def experiment_keys(project: dependencies.Project, page: str) -> dict[str, str]:
    """Key of the code that each function of a page reaches, by its name.

    Args:
        project: the book's code.
        page: its name; one that does not exist has no functions.
    """
    if page not in pages.page_names(project.root):
        return {}
    cells = pages.code_cells(pages.read_page(pages.page_path(project.root, page)))
    return {name: project.function(cells, name).key for name in dependencies.functions(cells)}
