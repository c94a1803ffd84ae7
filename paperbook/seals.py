"""Sums that say whether published records and a built book are still what was written.

`results/digests.json` lists every published record with the sum of its content, so that one that
was changed, added or lost is noticed; `paperbook seal` renews it. `paperbook-pages.json` stands in
the built book, with the sum of every page and picture and the profile that was built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from paperbook import records, workspace
from paperbook.files import write_atomically

LIST = "digests.json"
PAGES = "paperbook-pages.json"
WRITTEN = "paperbook-written.json"  # in the built book: document -> key of the run that it shows


def published(root: Path) -> dict[str, str]:
    """The sum of every record in the folder of published ones, by page and name.

    Raises:
        ValueError: a record is broken.
    """
    folder = workspace.published(root)
    paths = records.every(folder)
    return {p.relative_to(folder).as_posix(): records.digest(records.read(p)) for p in paths}


def seal_records(root: Path) -> Path:
    """Write the list of the published records as they are now; return its path."""
    target = workspace.published(root) / LIST
    write_atomically(target, (json.dumps(published(root), indent=1) + "\n").encode())
    return target


def listed(root: Path) -> dict[str, str] | None:
    """The list of published records, or None where there is none."""
    return _read(workspace.published(root) / LIST)


def seal_pages(html: Path, profile: str) -> None:
    """Write the sums of a built book's pages and pictures into it."""
    about = {"profile": profile, "files": dict(_files(html))}
    write_atomically(html / PAGES, (json.dumps(about, indent=1) + "\n").encode())


def sealed(html: Path) -> dict[str, Any] | None:
    """Profile and sums of a built book, or None where it has none."""
    return _read(html / PAGES)


def written(html: Path) -> dict[str, str] | None:
    """Documents of a built book with the keys of the runs that they show, or None."""
    return _read(html / WRITTEN)


def broken(html: Path, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Files that are not as they were written, each with what is wrong."""
    now = dict(_files(html))
    for name in sorted(files.keys() | now.keys()):
        if name not in now:
            yield name, "is gone since the book was built"
        elif name not in files:
            yield name, "came after the book was built"
        elif files[name] != now[name]:
            yield name, "was changed after the book was built"


def _files(html: Path) -> Iterator[tuple[str, str]]:
    for path in sorted([*html.glob("book/*.html"), *html.glob("_images/*")]):
        yield path.relative_to(html).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
