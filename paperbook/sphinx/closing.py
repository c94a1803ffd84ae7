"""Ends every chapter with its cost, its parameters, the line that runs it, and the pages beside it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from paperbook import closing, manifest, runner, workspace
from paperbook.closing import Closing, Neighbour
from paperbook.files import write_atomically
from paperbook.sphinx import runs

TABLES = "_records"  # folder of the built book


def setup(app: Sphinx) -> None:
    """Connect: the end of a page after its text, and the tables that it offers."""
    app.connect("html-page-context", add)
    app.connect("build-finished", write_tables)


def add(
    app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Put the end of a chapter below its text."""
    if doctree is None:
        return
    plan = runs.plan_of(app, pagename)
    stored = runner.stored(plan) if plan else None
    run = manifest.of_notebook(stored) if stored else None
    found = closing.of(app.paperbook.root, pagename, run)
    if found:
        context["body"] += rendered(found, pagename, run is not None, context["pathto"])


def write_tables(app: Any, error: Exception | None) -> None:
    """Write the published records of every page into the built book, as tables."""
    if error is not None or not hasattr(app, "paperbook") or app.builder.format != "html":
        return
    folder = workspace.published(app.paperbook.root)
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir() and list(path.glob("[!.]*.json")) and path.name != "certificates":
            target = Path(app.outdir) / TABLES / f"{path.name}.csv"
            target.parent.mkdir(exist_ok=True)
            write_atomically(target, closing.table(path.name, folder).encode())


def rendered(found: Closing, document: str, runs_itself: bool, pathto: Any) -> str:
    """The end of a page as HTML."""
    rows = [("Run time", "<br>".join(map(escape, found.cost)))]
    told = "".join(f"<code>{escape(each)}</code> " for each in found.parameters)
    rows.append(("Parameters", told))
    line = f'<div class="highlight"><pre>{escape(found.command)}</pre></div>'
    rows.append(("Run it", line if found.command else ""))
    files = [(f"_sources/{document}.ipynb", "notebook with its results")] if runs_itself else []
    files += [(f"{TABLES}/{page}.csv", f"records of {page} (CSV)") for page in found.taken]
    links = (f'<a href="{pathto(name, 1)}" download>{escape(words)}</a>' for name, words in files)
    rows.append(("Downloads", " · ".join(links)))
    inside = "".join(f"<dt>{name}</dt><dd>{what}</dd>" for name, what in rows if what)
    beside = _link(found.before, "Before", pathto) + _link(found.after, "Next", pathto)
    return (
        '<section class="closing" aria-label="About this page">'
        f'<dl>{inside}</dl><nav aria-label="Pages beside this one">{beside}</nav></section>'
    )


def _link(beside: Neighbour | None, word: str, pathto: Any) -> str:
    if beside is None:
        return ""
    words = beside.question or beside.title
    return (
        f'<a class="closing-{word.lower()}" href="{pathto(beside.document)}">'
        f"<small>{word}: {escape(beside.title)}</small>"
        f"{escape(words) if beside.question else ''}</a>"
    )
