"""Where a book's files lie: its root, its runs, its cache and its published records.

The root is the folder with `_config.yml`. Everything that a build makes lies in `runs/` (and
Sphinx's `_build/`); what is published lies in `results/`. Environment variables, which `paperbook
run` sets for the kernel, say otherwise: PAPERBOOK_ROOT, PAPERBOOK_PROFILE, PAPERBOOK_RECORDS.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from pathlib import Path

DEFAULT_PROFILE = "quick"


def root() -> Path:
    """The book's root: PAPERBOOK_ROOT when set, else the nearest folder above with _config.yml.

    Raises:
        FileNotFoundError: if neither leads to a folder.
    """
    chosen = os.environ.get("PAPERBOOK_ROOT")
    if chosen:
        if not Path(chosen).is_dir():
            raise FileNotFoundError(f"PAPERBOOK_ROOT: expected a folder, received {chosen!r}.")
        return Path(chosen)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "_config.yml").is_file():
            return folder
    raise FileNotFoundError(
        "expected a folder with _config.yml here or above, found none. Run inside the book's "
        "folder, or set PAPERBOOK_ROOT to it."
    )


def root_or_none() -> Path | None:
    """The book's root, or None for a notebook that was taken out of its book."""
    try:
        return root()
    except FileNotFoundError:
        return None


def profile() -> str:
    """Name of the parameter profile that this process runs with."""
    return os.environ.get("PAPERBOOK_PROFILE") or DEFAULT_PROFILE


def runs(book: Path, name: str) -> Path:
    """Folder of a profile's executed notebooks and records."""
    return book / "runs" / name


def cache(book: Path) -> Path:
    """Folder of finished and unfinished experiments, shared by all profiles."""
    return book / "runs" / "cache"


def published(book: Path | None = None) -> Path:
    """Folder of the published records: results/ of the root, or the copy installed with the pages.

    Args:
        book: the root; looked for when omitted.
    """
    found = book or root_or_none()
    return found / "results" if found else beside_pages() / "published"


def beside_pages() -> Path:
    """Folder of the pages and of what lies beside them: book/ of the root, or the installed copy.

    Raises:
        FileNotFoundError: neither is there.
    """
    found = root_or_none()
    if found:
        return found / "book"
    package = importlib.util.find_spec("book")
    if package is None or package.origin is None:
        raise FileNotFoundError("the pages' package `book` is neither here nor installed")
    return Path(package.origin).parent


def check_writable(book: Path) -> None:
    """Raise unless this process can make files in `runs/`.

    Args:
        book: the root.

    Raises:
        PermissionError: with the folder that cannot be written.
    """
    folder = book / "runs"
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise PermissionError(
            f"the folder {folder.name}/ of this book cannot be written ({error.strerror}); "
            "copy the book to a place of your own"
        ) from None
