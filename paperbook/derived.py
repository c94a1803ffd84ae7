"""What an audit derives from files: functions that depend on nothing but what they are given.

Contents are given beside paths, so that an outcome can be remembered as long as no content changes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paperbook import compare, dependencies, pages, records
from paperbook import manifest as of_page
from paperbook.plan import Planner
from paperbook.rooms import Rooms, packages


def keys(root: Path, profile: str, code: tuple, read: tuple) -> dict[str, str]:
    """Key of what every page of a profile depends on now."""
    planner = Planner(root, profile, _project(root, code))
    return {page: planner.plan(page).key for page in pages.page_names(root)}


class _Remembering(dependencies.Project):
    """A project whose files do not change, asked again and again."""

    @functools.cache  # noqa: B019 - as few projects as sets of files
    def _page(self, sources: tuple[str, ...]) -> dependencies.Reached:
        return super().page(sources)

    def page(self, sources: Iterable[str]) -> dependencies.Reached:
        """All that the cells of a page reach."""
        return self._page(tuple(sources))


@functools.lru_cache(maxsize=2)
def _project(root: Path, code: tuple) -> dependencies.Project:
    return _Remembering(root, [root / "book"])


def rooms(root: Path, code: tuple) -> Rooms:
    """The packages of a book."""
    return Rooms(root, packages(root))


def cells(path: Path, content: bytes) -> Sequence[Mapping[str, Any]]:
    """Cells of a page."""
    return of_page.cells(path)


def manifest(content: bytes) -> of_page.Manifest:
    """What a stored run gave."""
    return of_page.of_notebook(json.loads(content))


def documented(contents: tuple[bytes, ...]) -> set[compare.Context]:
    """Contexts of the numbers of some files of Python."""
    return compare.documented([content.decode("utf-8-sig") for content in contents])


def lines(contents: tuple[bytes, ...]) -> set[str]:
    """Lines of some files, without their spaces."""
    texts = (content.decode("utf-8-sig") for content in contents)
    return {compare.squeezed(line) for text in texts for line in text.splitlines()}


def unreadable(path: Path, content: bytes) -> str:
    """What is wrong with a record of a run, if anything is."""
    try:
        records.read(path)
    except ValueError as error:
        return str(error).removeprefix(f"{path}: ")
    return ""
