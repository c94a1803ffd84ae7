"""What a live function reaches: the cells that its notebook has executed, read as a page's are."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path

from paperbook import dependencies, workspace


def of(function: Callable) -> dependencies.Reached | None:
    """What the function reaches, or None where there is no project to follow it into."""
    book = workspace.root_or_none()
    if book is None:
        return None
    cells = sources()
    if cells is None or function.__module__ != "__main__":
        path = inspect.getsourcefile(function)
        if path is None:
            return None
        cells = [Path(path).read_text(encoding="utf-8-sig")]
    project = dependencies.Project(book, [book / "book"])
    try:
        return project.function(cells, function.__name__)
    except KeyError:
        return None


def sources() -> list[str] | None:
    """The cells that this notebook has executed, or None outside a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return list(shell.user_ns.get("In", [])) if shell is not None else None


def check_older(reached: dependencies.Reached | None, started: str | None) -> None:
    """Raise if a file changed since the page began: what is in memory may be another version."""
    book = workspace.root_or_none()
    if reached is None or book is None or not started:
        return
    for name in reached.files:
        if (book / name).stat().st_mtime > float(started):
            raise RuntimeError(f"{name} was changed after this page began; run the page again")
